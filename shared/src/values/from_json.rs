//! JSON text to elements of a known datatype, in one pass over the text.

use serde::Deserialize as _;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::element_json::{Element, Sink};
use super::infer::infer;
use super::lists::Shape;
use super::{ValueError, broadcast};
use crate::model::Datatype;

/// Reads values of `datatype` and broadcasts them to `shape`.
///
/// # Errors
/// Values of another type, out of range, ragged, or of a shape that does not broadcast.
pub fn parse(text: &str, datatype: &Datatype, shape: &[u64]) -> Result<Vec<u8>, ValueError> {
    let (payload, from) = parse_with_rank(text, datatype, Some(shape.len()))?;
    broadcast(payload, datatype, &from, shape)
}

/// Reads values of `datatype` in whatever shape their lists have.
///
/// # Errors
/// Values of another type, out of range, or ragged.
pub fn parse_any_shape(text: &str, datatype: &Datatype) -> Result<(Vec<u8>, Vec<u64>), ValueError> {
    parse_with_rank(text, datatype, None)
}

/// Reads values whose datatype is what they look like.
///
/// # Errors
/// As [`super::infer_datatype`] and [`parse`].
pub fn parse_inferred(text: &str) -> Result<(Datatype, Vec<u8>, Vec<u64>), ValueError> {
    let inferred = infer(text)?;
    let mut sink = Sink::new(inferred.mixed);
    let shape = parse_at(text, &inferred.datatype, usize::MAX, &mut sink)?;
    Ok((inferred.datatype, sink.finish(), shape))
}

/// As [`parse_any_shape`]; where elements are lists themselves, `rank` says how many lists are around them,
/// if so many are possible. Without it, lists as deep as elements of the datatype are elements.
///
/// # Errors
/// Values of another type, out of range, or ragged.
pub fn parse_with_rank(
    text: &str,
    datatype: &Datatype,
    rank: Option<usize>,
) -> Result<(Vec<u8>, Vec<u64>), ValueError> {
    let inner = depth_of_elements(datatype);
    if inner == 0 {
        let mut sink = Sink::new(false);
        let shape = parse_at(text, datatype, usize::MAX, &mut sink)?;
        return Ok((sink.finish(), shape));
    }
    let depth = depth_of_lists(text)?;
    let natural = depth.saturating_sub(inner);
    let others = (natural + 1..=depth).chain((0..natural).rev());
    let mut refusal = None;
    for rank in rank.into_iter().chain([natural]).chain(others) {
        let mut sink = Sink::new(false);
        match parse_at(text, datatype, rank, &mut sink) {
            Ok(shape) => return Ok((sink.finish(), shape)),
            Err(error) => refusal = refusal.or(Some((rank, error))),
        }
    }
    let (_, error) = refusal.unwrap_or((0, ValueError::Heap));
    Err(error)
}

/// How many lists an element consists of, along its first members.
fn depth_of_elements(datatype: &Datatype) -> usize {
    match datatype {
        Datatype::Complex { .. } | Datatype::NativeComplex { .. } => 1,
        Datatype::Compound { members, .. } => {
            1 + members.first().map_or(0, |member| depth_of_elements(&member.datatype))
        }
        Datatype::Array { base, dims } => dims.len() + depth_of_elements(base),
        Datatype::Vlen { base } => 1 + depth_of_elements(base),
        _ => 0,
    }
}

/// How deep the lists of `text` are along their first elements.
fn depth_of_lists(text: &str) -> Result<usize, ValueError> {
    struct Depth;

    impl<'de> Visitor<'de> for Depth {
        type Value = usize;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("values")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<usize, A::Error> {
            let inner = list.next_element_seed(Self)?.unwrap_or(0);
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(1 + inner)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(0)
        }

        fn visit_bool<E>(self, _: bool) -> Result<usize, E> {
            Ok(0)
        }

        fn visit_i64<E>(self, _: i64) -> Result<usize, E> {
            Ok(0)
        }

        fn visit_u64<E>(self, _: u64) -> Result<usize, E> {
            Ok(0)
        }

        fn visit_f64<E>(self, _: f64) -> Result<usize, E> {
            Ok(0)
        }

        fn visit_str<E>(self, _: &str) -> Result<usize, E> {
            Ok(0)
        }

        fn visit_unit<E>(self) -> Result<usize, E> {
            Ok(0)
        }
    }

    impl<'de> DeserializeSeed<'de> for Depth {
        type Value = usize;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
            deserializer.deserialize_any(self)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(text);
    Depth.deserialize(&mut deserializer).map_err(|error| ValueError::Json(error.to_string()))
}

/// Reads lists `rank` deep, or as deep as they are, of elements.
fn parse_at(
    text: &str,
    datatype: &Datatype,
    rank: usize,
    sink: &mut Sink,
) -> Result<Vec<u64>, ValueError> {
    let mut shape = Shape::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = Node { sink, datatype, shape: &mut shape, axis: 0, rank }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    if let Some(error) = sink.error.take() {
        return Err(error);
    }
    parsed.map_err(|error| ValueError::Json(error.to_string()))?;
    Ok(shape.lengths())
}

/// One JSON value at the depth `axis`: a list of further nodes, or an element.
struct Node<'s, 'a> {
    sink: &'s mut Sink,
    datatype: &'a Datatype,
    shape: &'s mut Shape,
    axis: usize,
    rank: usize,
}

impl Node<'_, '_> {
    fn element<'de, D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let placed = self.shape.value(self.axis);
        self.sink.keep(placed)?;
        Element { sink: self.sink, datatype: self.datatype }.deserialize(deserializer)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.axis == self.rank {
            return self.element(deserializer);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "values of datatype {}", self.datatype)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { sink, datatype, shape, axis, rank } = self;
        let opened = shape.open(axis);
        sink.keep(opened)?;
        let mut length = 0;
        loop {
            let node = Node { sink, datatype, shape, axis: axis + 1, rank };
            if list.next_element_seed(node)?.is_none() {
                break;
            }
            length += 1;
        }
        let closed = shape.close(axis, length);
        sink.keep(closed)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        if self.rank != usize::MAX {
            return Err(A::Error::custom("there is an object where a list is expected"));
        }
        self.element(serde::de::value::MapAccessDeserializer::new(map))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.scalar(serde::de::value::BoolDeserializer::new(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.scalar(serde::de::value::I64Deserializer::new(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.scalar(serde::de::value::U64Deserializer::new(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.scalar(serde::de::value::F64Deserializer::new(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.scalar(serde::de::value::StrDeserializer::new(value))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar(serde::de::value::UnitDeserializer::new())
    }
}

impl Node<'_, '_> {
    /// A value without lists where elements are none.
    fn scalar<'de, D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.rank != usize::MAX {
            let error = ValueError::Ragged { expected: 1, actual: 0 };
            return self.sink.keep(Err(error));
        }
        self.element(deserializer)
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
