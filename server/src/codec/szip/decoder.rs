//! Blocks of coded differences turned back into samples.

use super::super::CodecError;
use super::bits::BitReader;
use super::{FILTER, Plan};

/// A run of this many blocks of zeros goes on to the end of its segment.
const TO_THE_END: usize = 5;
/// Blocks of a segment.
const SEGMENT: usize = 64;
/// Sums of the pairs of samples that the second extension codes are below this.
const PAIR_SUMS: u32 = 13;

/// Decodes exactly `length` bytes.
pub(super) fn decode(plan: &Plan, bytes: &[u8], length: usize) -> Result<Vec<u8>, CodecError> {
    let mut reader = BitReader::new(bytes);
    let mut decoded = Vec::with_capacity(length);
    let mut samples = Vec::with_capacity(plan.blocks_of_a_line() * plan.block);
    while decoded.len() < length {
        let wanted = plan.line.min((length - decoded.len()) / plan.width);
        samples.clear();
        line(plan, &mut reader, wanted, &mut samples)?;
        if plan.predicted {
            predicted(plan, &mut samples)?;
        }
        for sample in &samples[..wanted] {
            plan.push(*sample, &mut decoded);
        }
    }
    Ok(decoded)
}

fn damaged(what: &'static str) -> CodecError {
    CodecError::Damaged { filter: FILTER, what }
}

/// Reads the blocks of a line, or of the last one as many as have `wanted` samples.
fn line(
    plan: &Plan,
    reader: &mut BitReader<'_>,
    wanted: usize,
    samples: &mut Vec<u32>,
) -> Result<(), CodecError> {
    let wanted_blocks = wanted.div_ceil(plan.block);
    // A line that is whole is coded whole, with what fills its last block.
    let blocks = if wanted == plan.line { plan.blocks_of_a_line() } else { wanted_blocks };
    while samples.len() < blocks * plan.block {
        let start = samples.len();
        let reference = plan.predicted && start == 0;
        let kind = reader.number(plan.kind_bits())?;
        if kind == plan.uncompressed() {
            for _ in 0..plan.block {
                samples.push(reader.number(plan.bits)?);
            }
            continue;
        }
        let second = kind == 0 && reader.number(1)? == 1;
        if reference {
            samples.push(reader.number(plan.bits)?);
        }
        match kind {
            0 if second => pairs(plan, reader, start + plan.block, samples)?,
            0 => {
                let blocks = zero_blocks(plan, reader, start / plan.block)?;
                samples.resize(start + blocks * plan.block, 0);
            }
            kind => split(plan, reader, kind - 1, start + plan.block, samples)?,
        }
    }
    Ok(())
}

/// How many blocks of zeros begin with block `at` of a line.
fn zero_blocks(plan: &Plan, reader: &mut BitReader<'_>, at: usize) -> Result<usize, CodecError> {
    let left = plan.blocks_of_a_line() - at;
    let blocks = match reader.zeros()? as usize + 1 {
        TO_THE_END => left.min(SEGMENT - at % SEGMENT),
        count if count > TO_THE_END => count - 1,
        count => count,
    };
    if blocks > left {
        Err(damaged("it has more zeros than a line has pixels"))
    } else {
        Ok(blocks)
    }
}

/// Samples as a number of zeros above `low_bits` that follow all of these numbers.
fn split(
    plan: &Plan,
    reader: &mut BitReader<'_>,
    low_bits: u32,
    end: usize,
    samples: &mut Vec<u32>,
) -> Result<(), CodecError> {
    let start = samples.len();
    let most = plan.largest() >> low_bits;
    for _ in start..end {
        let high = reader.zeros()?;
        if high > most {
            return Err(damaged("a pixel has more bits than stated"));
        }
        samples.push(high << low_bits);
    }
    for sample in &mut samples[start..end] {
        *sample |= reader.number(low_bits)?;
    }
    Ok(())
}

/// Two samples as one number, counted along the diagonals of the table of all pairs.
fn pairs(
    plan: &Plan,
    reader: &mut BitReader<'_>,
    end: usize,
    samples: &mut Vec<u32>,
) -> Result<(), CodecError> {
    while samples.len() < end {
        let number = reader.zeros()?;
        let sum = (0..PAIR_SUMS).rev().find(|sum| sum * (sum + 1) / 2 <= number).unwrap_or(0);
        let second = number - sum * (sum + 1) / 2;
        if second > sum || second.max(sum - second) > plan.largest() {
            return Err(damaged("it has a pair of pixels that there is not"));
        }
        // The first of a line stands before, as it is.
        if samples.len().is_multiple_of(2) {
            samples.push(sum - second);
        }
        samples.push(second);
    }
    Ok(())
}

/// Undoes the differences: small ones alternate around the sample before, those beyond its nearer limit go on to
/// the other side.
fn predicted(plan: &Plan, samples: &mut [u32]) -> Result<(), CodecError> {
    let largest = plan.largest();
    let Some((first, rest)) = samples.split_first_mut() else { return Ok(()) };
    let mut last = *first;
    for sample in rest {
        let coded = *sample;
        if coded > largest {
            return Err(damaged("a pixel has more bits than stated"));
        }
        let nearer = last.min(largest - last);
        last = if coded.div_ceil(2) <= nearer {
            if coded % 2 == 0 { last + coded / 2 } else { last - coded.div_ceil(2) }
        } else if nearer == last {
            coded
        } else {
            largest - coded
        };
        *sample = last;
    }
    Ok(())
}
