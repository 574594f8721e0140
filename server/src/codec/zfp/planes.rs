//! Coefficients of a block as planes of bits from the highest on, coded as far as the bits that a block may take go.

use super::super::CodecError;
use super::stream::{BitReader, BitWriter};

/// How far planes are coded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Bits of a coefficient.
    pub(super) width: u32,
    /// Planes.
    pub(super) precision: u32,
    /// Bits of all planes together.
    pub(super) budget: u32,
}

impl Extent {
    fn planes(self) -> impl Iterator<Item = u32> {
        (self.width - self.precision.min(self.width)..self.width).rev()
    }

    /// Where all planes fit into the budget in any case it is not looked at.
    fn effective_budget(self, count: usize) -> u32 {
        let most = (u64::from(self.precision) + 1) * count as u64 - 1;
        if most > u64::from(self.budget) { self.budget } else { u32::MAX }
    }
}

/// Fills `coefficients` and says how many bits were read.
pub(super) fn decode(
    reader: &mut BitReader<'_>,
    extent: Extent,
    coefficients: &mut [u64],
) -> Result<u32, CodecError> {
    let budget = extent.effective_budget(coefficients.len());
    let mut left = budget;
    // Coefficients of which a higher plane had a bit; those before are among them.
    let mut known: usize = 0;
    coefficients.fill(0);
    for plane in extent.planes() {
        if left == 0 {
            break;
        }
        let plain = u32::try_from(known).unwrap_or(u32::MAX).min(left);
        left -= plain;
        for coefficient in &mut coefficients[..plain as usize] {
            *coefficient |= u64::from(reader.bit()?) << plane;
        }
        while left > 0 && known < coefficients.len() {
            left -= 1;
            if !reader.bit()? {
                break;
            }
            while left > 0 && known < coefficients.len() - 1 {
                left -= 1;
                if reader.bit()? {
                    break;
                }
                known += 1;
            }
            coefficients[known] |= 1 << plane;
            known += 1;
        }
    }
    Ok(budget - left)
}

/// Writes what [`decode`] reads, and says how many bits that were.
pub(super) fn encode(writer: &mut BitWriter, extent: Extent, coefficients: &[u64]) -> u32 {
    let budget = extent.effective_budget(coefficients.len());
    let mut left = budget;
    let mut known: usize = 0;
    for plane in extent.planes() {
        if left == 0 {
            break;
        }
        let has = |index: usize| (coefficients[index] >> plane) & 1 == 1;
        let plain = u32::try_from(known).unwrap_or(u32::MAX).min(left);
        left -= plain;
        (0..plain as usize).for_each(|index| writer.bit(has(index)));
        let end =
            (0..coefficients.len()).rev().find(|index| has(*index)).map_or(0, |last| last + 1);
        while left > 0 && known < coefficients.len() {
            left -= 1;
            writer.bit(known < end);
            if known >= end {
                break;
            }
            while left > 0 && known < coefficients.len() - 1 {
                left -= 1;
                writer.bit(has(known));
                if has(known) {
                    break;
                }
                known += 1;
            }
            known += 1;
        }
    }
    budget - left
}
