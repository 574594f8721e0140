//! Datatypes as text and JSON: numpy's array-interface notation (`<f4`, `>i2`, `|S7`, `|b1`) where it
//! is exact, an object with a `class` otherwise.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use super::datatype::{
    ByteOrder, Charset, Datatype, EnumMember, FloatFormat, Member, Padding, ReferenceKind,
};

/// Why a text or object names no datatype.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a datatype; write numpy's notation such as \"<f8\", \"|u1\", \"|S16\", \"|b1\", \"string\" for text of any length, or an object with \"class\""
)]
pub struct NotationError {
    text: String,
}

impl Datatype {
    /// numpy's notation, where it says everything.
    pub fn notation(&self) -> Option<String> {
        let order_of = |size: u32, order: ByteOrder| match order {
            ByteOrder::Little if size == 1 => '|',
            order => order.symbol(),
        };
        match self {
            Self::Integer {
                size: size @ (1 | 2 | 4 | 8),
                signed,
                order,
                precision,
                bit_offset: 0,
            } if *precision == size * 8 => {
                let kind = if *signed { 'i' } else { 'u' };
                Some(format!("{}{kind}{size}", order_of(*size, *order)))
            }
            Self::Float { size: size @ (2 | 4 | 8), order, format: None } => {
                Some(format!("{}f{size}", order.symbol()))
            }
            Self::Complex { size: size @ (4 | 8 | 16), order } => {
                Some(format!("{}c{size}", order.symbol()))
            }
            Self::Bool => Some("|b1".to_owned()),
            Self::String {
                length: Some(length),
                charset: Charset::Ascii,
                padding: Padding::NullPadded,
            } => Some(format!("|S{length}")),
            _ => None,
        }
    }
}

impl ByteOrder {
    pub fn symbol(self) -> char {
        match self {
            Self::Little => '<',
            Self::Big => '>',
        }
    }
}

/// For people: the notation, or a short description of the class.
impl fmt::Display for Datatype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(notation) = self.notation() {
            return formatter.write_str(&notation);
        }
        match self {
            Self::Integer { size, precision, .. } => {
                write!(formatter, "integer of {precision} bits in {size} bytes")
            }
            Self::Float { size, .. } => write!(formatter, "float of {size} bytes"),
            Self::Complex { size, .. } => write!(formatter, "complex of {size} bytes"),
            Self::NativeComplex { base } => write!(formatter, "complex of {base}"),
            Self::Bool => formatter.write_str("bool"),
            Self::String { length: None, charset, .. } => {
                write!(formatter, "string ({})", charset.name())
            }
            Self::String { length: Some(length), charset, .. } => {
                write!(formatter, "string of {length} bytes ({})", charset.name())
            }
            Self::Compound { members, .. } => {
                formatter.write_str("compound {")?;
                for (index, member) in members.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(formatter, "{separator}{}: {}", member.name, member.datatype)?;
                }
                formatter.write_str("}")
            }
            Self::Enum { base, members } => {
                write!(formatter, "enum of {} names ({base})", members.len())
            }
            Self::Array { base, dims } => write!(formatter, "array {dims:?} of {base}"),
            Self::Vlen { base } => write!(formatter, "sequence of {base}"),
            Self::Opaque { size, tag } => write!(formatter, "opaque of {size} bytes ({tag:?})"),
            Self::Bitfield { size, .. } => write!(formatter, "bitfield of {size} bytes"),
            Self::Reference { kind: ReferenceKind::Object } => {
                formatter.write_str("object reference")
            }
            Self::Reference { kind: ReferenceKind::Region } => {
                formatter.write_str("region reference")
            }
            Self::Reference { kind: ReferenceKind::Any } => {
                formatter.write_str("reference of any kind")
            }
            Self::Time { size, .. } => write!(formatter, "time of {size} bytes"),
        }
    }
}

impl Charset {
    fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ASCII",
            Self::Utf8 => "UTF-8",
        }
    }
}

