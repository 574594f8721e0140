//! Variable-length strings in the library's memory form: pointers to C strings.
#![expect(unsafe_code, reason = "calls H5T and reads C strings")]

use std::ffi::{CStr, c_char, c_void};

use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5t::H5Treclaim;

use super::handle::{CallError, Handle};
use super::space::{Extent, Space};

/// Strings that the library has allocated; given back on drop.
#[derive(Debug)]
pub(crate) struct StringList<'a> {
    pointers: Vec<*mut c_char>,
    datatype: &'a Handle,
    space: Space,
}

impl<'a> StringList<'a> {
    /// Lets `read` fill a list of `n_elements` pointers. `datatype` is a variable-length string.
    pub(super) fn read(
        datatype: &'a Handle,
        n_elements: usize,
        read: impl FnOnce(*mut c_void) -> Result<(), CallError>,
    ) -> Result<Self, CallError> {
        let space = Space::new(&Extent::fixed(&[n_elements as u64]))?;
        let mut list = Self { pointers: vec![std::ptr::null_mut(); n_elements], datatype, space };
        // On failure the pointers that were filled are given back by `drop`.
        read(list.pointers.as_mut_ptr().cast::<c_void>())?;
        Ok(list)
    }

    pub(crate) fn len(&self) -> usize {
        self.pointers.len()
    }

    /// The bytes of one string; never-written elements are null pointers, and empty.
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        match self.pointers.get(index) {
            Some(pointer) if !pointer.is_null() => {
                // SAFETY: the library has put a NUL-terminated string there, which lives as long as `self`.
                unsafe { CStr::from_ptr(*pointer) }.to_bytes()
            }
            _ => &[],
        }
    }
}

impl Drop for StringList<'_> {
    fn drop(&mut self) {
        // SAFETY: the pointers are null or were allocated by the library for this datatype.
        unsafe {
            H5Treclaim(
                self.datatype.id(),
                self.space.id(),
                H5P_DEFAULT,
                self.pointers.as_mut_ptr().cast::<c_void>(),
            );
        }
    }
}

/// Our own strings laid out for the library to read.
#[derive(Debug)]
pub(crate) struct StringTable {
    /// The strings, each with its NUL; never touched while `pointers` are in use.
    _text: Vec<u8>,
    pointers: Vec<*const c_char>,
}

impl StringTable {
    /// The elements must not contain NUL; what follows one would be lost.
    pub(crate) fn new<'a>(elements: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut text = Vec::new();
        let mut starts = Vec::new();
        for element in elements {
            starts.push(text.len());
            text.extend_from_slice(element);
            text.push(0);
        }
        let pointers = starts.into_iter().map(|start| text[start..].as_ptr().cast()).collect();
        Self { _text: text, pointers }
    }

    pub(super) fn as_ptr(&self) -> *const c_void {
        self.pointers.as_ptr().cast()
    }
}

/// What the library is given to write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elements<'a> {
    Bytes(&'a [u8]),
    Strings(&'a StringTable),
}

impl Elements<'_> {
    pub(super) fn as_ptr(&self) -> *const c_void {
        match self {
            Self::Bytes(bytes) => bytes.as_ptr().cast(),
            Self::Strings(table) => table.as_ptr(),
        }
    }
}
