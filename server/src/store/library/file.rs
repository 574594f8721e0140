//! Opening, flushing and closing the file.
#![expect(unsafe_code, reason = "calls H5F, H5P and H5PL")]

use std::ffi::{CStr, CString, c_int, c_uint};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Once;

use hdf5_sys::h5::herr_t;
use hdf5_sys::h5f::{
    H5F_ACC_RDONLY, H5F_ACC_RDWR, H5F_ACC_TRUNC, H5F_close_degree_t, H5F_scope_t, H5Fclose,
    H5Fcreate, H5Fflush, H5Fis_accessible, H5Fopen,
};
use hdf5_sys::h5p::{H5P_CLS_FILE_ACCESS, H5P_DEFAULT, H5Pcreate, H5Pset, H5Pset_fclose_degree};

use super::handle::{CallError, Handle, check};

unsafe extern "C" {
    /// Declared here because `hdf5-sys` has a pointer where the library has an `unsigned`.
    fn H5PLset_loading_state(plugin_control_mask: c_uint) -> herr_t;
}

/// Keeps the library from loading code from disk because a file names an unknown filter.
fn forbid_plugins() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: takes a mask and touches only the library's own state.
        unsafe { H5PLset_loading_state(0) };
    });
}

fn c_path(path: &Path) -> Result<CString, CallError> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| CallError::new("path", "the file's path contains a NUL byte"))
}

fn access_list() -> Result<Handle, CallError> {
    // SAFETY: the class is a constant of the library, initialised by its lock.
    let list = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_FILE_ACCESS) })?;
    // SAFETY: `list` is a file access property list.
    check("H5Pset_fclose_degree", unsafe {
        H5Pset_fclose_degree(list.id(), H5F_close_degree_t::H5F_CLOSE_STRONG)
    })?;
    Ok(list)
}

/// Whether the file has an HDF5 signature; `false` also where it cannot be read.
pub(crate) fn is_hdf5(path: &Path) -> Result<bool, CallError> {
    forbid_plugins();
    let path = c_path(path)?;
    // SAFETY: `path` is NUL-terminated.
    let answer: c_int = unsafe { H5Fis_accessible(path.as_ptr(), H5P_DEFAULT) };
    Ok(answer > 0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    ReadOnly,
    ReadWrite,
    /// For writing, whatever the superblock says about another writer: what `h5clear -s` does.
    ClearStatusFlags,
}

/// The property by which `h5clear` has the superblock's status flags cleared; a `bool`.
const CLEAR_STATUS_FLAGS: &CStr = c"clear_status_flags";

pub(crate) fn open(path: &Path, opening: Opening) -> Result<Handle, CallError> {
    forbid_plugins();
    let path = c_path(path)?;
    let access = access_list()?;
    if opening == Opening::ClearStatusFlags {
        let clear = true;
        // SAFETY: the property is a `bool`, which is copied.
        check("H5Pset", unsafe {
            H5Pset(access.id(), CLEAR_STATUS_FLAGS.as_ptr(), (&raw const clear).cast_mut().cast())
        })?;
    }
    let flags = if opening == Opening::ReadOnly { H5F_ACC_RDONLY } else { H5F_ACC_RDWR };
    // SAFETY: `path` is NUL-terminated and `access` a file access property list.
    Handle::own("H5Fopen", unsafe { H5Fopen(path.as_ptr(), flags, access.id()) })
}

pub(crate) fn create(path: &Path) -> Result<Handle, CallError> {
    forbid_plugins();
    let path = c_path(path)?;
    let access = access_list()?;
    // SAFETY: as in `open`.
    Handle::own("H5Fcreate", unsafe {
        H5Fcreate(path.as_ptr(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id())
    })
}

pub(crate) fn flush(file: &Handle) -> Result<(), CallError> {
    // SAFETY: `file` is open.
    check("H5Fflush", unsafe { H5Fflush(file.id(), H5F_scope_t::H5F_SCOPE_LOCAL) })?;
    Ok(())
}

/// Closes the file and, by its close degree, whatever of it is still open.
pub(crate) fn close(file: Handle) -> Result<(), CallError> {
    // SAFETY: the identifier is given up here and used nowhere else.
    check("H5Fclose", unsafe { H5Fclose(file.into_id()) })?;
    Ok(())
}
