//! JSON text to elements of a known datatype, in one pass over the text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::{HeapWriter, ValueError, broadcast};
use crate::model::{ByteOrder, Datatype, Padding};

/// HDF5's limit on the rank (`H5S_MAX_RANK`).
const MAX_RANK: usize = 32;

/// Reads values of `datatype` and broadcasts them to `shape`.
///
/// # Errors
/// Values of another type, out of range, ragged, or of a shape that does not broadcast.
pub fn parse(text: &str, datatype: &Datatype, shape: &[u64]) -> Result<Vec<u8>, ValueError> {
    let (payload, from) = parse_any_shape(text, datatype)?;
    broadcast(payload, datatype, &from, shape)
}

/// Reads values of `datatype` in whatever shape their lists have.
///
/// # Errors
/// Values of another type, out of range, or ragged.
pub fn parse_any_shape(text: &str, datatype: &Datatype) -> Result<(Vec<u8>, Vec<u64>), ValueError> {
    let mut sink = Sink {
        datatype,
        fixed: Vec::new(),
        heap: datatype.is_variable_length().then(HeapWriter::default),
        shape: Shape::default(),
        error: None,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Node { sink: &mut sink, axis: 0 }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    if let Some(error) = sink.error {
        return Err(error);
    }
    parsed.map_err(|error| ValueError::Json(error.to_string()))?;
    Ok((sink.heap.map_or(sink.fixed, HeapWriter::finish), sink.shape.lengths()))
}

/// The lengths of the nested lists, learned from the first list of each depth and checked on the others.
#[derive(Debug, Default)]
pub(super) struct Shape {
    lengths: Vec<Option<u64>>,
    /// The depth at which the values stand.
    depth: Option<usize>,
}

impl Shape {
    pub(super) fn open(&mut self, axis: usize) -> Result<(), ValueError> {
        if axis >= MAX_RANK {
            return Err(ValueError::TooDeep { max: MAX_RANK });
        }
        if self.depth.is_some_and(|depth| depth <= axis) {
            return Err(ValueError::Ragged { expected: 1, actual: 0 });
        }
        if self.lengths.len() <= axis {
            self.lengths.resize(axis + 1, None);
        }
        Ok(())
    }

    pub(super) fn close(&mut self, axis: usize, length: u64) -> Result<(), ValueError> {
        match self.lengths[axis] {
            Some(expected) if expected != length => {
                Err(ValueError::Ragged { expected, actual: length })
            }
            _ => {
                self.lengths[axis] = Some(length);
                Ok(())
            }
        }
    }

    pub(super) fn value(&mut self, axis: usize) -> Result<(), ValueError> {
        if *self.depth.get_or_insert(axis) != axis || self.lengths.len() > axis {
            return Err(ValueError::Ragged { expected: 0, actual: 1 });
        }
        Ok(())
    }

    pub(super) fn lengths(self) -> Vec<u64> {
        self.lengths.into_iter().map(|length| length.unwrap_or(0)).collect()
    }
}

struct Sink<'a> {
    datatype: &'a Datatype,
    fixed: Vec<u8>,
    heap: Option<HeapWriter>,
    shape: Shape,
    /// Kept here because serde can only carry text.
    error: Option<ValueError>,
}

