//! One element of JSON: a number, a text, or the lists and objects that some datatypes are.

mod scalar;

use std::fmt;

use serde::Deserialize as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::ValueError;
use super::payload::push_heap;
use super::slots::wire_members;
use crate::model::{Datatype, Member, Reference, ReferenceKind};

/// A payload that elements are put into.
pub(super) struct Sink {
    /// The slots of the elements, or of those of the sequence that is read.
    slots: Vec<u8>,
    heap: Vec<u8>,
    /// Numbers and booleans are texts where they stand among texts.
    mixed: bool,
    /// Kept here because serde can only carry text.
    pub(super) error: Option<ValueError>,
}

impl Sink {
    pub(super) fn new(mixed: bool) -> Self {
        Self { slots: Vec::new(), heap: Vec::new(), mixed, error: None }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.slots.append(&mut self.heap);
        self.slots
    }

    pub(super) fn keep<T, E: serde::de::Error>(
        &mut self,
        result: Result<T, ValueError>,
    ) -> Result<T, E> {
        result.map_err(|error| {
            let text = error.to_string();
            self.error.get_or_insert(error);
            E::custom(text)
        })
    }
}

fn not_of_type(datatype: &Datatype, value: impl fmt::Display) -> ValueError {
    let value = value.to_string().chars().take(80).collect();
    ValueError::NotOfType { value, datatype: datatype.to_string() }
}

/// Reads one element of `datatype` and puts its slot behind the others.
pub(super) struct Element<'s, 'a> {
    pub(super) sink: &'s mut Sink,
    pub(super) datatype: &'a Datatype,
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a value of datatype {}", self.datatype)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let Self { sink, datatype } = self;
        match datatype {
            Datatype::Compound { members, .. } => compound(sink, datatype, members, list),
            Datatype::Array { base, dims } => {
                Dims { sink, datatype, base, lengths: dims }.visit_seq(list)
            }
            Datatype::Vlen { base } => sequence(sink, base, list),
            Datatype::Complex { size, order } => {
                let part = Datatype::float(size / 2, *order);
                exactly(sink, datatype, &part, 2, list)
            }
            Datatype::NativeComplex { base } => exactly(sink, datatype, base, 2, list),
            _ => {
                let error = not_of_type(datatype, "a list");
                sink.keep(Err(error))
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { sink, datatype } = self;
        match datatype {
            Datatype::Compound { members, .. } => by_name(sink, datatype, members, map),
            Datatype::Complex { size, order } => {
                let part = Datatype::float(size / 2, *order);
                parts(sink, datatype, &part, map)
            }
            Datatype::NativeComplex { base } => parts(sink, datatype, base, map),
            Datatype::Reference { kind } => {
                let reference = Reference::deserialize(MapAccessDeserializer::new(map))?;
                sink.reference(datatype, *kind, reference)
            }
            _ => {
                let Some("base64") = map.next_key::<String>()?.as_deref() else {
                    let error = not_of_type(datatype, "an object");
                    return sink.keep(Err(error));
                };
                let encoded: String = map.next_value()?;
                if map.next_key::<String>()?.is_some() {
                    return Err(A::Error::custom("{\"base64\": ...} has no other fields"));
                }
                let put = sink.base64(datatype, &encoded);
                sink.keep(put)
            }
        }
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        let put = self.sink.boolean(self.datatype, value);
        self.sink.keep(put)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        let put = self.sink.integer(self.datatype, i128::from(value));
        self.sink.keep(put)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        let put = self.sink.integer(self.datatype, i128::from(value));
        self.sink.keep(put)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        let put = self.sink.float(self.datatype, value);
        self.sink.keep(put)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        let put = self.sink.text(self.datatype, value);
        self.sink.keep(put)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        let Self { sink, datatype } = self;
        if let Datatype::Reference { kind } = datatype {
            return sink.reference(datatype, *kind, Reference::Null(*kind));
        }
        let error = not_of_type(datatype, "null");
        sink.keep(Err(error))
    }
}

impl Sink {
    fn reference<E: serde::de::Error>(
        &mut self,
        datatype: &Datatype,
        kind: ReferenceKind,
        reference: Reference,
    ) -> Result<(), E> {
        let text = serde_json::to_string(&reference).unwrap_or_default();
        let Some(reference) = reference.of_kind(kind) else {
            let error = not_of_type(datatype, text);
            return self.keep(Err(error));
        };
        push_heap(&mut self.slots, &mut self.heap, &reference.to_heap());
        Ok(())
    }

    /// Begins a compound: its slot is there, filled with zeros.
    fn open_slot(&mut self, datatype: &Datatype) -> usize {
        let start = self.slots.len();
        self.slots.resize(start + datatype.wire_size().unwrap_or(0), 0);
        start
    }

