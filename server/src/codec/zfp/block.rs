//! One block of numbers: floats as integers with a common exponent, integers as coefficients of a transform.

use super::super::CodecError;
use super::integer::Integer;
use super::mode::Mode;
use super::order::order;
use super::planes::{self, Extent};
use super::stream::{BitReader, BitWriter};
use super::{FILTER, transform};

/// What all blocks of a chunk have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) mode: Mode,
    pub(super) rank: usize,
    pub(super) float: bool,
}

impl Kind {
    pub(super) fn n_numbers(self) -> usize {
        1 << (2 * self.rank)
    }

    /// How many planes are kept of floats of which the largest has `exponent`.
    fn float_precision(self, exponent: i32) -> u32 {
        let rank = i32::try_from(self.rank).unwrap_or(0);
        let planes = exponent.saturating_sub(self.mode.min_exponent).saturating_add(2 * rank + 2);
        self.mode.precision.min(u32::try_from(planes).unwrap_or(0))
    }

    fn extent<I: Integer>(self, spent: u32, precision: u32) -> Extent {
        // Less than nothing is without a limit for every reader.
        Extent { width: I::WIDTH, precision, budget: self.mode.max_bits.wrapping_sub(spent) }
    }

    /// Fills `block` with integers, or with the bits of floats.
    pub(super) fn decode<I: Integer>(
        self,
        reader: &mut BitReader<'_>,
        block: &mut [I],
    ) -> Result<(), CodecError> {
        if !self.float {
            return self.decode_integers(reader, 0, self.mode.precision, block);
        }
        if !reader.bit()? {
            block.fill(I::default());
            reader.skip(self.mode.min_bits.saturating_sub(1));
            return Ok(());
        }
        let mut spent = 1;
        if self.mode.is_reversible() {
            spent += 1;
            if reader.bit()? {
                self.decode_integers(reader, spent, self.mode.precision, block)?;
                mirror(block);
                return Ok(());
            }
        }
        let biased = i32::try_from(reader.number(I::EXPONENT_BITS)?).unwrap_or(0);
        let exponent = biased - I::bias();
        spent += I::EXPONENT_BITS;
        self.decode_integers(reader, spent, self.float_precision(exponent), block)?;
        let is_zero = biased == 0 && self.mode.is_reversible();
        for number in block {
            *number = if is_zero { I::default() } else { number.dequantized(exponent) };
        }
        Ok(())
    }

    fn decode_integers<I: Integer>(
        self,
        reader: &mut BitReader<'_>,
        mut spent: u32,
        mut precision: u32,
        block: &mut [I],
    ) -> Result<(), CodecError> {
        if self.mode.is_reversible() {
            precision = u32::try_from(reader.number(I::PRECISION_BITS)?).unwrap_or(0) + 1;
            spent += I::PRECISION_BITS;
        }
        let mut coefficients = vec![0; block.len()];
        let extent = self.extent::<I>(spent, precision);
        spent += planes::decode(reader, extent, &mut coefficients)?;
        reader.skip(self.mode.min_bits.saturating_sub(spent));
        for (place, bits) in order(self.rank).iter().zip(coefficients) {
            block[usize::from(*place)] = I::from_negabinary(bits);
        }
        if self.mode.is_reversible() {
            transform::inverse_exact(block, self.rank);
        } else {
            transform::inverse(block, self.rank);
        }
        Ok(())
    }

    /// Writes integers or the bits of floats, and leaves `block` as what was computed on the way.
    pub(super) fn encode<I: Integer>(
        self,
        writer: &mut BitWriter,
        block: &mut [I],
    ) -> Result<(), CodecError> {
        if !self.float {
            self.encode_integers(writer, 0, self.mode.precision, block);
            return Ok(());
        }
        if self.mode.is_reversible() {
            self.encode_exact_floats(writer, block);
            return Ok(());
        }
        if !block.iter().all(|number| number.is_finite()) {
            let what = "takes finite numbers, unless nothing is to be lost";
            return Err(CodecError::Options { filter: FILTER, what });
        }
        let exponent = exponent_of(block);
        let precision = self.float_precision(exponent);
        let biased = u64::try_from(exponent + I::bias()).unwrap_or(0);
        if biased == 0 || precision == 0 {
            writer.bit(false);
            writer.zeros(self.mode.min_bits.saturating_sub(1));
            return Ok(());
        }
        writer.bit(true);
        writer.number(biased, I::EXPONENT_BITS);
        for number in block.iter_mut() {
            *number = number.quantized(exponent);
        }
        self.encode_integers(writer, 1 + I::EXPONENT_BITS, precision, block);
        Ok(())
    }

    /// Floats as integers with a common exponent where that loses nothing, otherwise their bits as integers.
    fn encode_exact_floats<I: Integer>(self, writer: &mut BitWriter, block: &mut [I]) {
        let exponent = exponent_of(block);
        let biased = u64::try_from(exponent + I::bias()).unwrap_or(0);
        let units: Vec<I> = block.iter().map(|number| number.quantized(exponent)).collect();
        let is_zero = biased == 0 && block.iter().all(|number| *number == I::default());
        let same = |(number, units): (&I, &I)| *number == units.dequantized(exponent);
        if is_zero {
            writer.bit(false);
        } else if biased > 0 && block.iter().zip(&units).all(same) {
            writer.number(0b01, 2);
            writer.number(biased, I::EXPONENT_BITS);
            block.copy_from_slice(&units);
            self.encode_integers(writer, 2 + I::EXPONENT_BITS, self.mode.precision, block);
        } else {
            writer.number(0b11, 2);
            mirror(block);
            self.encode_integers(writer, 2, self.mode.precision, block);
        }
    }

    fn encode_integers<I: Integer>(
        self,
        writer: &mut BitWriter,
        mut spent: u32,
        mut precision: u32,
        block: &mut [I],
    ) {
        let reversible = self.mode.is_reversible();
        if reversible {
            transform::forward_exact(block, self.rank);
        } else {
            transform::forward(block, self.rank);
        }
        let places = order(self.rank).iter();
        let coefficients: Vec<u64> =
            places.map(|place| block[usize::from(*place)].to_negabinary()).collect();
        if reversible {
            let used = coefficients.iter().fold(0, |all, bits| all | bits);
            let lowest = if used == 0 { I::WIDTH - 1 } else { used.trailing_zeros() };
            precision = precision.min(I::WIDTH - lowest);
            writer.number(u64::from(precision - 1), I::PRECISION_BITS);
            spent += I::PRECISION_BITS;
        }
        spent += planes::encode(writer, self.extent::<I>(spent, precision), &coefficients);
        writer.zeros(self.mode.min_bits.saturating_sub(spent));
    }
}

fn mirror<I: Integer>(block: &mut [I]) {
    for number in block {
        *number = number.mirrored();
    }
}

/// The exponent above all numbers of a block.
fn exponent_of<I: Integer>(block: &[I]) -> i32 {
    block.iter().map(|number| number.exponent()).max().unwrap_or(-I::bias())
}
