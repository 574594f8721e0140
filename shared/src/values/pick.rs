//! Some elements of a payload as a payload of their own.

use super::ValueError;
use crate::model::Datatype;

/// The elements at `indices`, in that order; repeats are allowed.
///
/// Slots are copied and the heap is kept as it is, because slots point to it from its start.
///
/// # Errors
/// When the datatype does not travel, the payload has fewer than `n_elements`, or an index is not below it.
pub fn take(
    payload: &[u8],
    datatype: &Datatype,
    n_elements: u64,
    indices: &[usize],
) -> Result<Vec<u8>, ValueError> {
    let unsupported = || ValueError::Unsupported { datatype: datatype.to_string() };
    let slot = datatype.wire_size().ok_or_else(unsupported)?;
    let short = || {
        let expected = n_elements.saturating_mul(slot as u64);
        ValueError::Length { expected, actual: payload.len() as u64 }
    };
    let end = usize::try_from(n_elements).ok().and_then(|count| count.checked_mul(slot));
    let (slots, heap) = end.and_then(|end| payload.split_at_checked(end)).ok_or_else(short)?;
    let mut taken = Vec::with_capacity(indices.len().saturating_mul(slot) + heap.len());
    for &index in indices {
        let from = index.saturating_mul(slot);
        let element = slots.get(from..from.saturating_add(slot)).ok_or_else(short)?;
        taken.extend_from_slice(element);
    }
    taken.extend_from_slice(heap);
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{HeapWriter, elements};

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
    }
}
