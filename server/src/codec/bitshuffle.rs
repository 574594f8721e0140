//! Filter 32008, bitshuffle: blocks of elements as planes of bits, compressed with LZ4 or Zstandard or not at all.

use super::reader::{Reader, within};
use super::{CodecError, bits, lz4, zstandard};

const FILTER: &str = "bitshuffle";
const LZ4: u32 = 2;
const ZSTD: u32 = 3;
/// Bytes of a block where its length is left to the filter.
const TARGET_BLOCK_BYTES: usize = 8192;
const MIN_BLOCK: usize = 128;
/// Planes are made of eight elements at a time.
const MULTIPLE: usize = 8;

/// What the filter's options in a file mean.
struct Plan {
    element: usize,
    /// Elements.
    block: usize,
    compression: u32,
}

impl Plan {
    /// Options 0 and 1 are the version of the filter that wrote them.
    fn of(options: &[u32]) -> Result<Self, CodecError> {
        let option = |index: usize| options.get(index).copied().unwrap_or(0);
        let element = option(2) as usize;
        if element == 0 {
            let what = "needs the size of an element among its options";
            return Err(CodecError::Options { filter: FILTER, what });
        }
        let block = match option(3) as usize {
            0 => default_block(element),
            block => block,
        };
        if block % MULTIPLE != 0 {
            let what = "takes blocks of a multiple of 8 elements";
            return Err(CodecError::Options { filter: FILTER, what });
        }
        Ok(Self { element, block, compression: option(4) })
    }
}

fn default_block(element: usize) -> usize {
    let block = TARGET_BLOCK_BYTES / element / MULTIPLE * MULTIPLE;
    block.max(MIN_BLOCK)
}

/// The lengths in bytes of the blocks of `total` bytes; what is behind them is stored as it is.
fn blocks(total: usize, element: usize, block: usize) -> impl Iterator<Item = usize> {
    let whole = total / element / MULTIPLE * MULTIPLE;
    let last = whole % block;
    std::iter::repeat_n(block * element, whole / block).chain((last > 0).then_some(last * element))
}

pub(super) fn decode(options: &[u32], bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let plan = Plan::of(options)?;
    let mut reader = Reader::new(FILTER, bytes);
    let (total, block) = if plan.compression == 0 {
        (within(FILTER, bytes.len() as u64, limit)?, plan.block)
    } else {
        let total = within(FILTER, reader.u64_be()?, limit)?;
        (total, reader.u32_be()? as usize / plan.element)
    };
    if block == 0 || block % MULTIPLE != 0 {
        return Err(reader.damaged("its blocks are no multiple of 8 elements"));
    }
    let mut decoded = vec![0; total];
    let mut at = 0;
    for length in blocks(total, plan.element, block) {
        let target = &mut decoded[at..at + length];
        match plan.compression {
            0 => bits::bit_unshuffle(reader.take(length)?, plan.element, target),
            LZ4 | ZSTD => {
                let packed = reader.u32_be()? as usize;
                let packed = reader.take(packed)?;
                let planes = unpacked(plan.compression, packed, length)?;
                bits::bit_unshuffle(&planes, plan.element, target);
            }
            other => return Err(unknown(other)),
        }
        at += length;
    }
    let rest = total - at;
    decoded[at..].copy_from_slice(reader.take(rest)?);
    Ok(decoded)
}

fn unpacked(compression: u32, packed: &[u8], length: usize) -> Result<Vec<u8>, CodecError> {
    if compression == LZ4 {
        let mut planes = vec![0; length];
        lz4::decode_block(FILTER, packed, &mut planes)?;
        return Ok(planes);
    }
    let planes = zstandard::decode_as(FILTER, packed, length)?;
    if planes.len() == length {
        return Ok(planes);
    }
    Err(CodecError::Damaged { filter: FILTER, what: "a block is shorter than stated" })
}

fn unknown(compression: u32) -> CodecError {
    CodecError::Unavailable { filter: FILTER, what: format!("the compression {compression}") }
}

pub(super) fn encode(options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let plan = Plan::of(options)?;
    let mut encoded = Vec::with_capacity(bytes.len() / 2);
    if plan.compression != 0 {
        let block = u32::try_from(plan.block * plan.element).unwrap_or(u32::MAX);
        encoded.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        encoded.extend_from_slice(&block.to_be_bytes());
    }
    let mut at = 0;
    for length in blocks(bytes.len(), plan.element, plan.block) {
        let mut planes = vec![0; length];
        bits::bit_shuffle(&bytes[at..at + length], plan.element, &mut planes);
        at += length;
        let packed = match plan.compression {
            0 => {
                encoded.extend_from_slice(&planes);
                continue;
            }
            LZ4 => lz4_flex::block::compress(&planes),
            ZSTD => zstandard::compress(&planes),
            other => return Err(unknown(other)),
        };
        encoded.extend_from_slice(&u32::try_from(packed.len()).unwrap_or(u32::MAX).to_be_bytes());
        encoded.extend_from_slice(&packed);
    }
    encoded.extend_from_slice(&bytes[at..]);
    Ok(encoded)
}
