//! The binary form of values: slots, and the heap behind them.

use super::ValueError;
use super::slots::wire_members;
use crate::model::Datatype;

/// Bytes of the slot of a variable-length element: offset and length, `u64` each.
pub const HEAP_SLOT_BYTES: usize = 16;

/// How often the bytes of a heap may be pointed to, on average; more would let few bytes stand for any amount.
const MAX_SHARING: usize = 16;

/// The number of elements in a shape, in 128-bit arithmetic so that nothing wraps.
///
/// # Errors
/// When it does not fit into 64 bits.
pub fn n_elements(shape: &[u64]) -> Result<u64, ValueError> {
    let elements =
        shape.iter().fold(1_u128, |product, &dim| product.saturating_mul(u128::from(dim)));
    u64::try_from(elements).map_err(|_| ValueError::TooMany { elements: elements.to_string() })
}

pub(super) fn slot_bytes(datatype: &Datatype) -> Result<usize, ValueError> {
    datatype.wire_size().ok_or_else(|| ValueError::Unsupported { datatype: datatype.to_string() })
}

/// A payload taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Slots<'a> {
    /// Bytes of one slot.
    pub size: usize,
    pub slots: &'a [u8],
    pub heap: &'a [u8],
}

impl<'a> Slots<'a> {
    /// # Errors
    /// When the datatype is none that elements can have, or the slots are not all there.
    pub fn split(
        payload: &'a [u8],
        datatype: &Datatype,
        n_elements: u64,
    ) -> Result<Self, ValueError> {
        let size = slot_bytes(datatype)?;
        let short = |expected: u64| ValueError::Length { expected, actual: payload.len() as u64 };
        let bytes = u128::from(n_elements) * size as u128;
        let bytes = usize::try_from(bytes).map_err(|_| short(u64::MAX))?;
        let (slots, heap) = payload.split_at_checked(bytes).ok_or_else(|| short(bytes as u64))?;
        Ok(Self { size, slots, heap })
    }

    /// Each slot.
    pub fn each(&self) -> std::slice::ChunksExact<'a, u8> {
        self.slots.chunks_exact(self.size)
    }
}

/// Makes sure that `payload` holds exactly `n_elements` elements of `datatype`.
///
/// # Errors
/// Too short, too long, a datatype that no element has, or a slot that points outside.
pub fn check(payload: &[u8], datatype: &Datatype, n_elements: u64) -> Result<(), ValueError> {
    let split = Slots::split(payload, datatype, n_elements)?;
    if !datatype.has_heap() {
        if split.heap.is_empty() {
            return Ok(());
        }
        let expected = split.slots.len() as u64;
        return Err(ValueError::Length { expected, actual: payload.len() as u64 });
    }
    let mut room = payload.len().saturating_mul(MAX_SHARING);
    for slot in split.each() {
        visit(datatype, slot, split.heap, &mut |_, bytes| {
            room = room.checked_sub(bytes.len()).ok_or(ValueError::Shared)?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Shows `leaf` every part of an element that is no compound and no array with its bytes, those of sequences
/// before those of their elements.
///
/// # Errors
/// When a slot points outside the heap or to a part of an element, and what `leaf` returns.
pub fn visit(
    datatype: &Datatype,
    slot: &[u8],
    heap: &[u8],
    leaf: &mut impl FnMut(&Datatype, &[u8]) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    match datatype {
        Datatype::Compound { members, .. } => {
            for (offset, size, member) in wire_members(members) {
                let part = slot.get(offset..offset + size).ok_or(ValueError::Heap)?;
                visit(&member.datatype, part, heap, leaf)?;
            }
            Ok(())
        }
        Datatype::Array { base, .. } => {
            for part in slot.chunks_exact(slot_bytes(base)?) {
                visit(base, part, heap, leaf)?;
            }
            Ok(())
        }
        Datatype::Vlen { base } => {
            let bytes = heap_bytes(slot, heap)?;
            let size = slot_bytes(base)?;
            if !bytes.len().is_multiple_of(size) {
                return Err(ValueError::Heap);
            }
            leaf(datatype, bytes)?;
            for part in bytes.chunks_exact(size) {
                visit(base, part, heap, leaf)?;
            }
            Ok(())
        }
        _ if datatype.is_variable_length() => leaf(datatype, heap_bytes(slot, heap)?),
        _ => leaf(datatype, slot),
    }
}

/// The bytes of each element: its slot, or what its slot points to.
///
/// # Errors
/// When the slots are not all there; an item is an error when its slot points outside the payload.
pub fn elements<'a>(
    payload: &'a [u8],
    datatype: &Datatype,
    n_elements: u64,
) -> Result<impl Iterator<Item = Result<&'a [u8], ValueError>> + use<'a>, ValueError> {
    let split = Slots::split(payload, datatype, n_elements)?;
    let variable = datatype.is_variable_length();
    Ok(split.each().map(move |slot| if variable { heap_bytes(slot, split.heap) } else { Ok(slot) }))
}

/// What the slot of a variable-length element points to.
///
/// # Errors
/// When that lies outside the heap.
pub fn heap_bytes<'a>(slot: &[u8], heap: &'a [u8]) -> Result<&'a [u8], ValueError> {
    let (offset, rest) = slot.split_first_chunk::<8>().ok_or(ValueError::Heap)?;
    let length = rest.first_chunk::<8>().ok_or(ValueError::Heap)?;
    let offset = usize::try_from(u64::from_le_bytes(*offset)).map_err(|_| ValueError::Heap)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| ValueError::Heap)?;
    let end = offset.checked_add(length).ok_or(ValueError::Heap)?;
    heap.get(offset..end).ok_or(ValueError::Heap)
}