impl Sink<'_> {
    fn keep<T, E: serde::de::Error>(&mut self, result: Result<T, ValueError>) -> Result<T, E> {
        result.map_err(|error| {
            let text = error.to_string();
            self.error.get_or_insert(error);
            E::custom(text)
        })
    }

    fn not_of_type(&self, value: impl std::fmt::Display) -> ValueError {
        let value = value.to_string().chars().take(80).collect();
        ValueError::NotOfType { value, datatype: self.datatype.to_string() }
    }

    fn out_of_range(&self, value: impl std::fmt::Display) -> ValueError {
        ValueError::OutOfRange { value: value.to_string(), datatype: self.datatype.to_string() }
    }

    fn integer(&mut self, value: i128) -> Result<(), ValueError> {
        match self.datatype {
            Datatype::Integer { size, signed, order, .. } => {
                let bits = size * 8;
                let (min, max) = if *signed {
                    (-(1_i128 << (bits - 1)), (1 << (bits - 1)) - 1)
                } else {
                    (0, (1 << bits) - 1)
                };
                if value < min || value > max {
                    return Err(self.out_of_range(value));
                }
                let bytes = value.to_le_bytes();
                self.push_ordered(&bytes[..*size as usize], *order);
                Ok(())
            }
            Datatype::Float { .. } => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "as every JSON reader, and numpy, rounds to nearest"
                )]
                let float = value as f64;
                self.float(float)
            }
            Datatype::Bool if value == 0 || value == 1 => {
                self.fixed.push(u8::from(value == 1));
                Ok(())
            }
            _ => Err(self.not_of_type(value)),
        }
    }

    fn float(&mut self, value: f64) -> Result<(), ValueError> {
        let Datatype::Float { size, order, .. } = self.datatype else {
            // 3.0 is a whole number however it is written.
            if matches!(self.datatype, Datatype::Integer { .. })
                && value.fract() == 0.0
                && value.abs() < 2_f64.powi(64)
            {
                #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^64")]
                let whole = value as i128;
                return self.integer(whole);
            }
            return Err(self.not_of_type(value));
        };
        match size {
            2 => {
                let half = half::f16::from_f64(value);
                if half.is_infinite() && value.is_finite() {
                    return Err(self.out_of_range(value));
                }
                self.push_ordered(&half.to_le_bytes(), *order);
            }
            4 => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "rounds to nearest; overflow is refused below"
                )]
                let single = value as f32;
                if single.is_infinite() && value.is_finite() {
                    return Err(self.out_of_range(value));
                }
                self.push_ordered(&single.to_le_bytes(), *order);
            }
            _ => self.push_ordered(&value.to_le_bytes(), *order),
        }
        Ok(())
    }

    fn push_ordered(&mut self, little: &[u8], order: ByteOrder) {
        match order {
            ByteOrder::Little => self.fixed.extend_from_slice(little),
            ByteOrder::Big => self.fixed.extend(little.iter().rev()),
        }
    }

    fn boolean(&mut self, value: bool) -> Result<(), ValueError> {
        if matches!(self.datatype, Datatype::Bool) {
            self.fixed.push(u8::from(value));
            return Ok(());
        }
        Err(self.not_of_type(value))
    }

    fn text(&mut self, value: &str) -> Result<(), ValueError> {
        match (self.datatype, value) {
            (Datatype::Float { .. }, "NaN") => self.float(f64::NAN),
            (Datatype::Float { .. }, "Infinity") => self.float(f64::INFINITY),
            (Datatype::Float { .. }, "-Infinity") => self.float(f64::NEG_INFINITY),
            _ => self.bytes(value.as_bytes(), &format!("{value:?}")),
        }
    }

    fn bytes(&mut self, value: &[u8], shown: &str) -> Result<(), ValueError> {
        match self.datatype {
            Datatype::String { length: None, .. } => {
                // HDF5 hands variable-length strings over as C strings.
                if value.contains(&0) {
                    return Err(self.not_of_type(shown));
                }
                if let Some(heap) = &mut self.heap {
                    heap.push(value);
                }
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
                self.fixed.extend_from_slice(value);
                self.fixed.resize(self.fixed.len() + (length as usize - value.len()), fill);
                Ok(())
            }
            _ => Err(self.not_of_type(shown)),
        }
    }
}

/// One JSON value at the depth `axis`: a list of further nodes, or an element.
struct Node<'s, 'a> {
    sink: &'s mut Sink<'a>,
    axis: usize,
}

