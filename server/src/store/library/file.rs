//! Opening, flushing and closing the file.
#![expect(unsafe_code, reason = "calls H5F, H5P and H5PL")]

use std::ffi::{CStr, c_long, c_uint};
use std::sync::Once;

use hdf5_async_protocol::model::{FileCreation, FileFormat};
use hdf5_sys::h5::herr_t;
use hdf5_sys::h5ac::{H5AC__CURR_CACHE_CONFIG_VERSION, H5AC_cache_config_t};
use hdf5_sys::h5c::{H5C_cache_decr_mode, H5C_cache_incr_mode};
use hdf5_sys::h5f::{
    H5F_ACC_RDONLY, H5F_ACC_RDWR, H5F_ACC_SWMR_READ, H5F_ACC_TRUNC, H5F_LIBVER_LATEST,
    H5F_close_degree_t, H5F_libver_t, H5F_scope_t, H5Fclose, H5Fcreate, H5Fflush, H5Fget_filesize,
    H5Fget_mdc_config, H5Fopen, H5Fset_mdc_config,
};
use hdf5_sys::h5i::{H5Iget_file_id, hid_t};
use hdf5_sys::h5p::{
    H5P_CLS_FILE_ACCESS, H5Pcreate, H5Pset, H5Pset_fclose_degree, H5Pset_libver_bounds,
};

use super::handle::{CallError, Handle, check};
use super::{driver, file_creation, filter};

unsafe extern "C" {
    /// Declared here because `hdf5-sys` has a pointer where the library has an `unsigned`.
    fn H5PLset_loading_state(plugin_control_mask: c_uint) -> herr_t;
    /// Declared here because `hdf5-sys` has it for some versions only.
    fn H5Fincrement_filesize(file: hid_t, increment: u64) -> herr_t;
}

/// Gives the library the filters of the server, and keeps it from loading code from disk because a file names
/// another one.
fn prepare_filters() {
    static ONCE: Once = Once::new();
    filter::register();
    ONCE.call_once(|| {
        // SAFETY: takes a mask and touches only the library's own state.
        unsafe { H5PLset_loading_state(0) };
    });
}

/// `format` is the oldest of what is made.
fn access_list(close: H5F_close_degree_t, format: FileFormat) -> Result<Handle, CallError> {
    let low = match format {
        FileFormat::Earliest => H5F_libver_t::H5F_LIBVER_EARLIEST,
        FileFormat::V18 => H5F_libver_t::H5F_LIBVER_V18,
        FileFormat::V110 => H5F_libver_t::H5F_LIBVER_V110,
    };
    // SAFETY: the class is a constant of the library, initialised by its lock.
    let list = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_FILE_ACCESS) })?;
    // SAFETY: `list` is a file access property list.
    check("H5Pset_fclose_degree", unsafe { H5Pset_fclose_degree(list.id(), close) })?;
    // SAFETY: as above.
    check("H5Pset_libver_bounds", unsafe {
        H5Pset_libver_bounds(list.id(), low, H5F_LIBVER_LATEST)
    })?;
    driver::select(list.id())?;
    Ok(list)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    ReadOnly,
    /// What is made is of the file's format, but none of before HDF5 1.8, which cannot have large attributes.
    ReadWrite(FileFormat),
    /// For reading, and as the library itself opens a file that links lead to: it may meet the file again.
    Lent,
    /// For reading while another program writes in SWMR mode.
    BesideWriter,
    /// For writing, whatever the file says of who has it open.
    ClearingMarks,
}

/// What the library allows its cache of metadata to be, in bytes.
const LEAST_METADATA: usize = 1 << 10;
const MOST_METADATA: usize = 128 << 20;

/// How much larger than otherwise the cache may be while it holds a large item, such as the names of a group.
const ROOM_FOR_LARGE_ITEMS: usize = 32;

/// After so many look-ups, or twice as many, a cache that has grown for a large item forgets what was not used.
const ITEMS_KEPT_FOR: c_long = 10_000;