/// Puts `bytes` into `heap` and their slot behind `slots`.
pub fn push_heap(slots: &mut Vec<u8>, heap: &mut Vec<u8>, bytes: &[u8]) {
    slots.extend_from_slice(&(heap.len() as u64).to_le_bytes());
    slots.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    heap.extend_from_slice(bytes);
}

/// Copies what `slots` point to in `heap` behind the heap `into`; the slots that point there.
///
/// # Errors
/// When a slot points outside the heap, or to a part of an element.
pub fn moved(
    datatype: &Datatype,
    slots: &[u8],
    heap: &[u8],
    into: &mut Vec<u8>,
) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::with_capacity(slots.len());
    for slot in slots.chunks_exact(slot_bytes(datatype)?) {
        move_element(datatype, slot, heap, &mut out, into)?;
    }
    Ok(out)
}

fn move_element(
    datatype: &Datatype,
    slot: &[u8],
    heap: &[u8],
    out: &mut Vec<u8>,
    into: &mut Vec<u8>,
) -> Result<(), ValueError> {
    match datatype {
        _ if !datatype.has_heap() => out.extend_from_slice(slot),
        Datatype::Compound { members, .. } => {
            for (offset, size, member) in wire_members(members) {
                let part = slot.get(offset..offset + size).ok_or(ValueError::Heap)?;
                move_element(&member.datatype, part, heap, out, into)?;
            }
        }
        Datatype::Array { base, .. } => {
            for part in slot.chunks_exact(slot_bytes(base)?) {
                move_element(base, part, heap, out, into)?;
            }
        }
        Datatype::Vlen { base } => {
            let bytes = heap_bytes(slot, heap)?;
            if !bytes.len().is_multiple_of(slot_bytes(base)?) {
                return Err(ValueError::Heap);
            }
            let inner = moved(base, bytes, heap, into)?;
            push_heap(out, into, &inner);
        }
        _ => push_heap(out, into, heap_bytes(slot, heap)?),
    }
    Ok(())
}

/// Collects variable-length elements one by one.
#[derive(Debug, Default)]
pub struct HeapWriter {
    slots: Vec<u8>,
    heap: Vec<u8>,
}

