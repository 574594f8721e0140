//! Elements with their datatype and shape, and how the blocks of a binary answer become one buffer.

use hdf5_async_protocol::message::reply::{self, Place};
use hdf5_async_protocol::model::Datatype;
use hdf5_async_protocol::values::{
    HeapWriter, ValueError, check, elements, n_elements, payload, to_json,
};

use crate::element::Element;
use crate::error::{CallError, ProtocolError};

/// What was read, or is to be written; `payload` as in [`hdf5_async_protocol::values`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    pub datatype: Datatype,
    /// `[]` for a scalar, `None` for a null dataspace.
    pub shape: Option<Vec<u64>>,
    pub payload: Vec<u8>,
}

impl Values {
    /// Numbers in C order.
    ///
    /// # Errors
    /// When there are more or fewer than `shape` has.
    pub fn from_slice<T: Element>(shape: &[u64], numbers: &[T]) -> Result<Self, ValueError> {
        let datatype = T::datatype();
        let mut payload = Vec::with_capacity(size_of_val(numbers));
        for number in numbers {
            number.put(&mut payload);
        }
        check(&payload, &datatype, n_elements(shape)?)?;
        Ok(Self { datatype, shape: Some(shape.to_vec()), payload })
    }

    /// Texts of variable length in C order.
    ///
    /// # Errors
    /// When there are more or fewer than `shape` has.
    pub fn from_texts<T: AsRef<str>>(shape: &[u64], texts: &[T]) -> Result<Self, ValueError> {
        let datatype = Datatype::variable_string();
        let expected = n_elements(shape)?;
        if expected != texts.len() as u64 {
            return Err(ValueError::Length { expected, actual: texts.len() as u64 });
        }
        let mut heap = HeapWriter::default();
        for text in texts {
            heap.push(text.as_ref().as_bytes());
        }
        Ok(Self { datatype, shape: Some(shape.to_vec()), payload: heap.finish() })
    }

    /// How many elements there are; none in a null dataspace.
    pub fn n_elements(&self) -> u64 {
        self.shape.as_deref().map_or(0, |shape| n_elements(shape).unwrap_or(0))
    }

    /// The numbers in C order.
    ///
    /// # Errors
    /// When the datatype is not `T` in either byte order.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, ValueError> {
        let unsupported = || ValueError::Unsupported { datatype: self.datatype.to_string() };
        let order = T::order_in(&self.datatype).ok_or_else(unsupported)?;
        self.payload
            .chunks_exact(size_of::<T>())
            .map(|slot| T::get(slot, order).ok_or_else(unsupported))
            .collect()
    }

    /// The bytes of each element: its slot, or for a variable-length one what its slot points to.
    ///
    /// # Errors
    /// When the payload is not of this datatype and shape.
    pub fn elements(&self) -> Result<Vec<&[u8]>, ValueError> {
        elements(&self.payload, &self.datatype, self.n_elements())?.collect()
    }

    /// Nested lists, as the server writes them in JSON.
    ///
    /// # Errors
    /// When the payload is not of this datatype and shape.
    pub fn to_json(&self) -> Result<String, ValueError> {
        match &self.shape {
            Some(shape) => to_json(&self.payload, &self.datatype, shape),
            None => Ok("null".to_owned()),
        }
    }
}

/// A result on its way: blocks arrive in any order and are copied to their place.
#[derive(Debug)]
pub(crate) struct Assembly {
    max_bytes: u64,
    result: Option<Values>,
    /// Variable-length elements only: the heaps of all blocks so far, one behind the other.
    heap: Vec<u8>,
    received: u64,
}

impl Assembly {
    pub(crate) fn new(max_bytes: u64) -> Self {
        Self { max_bytes, result: None, heap: Vec::new(), received: 0 }
    }

