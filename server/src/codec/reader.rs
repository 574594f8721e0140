//! Reading numbers and pieces from bytes that may end anywhere.

use super::CodecError;

/// What is left of a chunk, and the filter that reads it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    filter: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(filter: &'static str, bytes: &'a [u8]) -> Self {
        Self { bytes, filter }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn damaged(&self, what: &'static str) -> CodecError {
        CodecError::Damaged { filter: self.filter, what }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) =
            self.bytes.split_at_checked(count).ok_or(self.damaged("it ends too early"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8, CodecError> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16_be(&mut self) -> Result<u16, CodecError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32_be(&mut self) -> Result<u32, CodecError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u32_le(&mut self) -> Result<u32, CodecError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64_be(&mut self) -> Result<u64, CodecError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn i32_le(&mut self) -> Result<i32, CodecError> {
        self.array().map(i32::from_le_bytes)
    }

    /// A length that is stored as a signed number.
    pub(super) fn length_le(&mut self) -> Result<usize, CodecError> {
        let length = self.i32_le()?;
        usize::try_from(length).map_err(|_| self.damaged("a length is negative"))
    }
}

/// `length` as a size in memory, if it is not above `limit`.
pub(super) fn within(filter: &'static str, length: u64, limit: usize) -> Result<usize, CodecError> {
    usize::try_from(length)
        .ok()
        .filter(|length| *length <= limit)
        .ok_or(CodecError::TooLarge { filter, limit })
}
