//! Some elements of a payload, or some of each element, as a payload of their own; several payloads as one.

use super::payload::moved;
use super::{Slots, ValueError, wire_members};
use crate::model::Datatype;

/// The elements at `indices`, in that order; repeats are allowed.
///
/// # Errors
/// When the payload has fewer than `n_elements`, a slot points outside, or an index is not below `n_elements`.
pub fn take(
    payload: &[u8],
    datatype: &Datatype,
    n_elements: u64,
    indices: &[usize],
) -> Result<Vec<u8>, ValueError> {
    let Slots { size, slots, heap } = Slots::split(payload, datatype, n_elements)?;
    let mut taken = Vec::with_capacity(indices.len().saturating_mul(size));
    for &index in indices {
        let from = index.saturating_mul(size);
        let element = slots.get(from..from.saturating_add(size)).ok_or(ValueError::Heap)?;
        taken.extend_from_slice(element);
    }
    with_heap(datatype, taken, heap)
}

/// Slots that point into `heap`, with what they point to and nothing else.
fn with_heap(datatype: &Datatype, slots: Vec<u8>, heap: &[u8]) -> Result<Vec<u8>, ValueError> {
    if !datatype.has_heap() {
        return Ok(slots);
    }
    let mut kept = Vec::new();
    let mut slots = moved(datatype, &slots, heap, &mut kept)?;
    slots.append(&mut kept);
    Ok(slots)
}

/// The elements of one payload, then those of the other.
///
/// # Errors
/// When one does not hold its elements.
pub fn join(
    datatype: &Datatype,
    (first, n_first): (&[u8], u64),
    (second, n_second): (&[u8], u64),
) -> Result<Vec<u8>, ValueError> {
    let first = Slots::split(first, datatype, n_first)?;
    let second = Slots::split(second, datatype, n_second)?;
    let mut heap = Vec::new();
    let mut slots = moved(datatype, first.slots, first.heap, &mut heap)?;
    slots.append(&mut moved(datatype, second.slots, second.heap, &mut heap)?);
    slots.append(&mut heap);
    Ok(slots)
}

/// The member `name` of each element of a compound, as a payload of the member's datatype.
///
/// # Errors
/// When there is no such member, or the payload does not hold the elements.
pub fn member(
    payload: &[u8],
    compound: &Datatype,
    name: &str,
    n_elements: u64,
) -> Result<Vec<u8>, ValueError> {
    let unsupported = || ValueError::Unsupported { datatype: compound.to_string() };
    let Datatype::Compound { members, .. } = compound else { return Err(unsupported()) };
    let (offset, size, found) =
        wire_members(members).find(|(_, _, member)| member.name == name).ok_or_else(unsupported)?;
    let split = Slots::split(payload, compound, n_elements)?;
    let mut slots = Vec::new();
    for slot in split.each() {
        slots.extend_from_slice(slot.get(offset..offset + size).ok_or(ValueError::Heap)?);
    }
    with_heap(&found.datatype, slots, split.heap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{HeapWriter, elements, parse, to_json};

    #[test]
    fn fixed_and_variable_elements_are_taken() {
        let bytes: Datatype = "|u1".parse().unwrap();
        assert_eq!(take(&[5, 6, 7], &bytes, 3, &[2, 0, 2]), Ok(vec![7, 5, 7]));
        assert!(take(&[5, 6, 7], &bytes, 3, &[3]).is_err());
        assert!(take(&[5, 6], &bytes, 3, &[0]).is_err());
        let mut heap = HeapWriter::default();
        for text in ["a", "", "ccc"] {
            heap.push(text.as_bytes());
        }
        let datatype = Datatype::variable_string();
        let taken = take(&heap.finish(), &datatype, 3, &[2, 0]).unwrap();
        let back: Vec<&[u8]> =
            elements(&taken, &datatype, 2).unwrap().map(Result::unwrap).collect();
        assert_eq!(back, [&b"ccc"[..], b"a"]);
        assert_eq!(taken.len(), 2 * 16 + 4);
    }

    #[test]
    fn rows_with_texts_are_joined_and_taken_apart() {
        let members = vec![
            ("id".to_owned(), "<i4".parse().unwrap()),
            ("text".to_owned(), Datatype::variable_string()),
        ];
        let row = Datatype::packed(members).unwrap();
        let first = parse(r#"[[1, "one"], [2, "two"]]"#, &row, &[2]).unwrap();
        let second = parse(r#"[[3, "three"]]"#, &row, &[1]).unwrap();
        let joined = join(&row, (&first, 2), (&second, 1)).unwrap();
        assert_eq!(to_json(&joined, &row, &[3]).unwrap(), r#"[[1,"one"],[2,"two"],[3,"three"]]"#);
        let texts = member(&joined, &row, "text", 3).unwrap();
        let text = Datatype::variable_string();
        assert_eq!(to_json(&texts, &text, &[3]).unwrap(), r#"["one","two","three"]"#);
        let ids = member(&joined, &row, "id", 3).unwrap();
        assert_eq!(to_json(&ids, &"<i4".parse().unwrap(), &[3]).unwrap(), "[1,2,3]");
        assert!(member(&joined, &row, "none", 3).is_err());
    }
}
