//! Numbers from one datatype to another: exact, or rounded to the nearest float, or refused.
//!
//! HDF5's own conversion clips what is out of range, and its report of what it clipped depends on byte order.

use half::f16;
use hdf5_async_protocol::model::{ByteOrder, Datatype};
use hdf5_async_protocol::values::float::{self, Real};
use hdf5_async_protocol::values::integer::{self, fits, push_bits};

/// Wide enough for every number that travels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i128),
    Float(f64),
    /// Of a format that is not IEEE's.
    Real(Real),
}

impl Number {
    pub(crate) fn whole(self) -> Option<i128> {
        match self {
            Self::Integer(value) => Some(value),
            Self::Float(value) => Real::from_f64(value).to_integer(),
            Self::Real(real) => real.to_integer(),
        }
    }
}

/// Whether elements are numbers in some form.
pub(crate) fn is_number(datatype: &Datatype) -> bool {
    match datatype {
        Datatype::Bool | Datatype::Float { format: None, .. } => true,
        Datatype::Integer { size, .. }
        | Datatype::Bitfield { size, .. }
        | Datatype::Time { size, .. } => *size as usize <= integer::MAX_BYTES,
        Datatype::Float { size, format: Some(_), .. } => *size <= float::MAX_BYTES,
        Datatype::Enum { base, .. } => is_number(base),
        _ => false,
    }
}

/// Whether elements are whole numbers or IEEE floats and nothing else.
pub(crate) fn is_plain(datatype: &Datatype) -> bool {
    matches!(datatype, Datatype::Integer { .. } | Datatype::Float { .. } | Datatype::Bool)
        && is_number(datatype)
}

/// Whether a float would have to be true or false, or one of some names.
pub(crate) fn loses_truth(from: &Datatype, to: &Datatype) -> bool {
    matches!(from, Datatype::Float { .. }) && matches!(to, Datatype::Bool | Datatype::Enum { .. })
}

/// Converts every element of `payload`; `None` where one does not fit, or a datatype is no number.
pub(crate) fn convert(payload: &[u8], from: &Datatype, to: &Datatype) -> Option<Vec<u8>> {
    let (have, want) = (from.wire_size()?, to.wire_size()?);
    let mut converted = Vec::with_capacity(payload.len() / have * want);
    for element in payload.chunks_exact(have) {
        encode(decode(element, from)?, to, &mut converted)?;
    }
    Some(converted)
}

pub(crate) fn decode(element: &[u8], datatype: &Datatype) -> Option<Number> {
    let whole = |signed, order| Some(Number::Integer(integer::decode(element, signed, order)));
    match datatype {
        Datatype::Bool => whole(false, ByteOrder::Little),
        Datatype::Integer { signed, order, .. } => whole(*signed, *order),
        Datatype::Bitfield { order, .. } => whole(false, *order),
        Datatype::Time { order, .. } => whole(true, *order),
        Datatype::Enum { base, .. } => decode(element, base),
        Datatype::Float { order, format: Some(format), .. } => {
            float::decode(element, *order, format).map(Number::Real)
        }
        Datatype::Float { size, order, format: None } => {
            let bits = u64::try_from(integer::decode(element, false, *order)).ok()?;
            let float = match size {
                2 => f16::from_bits(u16::try_from(bits).ok()?).to_f64(),
                4 => f64::from(f32::from_bits(u32::try_from(bits).ok()?)),
                _ => f64::from_bits(bits),
            };
            Some(Number::Float(float))
        }
        _ => None,
    }
}

/// Appends the element that `number` is in `datatype`.
pub(crate) fn encode(number: Number, datatype: &Datatype, out: &mut Vec<u8>) -> Option<()> {
    let (signed, precision, size, order) = match datatype {
        Datatype::Bool if matches!(number, Number::Integer(_)) => (false, 1, 1, ByteOrder::Little),
        Datatype::Integer { size, signed, order, precision, .. } => {
            (*signed, *precision, *size, *order)
        }
        Datatype::Bitfield { size, order, precision, .. } => (false, *precision, *size, *order),
        Datatype::Time { size, order } => (true, size * 8, *size, *order),
        Datatype::Enum { base, .. } => return encode(number, base, out),
        Datatype::Float { size, order, format: Some(format) } => {
            let real = match number {
                Number::Integer(value) => Real::from_integer(value),
                Number::Float(value) => Real::from_f64(value),
                Number::Real(real) => real,
            };
            return float::encode(out, real, *size, *order, format);
        }
        Datatype::Float { size, order, format: None } => {
            push_bits(out, float_bits(number, *size)?, *size as usize, *order);
            return Some(());
        }
        _ => return None,
    };
    let value = number.whole().filter(|value| fits(*value, signed, precision))?;
    push_bits(out, value.cast_unsigned(), size as usize, order);
    Some(())
}

