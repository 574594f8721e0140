//! The binary form of values: slots, and the heap behind them.

use super::ValueError;
use crate::model::Datatype;

/// Bytes of the slot of a variable-length element: offset and length, `u64` each.
pub const HEAP_SLOT_BYTES: usize = 16;

/// The number of elements in a shape, in 128-bit arithmetic so that nothing wraps.
///
/// # Errors
/// When it does not fit into 64 bits.
pub fn n_elements(shape: &[u64]) -> Result<u64, ValueError> {
    let elements =
        shape.iter().fold(1_u128, |product, &dim| product.saturating_mul(u128::from(dim)));
    u64::try_from(elements).map_err(|_| ValueError::TooMany { elements: elements.to_string() })
}

fn slot_bytes(datatype: &Datatype) -> Result<usize, ValueError> {
    datatype.wire_size().ok_or_else(|| ValueError::Unsupported { datatype: datatype.to_string() })
}

/// Makes sure that `payload` holds exactly `n_elements` elements of `datatype`.
///
/// # Errors
/// Too short, too long, a datatype that does not travel, or a slot that points outside.
pub fn check(payload: &[u8], datatype: &Datatype, n_elements: u64) -> Result<(), ValueError> {
    let slot = slot_bytes(datatype)?;
    let slots = u128::from(n_elements) * slot as u128;
    let actual = payload.len() as u128;
    let fits = if datatype.is_variable_length() { actual >= slots } else { actual == slots };
    if !fits {
        let expected = u64::try_from(slots).unwrap_or(u64::MAX);
        return Err(ValueError::Length { expected, actual: payload.len() as u64 });
    }
    if datatype.is_variable_length() {
        for element in elements(payload, datatype, n_elements)? {
            element?;
        }
    }
    Ok(())
}

/// The bytes of each element: its slot, or what its slot points to.
///
/// # Errors
/// When the datatype does not travel or the slots are not all there; an item is an error when its slot points
/// outside the payload.
pub fn elements<'a>(
    payload: &'a [u8],
    datatype: &Datatype,
    n_elements: u64,
) -> Result<impl Iterator<Item = Result<&'a [u8], ValueError>> + use<'a>, ValueError> {
    let slot = slot_bytes(datatype)?;
    let short = |expected: u64| ValueError::Length { expected, actual: payload.len() as u64 };
    let slots = u128::from(n_elements) * slot as u128;
    let slots = usize::try_from(slots).map_err(|_| short(u64::MAX))?;
    let variable = datatype.is_variable_length();
    let (slots, heap) = payload.split_at_checked(slots).ok_or_else(|| short(slots as u64))?;
    Ok(slots
        .chunks_exact(slot)
        .map(move |slot| if variable { heap_element(slot, heap) } else { Ok(slot) }))
}

fn heap_element<'a>(slot: &[u8], heap: &'a [u8]) -> Result<&'a [u8], ValueError> {
    let (offset, rest) = slot.split_first_chunk::<8>().ok_or(ValueError::Heap)?;
    let length = rest.first_chunk::<8>().ok_or(ValueError::Heap)?;
    let offset = usize::try_from(u64::from_le_bytes(*offset)).map_err(|_| ValueError::Heap)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| ValueError::Heap)?;
    let end = offset.checked_add(length).ok_or(ValueError::Heap)?;
    heap.get(offset..end).ok_or(ValueError::Heap)
}

/// Collects variable-length elements one by one.
#[derive(Debug, Default)]
pub struct HeapWriter {
    slots: Vec<u8>,
    heap: Vec<u8>,
}

impl HeapWriter {
    pub fn push(&mut self, element: &[u8]) {
        self.slots.extend_from_slice(&(self.heap.len() as u64).to_le_bytes());
        self.slots.extend_from_slice(&(element.len() as u64).to_le_bytes());
        self.heap.extend_from_slice(element);
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
}
