//! An npy file on its way in, read piece by piece.

use std::io::Read as _;

use hdf5_async_client::Values;
use hdf5_async_client::protocol::model::{ByteOrder, Datatype};
use hdf5_async_client::protocol::values::n_elements;

use super::Input;
use crate::failure::Failure;
use crate::npy::{Dtype, NpyError, read_header};

/// An array in Fortran's order has to be in memory to be turned.
const MAX_TURNED_BYTES: u64 = 4 << 30;

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

    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// As HDF5 has the elements.
    pub fn datatype(&self) -> Datatype {
        match &self.dtype {
            Dtype::Plain(datatype) => datatype.clone(),
            Dtype::Text { .. } => Datatype::variable_string(),
        }
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
        match &self.dtype {
            Dtype::Plain(datatype) => {
                Ok(Values { datatype: datatype.clone(), shape: Some(shape.to_vec()), payload })
            }
            Dtype::Text { letters, order } => {
                let bytes = usize::try_from(letters * 4).unwrap_or(usize::MAX).max(1);
                let texts: Vec<String> = if *letters == 0 {
                    vec![String::new(); usize::try_from(n_elements(shape)?).unwrap_or(0)]
                } else {
                    payload
                        .chunks_exact(bytes)
                        .map(|text| decoded(text, *order))
                        .collect::<Result<_, _>>()?
                };
                Ok(Values::from_texts(shape, &texts)?)
            }
        }
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