/// Opens the file that was given to the driver as `name`.
pub(crate) fn open(name: &CStr, opening: Opening) -> Result<Handle, CallError> {
    prepare_filters();
    let close = match opening {
        Opening::Lent => H5F_close_degree_t::H5F_CLOSE_WEAK,
        _ => H5F_close_degree_t::H5F_CLOSE_STRONG,
    };
    let format = match opening {
        Opening::ReadWrite(FileFormat::V110) => FileFormat::V110,
        _ => FileFormat::V18,
    };
    let access = access_list(close, format)?;
    if opening == Opening::ClearingMarks {
        for property in [c"clear_status_flags", c"skip_eof_check"] {
            let mut yes = true;
            // SAFETY: the library's own properties for `h5clear`, each of the size of a C `bool`, which it copies.
            check("H5Pset", unsafe {
                H5Pset(access.id(), property.as_ptr(), (&raw mut yes).cast())
            })?;
        }
    }
    let flags = match opening {
        Opening::ReadOnly | Opening::Lent => H5F_ACC_RDONLY,
        Opening::BesideWriter => H5F_ACC_RDONLY | H5F_ACC_SWMR_READ,
        Opening::ReadWrite(_) | Opening::ClearingMarks => H5F_ACC_RDWR,
    };
    // SAFETY: `name` is NUL-terminated and `access` a file access property list.
    Handle::own("H5Fopen", unsafe { H5Fopen(name.as_ptr(), flags, access.id()) })
}

/// Makes the file that was given to the driver as `name` into an empty HDF5 file.
pub(crate) fn create(name: &CStr, creation: &FileCreation) -> Result<Handle, CallError> {
    prepare_filters();
    let access = access_list(H5F_close_degree_t::H5F_CLOSE_STRONG, creation.format)?;
    let list = file_creation::list(creation)?;
    // SAFETY: as in `open`; `list` is a file creation property list.
    let file = Handle::own("H5Fcreate", unsafe {
        H5Fcreate(name.as_ptr(), H5F_ACC_TRUNC, list.id(), access.id())
    })?;
    if creation.format != FileFormat::Earliest {
        return Ok(file);
    }
    // As when it is opened later.
    close(file)?;
    open(name, Opening::ReadWrite(creation.format))
}

/// Bounds what the library keeps of headers and indexes: `bytes`, as they are in the file. By itself it grows with
/// the number of objects that are looked at, and a small header of the file takes kilobytes of memory.
pub(crate) fn limit_metadata(file: &Handle, bytes: u64) -> Result<(), CallError> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).clamp(LEAST_METADATA, MOST_METADATA);
    let mut config =
        H5AC_cache_config_t { version: H5AC__CURR_CACHE_CONFIG_VERSION, ..Default::default() };
    // SAFETY: `file` is open, and `config` is a structure of the version that it says.
    check("H5Fget_mdc_config", unsafe { H5Fget_mdc_config(file.id(), &raw mut config) })?;
    config.set_initial_size = 1;
    config.initial_size = bytes;
    config.min_size = bytes;
    config.max_size = bytes.saturating_mul(ROOM_FOR_LARGE_ITEMS).min(MOST_METADATA);
    config.incr_mode = H5C_cache_incr_mode::H5C_incr__off;
    config.decr_mode = H5C_cache_decr_mode::H5C_decr__age_out;
    config.apply_max_decrement = 0;
    config.epoch_length = ITEMS_KEPT_FOR;
    config.epochs_before_eviction = 1;
    // SAFETY: as above; the library copies it.
    check("H5Fset_mdc_config", unsafe { H5Fset_mdc_config(file.id(), &raw mut config) })?;
    Ok(())
}

/// Makes the end that the library counts with the end of the file, if that is further.
pub(crate) fn count_all_bytes(file: &Handle) -> Result<(), CallError> {
    // SAFETY: `file` is open for writing.
    check("H5Fincrement_filesize", unsafe { H5Fincrement_filesize(file.id(), 0) })?;
    Ok(())
}

/// The file in which an object is.
pub(crate) fn of(object: &Handle) -> Result<Handle, CallError> {
    // SAFETY: `object` is open; the identifier is one more of the file, to be given up alone.
    Handle::own("H5Iget_file_id", unsafe { H5Iget_file_id(object.id()) })
}

/// How far the file reaches, or what is in use of it if that is further; addresses begin where the file does.
pub(crate) fn bytes(file: &Handle) -> Result<u64, CallError> {
    let mut bytes = 0;
    // SAFETY: `file` is open, and `bytes` outlives the call.
    check("H5Fget_filesize", unsafe { H5Fget_filesize(file.id(), &raw mut bytes) })?;
    Ok(bytes)
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
