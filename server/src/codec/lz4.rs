//! Filter 32004, LZ4: the length of all, the length of a block, then the blocks, each behind its own length.

use super::CodecError;
use super::reader::{Reader, within};

const FILTER: &str = "lz4";
/// What the filter takes where no block length is given.
const DEFAULT_BLOCK: usize = 1 << 30;
const MAX_BLOCK: usize = 0x7e00_0000;

pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let mut reader = Reader::new(FILTER, bytes);
    let total = within(FILTER, reader.u64_be()?, limit)?;
    let block = (reader.u32_be()? as usize).min(total);
    if block == 0 && total > 0 {
        return Err(reader.damaged("its blocks are empty"));
    }
    let mut decoded = vec![0; total];
    for target in decoded.chunks_mut(block.max(1)) {
        let length = reader.u32_be()? as usize;
        let source = reader.take(length)?;
        if length == target.len() {
            target.copy_from_slice(source);
        } else {
            decode_block(FILTER, source, target)?;
        }
    }
    Ok(decoded)
}

/// Fills `target` from a block of LZ4.
pub(super) fn decode_block(
    filter: &'static str,
    source: &[u8],
    target: &mut [u8],
) -> Result<(), CodecError> {
    match lz4_flex::block::decompress_into(source, target) {
        Ok(length) if length == target.len() => Ok(()),
        _ => Err(CodecError::Damaged { filter, what: "it is no LZ4 block of the stated length" }),
    }
}

pub(super) fn encode(options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let block = options.first().map_or(0, |length| *length as usize);
    let block = if block == 0 { DEFAULT_BLOCK } else { block };
    if block > MAX_BLOCK {
        let what = "takes blocks of at most 2113929216 bytes";
        return Err(CodecError::Options { filter: FILTER, what });
    }
    let block = block.min(bytes.len().max(1));
    let mut encoded = (bytes.len() as u64).to_be_bytes().to_vec();
    encoded.extend_from_slice(&u32::try_from(block).unwrap_or(u32::MAX).to_be_bytes());
    for source in bytes.chunks(block) {
        let packed = lz4_flex::block::compress(source);
        let stored = if packed.len() < source.len() { &packed } else { source };
        encoded.extend_from_slice(&u32::try_from(stored.len()).unwrap_or(u32::MAX).to_be_bytes());
        encoded.extend_from_slice(stored);
    }
    Ok(encoded)
}