impl FromStr for Datatype {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, NotationError> {
        let unknown = || NotationError { text: text.to_owned() };
        match text {
            "string" | "str" => return Ok(Self::variable_string()),
            "bool" => return Ok(Self::Bool),
            _ => {}
        }
        if let Some(named) = named_number(text) {
            return Ok(named);
        }
        let (order, rest) = match text.chars().next().ok_or_else(unknown)? {
            '<' | '=' | '|' => (ByteOrder::Little, &text[1..]),
            '>' => (ByteOrder::Big, &text[1..]),
            _ => (ByteOrder::Little, text),
        };
        let kind = rest.chars().next().ok_or_else(unknown)?;
        let size: u32 = rest.get(1..).and_then(|digits| digits.parse().ok()).ok_or_else(unknown)?;
        match (kind, size) {
            ('i' | 'u', 1 | 2 | 4 | 8) => Ok(Self::integer(size, kind == 'i', order)),
            ('f', 2 | 4 | 8) => Ok(Self::float(size, order)),
            ('c', 4 | 8 | 16) => Ok(Self::Complex { size, order }),
            ('b', 1) => Ok(Self::Bool),
            ('S', 1..) => Ok(Self::String {
                length: Some(size),
                charset: Charset::Ascii,
                padding: Padding::NullPadded,
            }),
            _ => Err(unknown()),
        }
    }
}

/// `int32`, `uint8`, `float64`: what people type first.
fn named_number(text: &str) -> Option<Datatype> {
    let digits = text.trim_start_matches(char::is_alphabetic);
    let bits: u32 = digits.parse().ok()?;
    let name = &text[..text.len() - digits.len()];
    match (name, bits) {
        ("int" | "uint", 8 | 16 | 32 | 64) => {
            Some(Datatype::integer(bits / 8, name == "int", ByteOrder::Little))
        }
        ("float", 16 | 32 | 64) => Some(Datatype::float(bits / 8, ByteOrder::Little)),
        _ => None,
    }
}

/// The object form: one `class` each, named as in `H5T_class_t`.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "class", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Form {
    Integer {
        size: u32,
        signed: bool,
        order: OrderForm,
        precision: u32,
        #[serde(default)]
        bit_offset: u32,
    },
    Float {
        size: u32,
        order: OrderForm,
        format: FloatFormat,
    },
    Complex {
        base: Box<Datatype>,
    },
    String {
        length: Option<u32>,
        charset: Charset,
        padding: Padding,
    },
    Compound {
        size: u32,
        members: Vec<Member>,
    },
    Enum {
        base: Box<Datatype>,
        members: Vec<EnumMember>,
    },
    Array {
        base: Box<Datatype>,
        dims: Vec<u64>,
    },
    Vlen {
        base: Box<Datatype>,
    },
    Opaque {
        size: u32,
        tag: String,
    },
    Bitfield {
        size: u32,
        order: OrderForm,
        precision: u32,
        #[serde(default)]
        bit_offset: u32,
    },
    Reference {
        kind: ReferenceKind,
    },
    Time {
        size: u32,
        order: OrderForm,
    },
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum OrderForm {
    #[serde(rename = "<")]
    Little,
    #[serde(rename = ">")]
    Big,
}

impl From<ByteOrder> for OrderForm {
    fn from(order: ByteOrder) -> Self {
        match order {
            ByteOrder::Little => Self::Little,
            ByteOrder::Big => Self::Big,
        }
    }
}

impl From<OrderForm> for ByteOrder {
    fn from(order: OrderForm) -> Self {
        match order {
            OrderForm::Little => Self::Little,
            OrderForm::Big => Self::Big,
        }
    }
}

