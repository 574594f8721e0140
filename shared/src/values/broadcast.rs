//! numpy's broadcasting: missing and one-element axes repeat.

use super::{Slots, ValueError, n_elements};
use crate::model::Datatype;

/// Repeats `payload` of shape `from` to shape `to`; unchanged where nothing repeats.
///
/// # Errors
/// When an axis of `from` is neither 1 nor the axis of `to`, or the result does not fit into memory.
pub fn broadcast(
    payload: Vec<u8>,
    datatype: &Datatype,
    from: &[u64],
    to: &[u64],
) -> Result<Vec<u8>, ValueError> {
    let from_elements = n_elements(from)?;
    let to_elements = n_elements(to)?;
    let refuse = || ValueError::Broadcast { from: from.to_vec(), to: to.to_vec() };
    let extra = from.len().saturating_sub(to.len());
    if from[..extra].iter().any(|&dim| dim != 1) {
        return Err(refuse());
    }
    let from = &from[extra..];
    let lead = to.len() - from.len();
    if from.iter().zip(&to[lead..]).any(|(&have, &want)| have != want && have != 1) {
        return Err(refuse());
    }
    if from_elements == to_elements {
        return Ok(payload);
    }
    // Slots that repeat point to the same bytes of the heap.
    let split = Slots::split(&payload, datatype, from_elements)?;
    let source: Vec<&[u8]> = split.each().collect();
    let repeated = Repeated { source: &source, from, to, lead };
    let too_many = || ValueError::TooMany { elements: to_elements.to_string() };
    let bytes = to_elements.checked_mul(split.size as u64);
    let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok()).ok_or_else(too_many)?;
    let bytes = bytes.checked_add(split.heap.len()).ok_or_else(too_many)?;
    let mut out = Vec::new();
    out.try_reserve_exact(bytes).map_err(|_| too_many())?;
    repeated.visit(0, 0, &mut |element| out.extend_from_slice(element));
    if to_elements > 0 {
        out.extend_from_slice(split.heap);
    }
    Ok(out)
}

struct Repeated<'a> {
    source: &'a [&'a [u8]],
    from: &'a [u64],
    to: &'a [u64],
    /// Leading axes of `to` that `from` lacks.
    lead: usize,
}

impl Repeated<'_> {
    /// Walks `to` in C order; `index` is the flat index into `source` so far.
    fn visit(&self, axis: usize, index: u64, emit: &mut impl FnMut(&[u8])) {
        let Some(&length) = self.to.get(axis) else {
            if let Some(element) =
                usize::try_from(index).ok().and_then(|index| self.source.get(index))
            {
                emit(element);
            }
            return;
        };
        for position in 0..length {
            let next = match axis.checked_sub(self.lead).map(|axis| self.from[axis]) {
                None | Some(1) => index,
                Some(have) => index * have + position,
            };
            self.visit(axis + 1, next, emit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{HeapWriter, elements};

    fn bytes(payload: &[u8], from: &[u64], to: &[u64]) -> Result<Vec<u8>, ValueError> {
        let datatype: Datatype = "|u1".parse().unwrap();
        broadcast(payload.to_vec(), &datatype, from, to)
    }

    #[test]
    fn repeats_as_numpy_does() {
        assert_eq!(bytes(&[7], &[], &[2, 2]).unwrap(), [7, 7, 7, 7]);
        assert_eq!(bytes(&[1, 2], &[2], &[3, 2]).unwrap(), [1, 2, 1, 2, 1, 2]);
        assert_eq!(bytes(&[1, 2, 3], &[3, 1], &[3, 2]).unwrap(), [1, 1, 2, 2, 3, 3]);
        assert_eq!(bytes(&[1, 2], &[1, 1, 2], &[2]).unwrap(), [1, 2]);
        assert_eq!(bytes(&[1], &[1], &[0]).unwrap(), Vec::<u8>::new());
    }

    #[test]
    fn refuses_what_numpy_refuses() {
        assert!(matches!(bytes(&[1, 2], &[2], &[3]), Err(ValueError::Broadcast { .. })));
        assert!(matches!(bytes(&[1, 2], &[2, 1], &[2]), Err(ValueError::Broadcast { .. })));
        assert!(matches!(bytes(&[1, 2], &[2], &[2, 1]), Err(ValueError::Broadcast { .. })));
    }

    #[test]
    fn strings_repeat_too() {
        let mut heap = HeapWriter::default();
        heap.push(b"ab");
        let datatype = Datatype::variable_string();
        let repeated = broadcast(heap.finish(), &datatype, &[], &[3]).unwrap();
        let back: Vec<&[u8]> =
            elements(&repeated, &datatype, 3).unwrap().map(Result::unwrap).collect();
        assert_eq!(back, [b"ab", b"ab", b"ab"]);
    }
}
