//! Floats of any format between their bits and a number, exact or rounded to the nearest.

use super::integer::{load, push_bits};
use crate::model::{ByteOrder, FloatFormat, Normalization};

/// The widest floats that are numbers here; wider ones are bytes.
pub const MAX_BYTES: u32 = 16;

/// A number of any float format up to 128 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Real {
    /// `mantissa` times two to the `exponent`.
    Finite {
        negative: bool,
        mantissa: u128,
        exponent: i64,
    },
    Infinite {
        negative: bool,
    },
    NotANumber,
}

impl Real {
    pub fn from_f64(value: f64) -> Self {
        let negative = value.is_sign_negative();
        if value.is_nan() {
            return Self::NotANumber;
        }
        if value.is_infinite() {
            return Self::Infinite { negative };
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let exponent = (bits >> 52) & 0x7ff;
        let mantissa = if exponent == 0 { fraction } else { fraction | (1 << 52) };
        let exponent = exponent.max(1).cast_signed() - 1075;
        Self::Finite { negative, mantissa: u128::from(mantissa), exponent }
    }

    pub fn from_integer(value: i128) -> Self {
        Self::Finite { negative: value < 0, mantissa: value.unsigned_abs(), exponent: 0 }
    }

    /// The double that is exactly this number, if there is one.
    pub fn to_f64(self) -> Option<f64> {
        match self {
            Self::NotANumber => Some(f64::NAN),
            Self::Infinite { negative: false } => Some(f64::INFINITY),
            Self::Infinite { negative: true } => Some(f64::NEG_INFINITY),
            Self::Finite { negative, mantissa, exponent } => {
                let magnitude = exact_f64(mantissa, exponent)?;
                Some(if negative { -magnitude } else { magnitude })
            }
        }
    }

    /// The whole number that this is, if it is one of at most 126 bits.
    pub fn to_integer(self) -> Option<i128> {
        let Self::Finite { negative, mantissa, exponent } = self else { return None };
        if mantissa == 0 {
            return Some(0);
        }
        let trailing = mantissa.trailing_zeros();
        let (mantissa, exponent) = (mantissa >> trailing, exponent + i64::from(trailing));
        let shift = u32::try_from(exponent).ok()?;
        if shift.saturating_add(128 - mantissa.leading_zeros()) > 126 {
            return None;
        }
        let magnitude = (mantissa << shift).cast_signed();
        Some(if negative { -magnitude } else { magnitude })
    }
}

fn exact_f64(mantissa: u128, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let trailing = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> trailing, exponent + i64::from(trailing));
    let width = i64::from(128 - mantissa.leading_zeros());
    // The last bit of a double is at least 2^-1074, its first at most 2^1023.
    if width > 53 || exponent < -1074 || exponent + width > 1024 {
        return None;
    }
    let mantissa = u64::try_from(mantissa).ok()?;
    // Below 2^-1022 a double has no implied bit, and its mantissa counts units of 2^-1074.
    if exponent + width <= -1022 {
        return Some(f64::from_bits(mantissa << (exponent + 1074)));
    }
    let fraction = (mantissa << (53 - width)) & ((1 << 52) - 1);
    let biased = (exponent + width - 1 + 1023).cast_unsigned();
    Some(f64::from_bits((biased << 52) | fraction))
}

impl FloatFormat {
    fn max_exponent(&self) -> u64 {
        (1_u64 << self.exponent_bits.min(63)) - 1
    }

    /// Whether this part of the store can compute with the format.
    fn is_sane(&self, size: u32) -> bool {
        let end = |first: u32, bits: u32| u64::from(first) + u64::from(bits) <= u64::from(size) * 8;
        size <= MAX_BYTES
            && (1..=32).contains(&self.exponent_bits)
            && (1..=113).contains(&self.mantissa_bits)
            && u32::try_from(self.exponent_bias).is_ok()
            && end(self.sign_bit, 1)
            && end(self.exponent_bit, self.exponent_bits)
            && end(self.mantissa_bit, self.mantissa_bits)
    }

    /// Bits of the mantissa behind the binary point.
    fn fraction_bits(&self) -> u32 {
        self.mantissa_bits - u32::from(self.normalization != Normalization::Implied)
    }

    fn bias(&self) -> i64 {
        i64::try_from(self.exponent_bias).unwrap_or(i64::MAX)
    }
}

