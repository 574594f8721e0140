//! Numbers, truth values and texts on their way into an element.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Sink, not_of_type};
use crate::model::{ByteOrder, Datatype, EnumMember, EnumValue, Padding};
use crate::values::float::{self, Real};
use crate::values::integer::{self, fits, push_bits};
use crate::values::payload::push_heap;
use crate::values::{ValueError, infer};

fn out_of_range(datatype: &Datatype, value: impl std::fmt::Display) -> ValueError {
    ValueError::OutOfRange { value: value.to_string(), datatype: datatype.to_string() }
}

impl EnumValue {
    pub fn number(self) -> i128 {
        match self {
            Self::Signed(value) => i128::from(value),
            Self::Unsigned(value) => i128::from(value),
        }
    }
}

impl Sink {
    pub(super) fn integer(&mut self, datatype: &Datatype, value: i128) -> Result<(), ValueError> {
        let (signed, precision, size, order) = match datatype {
            Datatype::Integer { size, signed, order, precision, .. } => {
                (*signed, *precision, *size, *order)
            }
            Datatype::Bitfield { size, order, precision, .. } => (false, *precision, *size, *order),
            Datatype::Time { size, order } => (true, size * 8, *size, *order),
            Datatype::Bool if value == 0 || value == 1 => (false, 8, 1, ByteOrder::Little),
            Datatype::Enum { base, .. } => return self.integer(base, value),
            Datatype::Float { format: None, .. } => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "as every JSON reader, and numpy, rounds to nearest"
                )]
                return self.float(datatype, value as f64);
            }
            Datatype::Float { .. } => {
                return self.formatted(datatype, Real::from_integer(value), value);
            }
            Datatype::Complex { size, order } => {
                let part = Datatype::float(size / 2, *order);
                return self.integer(&part, value).and_then(|()| self.integer(&part, 0));
            }
            Datatype::NativeComplex { base } => {
                return self.integer(base, value).and_then(|()| self.integer(base, 0));
            }
            Datatype::String { .. } if self.mixed => {
                return self.bytes(datatype, value.to_string().as_bytes(), &value);
            }
            _ => return Err(not_of_type(datatype, value)),
        };
        if size as usize > integer::MAX_BYTES {
            return Err(not_of_type(datatype, value));
        }
        if !fits(value, signed, precision) {
            return Err(out_of_range(datatype, value));
        }
        push_bits(&mut self.slots, value.cast_unsigned(), size as usize, order);
        Ok(())
    }

    pub(super) fn float(&mut self, datatype: &Datatype, value: f64) -> Result<(), ValueError> {
        match datatype {
            Datatype::Float { size, order, format: None } => {
                self.ieee(datatype, value, *size, *order)
            }
            Datatype::Float { .. } => self.formatted(datatype, Real::from_f64(value), value),
            Datatype::Complex { size, order } => {
                let part = Datatype::float(size / 2, *order);
                self.float(&part, value).and_then(|()| self.integer(&part, 0))
            }
            Datatype::NativeComplex { base } => {
                self.float(base, value).and_then(|()| self.integer(base, 0))
            }
            Datatype::String { .. } if self.mixed => {
                let text = serde_json::Value::from(value).to_string();
                self.bytes(datatype, text.as_bytes(), &text)
            }
            // 3.0 is a whole number however it is written.
            Datatype::Integer { .. }
            | Datatype::Bitfield { .. }
            | Datatype::Time { .. }
            | Datatype::Enum { .. } => match Real::from_f64(value).to_integer() {
                Some(whole) if value.abs() < 2_f64.powi(64) => self.integer(datatype, whole),
                _ => Err(not_of_type(datatype, value)),
            },
            _ => Err(not_of_type(datatype, value)),
        }
    }

    fn ieee(
        &mut self,
        datatype: &Datatype,
        value: f64,
        size: u32,
        order: ByteOrder,
    ) -> Result<(), ValueError> {
        let bits = match size {
            2 => {
                let half = half::f16::from_f64(value);
                if half.is_infinite() && value.is_finite() {
                    return Err(out_of_range(datatype, value));
                }
                u128::from(half.to_bits())
            }
            4 => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "rounds to nearest; overflow is refused below"
                )]
                let single = value as f32;
                if single.is_infinite() && value.is_finite() {
                    return Err(out_of_range(datatype, value));
                }
                u128::from(single.to_bits())
            }
            _ => u128::from(value.to_bits()),
        };
        push_bits(&mut self.slots, bits, size as usize, order);
        Ok(())
    }

    /// A float whose format is not IEEE's.
    fn formatted(
        &mut self,
        datatype: &Datatype,
        real: Real,
        shown: impl std::fmt::Display,
    ) -> Result<(), ValueError> {
        let Datatype::Float { size, order, format: Some(format) } = datatype else {
            return Err(not_of_type(datatype, shown));
        };
        float::encode(&mut self.slots, real, *size, *order, format)
            .ok_or_else(|| out_of_range(datatype, shown))
    }

    pub(super) fn boolean(&mut self, datatype: &Datatype, value: bool) -> Result<(), ValueError> {
        match datatype {
            Datatype::Bool => {
                self.slots.push(u8::from(value));
                Ok(())
            }
            Datatype::Enum { members, .. } => {
                match by_name(members, if value { "TRUE" } else { "FALSE" }) {
                    Some(number) => self.integer(datatype, number),
                    None => Err(not_of_type(datatype, value)),
                }
            }
            Datatype::String { .. } if self.mixed => {
                self.bytes(datatype, value.to_string().as_bytes(), &value)
            }
            _ => Err(not_of_type(datatype, value)),
        }
    }

    pub(super) fn text(&mut self, datatype: &Datatype, value: &str) -> Result<(), ValueError> {
        match datatype {
            Datatype::Float { .. } | Datatype::Complex { .. } | Datatype::NativeComplex { .. }
                if infer::is_special(value) =>
            {
                let special = match value {
                    "NaN" => f64::NAN,
                    "Infinity" => f64::INFINITY,
                    _ => f64::NEG_INFINITY,
                };
                self.float(datatype, special)
            }
            Datatype::Enum { members, .. } => match by_name(members, value) {
                Some(number) => self.integer(datatype, number),
                None => Err(not_of_type(datatype, format!("{value:?}"))),
            },
            _ => self.bytes(datatype, value.as_bytes(), &format!("{value:?}")),
        }
    }

    /// Text that is none, or an element as its bytes where it is no number and no text.
    pub(super) fn base64(&mut self, datatype: &Datatype, encoded: &str) -> Result<(), ValueError> {
        let bytes = BASE64.decode(encoded).map_err(|_| ValueError::Base64)?;
        let raw = match datatype {
            Datatype::Opaque { size, .. } | Datatype::Float { size, format: Some(_), .. } => *size,
            Datatype::Integer { size, .. }
            | Datatype::Bitfield { size, .. }
            | Datatype::Time { size, .. }
                if *size as usize > integer::MAX_BYTES =>
            {
                *size
            }
            Datatype::Enum { base, .. } => return self.base64(base, encoded),
            _ => return self.bytes(datatype, &bytes, &encoded),
        };
        if bytes.len() != raw as usize {
            return Err(ValueError::Length { expected: raw.into(), actual: bytes.len() as u64 });
        }
        self.slots.extend_from_slice(&bytes);
        Ok(())
    }

    fn bytes(
        &mut self,
        datatype: &Datatype,
        value: &[u8],
        shown: &impl std::fmt::Display,
    ) -> Result<(), ValueError> {
        match datatype {
            Datatype::String { length: None, .. } => {
                // HDF5 hands variable-length strings over as C strings.
                if value.contains(&0) {
                    return Err(not_of_type(datatype, shown));
                }
                push_heap(&mut self.slots, &mut self.heap, value);
                Ok(())
            }
            Datatype::String { length: Some(length), padding, .. } => {
                let length = *length;
                let room = if *padding == Padding::NullTerminated {
                    length.saturating_sub(1)
                } else {
                    length
                };
                if value.len() > room as usize {
                    return Err(ValueError::StringTooLong { length: value.len(), max: room });
                }
                let fill = if *padding == Padding::SpacePadded { b' ' } else { 0 };
                self.slots.extend_from_slice(value);
                self.slots.resize(self.slots.len() + (length as usize - value.len()), fill);
                Ok(())
            }
            _ => Err(not_of_type(datatype, shown)),
        }
    }
}

fn by_name(members: &[EnumMember], name: &str) -> Option<i128> {
    members.iter().find(|member| member.name == name).map(|member| member.value.number())
}