impl HeapWriter {
    pub fn push(&mut self, element: &[u8]) {
        push_heap(&mut self.slots, &mut self.heap, element);
    }

    /// Bytes of the payload so far.
    pub fn len(&self) -> usize {
        self.slots.len() + self.heap.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.slots.append(&mut self.heap);
        self.slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ByteOrder;
    use crate::values::{parse, to_json};

    fn sequences(depth: usize) -> Datatype {
        (0..depth).fold("|u1".parse().unwrap(), |base, _| Datatype::Vlen { base: Box::new(base) })
    }

    #[test]
    fn variable_length_elements_come_back() {
        let mut writer = HeapWriter::default();
        for text in ["", "a", "héllo"] {
            writer.push(text.as_bytes());
        }
        let payload = writer.finish();
        let datatype = Datatype::variable_string();
        check(&payload, &datatype, 3).unwrap();
        let back: Vec<&[u8]> =
            elements(&payload, &datatype, 3).unwrap().map(Result::unwrap).collect();
        assert_eq!(back, ["".as_bytes(), b"a", "héllo".as_bytes()]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let integer = Datatype::integer(4, true, ByteOrder::Little);
        assert_eq!(check(&[0; 7], &integer, 2), Err(ValueError::Length { expected: 8, actual: 7 }));
        assert_eq!(check(&[0; 9], &integer, 2), Err(ValueError::Length { expected: 8, actual: 9 }));
        let mut slot = Vec::new();
        slot.extend_from_slice(&u64::MAX.to_le_bytes());
        slot.extend_from_slice(&2_u64.to_le_bytes());
        assert_eq!(check(&slot, &Datatype::variable_string(), 1), Err(ValueError::Heap));
        assert!(check(&[], &integer, u64::MAX).is_err());
        assert!(n_elements(&[1 << 40, 1 << 40]).is_err());
    }

    #[test]
    fn a_sequence_of_parts_of_elements_is_refused() {
        let datatype = Datatype::Vlen { base: Box::new("<u2".parse().unwrap()) };
        let mut slots = Vec::new();
        let mut heap = Vec::new();
        push_heap(&mut slots, &mut heap, &[1, 2, 3]);
        slots.extend(heap);
        assert_eq!(check(&slots, &datatype, 1), Err(ValueError::Heap));
    }

    #[test]
    fn few_bytes_cannot_stand_for_many() {
        // A sequence of 64 sequences, all of which are the same 64 sequences, and so on.
        let depth = 12;
        let mut heap = vec![7];
        let (mut at, mut length) = (0_u64, 1_u64);
        for _ in 1..depth {
            let place = heap.len() as u64;
            for _ in 0..64 {
                heap.extend_from_slice(&at.to_le_bytes());
                heap.extend_from_slice(&length.to_le_bytes());
            }
            (at, length) = (place, 64 * 16);
        }
        let mut payload = Vec::new();
        payload.extend_from_slice(&at.to_le_bytes());
        payload.extend_from_slice(&length.to_le_bytes());
        payload.extend(heap);
        assert_eq!(check(&payload, &sequences(depth), 1), Err(ValueError::Shared));
    }

    #[test]
    fn moved_elements_point_into_the_new_heap() {
        let datatype = sequences(2);
        let texts = ["[[[1,2],[3]],[]]", "[[[]],[[4,5,6]]]"];
        let mut slots = Vec::new();
        let mut heap = b"what is there".to_vec();
        for text in texts {
            let payload = parse(text, &datatype, &[2]).unwrap();
            let split = Slots::split(&payload, &datatype, 2).unwrap();
            slots.extend(moved(&datatype, split.slots, split.heap, &mut heap).unwrap());
        }
        slots.extend(heap);
        check(&slots, &datatype, 4).unwrap();
        assert_eq!(to_json(&slots, &datatype, &[4]).unwrap(), "[[[1,2],[3]],[],[[]],[[4,5,6]]]");
    }
}