/// The number in `bytes`; `None` where the format is none that can be computed with.
pub fn decode(bytes: &[u8], order: ByteOrder, format: &FloatFormat) -> Option<Real> {
    if !format.is_sane(u32::try_from(bytes.len()).ok()?) {
        return None;
    }
    let bits = load(bytes, order);
    let field = |first: u32, count: u32| (bits >> first) & (u128::MAX >> (128 - count));
    let negative = field(format.sign_bit, 1) == 1;
    let exponent = u64::try_from(field(format.exponent_bit, format.exponent_bits)).ok()?;
    let mantissa = field(format.mantissa_bit, format.mantissa_bits);
    let implied = format.normalization == Normalization::Implied;
    if exponent == format.max_exponent() {
        let fraction = mantissa & ((1_u128 << format.fraction_bits()) - 1);
        return Some(if fraction == 0 { Real::Infinite { negative } } else { Real::NotANumber });
    }
    let leading = u128::from(implied && exponent > 0) << format.mantissa_bits;
    let power = exponent.max(1).cast_signed() - format.bias() - i64::from(format.fraction_bits());
    Some(Real::Finite { negative, mantissa: mantissa | leading, exponent: power })
}

/// Whether a number stands in `bytes` as [`encode`] writes it: a leading one that is stored is set exactly where the
/// exponent is not the lowest. Processors of today write no other form.
pub fn is_usual(bytes: &[u8], order: ByteOrder, format: &FloatFormat) -> bool {
    if format.normalization == Normalization::Implied {
        return true;
    }
    let bits = load(bytes, order);
    let field = |first: u32, count: u32| (bits >> first) & (u128::MAX >> (128 - count));
    let leading = field(format.mantissa_bit + format.fraction_bits(), 1) == 1;
    leading == (field(format.exponent_bit, format.exponent_bits) > 0)
}

/// Appends the bytes of the number nearest to `value`, ties to even; `None` where only infinity could stand for it.
pub fn encode(
    out: &mut Vec<u8>,
    value: Real,
    size: u32,
    order: ByteOrder,
    format: &FloatFormat,
) -> Option<()> {
    if !format.is_sane(size) {
        return None;
    }
    let stored_one = u128::from(format.normalization != Normalization::Implied);
    let (negative, exponent, mantissa) = match value {
        Real::NotANumber => {
            // A quiet one: the first bit behind the binary point is set.
            let quiet = 1_u128 << format.fraction_bits().saturating_sub(1);
            (false, format.max_exponent(), quiet | (stored_one << format.fraction_bits()))
        }
        Real::Infinite { negative } => {
            (negative, format.max_exponent(), stored_one << format.fraction_bits())
        }
        Real::Finite { negative, mantissa, exponent } => {
            let (exponent, mantissa) = rounded(mantissa, exponent, format)?;
            (negative, exponent, mantissa)
        }
    };
    let mask = u128::MAX >> (128 - format.mantissa_bits);
    let bits = (u128::from(negative) << format.sign_bit)
        | (u128::from(exponent) << format.exponent_bit)
        | ((mantissa & mask) << format.mantissa_bit);
    push_bits(out, bits, size as usize, order);
    Some(())
}

