//! Puts the frames of a long binary answer together into one slab.

use hdf5_async_protocol::message::reply::{Place, Values};
use hdf5_async_protocol::model::Datatype;
use hdf5_async_protocol::values::{n_elements, payload::moved};

use crate::refusal::Refusal;
use crate::slab::Slab;

/// More than a tab should hold of one dataset; views ask for what they show.
const MAX_BYTES: usize = 512 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Assembly {
    datatype: Datatype,
    shape: Vec<u64>,
    slot_bytes: usize,
    slots: Vec<u8>,
    /// Of variable-length elements: the heaps of all frames so far, one behind the other.
    heap: Vec<u8>,
}

impl Assembly {
    /// Makes room for the whole result that the first frame announces.
    pub(super) fn new(values: &Values) -> Result<Self, Refusal> {
        let shape = values.shape.clone().unwrap_or_else(|| vec![0]);
        let slot_bytes = values.datatype.wire_size().unwrap_or(0);
        let elements = n_elements(&shape).map_err(Refusal::not_understood)?;
        let bytes = usize::try_from(elements).ok().and_then(|count| count.checked_mul(slot_bytes));
        let Some(bytes) = bytes.filter(|bytes| *bytes <= MAX_BYTES) else {
            return Err(Refusal::new("too_large", "The answer is larger than this page can hold."));
        };
        let datatype = values.datatype.clone();
        Ok(Self { datatype, shape, slot_bytes, slots: vec![0; bytes], heap: Vec::new() })
    }

    /// Copies a frame's elements to `place`, or to the whole result where there is none.
    pub(super) fn add(&mut self, place: Option<&Place>, payload: &[u8]) -> Result<(), Refusal> {
        let whole = Place { offset: vec![0; self.shape.len()], shape: self.shape.clone() };
        let place = place.unwrap_or(&whole);
        if !fits(place, &self.shape) {
            return Err(Refusal::not_understood("a part that lies outside the result"));
        }
        let elements: u64 = place.shape.iter().product();
        let bytes = usize::try_from(elements).unwrap_or(usize::MAX).saturating_mul(self.slot_bytes);
        let Some((slots, heap)) = payload.split_at_checked(bytes) else {
            return Err(Refusal::not_understood("a part that is cut off"));
        };
        if self.datatype.has_heap() {
            let moved = moved(&self.datatype, slots, heap, &mut self.heap);
            self.copy(place, &moved.map_err(Refusal::not_understood)?);
        } else {
            self.copy(place, slots);
        }
        Ok(())
    }

    /// Copies runs that lie contiguously in the result: rows of the box, or more where it has the full width.
    fn copy(&mut self, place: &Place, slots: &[u8]) {
        if slots.is_empty() {
            return;
        }
        let rank = self.shape.len();
        let full =
            (0..rank).rev().take_while(|&axis| place.shape[axis] == self.shape[axis]).count();
        let outer = (rank - full).saturating_sub(1);
        let run: u64 = place.shape[outer..].iter().product();
        let run_bytes = as_index(run) * self.slot_bytes;
        let mut index = vec![0_u64; outer];
        for source in slots.chunks_exact(run_bytes) {
            let mut element = 0_u64;
            for axis in 0..rank {
                let within = index.get(axis).copied().unwrap_or(0);
                element = element * self.shape[axis] + place.offset[axis] + within;
            }
            let from = as_index(element) * self.slot_bytes;
            self.slots[from..from + run_bytes].copy_from_slice(source);
            for axis in (0..outer).rev() {
                index[axis] += 1;
                if index[axis] < place.shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
    }

    pub(super) fn finish(mut self) -> Slab {
        self.slots.append(&mut self.heap);
        Slab { datatype: self.datatype, shape: self.shape, payload: self.slots }
    }
}

/// The result's size was checked when the room for it was made; what is beyond it fails on access.
fn as_index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn fits(place: &Place, shape: &[u64]) -> bool {
    place.offset.len() == shape.len()
        && place.shape.len() == shape.len()
        && place
            .offset
            .iter()
            .zip(&place.shape)
            .zip(shape)
            .all(|((offset, count), dim)| offset.checked_add(*count).is_some_and(|end| end <= *dim))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5_async_protocol::values::HeapWriter;

    fn values(datatype: &str, shape: &[u64]) -> Values {
        let datatype = datatype.parse().unwrap();
        Values { shape: Some(shape.to_vec()), datatype, data: None, place: None, last: None }
    }

    fn place(offset: &[u64], shape: &[u64]) -> Place {
        Place { offset: offset.to_vec(), shape: shape.to_vec() }
    }

    #[test]
    fn parts_land_where_they_belong() {
        let mut assembly = Assembly::new(&values("|u1", &[2, 3, 2])).unwrap();
        assembly.add(Some(&place(&[0, 1, 0], &[2, 2, 2])), &[3, 4, 5, 6, 9, 10, 11, 12]).unwrap();
        assembly.add(Some(&place(&[0, 0, 1], &[2, 1, 1])), &[2, 8]).unwrap();
        assembly.add(Some(&place(&[0, 0, 0], &[1, 1, 1])), &[1]).unwrap();
        assembly.add(Some(&place(&[1, 0, 0], &[1, 1, 1])), &[7]).unwrap();
        assert_eq!(assembly.finish().payload, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    }

    #[test]
    fn scalars_and_empty_results_are_whole() {
        let mut scalar = Assembly::new(&values("<u2", &[])).unwrap();
        scalar.add(None, &[5, 0]).unwrap();
        assert_eq!(scalar.finish().text_at(0), "5");
        let mut empty = Assembly::new(&values("<u2", &[4, 0])).unwrap();
        empty.add(Some(&place(&[0, 0], &[4, 0])), &[]).unwrap();
        assert!(empty.finish().is_empty());
    }

    #[test]
    fn heaps_of_several_frames_are_joined() {
        let mut assembly = Assembly::new(&values("string", &[3])).unwrap();
        for (offset, texts) in [(0, vec!["a", "bc"]), (2, vec!["def"])] {
            let mut heap = HeapWriter::default();
            for text in &texts {
                heap.push(text.as_bytes());
            }
            let part = place(&[offset], &[texts.len() as u64]);
            assembly.add(Some(&part), &heap.finish()).unwrap();
        }
        let slab = assembly.finish();
        assert_eq!([0, 1, 2].map(|index| slab.text_at(index)), ["a", "bc", "def"]);
    }

    #[test]
    fn nonsense_is_refused() {
        let mut assembly = Assembly::new(&values("|u1", &[4])).unwrap();
        assert!(assembly.add(Some(&place(&[3], &[2])), &[1, 2]).is_err());
        assert!(assembly.add(Some(&place(&[0], &[2])), &[1]).is_err());
        assert!(assembly.add(Some(&place(&[u64::MAX], &[2])), &[1, 2]).is_err());
        assert!(Assembly::new(&values("<f8", &[1 << 40, 1 << 40])).is_err());
    }
}
