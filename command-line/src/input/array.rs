//! An npy file on its way in, or another array, piece by piece.

use std::io::Read as _;

use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::{ByteOrder, Datatype};
use hdf5_async_client::protocol::values::{HEAP_SLOT_BYTES, n_elements};

use super::Input;
use crate::failure::Failure;
use crate::npy::{Dtype, NpyError, read_header};

/// An array in Fortran's order has to be in memory to be turned.
const MAX_TURNED_BYTES: u64 = 4 << 30;

/// More of them are hardly what somebody wants.
const MAX_EMPTY_TEXTS: usize = 1 << 24;

/// Elements in C order, from a reader that is behind the header.
#[derive(Debug)]
pub struct Array {
    input: Input,
    dtype: Dtype,
    shape: Vec<u64>,
}

impl Array {
    pub(super) fn open(mut input: Input) -> Result<Self, Failure> {
        let header = read_header(&mut input)?;
        let mut array = Self { input, dtype: header.dtype, shape: header.shape };
        if header.fortran_order && array.shape.len() > 1 {
            array.turn()?;
        }
        Ok(array)
    }

    /// Elements that are in memory.
    pub(super) fn of(datatype: Datatype, shape: Vec<u64>, payload: Vec<u8>) -> Self {
        let input = Input::new(std::io::Cursor::new(payload));
        Self { input, dtype: Dtype::Plain(datatype), shape }
    }

    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// As HDF5 has the elements.
    pub fn datatype(&self) -> Datatype {
        self.dtype.datatype()
    }

    /// Bytes of all elements in the file.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn bytes(&self) -> Result<u64, Failure> {
        Ok(n_elements(&self.shape)?.saturating_mul(self.dtype.bytes()))
    }

    /// Bytes of one element in the file.
    pub fn element_bytes(&self) -> u64 {
        self.dtype.bytes().max(1)
    }

    /// The next elements, as many as `shape` has.
    ///
    /// # Errors
    /// When the file ends before.
    pub fn next(&mut self, shape: &[u64]) -> Result<Values, Failure> {
        let length = n_elements(shape)?.saturating_mul(self.dtype.bytes());
        let mut payload = Vec::new();
        let read =
            (&mut self.input).take(length).read_to_end(&mut payload).map_err(NpyError::from)?;
        if (read as u64) < length {
            return Err(NpyError::NotNpy("it ends before its last element").into());
        }
        if let Dtype::Plain(datatype) = &self.dtype {
            let datatype = datatype.clone();
            return Ok(Values { datatype, shape: Some(shape.to_vec()), payload });
        }
        let (mut slots, mut heap) = (Vec::new(), Vec::new());
        let bytes = usize::try_from(self.element_bytes()).unwrap_or(usize::MAX);
        if self.dtype.bytes() == 0 {
            // Texts without letters, which the file does not even have to hold.
            let count = usize::try_from(n_elements(shape)?).ok();
            let count = count.filter(|count| *count <= MAX_EMPTY_TEXTS);
            payload = vec![0; count.ok_or(NpyError::NotNpy("it has too many empty texts"))?];
        }
        for element in payload.chunks_exact(bytes) {
            put(&self.dtype, element, &mut slots, &mut heap)?;
        }
        slots.append(&mut heap);
        Ok(Values { datatype: self.datatype(), shape: Some(shape.to_vec()), payload: slots })
    }

    /// Brings an array whose first index changes fastest into C order.
    fn turn(&mut self) -> Result<(), Failure> {
        let length = self.bytes()?;
        if length > MAX_TURNED_BYTES {
            return Err(NpyError::NotNpy(
                "it is in Fortran's order and too large to be turned in memory",
            )
            .into());
        }
        let mut from = Vec::new();
        let read = (&mut self.input).take(length).read_to_end(&mut from).map_err(NpyError::from)?;
        if (read as u64) < length {
            return Err(NpyError::NotNpy("it ends before its last element").into());
        }
        let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let element = size(self.element_bytes());
        let mut strides = vec![element; self.shape.len()];
        for axis in 1..self.shape.len() {
            strides[axis] = strides[axis - 1] * size(self.shape[axis - 1]);
        }
        let mut to = Vec::with_capacity(from.len());
        let mut index = vec![0_u64; self.shape.len()];
        while to.len() < from.len() {
            let at: usize =
                index.iter().zip(&strides).map(|(&index, stride)| size(index) * stride).sum();
            to.extend_from_slice(&from[at..at + element]);
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < self.shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        self.input = Input::new(std::io::Cursor::new(to));
        Ok(())
    }
}

