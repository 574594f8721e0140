//! The datatype that a client means who sends plain JSON.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::ValueError;
use crate::model::{ByteOrder, Datatype};

/// What stands in the lists, whatever their nesting.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each kind of value, independent of each other"
)]
struct Seen {
    negative: bool,
    /// Integers above `i64::MAX`.
    large: bool,
    integer: bool,
    float: bool,
    /// `"NaN"`, `"Infinity"`, `"-Infinity"`: numbers among numbers, text among text.
    special: bool,
    boolean: bool,
    text: bool,
}

/// Whole numbers become `<i8` (or `<u8` beyond its range), others `<f8`, booleans `|b1`, and text a
/// variable-length UTF-8 string; empty lists are `<f8`, as in numpy.
///
/// # Errors
/// Not JSON, `null` inside, or kinds that have no common datatype.
pub fn infer_datatype(text: &str) -> Result<Datatype, ValueError> {
    let mut seen = Seen::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Look(&mut seen)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| ValueError::Json(error.to_string()))?;
    let number = seen.integer || seen.float;
    match seen {
        Seen { text: true, boolean: false, .. } if !number => Ok(Datatype::variable_string()),
        Seen { boolean: true, text: false, special: false, .. } if !number => Ok(Datatype::Bool),
        Seen { boolean: false, text: false, .. } => Ok(number_datatype(&seen)),
        _ => Err(ValueError::NotOfType {
            value: "a mixture of numbers, booleans and text".to_owned(),
            datatype: "any one datatype; send \"datatype\" or values of one kind".to_owned(),
        }),
    }
}

fn number_datatype(seen: &Seen) -> Datatype {
    let float = seen.float || seen.special || !seen.integer || (seen.large && seen.negative);
    match (float, seen.large) {
        (true, _) => Datatype::float(8, ByteOrder::Little),
        (false, large) => Datatype::integer(8, !large, ByteOrder::Little),
    }
}

struct Look<'a>(&'a mut Seen);

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("numbers, booleans or strings, or lists of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Look(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.text = true;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.0.boolean = true;
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.integer = true;
        self.0.negative |= value < 0;
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.integer = true;
        self.0.large |= i64::try_from(value).is_err();
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.0.float = true;
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        match value {
            "NaN" | "Infinity" | "-Infinity" => self.0.special = true,
            _ => self.0.text = true,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_gives_its_datatype() {
        let cases = [
            ("[1, 2]", "<i8"),
            ("18446744073709551615", "<u8"),
            ("[1, 2.5]", "<f8"),
            ("[1, \"NaN\"]", "<f8"),
            ("[-1, 18446744073709551615]", "<f8"),
            ("[[true], [false]]", "|b1"),
            ("[\"a\", \"NaN\"]", "string"),
            ("{\"base64\": \"/w==\"}", "string"),
            ("[]", "<f8"),
        ];
        for (text, datatype) in cases {
            assert_eq!(infer_datatype(text), Ok(datatype.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn mixtures_and_nulls_are_refused() {
        for text in ["[1, \"a\"]", "[true, 1]", "[null]", "[1", "[true, \"NaN\"]"] {
            assert!(infer_datatype(text).is_err(), "{text}");
        }
    }
}