    /// Moves the slot of a member, which was put behind everything, to its place.
    fn place(&mut self, start: usize, offset: usize, size: usize) {
        let end = self.slots.len() - size;
        self.slots.copy_within(end.., start + offset);
        self.slots.truncate(end);
    }
}

/// A compound as a list of its members in their order.
fn compound<'de, A: SeqAccess<'de>>(
    sink: &mut Sink,
    datatype: &Datatype,
    members: &[Member],
    mut list: A,
) -> Result<(), A::Error> {
    let start = sink.open_slot(datatype);
    for (index, (offset, size, member)) in wire_members(members).enumerate() {
        let element = Element { sink: &mut *sink, datatype: &member.datatype };
        if list.next_element_seed(element)?.is_none() {
            let error = not_of_type(datatype, format!("a list of {index}"));
            return sink.keep(Err(error));
        }
        sink.place(start, offset, size);
    }
    no_more(sink, datatype, list)
}

fn no_more<'de, A: SeqAccess<'de>>(
    sink: &mut Sink,
    datatype: &Datatype,
    mut list: A,
) -> Result<(), A::Error> {
    if list.next_element::<serde::de::IgnoredAny>()?.is_none() {
        return Ok(());
    }
    let error = not_of_type(datatype, "a longer list");
    sink.keep(Err(error))
}

/// A compound as an object with all its members.
fn by_name<'de, A: MapAccess<'de>>(
    sink: &mut Sink,
    datatype: &Datatype,
    members: &[Member],
    mut map: A,
) -> Result<(), A::Error> {
    let start = sink.open_slot(datatype);
    let places: Vec<(usize, usize, &Member)> = wire_members(members).collect();
    let mut missing: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    while let Some(name) = map.next_key::<String>()? {
        let found = places.iter().find(|(_, _, member)| member.name == name);
        let (Some((offset, size, member)), true) = (found, missing.contains(&name.as_str())) else {
            let error = not_of_type(datatype, format!("an object with {name:?}"));
            return sink.keep(Err(error));
        };
        map.next_value_seed(Element { sink: &mut *sink, datatype: &member.datatype })?;
        sink.place(start, *offset, *size);
        missing.retain(|wanted| *wanted != name);
    }
    let Some(name) = missing.first() else { return Ok(()) };
    let error = not_of_type(datatype, format!("an object without {name:?}"));
    sink.keep(Err(error))
}

/// A complex number as an object of `r` and `i`.
fn parts<'de, A: MapAccess<'de>>(
    sink: &mut Sink,
    datatype: &Datatype,
    part: &Datatype,
    map: A,
) -> Result<(), A::Error> {
    let size = part.wire_size().unwrap_or(0) as u64;
    let member =
        |name: &str, offset| Member { name: name.to_owned(), offset, datatype: part.clone() };
    by_name(sink, datatype, &[member("r", 0), member("i", size)], map)
}

fn sequence<'de, A: SeqAccess<'de>>(
    sink: &mut Sink,
    base: &Datatype,
    mut list: A,
) -> Result<(), A::Error> {
    let around = std::mem::take(&mut sink.slots);
    while list.next_element_seed(Element { sink: &mut *sink, datatype: base })?.is_some() {}
    let inner = std::mem::replace(&mut sink.slots, around);
    push_heap(&mut sink.slots, &mut sink.heap, &inner);
    Ok(())
}

/// A list of `count` parts.
fn exactly<'de, A: SeqAccess<'de>>(
    sink: &mut Sink,
    datatype: &Datatype,
    part: &Datatype,
    count: u64,
    mut list: A,
) -> Result<(), A::Error> {
    for index in 0..count {
        if list.next_element_seed(Element { sink: &mut *sink, datatype: part })?.is_none() {
            let error = not_of_type(datatype, format!("a list of {index}"));
            return sink.keep(Err(error));
        }
    }
    no_more(sink, datatype, list)
}

/// The lists of an array datatype from its first remaining axis on.
struct Dims<'s, 'a> {
    sink: &'s mut Sink,
    datatype: &'a Datatype,
    base: &'a Datatype,
    lengths: &'a [u64],
}

impl<'de> DeserializeSeed<'de> for Dims<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Dims<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a value of datatype {}", self.datatype)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { sink, datatype, base, lengths } = self;
        let Some((&length, rest)) = lengths.split_first() else {
            return no_more(sink, datatype, list);
        };
        if rest.is_empty() {
            return exactly(sink, datatype, base, length, list);
        }
        for index in 0..length {
            let inner = Dims { sink: &mut *sink, datatype, base, lengths: rest };
            if list.next_element_seed(inner)?.is_none() {
                let error = not_of_type(datatype, format!("a list of {index}"));
                return sink.keep(Err(error));
            }
        }
        no_more(sink, datatype, list)
    }
}