/// The slots of an element whose texts go into the heap.
fn put(
    dtype: &Dtype,
    bytes: &[u8],
    slots: &mut Vec<u8>,
    heap: &mut Vec<u8>,
) -> Result<(), NpyError> {
    let size = |dtype: &Dtype| usize::try_from(dtype.bytes()).unwrap_or(usize::MAX);
    let cut = || NpyError::NotNpy("an element is shorter than its dtype");
    match dtype {
        Dtype::Plain(_) => slots.extend_from_slice(bytes),
        Dtype::Text { letters: 0, .. } => slots.extend([0; HEAP_SLOT_BYTES]),
        Dtype::Text { order, .. } => {
            let text = decoded(bytes, *order)?;
            slots.extend((heap.len() as u64).to_le_bytes());
            slots.extend((text.len() as u64).to_le_bytes());
            heap.extend_from_slice(text.as_bytes());
        }
        Dtype::Array { base, dims } => {
            let count: u64 = dims.iter().product();
            for index in 0..usize::try_from(count).unwrap_or(0) {
                let start = index * size(base);
                let part = bytes.get(start..start + size(base)).ok_or_else(cut)?;
                put(base, part, slots, heap)?;
            }
        }
        Dtype::Record { fields, .. } => {
            for field in fields {
                let start = usize::try_from(field.offset).unwrap_or(usize::MAX);
                let part = bytes.get(start..start + size(&field.dtype)).ok_or_else(cut)?;
                put(&field.dtype, part, slots, heap)?;
            }
        }
    }
    Ok(())
}

/// A text of UCS-4 letters; numpy fills it up with NUL.
fn decoded(bytes: &[u8], order: ByteOrder) -> Result<String, NpyError> {
    let letters = bytes.chunks_exact(4).map(|letter| {
        let letter = letter.first_chunk::<4>().copied().unwrap_or_default();
        match order {
            ByteOrder::Little => u32::from_le_bytes(letter),
            ByteOrder::Big => u32::from_be_bytes(letter),
        }
    });
    let text: Option<String> = letters.map(char::from_u32).collect();
    let text = text.ok_or(NpyError::NotNpy("a text has a letter that is not Unicode"))?;
    Ok(text.trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(dtype: Dtype, shape: &[u64], bytes: &'static [u8]) -> Array {
        Array { input: Input::new(bytes), dtype, shape: shape.to_vec() }
    }

    #[test]
    fn fortran_order_is_turned() {
        let mut array = array(Dtype::Plain("|u1".parse().unwrap()), &[2, 3], &[1, 4, 2, 5, 3, 6]);
        array.turn().unwrap();
        assert_eq!(array.next(&[2, 3]).unwrap().payload, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn texts_become_utf8() {
        let dtype = Dtype::Text { letters: 2, order: ByteOrder::Little };
        let mut array = array(dtype, &[2], b"\xe9\0\0\0\0\0\0\0a\0\0\0b\0\0\0");
        assert_eq!(array.next(&[2]).unwrap().to_json().unwrap(), "[\"é\",\"ab\"]");
    }

    #[test]
    fn a_file_that_is_cut_off_is_said_so() {
        let mut array = array(Dtype::Plain("<f8".parse().unwrap()), &[2], &[0; 12]);
        assert!(matches!(array.next(&[2]), Err(Failure::Npy(NpyError::NotNpy(_)))));
    }
}
