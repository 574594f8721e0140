//! The datatype that a client means who sends plain JSON.

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::ValueError;
use crate::model::{ByteOrder, Datatype, ReferenceKind};

/// More members are a mistake.
const MAX_MEMBERS: usize = 4096;

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
    object_reference: bool,
    region_reference: bool,
    /// Objects that are elements of a compound: their members in the order of the first.
    members: Vec<(String, Seen)>,
    /// Whether a member's value is a list, for which there is no one datatype.
    list: bool,
}

/// What JSON looks like.
#[derive(Debug)]
pub(super) struct Inferred {
    pub(super) datatype: Datatype,
    /// Numbers and booleans stand among texts, and are to be texts.
    pub(super) mixed: bool,
}

/// Whole numbers become `<i8` (or `<u8` beyond its range), others `<f8`, booleans `|b1`, and text a
/// variable-length UTF-8 string; mixtures of them are text; empty lists are `<f8`, as in numpy. Objects with
/// members become compounds, and references what they are.
///
/// # Errors
/// Not JSON, `null` inside, or kinds that have no common datatype.
pub fn infer_datatype(text: &str) -> Result<Datatype, ValueError> {
    infer(text).map(|inferred| inferred.datatype)
}

pub(super) fn infer(text: &str) -> Result<Inferred, ValueError> {
    let mut seen = Seen::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Look { seen: &mut seen, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| ValueError::Json(error.to_string()))?;
    let mixed = seen.is_mixed();
    Ok(Inferred { datatype: seen.datatype()?, mixed })
}

/// Whether a text stands for a number that JSON has no form for.
pub(super) fn is_special(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

impl Seen {
    fn is_mixed(&self) -> bool {
        let number = self.integer || self.float;
        let kinds = [number, self.boolean, self.text || (self.special && self.boolean)];
        kinds.into_iter().filter(|seen| *seen).count() > 1
            || self.members.iter().any(|(_, member)| member.is_mixed())
    }

    fn datatype(&self) -> Result<Datatype, ValueError> {
        let plain = self.integer || self.float || self.boolean || self.text || self.special;
        let kinds = [plain, self.object_reference, self.region_reference, !self.members.is_empty()];
        if self.list || kinds.into_iter().filter(|seen| *seen).count() > 1 {
            return Err(ValueError::NotOfType {
                value: "a mixture of kinds of values".to_owned(),
                datatype: "any one datatype; send \"datatype\" or values of one kind".to_owned(),
            });
        }
        if self.object_reference {
            return Ok(Datatype::Reference { kind: ReferenceKind::Object });
        }
        if self.region_reference {
            return Ok(Datatype::Reference { kind: ReferenceKind::Region });
        }
        if !self.members.is_empty() {
            let member = |(name, seen): &(String, Self)| Ok((name.clone(), seen.datatype()?));
            let members = self.members.iter().map(member).collect::<Result<_, ValueError>>()?;
            let too_large = || ValueError::TooMany { elements: "the members' bytes".to_owned() };
            return Datatype::packed(members).ok_or_else(too_large);
        }
        if self.is_mixed() || self.text {
            return Ok(Datatype::variable_string());
        }
        if self.boolean {
            return Ok(Datatype::Bool);
        }
        Ok(self.number())
    }

    fn number(&self) -> Datatype {
        let float = self.float || self.special || !self.integer || (self.large && self.negative);
        match (float, self.large) {
            (true, _) => Datatype::float(8, ByteOrder::Little),
            (false, large) => Datatype::integer(8, !large, ByteOrder::Little),
        }
    }
}

struct Look<'a> {
    seen: &'a mut Seen,
    /// How many compounds are around the value.
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("numbers, booleans or strings, lists of them, or objects with members")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.seen.list |= self.depth > 0;
        while list.next_element_seed(Look { seen: &mut *self.seen, depth: self.depth })?.is_some() {
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { seen, depth } = self;
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "base64" => seen.text = true,
                "object" => seen.object_reference = true,
                "region" => seen.region_reference = true,
                _ => {
                    let found = seen.members.iter().position(|(known, _)| *known == name);
                    let position = found.unwrap_or(seen.members.len());
                    if position == MAX_MEMBERS {
                        return Err(A::Error::custom("there are too many members"));
                    }
                    if found.is_none() {
                        seen.members.push((name, Seen::default()));
                    }
                    let member = &mut seen.members[position].1;
                    map.next_value_seed(Look { seen: member, depth: depth + 1 })?;
                    continue;
                }
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.seen.boolean = true;
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.seen.integer = true;
        self.seen.negative |= value < 0;
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.seen.integer = true;
        self.seen.large |= i64::try_from(value).is_err();
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.seen.float = true;
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        if is_special(value) {
            self.seen.special = true;
        } else {
            self.seen.text = true;
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
            ("[1, \"a\", true]", "string"),
            ("[true, 1]", "string"),
            ("[true, \"NaN\"]", "string"),
        ];
        for (text, datatype) in cases {
            assert_eq!(infer_datatype(text), Ok(datatype.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn objects_are_compounds_and_references() {
        let rows = infer_datatype(r#"[{"t": 1, "name": "a"}, {"name": "b", "t": 2.5}]"#).unwrap();
        let number = ("t".to_owned(), "<f8".parse().unwrap());
        let text = ("name".to_owned(), Datatype::variable_string());
        assert_eq!(Some(rows), Datatype::packed(vec![number, text]));
        let reference = infer_datatype(r#"[{"object": "/a"}, {"object": null}]"#).unwrap();
        assert_eq!(reference, Datatype::Reference { kind: ReferenceKind::Object });
    }

    #[test]
    fn nulls_and_kinds_without_a_common_datatype_are_refused() {
        for text in
            ["[null]", "[1", r#"[1, {"a": 1}]"#, r#"[{"a": [1]}]"#, r#"[{"object": "/a"}, 1]"#]
        {
            assert!(infer_datatype(text).is_err(), "{text}");
        }
    }
}