impl Serialize for Datatype {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(notation) = self.notation() {
            return serializer.serialize_str(&notation);
        }
        let form = match self.clone() {
            Self::Integer { size, signed, order, precision, bit_offset } => {
                Form::Integer { size, signed, order: order.into(), precision, bit_offset }
            }
            Self::Float { size, order, format } => match format {
                Some(format) => Form::Float { size, order: order.into(), format: *format },
                None => return Err(serde::ser::Error::custom("IEEE floats have 2, 4 or 8 bytes")),
            },
            Self::Complex { .. } => {
                return Err(serde::ser::Error::custom("complex numbers have 4, 8 or 16 bytes"));
            }
            Self::NativeComplex { base } => Form::Complex { base },
            Self::Bool => return serializer.serialize_str("|b1"),
            Self::String { length, charset, padding } => Form::String { length, charset, padding },
            Self::Compound { size, members } => Form::Compound { size, members },
            Self::Enum { base, members } => Form::Enum { base, members },
            Self::Array { base, dims } => Form::Array { base, dims },
            Self::Vlen { base } => Form::Vlen { base },
            Self::Opaque { size, tag } => Form::Opaque { size, tag },
            Self::Bitfield { size, order, precision, bit_offset } => {
                Form::Bitfield { size, order: order.into(), precision, bit_offset }
            }
            Self::Reference { kind } => Form::Reference { kind },
            Self::Time { size, order } => Form::Time { size, order: order.into() },
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Datatype {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = match Value::deserialize(deserializer)? {
            Value::String(text) => return text.parse().map_err(D::Error::custom),
            object @ Value::Object(_) => Form::deserialize(object).map_err(D::Error::custom)?,
            other => return Err(D::Error::custom(NotationError { text: other.to_string() })),
        };
        Ok(match form {
            Form::Integer { size, signed, order, precision, bit_offset } => {
                Self::Integer { size, signed, order: order.into(), precision, bit_offset }
            }
            Form::Float { size, order, format } => {
                Self::Float { size, order: order.into(), format: Some(Box::new(format)) }
            }
            Form::Complex { base } => Self::NativeComplex { base },
            Form::String { length, charset, padding } => Self::String { length, charset, padding },
            Form::Compound { size, members } => Self::Compound { size, members },
            Form::Enum { base, members } => Self::Enum { base, members },
            Form::Array { base, dims } => Self::Array { base, dims },
            Form::Vlen { base } => Self::Vlen { base },
            Form::Opaque { size, tag } => Self::Opaque { size, tag },
            Form::Bitfield { size, order, precision, bit_offset } => {
                Self::Bitfield { size, order: order.into(), precision, bit_offset }
            }
            Form::Reference { kind } => Self::Reference { kind },
            Form::Time { size, order } => Self::Time { size, order: order.into() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EnumValue;

    #[test]
    fn notation_round_trips() {
        for text in [
            "|i1", "|u1", ">u1", "<i2", ">u4", "<i8", ">f2", "<f4", ">f8", "<c8", "<c16", "|b1",
            "|S7",
        ] {
            let datatype: Datatype = text.parse().unwrap();
            assert_eq!(datatype.notation().as_deref(), Some(text));
            let json = serde_json::to_string(&datatype).unwrap();
            assert_eq!(serde_json::from_str::<Datatype>(&json).unwrap(), datatype);
        }
    }

    #[test]
    fn people_may_leave_the_byte_order_out() {
        assert_eq!("f8".parse(), Ok(Datatype::float(8, ByteOrder::Little)));
        assert_eq!("int32".parse(), Ok(Datatype::integer(4, true, ByteOrder::Little)));
        assert_eq!("string".parse(), Ok(Datatype::variable_string()));
    }

    #[test]
    fn what_is_no_datatype_is_refused() {
        for text in ["", "<", "i3", "f1", "|S0", "<i", "<i99999999999", "float", "<é4", "int7"] {
            assert!(text.parse::<Datatype>().is_err(), "{text}");
        }
        for json in ["5", "null", "{\"class\":\"nope\"}", "{\"class\":\"opaque\"}", "{}"] {
            assert!(serde_json::from_str::<Datatype>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn objects_round_trip() {
        let integer = Datatype::integer(4, true, ByteOrder::Big);
        let all = [
            Datatype::variable_string(),
            Datatype::String {
                length: Some(9),
                charset: Charset::Utf8,
                padding: Padding::SpacePadded,
            },
            Datatype::Integer {
                size: 4,
                signed: false,
                order: ByteOrder::Little,
                precision: 17,
                bit_offset: 3,
            },
            Datatype::Compound {
                size: 12,
                members: vec![Member {
                    name: "a".to_owned(),
                    offset: 4,
                    datatype: integer.clone(),
                }],
            },
            Datatype::Enum {
                base: Box::new(integer.clone()),
                members: vec![EnumMember { name: "ON".to_owned(), value: EnumValue::Signed(-1) }],
            },
            Datatype::Array { base: Box::new(integer.clone()), dims: vec![2, 3] },
            Datatype::Vlen { base: Box::new(integer) },
            Datatype::Opaque { size: 5, tag: "blob".to_owned() },
            Datatype::Bitfield { size: 2, order: ByteOrder::Big, precision: 16, bit_offset: 0 },
            Datatype::Reference { kind: ReferenceKind::Region },
            Datatype::Reference { kind: ReferenceKind::Any },
            Datatype::Time { size: 4, order: ByteOrder::Little },
        ];
        for datatype in all {
            let json = serde_json::to_string(&datatype).unwrap();
            assert_eq!(serde_json::from_str::<Datatype>(&json).unwrap(), datatype, "{json}");
        }
    }
}