/// Rounds to the nearest float; finite numbers that only infinity could stand for are refused.
fn float_bits(number: Number, size: u32) -> Option<u128> {
    #[expect(clippy::cast_precision_loss, reason = "rounds to nearest")]
    let double = match number {
        Number::Integer(value) => value as f64,
        Number::Float(value) => value,
        Number::Real(real) => return real_bits(real, size),
    };
    let (bits, rounded) = match size {
        2 => {
            let half = f16::from_f64(double);
            (u128::from(half.to_bits()), half.to_f64())
        }
        4 => {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "rounds to nearest, of integers at once: by way of f64 they would be rounded twice"
            )]
            let single = match number {
                Number::Integer(value) => value as f32,
                _ => double as f32,
            };
            (u128::from(single.to_bits()), f64::from(single))
        }
        _ => (u128::from(double.to_bits()), double),
    };
    (!rounded.is_infinite() || double.is_infinite()).then_some(bits)
}

/// A float of another format, rounded once.
fn real_bits(real: Real, size: u32) -> Option<u128> {
    let mut bytes = Vec::new();
    let format = super::library::ieee_format(size)?;
    float::encode(&mut bytes, real, size, ByteOrder::Little, &format)?;
    u128::try_from(integer::decode(&bytes, false, ByteOrder::Little)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datatype(text: &str) -> Datatype {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_that_fit_keep_their_value_in_every_byte_order() {
        let kinds =
            ["|i1", "|u1", "<i2", ">i2", "<u4", ">i4", "<i8", ">u8", "<f2", ">f4", "<f8", ">f8"];
        let small = datatype("|u1");
        for from in kinds {
            let there = convert(&[0, 1, 100], &small, &datatype(from)).unwrap();
            for to in kinds {
                let over = convert(&there, &datatype(from), &datatype(to)).unwrap();
                let back = convert(&over, &datatype(to), &small).unwrap();
                assert_eq!(back, [0, 1, 100], "{from} to {to}");
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let refused = |bytes: &[u8], from: &str, to: &str| {
            assert_eq!(convert(bytes, &datatype(from), &datatype(to)), None, "{from} to {to}");
        };
        refused(&200_i16.to_le_bytes(), "<i2", "|i1");
        refused(&(-1_i16).to_be_bytes(), ">i2", "<u8");
        refused(&u64::MAX.to_le_bytes(), "<u8", "<i8");
        refused(&1.5_f64.to_le_bytes(), "<f8", "<i8");
        refused(&f64::NAN.to_le_bytes(), "<f8", ">i4");
        refused(&f64::INFINITY.to_le_bytes(), "<f8", "<u8");
        refused(&2_f64.powi(64).to_le_bytes(), "<f8", "<u8");
        refused(&1e300_f64.to_be_bytes(), ">f8", "<f4");
        refused(&70_000_i32.to_le_bytes(), "<i4", "<f2");
        refused(&2_i32.to_le_bytes(), "<i4", "|b1");
        refused(&1_f32.to_le_bytes(), "<f4", "|b1");
    }

    #[test]
    fn floats_round_once_and_to_the_nearest() {
        // By way of f64 this integer would round to 2^60.
        let value = (1_i64 << 60) + (1 << 36) + 1;
        let single = convert(&value.to_le_bytes(), &datatype("<i8"), &datatype("<f4")).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "what is tested")]
        let expected = value as f32;
        assert_eq!(single, expected.to_le_bytes());
        let infinite = convert(&f64::INFINITY.to_le_bytes(), &datatype("<f8"), &datatype(">f2"));
        assert_eq!(infinite.unwrap(), f16::INFINITY.to_be_bytes());
    }
}
