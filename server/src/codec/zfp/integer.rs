//! The integers that a block is computed with, of 32 or of 64 bits: all arithmetic wraps, as it does in the
//! library that wrote the chunks.

use std::fmt::Debug;

/// An integer of a block.
pub(super) trait Integer: Copy + Debug + Default + PartialEq {
    const WIDTH: u32;
    /// Bits that say how many planes a block has, where nothing is lost.
    const PRECISION_BITS: u32;
    /// Bits of the exponent of a float with as many bits.
    const EXPONENT_BITS: u32;

    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn half(self) -> Self;
    /// In base -2, in which small numbers of either sign have their highest bits clear.
    fn to_negabinary(self) -> u64;
    fn from_negabinary(bits: u64) -> Self;
    fn from_le(bytes: &[u8]) -> Self;
    fn put_le(self, bytes: &mut [u8]);
    /// The bits of a float, ordered as the float is; its own inverse.
    fn mirrored(self) -> Self;

    /// Of the float whose bits these are.
    fn is_finite(self) -> bool;
    /// The exponent of the float whose bits these are, above its magnitude.
    fn exponent(self) -> i32;
    /// The float whose bits these are, in units of the lowest bit of a block with `exponent`.
    fn quantized(self, exponent: i32) -> Self;
    /// The bits of the float that so many units are.
    fn dequantized(self, exponent: i32) -> Self;

    /// What is added to exponents, so that they are no negative numbers.
    fn bias() -> i32 {
        (1 << (Self::EXPONENT_BITS - 1)) - 1
    }
}

macro_rules! integer {
    ($signed:ty, $unsigned:ty, $float:ty, $bytes:literal, $planes:literal, $exponent:literal) => {
        impl Integer for $signed {
            const WIDTH: u32 = <$signed>::BITS;
            const PRECISION_BITS: u32 = $planes;
            const EXPONENT_BITS: u32 = $exponent;

            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            fn half(self) -> Self {
                self >> 1
            }

            fn to_negabinary(self) -> u64 {
                const MASK: $unsigned = <$unsigned>::MAX / 3 * 2;
                u64::from(self.cast_unsigned().wrapping_add(MASK) ^ MASK)
            }

            fn from_negabinary(bits: u64) -> Self {
                const MASK: $unsigned = <$unsigned>::MAX / 3 * 2;
                let mut low = [0; $bytes];
                low.copy_from_slice(&bits.to_le_bytes()[..$bytes]);
                (<$unsigned>::from_le_bytes(low) ^ MASK).wrapping_sub(MASK).cast_signed()
            }

            fn from_le(bytes: &[u8]) -> Self {
                let mut array = [0; $bytes];
                array.copy_from_slice(bytes);
                Self::from_le_bytes(array)
            }

            fn put_le(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            fn mirrored(self) -> Self {
                if self < 0 { self ^ Self::MAX } else { self }
            }

            fn is_finite(self) -> bool {
                <$float>::from_bits(self.cast_unsigned()).is_finite()
            }

            fn exponent(self) -> i32 {
                let float = <$float>::from_bits(self.cast_unsigned());
                if float == 0.0 || float.is_nan() {
                    return -Self::bias();
                }
                let biased = (self & Self::MAX) >> (<$float>::MANTISSA_DIGITS - 1);
                i32::try_from(biased).unwrap_or(0) - Self::bias() + 1
            }

            #[expect(clippy::cast_possible_truncation, reason = "the fraction is cut off")]
            fn quantized(self, exponent: i32) -> Self {
                let scale = i32::try_from(Self::WIDTH).unwrap_or(0) - 2 - exponent;
                // Two steps, because a power of two may be beyond the largest float.
                let float = <$float>::from_bits(self.cast_unsigned());
                (float * Self::power(scale / 2) * Self::power(scale - scale / 2)) as Self
            }

            #[expect(clippy::cast_precision_loss, reason = "rounded as the library rounds")]
            fn dequantized(self, exponent: i32) -> Self {
                let scale = exponent - (i32::try_from(Self::WIDTH).unwrap_or(0) - 2);
                (Self::power(scale) * self as $float).to_bits().cast_signed()
            }
        }

        impl Power for $signed {
            type Float = $float;

            fn power(exponent: i32) -> $float {
                let digits = <$float>::MANTISSA_DIGITS - 1;
                let smallest = <$float>::MIN_EXP - 1;
                let bits: $unsigned = if exponent > <$float>::MAX_EXP - 1 {
                    <$float>::INFINITY.to_bits()
                } else if exponent >= smallest {
                    let biased = u32::try_from(exponent - smallest + 1).unwrap_or(0);
                    <$unsigned>::from(biased) << digits
                } else {
                    let below = u32::try_from(smallest - exponent).unwrap_or(u32::MAX);
                    if below > digits { 0 } else { 1 << (digits - below) }
                };
                <$float>::from_bits(bits)
            }
        }
    };
}

/// Powers of two as floats, to the last of those without a leading one.
trait Power {
    type Float;

    fn power(exponent: i32) -> Self::Float;
}

integer!(i32, u32, f32, 4, 5, 8);
integer!(i64, u64, f64, 8, 6, 11);