    /// Takes one block; `true` when it was the last.
    pub(crate) fn add(&mut self, header: &reply::Values, values: &[u8]) -> Result<bool, CallError> {
        let result = match &mut self.result {
            Some(result) => {
                if result.shape != header.shape || result.datatype != header.datatype {
                    return Err(ProtocolError::Inconsistent.into());
                }
                result
            }
            empty => empty.insert(allocate(header, self.max_bytes)?),
        };
        let Some(shape) = &result.shape else { return Ok(header.last.unwrap_or(true)) };
        let place = match &header.place {
            Some(place) => place.clone(),
            None => Place { offset: vec![0; shape.len()], shape: shape.clone() },
        };
        let count = check_place(&place, shape)?;
        check(values, &header.datatype, count).map_err(ProtocolError::Values)?;
        let slot = header.datatype.wire_size().unwrap_or(1);
        if header.datatype.has_heap() {
            let expected = self.heap.len() as u64 + values.len() as u64;
            if expected > self.max_bytes {
                return Err(too_large(u128::from(expected), self.max_bytes));
            }
            // `check` made sure that all slots are there.
            let (slots, heap) = values.split_at(usize::try_from(count).unwrap_or(0) * slot);
            let slots = payload::moved(&header.datatype, slots, heap, &mut self.heap)
                .map_err(ProtocolError::Values)?;
            copy_box(&mut result.payload, shape, &place, &slots, slot);
        } else {
            copy_box(&mut result.payload, shape, &place, values, slot);
        }
        self.received += count;
        Ok(header.last.unwrap_or(true))
    }

    /// # Errors
    /// When elements are missing.
    pub(crate) fn finish(self) -> Result<Values, ProtocolError> {
        let mut result =
            self.result.ok_or(ProtocolError::Incomplete { received: 0, expected: 1 })?;
        let expected = result.n_elements();
        if self.received != expected {
            return Err(ProtocolError::Incomplete { received: self.received, expected });
        }
        result.payload.extend_from_slice(&self.heap);
        Ok(result)
    }
}

fn allocate(header: &reply::Values, max_bytes: u64) -> Result<Values, CallError> {
    let datatype = header.datatype.clone();
    let unsupported = || ValueError::Unsupported { datatype: header.datatype.to_string() };
    let bytes = match &header.shape {
        None => 0,
        Some(shape) => {
            let slot = header.datatype.wire_size().ok_or_else(unsupported)?;
            u128::from(n_elements(shape)?) * slot as u128
        }
    };
    if bytes > u128::from(max_bytes) {
        return Err(too_large(bytes, max_bytes));
    }
    let length = usize::try_from(bytes).map_err(|_| too_large(bytes, max_bytes))?;
    Ok(Values { datatype, shape: header.shape.clone(), payload: vec![0; length] })
}

fn too_large(bytes: u128, limit: u64) -> CallError {
    CallError::ResultTooLarge { bytes: u64::try_from(bytes).unwrap_or(u64::MAX), limit }
}

/// The elements in a box that lies inside `result`.
pub(crate) fn check_place(place: &Place, result: &[u64]) -> Result<u64, ProtocolError> {
    let outside = || ProtocolError::Place {
        offset: place.offset.clone(),
        shape: place.shape.clone(),
        result: result.to_vec(),
    };
    if place.offset.len() != result.len() || place.shape.len() != result.len() {
        return Err(outside());
    }
    for ((offset, length), dim) in place.offset.iter().zip(&place.shape).zip(result) {
        if offset.checked_add(*length).is_none_or(|end| end > *dim) {
            return Err(outside());
        }
    }
    n_elements(&place.shape).map_err(|_| outside())
}

/// Copies a box, run by run. `place` lies inside `shape`, and both buffers have their elements.
fn copy_box(result: &mut [u8], shape: &[u64], place: &Place, block: &[u8], slot: usize) {
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    if block.is_empty() {
        return;
    }
    // From `inner` on, the box is as wide as the result: those axes are one run together with the axis before.
    let mut inner = shape.len();
    while inner > 0 && place.offset[inner - 1] == 0 && place.shape[inner - 1] == shape[inner - 1] {
        inner -= 1;
    }
    let outer = inner.saturating_sub(1);
    let strides = strides(shape, slot);
    let run: usize = place.shape[outer..].iter().map(|&dim| size(dim)).product::<usize>() * slot;
    let mut index = vec![0_u64; outer];
    for from in block.chunks_exact(run) {
        let start: usize = (0..shape.len())
            .map(|axis| {
                let within = index.get(axis).copied().unwrap_or(0);
                size(place.offset[axis] + within) * strides[axis]
            })
            .sum();
        result[start..start + run].copy_from_slice(from);
        for axis in (0..outer).rev() {
            index[axis] += 1;
            if index[axis] < place.shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}

/// Bytes from one index to the next along each axis.
fn strides(shape: &[u64], slot: usize) -> Vec<usize> {
    let mut strides = vec![slot; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * usize::try_from(shape[axis]).unwrap_or(usize::MAX);
    }
    strides
}

#[cfg(test)]
mod tests;
