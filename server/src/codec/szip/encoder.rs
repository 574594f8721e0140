//! Samples turned into blocks of coded differences, each block in the way that is shortest for it.

use super::super::CodecError;
use super::bits::BitWriter;
use super::{FILTER, Plan};

const SEGMENT: usize = 64;
/// So many blocks of zeros, and all that reach to the end of a segment, are not counted one by one.
const TO_THE_END: usize = 5;

/// Appends to `encoded`.
pub(super) fn encode(plan: &Plan, bytes: &[u8], encoded: &mut Vec<u8>) -> Result<(), CodecError> {
    let mut writer = BitWriter::new(encoded);
    for bytes in bytes.chunks(plan.line * plan.width) {
        let mut samples: Vec<u32> =
            bytes.chunks_exact(plan.width).map(|bytes| plan.sample(bytes)).collect();
        if samples.iter().any(|sample| *sample > plan.largest()) {
            let what = "takes numbers without bits outside of their precision";
            return Err(CodecError::Options { filter: FILTER, what });
        }
        let filling = if plan.predicted { samples.last().copied().unwrap_or(0) } else { 0 };
        samples.resize(plan.blocks_of_a_line() * plan.block, filling);
        let first = samples[0];
        if plan.predicted {
            to_differences(plan, &mut samples);
        }
        line(plan, &mut writer, first, &samples);
    }
    writer.finish();
    Ok(())
}

/// Leaves zero in the place of the first sample.
fn to_differences(plan: &Plan, samples: &mut [u32]) {
    let largest = plan.largest();
    let mut last = samples[0];
    samples[0] = 0;
    for sample in &mut samples[1..] {
        let nearer = last.min(largest - last);
        let apart = sample.abs_diff(last);
        let coded = match (apart <= nearer, *sample >= last) {
            (true, true) => 2 * apart,
            (true, false) => 2 * apart - 1,
            (false, _) => nearer + apart,
        };
        last = std::mem::replace(sample, coded);
    }
}

/// Writes the blocks of a line; `first` is its first sample as it is.
fn line(plan: &Plan, writer: &mut BitWriter<'_>, first: u32, coded: &[u32]) {
    let blocks = plan.blocks_of_a_line();
    // Blocks of zeros that are not written yet.
    let mut zeros = 0;
    for (index, block) in coded.chunks(plan.block).enumerate() {
        let reference = |index: usize| (plan.predicted && index == 0).then_some(first);
        if block.iter().all(|coded| *coded == 0) {
            zeros += 1;
            let last = index + 1 == blocks || (index + 1) % SEGMENT == 0;
            if last {
                zero_blocks(plan, writer, reference(index + 1 - zeros), zeros, true);
                zeros = 0;
            }
            continue;
        }
        if zeros > 0 {
            zero_blocks(plan, writer, reference(index - zeros), zeros, false);
            zeros = 0;
        }
        shortest(plan, writer, reference(index), block);
    }
}

fn zero_blocks(
    plan: &Plan,
    writer: &mut BitWriter<'_>,
    reference: Option<u32>,
    count: usize,
    to_the_end: bool,
) {
    writer.number(0, plan.kind_bits() + 1);
    if let Some(reference) = reference {
        writer.number(reference, plan.bits);
    }
    let number = match count {
        TO_THE_END.. if to_the_end => TO_THE_END - 1,
        TO_THE_END.. => count,
        _ => count - 1,
    };
    writer.zeros(u32::try_from(number).unwrap_or(0));
}

fn shortest(plan: &Plan, writer: &mut BitWriter<'_>, reference: Option<u32>, block: &[u32]) {
    let coded = &block[usize::from(reference.is_some())..];
    let (low_bits, split) = splitting(plan, coded);
    let paired = pairs_length(block);
    let plain = coded.len() as u64 * u64::from(plan.bits);
    if plain <= split.min(paired) {
        writer.number(plan.uncompressed(), plan.kind_bits());
        for sample in reference.iter().chain(coded) {
            writer.number(*sample, plan.bits);
        }
        return;
    }
    if split < paired {
        writer.number(low_bits + 1, plan.kind_bits());
    } else {
        writer.number(1, plan.kind_bits() + 1);
    }
    if let Some(reference) = reference {
        writer.number(reference, plan.bits);
    }
    if split < paired {
        for coded in coded {
            writer.zeros(coded >> low_bits);
        }
        for coded in coded {
            writer.number(*coded, low_bits);
        }
    } else {
        for pair in block.chunks_exact(2) {
            writer.zeros(pair_number(pair));
        }
    }
}

/// The number of low bits with which a block is shortest, and the length in bits; one more bit does not help
/// where the one before did not.
fn splitting(plan: &Plan, coded: &[u32]) -> (u32, u64) {
    let length = |low_bits: u32| {
        let high: u64 = coded.iter().map(|coded| u64::from(coded >> low_bits)).sum();
        high + coded.len() as u64 * u64::from(low_bits + 1)
    };
    let most = plan.uncompressed() - 2;
    let mut best = (0, length(0));
    for low_bits in 1..=most {
        let length = length(low_bits);
        if length >= best.1 {
            break;
        }
        best = (low_bits, length);
    }
    best
}

fn pairs_length(block: &[u32]) -> u64 {
    let lengths = block.chunks_exact(2).map(|pair| {
        let sum = u64::from(pair[0]) + u64::from(pair[1]);
        // Larger sums have no number, and would not be short.
        if sum < 13 { sum * (sum + 1) / 2 + u64::from(pair[1]) + 1 } else { u64::from(u32::MAX) }
    });
    1 + lengths.sum::<u64>()
}

fn pair_number(pair: &[u32]) -> u32 {
    let sum = pair[0] + pair[1];
    sum * (sum + 1) / 2 + pair[1]
}
