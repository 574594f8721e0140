//! Filter 4, szip: the adaptive entropy coding of CCSDS 121.0-B over lines of samples, behind the length of all.

mod bits;
mod decoder;
mod encoder;
#[cfg(test)]
mod tests;

use super::reader::{Reader, within};
use super::{Chunk, CodecError, bits as planes};

const FILTER: &str = "szip";
/// What the first option is made of, as HDF5 numbers it.
const ALLOW_K13: u32 = 1;
const CHIP: u32 = 2;
const ENTROPY_CODING: u32 = 4;
const LITTLE_ENDIAN: u32 = 8;
const BIG_ENDIAN: u32 = 16;
const NEAREST_NEIGHBOUR: u32 = 32;
const RAW: u32 = 128;
const MAX_BLOCK: usize = 32;
const MAX_BLOCKS_PER_LINE: usize = 128;
const MAX_LINE: usize = MAX_BLOCK * MAX_BLOCKS_PER_LINE;

/// What the filter's options in a file mean.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Bytes of the elements that are taken apart into planes of bytes; 1 where they are not.
    interleaved: usize,
    /// Bytes that a sample takes up.
    width: usize,
    /// Bits that a sample has.
    bits: u32,
    big_endian: bool,
    /// Samples are coded as differences from the one before.
    predicted: bool,
    /// Samples.
    block: usize,
    line: usize,
}

impl Plan {
    fn of(options: &[u32]) -> Result<Self, CodecError> {
        let refused = |what| CodecError::Options { filter: FILTER, what };
        let &[mask, block, bits, line] = options else {
            return Err(refused(
                "needs four options: a mask, and pixels a block, bits a pixel and pixels a line",
            ));
        };
        let (block, line) = (block as usize, line as usize);
        if block % 2 != 0 || !(2..=MAX_BLOCK).contains(&block) {
            return Err(refused("takes as pixels of a block an even number from 2 to 32"));
        }
        if !(1..=MAX_LINE).contains(&line) {
            return Err(refused("takes lines of 1 to 4096 pixels"));
        }
        let (interleaved, bits) = match bits {
            32 | 64 => (bits as usize / 8, 8),
            1..=24 => (1, bits),
            _ => return Err(refused("takes pixels of 1 to 24, 32 or 64 bits")),
        };
        let width = match bits {
            0..=8 => 1,
            9..=16 => 2,
            _ => 4,
        };
        let (big_endian, predicted) = (mask & BIG_ENDIAN != 0, mask & NEAREST_NEIGHBOUR != 0);
        Ok(Self { interleaved, width, bits, big_endian, predicted, block, line })
    }

    fn blocks_of_a_line(&self) -> usize {
        self.line.div_ceil(self.block)
    }

    /// The number with as many bits as a sample says which kind a block is of.
    fn kind_bits(&self) -> u32 {
        match self.width {
            1 => 3,
            2 => 4,
            _ => 5,
        }
    }

    /// What says that a block is not compressed; one less than the numbers of the kinds there are.
    fn uncompressed(&self) -> u32 {
        (1 << self.kind_bits()) - 1
    }

    fn largest(&self) -> u32 {
        u32::MAX >> (32 - self.bits)
    }

    fn sample(&self, bytes: &[u8]) -> u32 {
        let add = |value, byte: &u8| (value << 8) | u32::from(*byte);
        if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }

    fn push(&self, sample: u32, bytes: &mut Vec<u8>) {
        if self.big_endian {
            bytes.extend_from_slice(&sample.to_be_bytes()[4 - self.width..]);
        } else {
            bytes.extend_from_slice(&sample.to_le_bytes()[..self.width]);
        }
    }

    /// Bytes of which whole numbers are coded.
    fn unit(&self) -> usize {
        self.interleaved.max(self.width)
    }
}

pub(super) fn decode(options: &[u32], bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let plan = Plan::of(options)?;
    let mut reader = Reader::new(FILTER, bytes);
    let length = within(FILTER, u64::from(reader.u32_le()?), limit)?;
    if length % plan.unit() != 0 {
        return Err(reader.damaged("it is no whole number of pixels"));
    }
    let decoded = decoder::decode(&plan, reader.rest(), length)?;
    Ok(planes::unshuffle(&decoded, plan.interleaved))
}

pub(super) fn encode(options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let plan = Plan::of(options)?;
    let length =
        u32::try_from(bytes.len()).ok().filter(|_| bytes.len().is_multiple_of(plan.unit()));
    let Some(length) = length else {
        let what = "takes whole elements, less than 4 GiB of them; it has to come before filters that add bytes";
        return Err(CodecError::Options { filter: FILTER, what });
    };
    let mut encoded = length.to_le_bytes().to_vec();
    encoder::encode(&plan, &planes::shuffle(bytes, plan.interleaved), &mut encoded)?;
    Ok(encoded)
}

/// The options to store where a mask and the pixels of a block are asked for, as HDF5 works them out.
pub(super) fn stored(chunk: &Chunk, asked: &[u32]) -> Result<Vec<u32>, CodecError> {
    let refused = |what| CodecError::Options { filter: FILTER, what };
    let (mask, block) = match asked {
        [] => (NEAREST_NEIGHBOUR, 8),
        [mask, block] | [mask, block, _, _] => (*mask, *block),
        _ => {
            return Err(refused(
                "takes two options: 4 for entropy coding or 32 for nearest neighbour, and pixels a block",
            ));
        }
    };
    let coding = mask & (ENTROPY_CODING | NEAREST_NEIGHBOUR);
    if !coding.is_power_of_two() {
        return Err(refused(
            "takes as its coding 4 for entropy coding or 32 for nearest neighbour",
        ));
    }
    let number = chunk.number.filter(|_| matches!(chunk.element, 1 | 2 | 4 | 8));
    let Some(number) = number else {
        return Err(refused("takes numbers of 1, 2, 4 or 8 bytes"));
    };
    let bits = match number.precision {
        bits @ ..=24 => bits,
        25..=32 => 32,
        _ => 64,
    };
    let order = if number.big_endian { BIG_ENDIAN } else { LITTLE_ENDIAN };
    let mask = (mask & !(CHIP | LITTLE_ENDIAN | BIG_ENDIAN)) | ALLOW_K13 | RAW | order;
    let line = line(chunk, u64::from(block))
        .ok_or(refused("needs chunks of at least as many elements as its blocks have pixels"))?;
    Ok(vec![mask, block, bits, line])
}

/// The last axis of the chunk, where that is neither shorter than a block nor longer than lines may be.
fn line(chunk: &Chunk, block: u64) -> Option<u32> {
    let last = chunk.dims.last().copied().unwrap_or(1);
    let most = block.saturating_mul(MAX_BLOCKS_PER_LINE as u64);
    let wanted = if last < block {
        chunk
            .dims
            .iter()
            .try_fold(1_u64, |all, dim| all.checked_mul(*dim))
            .filter(|all| *all >= block)?
    } else {
        last
    };
    u32::try_from(wanted.min(most)).ok()
}
