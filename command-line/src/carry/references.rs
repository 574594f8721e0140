//! References in values: which paths they name, and the same values with other paths in them.

use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::{AttributeName, Datatype, ObjectPath, Reference, Region};
use hdf5_async_client::protocol::values::payload::visit;
use hdf5_async_client::protocol::values::{Slots, ValueError, heap_bytes, wire_members};

pub(super) fn holds_any(datatype: &Datatype) -> bool {
    match datatype {
        Datatype::Reference { .. } => true,
        Datatype::Array { base, .. } | Datatype::Vlen { base } => holds_any(base),
        Datatype::Compound { members, .. } => {
            members.iter().any(|member| holds_any(&member.datatype))
        }
        _ => false,
    }
}

/// The paths that the references name.
///
/// # Errors
/// When the values are not what their datatype says.
pub(super) fn paths(values: &Values) -> Result<Vec<ObjectPath>, ValueError> {
    let mut found = Vec::new();
    let split = Slots::split(&values.payload, &values.datatype, values.n_elements())?;
    for slot in split.each() {
        visit(&values.datatype, slot, split.heap, &mut |datatype, bytes| {
            let Datatype::Reference { kind } = datatype else { return Ok(()) };
            match Reference::from_heap(bytes, *kind).ok_or(ValueError::Reference)? {
                Reference::Object(path)
                | Reference::Region(Region { path, .. })
                | Reference::Attribute(AttributeName { path, .. }) => {
                    found.push(path);
                }
                Reference::Null(_) | Reference::Lost { .. } => {}
            }
            Ok(())
        })?;
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The values with each reference at its `place`, or null where there is none.
///
/// # Errors
/// When the values are not what their datatype says.
pub(super) fn replaced(
    values: &Values,
    place: &dyn Fn(&ObjectPath) -> Option<ObjectPath>,
) -> Result<Values, ValueError> {
    let split = Slots::split(&values.payload, &values.datatype, values.n_elements())?;
    let mut writer = Writer { old: split.heap, heap: Vec::new(), place };
    let mut payload = split.slots.to_vec();
    for slot in payload.chunks_exact_mut(split.size) {
        writer.element(&values.datatype, slot)?;
    }
    payload.extend_from_slice(&writer.heap);
    Ok(Values { payload, ..values.clone() })
}

/// Writes the heap of elements anew.
struct Writer<'values> {
    old: &'values [u8],
    heap: Vec<u8>,
    place: &'values dyn Fn(&ObjectPath) -> Option<ObjectPath>,
}

impl Writer<'_> {
    fn element(&mut self, datatype: &Datatype, slot: &mut [u8]) -> Result<(), ValueError> {
        match datatype {
            _ if !datatype.has_heap() => Ok(()),
            Datatype::Compound { members, .. } => {
                for (offset, size, member) in wire_members(members) {
                    let part = slot.get_mut(offset..offset + size).ok_or(ValueError::Heap)?;
                    self.element(&member.datatype, part)?;
                }
                Ok(())
            }
            Datatype::Array { base, .. } => self.each(base, slot),
            Datatype::Vlen { base } => {
                let mut inner = heap_bytes(slot, self.old)?.to_vec();
                self.each(base, &mut inner)?;
                self.put(slot, &inner);
                Ok(())
            }
            Datatype::Reference { kind } => {
                let bytes = heap_bytes(slot, self.old)?;
                let reference = Reference::from_heap(bytes, *kind).ok_or(ValueError::Reference)?;
                let there = self.there(reference).to_heap();
                self.put(slot, &there);
                Ok(())
            }
            _ => {
                let bytes = heap_bytes(slot, self.old)?;
                self.put(slot, bytes);
                Ok(())
            }
        }
    }

    fn each(&mut self, base: &Datatype, slots: &mut [u8]) -> Result<(), ValueError> {
        let size = base.wire_size().unwrap_or(usize::MAX);
        slots.chunks_exact_mut(size).try_for_each(|slot| self.element(base, slot))
    }

    fn there(&self, reference: Reference) -> Reference {
        let null = Reference::Null(reference.kind());
        match reference {
            Reference::Object(path) => (self.place)(&path).map_or(null, Reference::Object),
            Reference::Region(region) => match (self.place)(&region.path) {
                Some(path) => Reference::Region(Region { path, ..region }),
                None => null,
            },
            Reference::Attribute(attribute) => match (self.place)(&attribute.path) {
                Some(path) => Reference::Attribute(AttributeName { path, ..attribute }),
                None => null,
            },
            Reference::Null(_) | Reference::Lost { .. } => null,
        }
    }

    fn put(&mut self, slot: &mut [u8], bytes: &[u8]) {
        let place = [self.heap.len() as u64, bytes.len() as u64].map(u64::to_le_bytes);
        slot.copy_from_slice(place.as_flattened());
        self.heap.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use hdf5_async_client::protocol::values::parse_any_shape;

    use super::*;

    #[test]
    fn references_lead_to_the_copy_however_deep_they_are() {
        let datatype: Datatype = serde_json::from_str(
            r#"{"class": "compound", "size": 92, "members": [
                {"name": "a", "offset": 0, "datatype": {"class": "vlen", "base": {"class": "reference", "kind": "object"}}},
                {"name": "b", "offset": 16, "datatype": {"class": "array", "base": {"class": "reference", "kind": "region"}, "dims": [1]}},
                {"name": "c", "offset": 28, "datatype": {"class": "reference", "kind": "any"}}]}"#,
        )
        .unwrap();
        let text = r#"[[[{"object":"/a"},{"object":"/z"}],[{"region":{"path":"/a","selection":"0"}}],{"attribute":{"path":"/a","name":"x"}}]]"#;
        let (payload, shape) = parse_any_shape(text, &datatype).unwrap();
        let values = Values { datatype, shape: Some(shape), payload };
        let found: Vec<String> = paths(&values).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found, ["/a", "/z"]);
        let place = |path: &ObjectPath| {
            path.rebased(&ObjectPath::new("/a").unwrap(), &ObjectPath::new("/copy").unwrap())
        };
        assert_eq!(
            replaced(&values, &place).unwrap().to_json().unwrap(),
            r#"[[[{"object":"/copy"},{"object":null}],[{"region":{"path":"/copy","selection":"0"}}],{"attribute":{"path":"/copy","name":"x"}}]]"#
        );
    }
}