impl Node<'_, '_> {
    fn element<E: serde::de::Error>(
        self,
        store: impl FnOnce(&mut Sink<'_>) -> Result<(), ValueError>,
    ) -> Result<(), E> {
        let placed = self.sink.shape.value(self.axis);
        self.sink.keep(placed)?;
        let stored = store(self.sink);
        self.sink.keep(stored)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "values of datatype {}", self.sink.datatype)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let opened = self.sink.shape.open(self.axis);
        self.sink.keep(opened)?;
        let mut length = 0;
        while list.next_element_seed(Node { sink: self.sink, axis: self.axis + 1 })?.is_some() {
            length += 1;
        }
        let closed = self.sink.shape.close(self.axis, length);
        self.sink.keep(closed)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some("base64") = map.next_key::<&str>()? else {
            return Err(A::Error::custom("an object among values is {\"base64\": ...}"));
        };
        let encoded: String = map.next_value()?;
        let decoded = BASE64.decode(&encoded).map_err(|_| ValueError::Base64);
        let bytes = self.sink.keep(decoded)?;
        if map.next_key::<&str>()?.is_some() {
            return Err(A::Error::custom("{\"base64\": ...} has no other fields"));
        }
        self.element(|sink| sink.bytes(&bytes, &encoded))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.element(|sink| sink.boolean(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.element(|sink| sink.integer(i128::from(value)))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.element(|sink| sink.integer(i128::from(value)))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.element(|sink| sink.float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.element(|sink| sink.text(value))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        let error = self.sink.not_of_type("null");
        self.sink.keep(Err(error))
    }
}

/// Whether `text` is JSON `null`, which stands for the null dataspace.
pub fn is_null(text: &str) -> bool {
    <()>::deserialize(&mut serde_json::Deserializer::from_str(text)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::to_json;

    fn round_trip(datatype: &str, text: &str) -> Result<(String, Vec<u64>), ValueError> {
        let datatype: Datatype = datatype.parse().unwrap();
        let (payload, shape) = parse_any_shape(text, &datatype)?;
        Ok((to_json(&payload, &datatype, &shape)?, shape))
    }

    #[test]
    fn every_datatype_comes_back() {
        let cases = [
            ("<i8", "[-9223372036854775808,9223372036854775807]"),
            (">u8", "[18446744073709551615,0]"),
            ("|i1", "[-128,127]"),
            (">i2", "[[1,-2],[3,4]]"),
            ("<f4", "[0.1,-2.5,\"NaN\",\"Infinity\",\"-Infinity\"]"),
            (">f8", "0.1"),
            ("<f2", "[1.0,65504.0]"),
            ("|b1", "[true,false]"),
            ("|S5", "[\"a\",\"bcdef\",{\"base64\":\"/w==\"}]"),
            ("string", "[\"\",\"é\",{\"base64\":\"//4=\"}]"),
            ("<i4", "[]"),
            ("<i4", "[[],[]]"),
        ];
        for (datatype, text) in cases {
            assert_eq!(
                round_trip(datatype, text).map(|(text, _)| text).as_deref(),
                Ok(text),
                "{datatype}"
            );
        }
        assert_eq!(round_trip("<i4", "[3.0]").unwrap().0, "[3]");
        assert_eq!(round_trip("<i4", "[[[1,2]]]").unwrap().1, [1, 1, 2]);
    }

    #[test]
    fn doubles_keep_their_last_bit() {
        let datatype: Datatype = "<f8".parse().unwrap();
        let mut bits = 88_172_645_463_325_252_u64;
        for _ in 0..10_000 {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            if f64::from_bits(bits).is_nan() {
                continue;
            }
            let text = to_json(&bits.to_le_bytes(), &datatype, &[]).unwrap();
            assert_eq!(parse_any_shape(&text, &datatype).unwrap().0, bits.to_le_bytes(), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_named() {
        let refused = |datatype, text| round_trip(datatype, text).unwrap_err();
        assert!(matches!(refused("|u1", "[300]"), ValueError::OutOfRange { .. }));
        assert!(matches!(refused("|u1", "-1"), ValueError::OutOfRange { .. }));
        assert!(matches!(refused("<f4", "1e300"), ValueError::OutOfRange { .. }));
        assert!(matches!(refused("<i4", "1.5"), ValueError::NotOfType { .. }));
        assert!(matches!(refused("<i4", "\"a\""), ValueError::NotOfType { .. }));
        assert!(matches!(refused("string", "1"), ValueError::NotOfType { .. }));
        assert!(matches!(refused("string", "\"a\\u0000b\""), ValueError::NotOfType { .. }));
        assert!(matches!(refused("<i4", "null"), ValueError::NotOfType { .. }));
        assert!(matches!(
            refused("|S2", "\"abc\""),
            ValueError::StringTooLong { length: 3, max: 2 }
        ));
        assert!(matches!(refused("|S2", "{\"base64\":\"?\"}"), ValueError::Base64));
        assert!(matches!(refused("<i4", "[1,"), ValueError::Json(_)));
        assert!(matches!(refused("<i4", "[1] 2"), ValueError::Json(_)));
    }

    #[test]
    fn ragged_lists_are_refused() {
        for text in ["[[1,2],[3]]", "[1,[2]]", "[[1],2]", "[[],[1]]", "[[[1]],[2]]"] {
            assert!(matches!(round_trip("<i4", text), Err(ValueError::Ragged { .. })), "{text}");
        }
        let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
        assert!(matches!(round_trip("<i4", &deep), Err(ValueError::TooDeep { .. })));
    }

    #[test]
    fn null_is_recognised() {
        assert!(is_null(" null "));
        assert!(!is_null("[null]"));
    }
}
