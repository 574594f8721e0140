//! How much of the numbers is kept: as a header says it, and as it is asked for.

use super::super::CodecError;
use super::FILTER;
use super::stream::{BitReader, BitWriter};

const MIN_BITS: u32 = 1;
const MAX_BITS: u32 = 16_658;
const MAX_PRECISION: u32 = 64;
const MIN_EXPONENT: i32 = -1074;

/// The numbers of the short form: rates from 0, then precisions, then nothing lost, then tolerances.
const PRECISIONS: u64 = 2048;
const REVERSIBLE: u64 = PRECISIONS + 128;
const TOLERANCES: u64 = REVERSIBLE + 1;
const LONG: u64 = 0xfff;
/// Added to exponents in the long form.
const EXPONENT_BIAS: i32 = 16_495;

/// Limits of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) min_bits: u32,
    pub(super) max_bits: u32,
    /// Planes.
    pub(super) precision: u32,
    /// Of the lowest plane that is kept of floats.
    pub(super) min_exponent: i32,
}

const EXPERT: Mode = Mode {
    min_bits: MIN_BITS,
    max_bits: MAX_BITS,
    precision: MAX_PRECISION,
    min_exponent: MIN_EXPONENT,
};

impl Mode {
    pub(super) fn is_reversible(self) -> bool {
        self.min_exponent < MIN_EXPONENT
    }

    /// What was asked for by the numbers of H5Z-ZFP: a mode, nothing, and what the mode takes, a float as the lower
    /// and the upper half of its bits.
    pub(super) fn asked(asked: &[u32], rank: usize, float_width: u32) -> Result<Self, CodecError> {
        let refused = |what| CodecError::Options { filter: FILTER, what };
        let option = |index: usize| asked.get(index).copied().unwrap_or(0);
        let float = f64::from_bits(u64::from(option(3)) << 32 | u64::from(option(2)));
        match option(0) {
            0 if asked.is_empty() => Ok(EXPERT),
            1 if float > 0.0 && float <= f64::from(MAX_PRECISION) => {
                Ok(Self::rate(float, rank, float_width))
            }
            1 => Err(refused("takes a rate of more than 0 and at most 64 bits for a number")),
            2 if option(2) <= MAX_PRECISION => {
                let precision = if option(2) == 0 { MAX_PRECISION } else { option(2) };
                Ok(Self { precision, ..EXPERT })
            }
            2 => Err(refused("takes a precision of at most 64 bits")),
            3 if float >= 0.0 && float.is_finite() => {
                Ok(Self { min_exponent: exponent_below(float), ..EXPERT })
            }
            3 => Err(refused("takes a tolerance of 0 or more")),
            4 => Self {
                min_bits: option(2),
                max_bits: option(3),
                precision: option(4),
                min_exponent: option(5).cast_signed(),
            }
            .checked()
            .filter(|mode| mode.min_bits > 0 && mode.max_bits <= 0x8000 && mode.min_exponent > -EXPONENT_BIAS)
            .ok_or(refused("takes at least one bit and no more planes than 64, and no lower limit above the upper one")),
            5 => Ok(Self { min_exponent: MIN_EXPONENT - 1, ..EXPERT }),
            _ => Err(refused(
                "takes as its first option 1 for a rate, 2 for a precision, 3 for a tolerance, 4 for all limits, 5 to lose nothing",
            )),
        }
    }

    /// `float_width` is the width of floats, 0 for integers.
    fn rate(rate: f64, rank: usize, float_width: u32) -> Self {
        let numbers = f64::from(1_u32 << (2 * rank));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 256 * 64 bits"
        )]
        let bits = (numbers * rate + 0.5).floor() as u32;
        // A block of floats has at least its exponent.
        let least = match float_width {
            32 => 1 + 8,
            64 => 1 + 11,
            _ => 0,
        };
        let bits = bits.max(least);
        Self { min_bits: bits, max_bits: bits, ..EXPERT }
    }

    fn checked(self) -> Option<Self> {
        let possible =
            self.min_bits <= self.max_bits && (1..=MAX_PRECISION).contains(&self.precision);
        possible.then_some(self)
    }

    pub(super) fn read(reader: &mut BitReader<'_>) -> Result<Self, CodecError> {
        let short = reader.number(12)?;
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let signed = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        let mode = match short {
            ..PRECISIONS => {
                let bits = small(short) + 1;
                Self { min_bits: bits, max_bits: bits, ..EXPERT }
            }
            PRECISIONS..REVERSIBLE => Self { precision: small(short - PRECISIONS) + 1, ..EXPERT },
            REVERSIBLE => Self { min_exponent: MIN_EXPONENT - 1, ..EXPERT },
            TOLERANCES..LONG => {
                Self { min_exponent: signed(short - TOLERANCES) + MIN_EXPONENT, ..EXPERT }
            }
            _ => Self {
                min_bits: small(reader.number(15)?) + 1,
                max_bits: small(reader.number(15)?) + 1,
                precision: small(reader.number(7)?) + 1,
                min_exponent: signed(reader.number(15)?) - EXPONENT_BIAS,
            },
        };
        mode.checked().ok_or(CodecError::Options {
            filter: FILTER,
            what: "has limits that contradict each other",
        })
    }

    pub(super) fn write(self, writer: &mut BitWriter) {
        if let Some(short) = self.short() {
            writer.number(short, 12);
            return;
        }
        writer.number(LONG, 12);
        writer.number(u64::from(self.min_bits - 1), 15);
        writer.number(u64::from(self.max_bits - 1), 15);
        writer.number(u64::from(self.precision - 1), 7);
        writer.number(u64::try_from(self.min_exponent + EXPONENT_BIAS).unwrap_or(0), 15);
    }

    /// Where all limits but one are as usual.
    fn short(self) -> Option<u64> {
        let Self { min_bits, max_bits, precision, min_exponent } = self;
        if self == EXPERT {
            return None;
        }
        if min_bits == max_bits && self == (Self { min_bits, max_bits, ..EXPERT }) {
            return (max_bits <= 2048).then(|| u64::from(max_bits) - 1);
        }
        if self == (Self { precision, ..EXPERT }) {
            return Some(u64::from(precision) - 1 + PRECISIONS);
        }
        if self != (Self { min_exponent, ..EXPERT }) {
            return None;
        }
        if self.is_reversible() {
            return Some(REVERSIBLE);
        }
        let above = u64::try_from(min_exponent - MIN_EXPONENT).unwrap_or(0);
        Some(above + TOLERANCES).filter(|short| *short < LONG)
    }
}

/// The exponent of the power of two that is not above `tolerance`.
fn exponent_below(tolerance: f64) -> i32 {
    let biased = i32::try_from(tolerance.to_bits() >> 52).unwrap_or(0);
    // Smaller tolerances cannot be told from none.
    if biased == 0 { MIN_EXPONENT } else { biased - 1023 }
}
