//! An identifier of the HDF5 library that is closed when it goes out of scope, and the error of a call.
#![expect(unsafe_code, reason = "closes HDF5 identifiers")]

use std::ffi::{CString, c_char, c_void};

use hdf5::{MajorErrorCode, MinorErrorCode};
use hdf5_sys::h5::H5free_memory;
use hdf5_sys::h5i::{H5Idec_ref, hid_t};

use super::{changing, filter};
use crate::codec::CodecError;

/// A call that the library refused, in the library's own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {message}")]
pub(crate) struct CallError {
    pub(crate) call: &'static str,
    pub(crate) message: String,
    /// The operating system refused a write: the disk is full or failing.
    pub(crate) storage: bool,
    /// A filter could not decode or encode a chunk.
    pub(crate) chunk: Option<ChunkFailure>,
}

/// What went wrong in a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChunkFailure {
    /// A filter of the server.
    Codec(CodecError),
    /// A filter of the library, in the library's words.
    Library(String),
}

impl CallError {
    /// Takes the library's error stack, which stands until the next call.
    pub(super) fn last(call: &'static str) -> Self {
        let stack = hdf5::Error::query().ok().and_then(|error| error.stack());
        let storage = stack.as_ref().is_some_and(|stack| {
            stack.iter().any(|frame| {
                frame.major_code() == MajorErrorCode::Io
                    && frame.minor_code() == MinorErrorCode::WriteError
            })
        });
        let in_filter = stack.as_ref().is_some_and(|stack| {
            stack.iter().any(|frame| {
                frame.major_code() == MajorErrorCode::Pipeline
                    && frame.minor_code() == MinorErrorCode::ReadError
            })
        });
        // Our own filters say why; of the library's the innermost error does.
        let chunk = filter::take_failure().map(ChunkFailure::Codec).or_else(|| {
            let innermost = stack.as_ref().filter(|_| in_filter)?.iter().last()?;
            Some(ChunkFailure::Library(innermost.desc().to_owned()))
        });
        let message = stack.map_or_else(String::new, |stack| stack.description().to_owned());
        Self { call, message, storage, chunk }
    }

    pub(super) fn new(call: &'static str, message: impl Into<String>) -> Self {
        Self { call, message: message.into(), storage: false, chunk: None }
    }
}

/// One reference to an HDF5 identifier (`H5Idec_ref` on drop).
#[derive(Debug)]
pub(crate) struct Handle {
    id: hid_t,
}

impl Handle {
    /// Takes what `call` has returned; negative means that it failed.
    pub(super) fn own(call: &'static str, id: hid_t) -> Result<Self, CallError> {
        changing::note(call);
        if id < 0 { Err(CallError::last(call)) } else { Ok(Self { id }) }
    }

    pub(super) fn id(&self) -> hid_t {
        self.id
    }

    /// Gives the reference away, for a call that closes it.
    pub(super) fn into_id(self) -> hid_t {
        let id = self.id;
        std::mem::forget(self);
        id
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        hdf5::sync::sync(|| {
            // SAFETY: the identifier was valid when it was taken and this is its only owner.
            unsafe { H5Idec_ref(self.id) };
        });
    }
}

/// Turns the library's "negative is failure" into a result.
pub(super) fn check<T: Copy + PartialOrd + Default>(
    call: &'static str,
    code: T,
) -> Result<T, CallError> {
    changing::note(call);
    if code < T::default() { Err(CallError::last(call)) } else { Ok(code) }
}

/// A name for the library; paths and attribute names with NUL inside are refused before they come here.
pub(crate) fn c_name(name: &str) -> Result<CString, CallError> {
    CString::new(name).map_err(|_| CallError::new("name", "a name contains a NUL byte"))
}

/// Copies a text that the library has allocated, and frees it.
pub(super) fn take_text(call: &'static str, text: *mut c_char) -> Result<String, CallError> {
    if text.is_null() {
        return Err(CallError::last(call));
    }
    // SAFETY: the library returned a NUL-terminated text, which is ours to free with H5free_memory.
    unsafe {
        let copy = std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned();
        H5free_memory(text.cast::<c_void>());
        Ok(copy)
    }
}
