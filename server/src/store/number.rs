//! Numbers from one datatype to another: exact, or rounded to the nearest float, or refused.
//!
//! HDF5's own conversion clips what is out of range, and its report of what it clipped depends on byte order.

use half::f16;
use hdf5_async_protocol::model::{ByteOrder, Datatype};

/// Wide enough for every number that travels.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Integer(i128),
    Float(f64),
}

/// Converts every element of `payload`; `None` where one does not fit, or a datatype is no number.
pub(crate) fn convert(payload: &[u8], from: &Datatype, to: &Datatype) -> Option<Vec<u8>> {
    let (have, want) = (from.wire_size()?, to.wire_size()?);
    let mut converted = Vec::with_capacity(payload.len() / have * want);
    for element in payload.chunks_exact(have) {
        let number = decode(element, from)?;
        let (bytes, order) = encode(number, to)?;
        let bytes = &bytes[..want];
        match order {
            ByteOrder::Little => converted.extend_from_slice(bytes),
            ByteOrder::Big => converted.extend(bytes.iter().rev()),
        }
    }
    Some(converted)
}

fn decode(element: &[u8], datatype: &Datatype) -> Option<Number> {
    let little = |order: ByteOrder| {
        let mut wide = [0_u8; 8];
        for (index, byte) in element.iter().enumerate().take(wide.len()) {
            let place = if order == ByteOrder::Little { index } else { element.len() - 1 - index };
            wide[place] = *byte;
        }
        u64::from_le_bytes(wide)
    };
    match datatype {
        Datatype::Bool => Some(Number::Integer(i128::from(*element.first()?))),
        Datatype::Integer { size, signed, order, .. } => {
            let bits = little(*order);
            let unused = 64 - 8 * size;
            // Shifting up and back extends the sign from the stored width.
            let integer = if *signed {
                i128::from((bits << unused).cast_signed() >> unused)
            } else {
                i128::from(bits)
            };
            Some(Number::Integer(integer))
        }
        Datatype::Float { size, order, format: None } => {
            let bits = little(*order);
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

/// The little-endian bytes of `number`, of which the datatype's size count, and the order they are to have.
fn encode(number: Number, datatype: &Datatype) -> Option<([u8; 8], ByteOrder)> {
    match datatype {
        Datatype::Bool => match number {
            Number::Integer(value @ 0..=1) => Some((low_bytes(value), ByteOrder::Little)),
            _ => None,
        },
        Datatype::Integer { size, signed, order, .. } => {
            let value = whole(number)?;
            let bits = size * 8;
            let (min, max) = if *signed {
                (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
            } else {
                (0, (1_i128 << bits) - 1)
            };
            (min..=max).contains(&value).then(|| (low_bytes(value), *order))
        }
        Datatype::Float { size, order, format: None } => {
            Some((float_bytes(number, *size)?, *order))
        }
        _ => None,
    }
}

fn low_bytes(value: i128) -> [u8; 8] {
    let mut low = [0; 8];
    low.copy_from_slice(&value.to_le_bytes()[..8]);
    low
}

fn whole(number: Number) -> Option<i128> {
    match number {
        Number::Integer(value) => Some(value),
        Number::Float(value) => {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^64")]
            let whole = value as i128;
            (value.fract() == 0.0 && value.abs() < 2_f64.powi(64)).then_some(whole)
        }
    }
}

/// Rounds to the nearest float; finite numbers that only infinity could stand for are refused.
fn float_bytes(number: Number, size: u32) -> Option<[u8; 8]> {
    #[expect(clippy::cast_precision_loss, reason = "rounds to nearest")]
    let double = match number {
        Number::Integer(value) => value as f64,
        Number::Float(value) => value,
    };
    let mut bytes = [0; 8];
    let rounded = match size {
        2 => {
            let half = f16::from_f64(double);
            bytes[..2].copy_from_slice(&half.to_le_bytes());
            half.to_f64()
        }
        4 => {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "rounds to nearest, of integers at once: by way of f64 they would be rounded twice"
            )]
            let single = match number {
                Number::Integer(value) => value as f32,
                Number::Float(value) => value as f32,
            };
            bytes[..4].copy_from_slice(&single.to_le_bytes());
            f64::from(single)
        }
        _ => {
            bytes = double.to_le_bytes();
            double
        }
    };
    (!rounded.is_infinite() || double.is_infinite()).then_some(bytes)
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