/// The stored exponent and the mantissa with its leading one.
fn rounded(mantissa: u128, exponent: i64, format: &FloatFormat) -> Option<(u64, u128)> {
    if mantissa == 0 {
        return Some((0, 0));
    }
    let fraction_bits = i64::from(format.fraction_bits());
    let width = i64::from(128 - mantissa.leading_zeros());
    let lowest = 1 - format.bias();
    // The power of two of the leading bit; below the lowest the number is subnormal.
    let mut power = (exponent + width - 1).max(lowest);
    // How far the mantissa moves so that its last bit is the format's last.
    let shift = power - fraction_bits - exponent;
    let mut shifted = if shift <= 0 {
        mantissa << u32::try_from(-shift).ok()?
    } else if shift > 127 {
        0
    } else {
        let half = 1_u128 << (shift - 1);
        let rest = mantissa & ((half << 1).wrapping_sub(1));
        let down = mantissa >> shift;
        down + u128::from(rest > half || (rest == half && down & 1 == 1))
    };
    if shifted >> (fraction_bits + 1) != 0 {
        shifted >>= 1;
        power += 1;
    }
    let normal = shifted >> fraction_bits != 0;
    let stored = if normal { power + format.bias() } else { 0 };
    let stored = u64::try_from(stored).ok()?;
    (stored < format.max_exponent()).then_some((stored, shifted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BFLOAT16: FloatFormat = FloatFormat {
        sign_bit: 15,
        exponent_bit: 7,
        exponent_bits: 8,
        mantissa_bit: 0,
        mantissa_bits: 7,
        exponent_bias: 127,
        normalization: Normalization::Implied,
        precision: None,
        bit_offset: 0,
    };
    const DOUBLE: FloatFormat = FloatFormat {
        sign_bit: 63,
        exponent_bit: 52,
        exponent_bits: 11,
        mantissa_bits: 52,
        exponent_bias: 1023,
        ..BFLOAT16
    };
    const EXTENDED: FloatFormat = FloatFormat {
        sign_bit: 79,
        exponent_bit: 64,
        exponent_bits: 15,
        mantissa_bits: 64,
        exponent_bias: 16383,
        normalization: Normalization::None,
        precision: Some(80),
        ..BFLOAT16
    };

    fn bits(value: f64, size: u32, format: &FloatFormat) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        encode(&mut out, Real::from_f64(value), size, ByteOrder::Little, format)?;
        Some(out)
    }

    fn back(bytes: &[u8], format: &FloatFormat) -> Option<f64> {
        decode(bytes, ByteOrder::Little, format)?.to_f64()
    }

    #[test]
    fn doubles_are_what_they_are_in_every_format_that_holds_them() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut numbers = vec![0.0, -0.0, 1.0, -2.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, -1e-310];
        for _ in 0..10_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            numbers.push(f64::from_bits(seed));
        }
        for number in numbers.into_iter().filter(|number| !number.is_nan()) {
            assert_eq!(bits(number, 8, &DOUBLE).unwrap(), number.to_le_bytes());
            let extended = bits(number, 16, &EXTENDED).unwrap();
            assert_eq!(back(&extended, &EXTENDED).map(f64::to_bits), Some(number.to_bits()));
        }
        assert!(back(&bits(f64::NAN, 16, &EXTENDED).unwrap(), &EXTENDED).unwrap().is_nan());
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest() {
        // bfloat16 is the upper half of a float: what rounds there rounds here.
        for number in [1.0_f32, 1.003_906_2, 1.011_718_8, 3.1, 1e-40, -7e37, 0.0] {
            let exact = number.to_bits();
            let kept = exact >> 16;
            let rest = exact & 0xffff;
            let up = rest > 0x8000 || (rest == 0x8000 && kept & 1 == 1);
            let expected = u16::try_from(kept + u32::from(up)).unwrap();
            assert_eq!(bits(number.into(), 2, &BFLOAT16).unwrap(), expected.to_le_bytes());
        }
        assert_eq!(bits(f64::INFINITY, 2, &BFLOAT16).unwrap(), [0x80, 0x7f]);
        assert_eq!(bits(1e39, 2, &BFLOAT16), None);
        let third = [0xab, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xfd, 0x3f, 0, 0, 0, 0, 0, 0];
        assert_eq!(back(&third, &EXTENDED), None, "no double is this third");
        assert!(is_usual(&third, ByteOrder::Little, &EXTENDED));
        let one = |leading| [0, 0, 0, 0, 0, 0, 0, leading, 0xff, 0x3f, 0, 0, 0, 0, 0, 0];
        assert!(is_usual(&one(0x80), ByteOrder::Little, &EXTENDED));
        assert!(
            !is_usual(&one(0x40), ByteOrder::Little, &EXTENDED),
            "a half with another exponent"
        );
    }

    #[test]
    fn whole_numbers_are_recognised() {
        assert_eq!(Real::from_f64(-3.0).to_integer(), Some(-3));
        assert_eq!(Real::from_f64(2.5).to_integer(), None);
        assert_eq!(Real::from_f64(1e300).to_integer(), None);
        assert_eq!(Real::from_integer(-7).to_f64(), Some(-7.0));
        assert_eq!(Real::from_integer((1 << 60) + 1).to_f64(), None);
    }

    #[test]
    fn formats_that_make_no_sense_are_no_numbers() {
        let broken = FloatFormat { mantissa_bit: 60, ..DOUBLE };
        assert_eq!(decode(&[0; 8], ByteOrder::Little, &broken), None);
        let wide = FloatFormat { exponent_bits: 0, ..DOUBLE };
        assert_eq!(decode(&[0; 8], ByteOrder::Little, &wide), None);
    }
}
