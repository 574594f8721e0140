//! What the library calls to open, read and write a file. A panic in here is a failed call.
#![expect(unsafe_code, reason = "is called by the library with raw pointers")]

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulong, c_void};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hdf5_sys::h5::{haddr_t, herr_t};
use hdf5_sys::h5f::{H5F_ACC_RDWR, H5F_ACC_TRUNC};
use hdf5_sys::h5i::hid_t;

use super::layout::{CLASS_VERSION, FileDriverClass, FileHead, MemoryType};
use super::{Medium, given, lending};

/// From the range that the library leaves to drivers that are not registered with its makers.
const DRIVER_VALUE: c_int = 500;

/// `HADDR_UNDEF`.
const NO_ADDRESS: haddr_t = haddr_t::MAX;

/// `H5F_CLOSE_WEAK`, the library's default.
const CLOSE_WEAK: c_int = 1;

/// The features of the library's default driver: metadata and small data are gathered, a chunk or a row is read
/// whole, files are the same as its own, and what another program writes in SWMR mode can be read.
const FEATURES: c_ulong = 0x1 // H5FD_FEAT_AGGREGATE_METADATA
    | 0x2 // H5FD_FEAT_ACCUMULATE_METADATA_WRITE
    | 0x4 // H5FD_FEAT_ACCUMULATE_METADATA_READ
    | 0x8 // H5FD_FEAT_DATA_SIEVE
    | 0x10 // H5FD_FEAT_AGGREGATE_SMALLDATA
    | 0x1000 // H5FD_FEAT_SUPPORTS_SWMR_IO
    | 0x8000; // H5FD_FEAT_DEFAULT_VFD_COMPATIBLE

pub(super) static CLASS: FileDriverClass = FileDriverClass {
    version: CLASS_VERSION,
    value: DRIVER_VALUE,
    name: c"hdf5-async".as_ptr(),
    max_address: i64::MAX as haddr_t,
    close_degree: CLOSE_WEAK,
    terminate: std::ptr::null(),
    superblock_size: std::ptr::null(),
    superblock_encode: std::ptr::null(),
    superblock_decode: std::ptr::null(),
    access_info_size: 0,
    access_info_get: std::ptr::null(),
    access_info_copy: std::ptr::null(),
    access_info_free: std::ptr::null(),
    transfer_info_size: 0,
    transfer_info_copy: std::ptr::null(),
    transfer_info_free: std::ptr::null(),
    open,
    close,
    compare,
    query,
    type_map: std::ptr::null(),
    allocate: std::ptr::null(),
    free: std::ptr::null(),
    get_end_of_addresses,
    set_end_of_addresses,
    get_end_of_file,
    get_handle: std::ptr::null(),
    read,
    write,
    read_vector: std::ptr::null(),
    write_vector: std::ptr::null(),
    read_selection: std::ptr::null(),
    write_selection: std::ptr::null(),
    flush: std::ptr::null(),
    truncate,
    lock: std::ptr::null(),
    unlock: std::ptr::null(),
    delete: std::ptr::null(),
    control: std::ptr::null(),
    // As the library's default driver: raw data apart from metadata (`H5FD_FLMAP_DICHOTOMY`).
    free_lists: [1, 1, 1, 3, 3, 1, 1],
};

/// An open file: the library's part, then ours.
#[repr(C)]
struct OpenFile {
    head: FileHead,
    medium: Arc<dyn Medium>,
    /// The library's own idea of how long the file is.
    end_of_addresses: haddr_t,
    /// It belongs to another worker or program, which may make it longer while it is read.
    is_lent: bool,
}

/// Keeps a panic from unwinding into the library.
fn guarded<T>(failure: T, call: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(failure)
}

/// The library's answer to how a call went; the reason for a failure goes to the log.
fn answered(operation: &str, result: io::Result<()>) -> herr_t {
    match result {
        Ok(()) => 0,
        Err(error) => {
            tracing::error!(operation, %error, "the file driver met an error");
            -1
        }
    }
}

unsafe fn of<'a>(file: *const FileHead) -> &'a OpenFile {
    // SAFETY: the library hands back what `open` has returned, until `close`.
    unsafe { &*file.cast::<OpenFile>() }
}

unsafe extern "C" fn open(
    name: *const c_char,
    flags: c_uint,
    _access_list: hid_t,
    _max_address: haddr_t,
) -> *mut FileHead {
    guarded(std::ptr::null_mut(), || {
        // SAFETY: the library passes a text that ends with NUL.
        let name = unsafe { CStr::from_ptr(name) };
        let own = given::find(name);
        let is_lent = own.is_none();
        let Some(medium) = own.or_else(|| lending::find(name)) else {
            tracing::debug!(?name, "a file asked for another file, which is not opened");
            return std::ptr::null_mut();
        };
        if flags & H5F_ACC_RDWR != 0 && !medium.is_writable() {
            return std::ptr::null_mut();
        }
        if flags & H5F_ACC_TRUNC != 0 && answered("truncate", medium.set_len(0)) < 0 {
            return std::ptr::null_mut();
        }
        let head = FileHead {
            driver_id: 0,
            class: std::ptr::null(),
            number: 0,
            access_flags: 0,
            feature_flags: 0,
            max_address: 0,
            base_address: 0,
            threshold: 0,
            alignment: 0,
            paged_aggregation: false,
        };
        Box::into_raw(Box::new(OpenFile { head, medium, end_of_addresses: 0, is_lent })).cast()
    })
}

unsafe extern "C" fn close(file: *mut FileHead) -> herr_t {
    guarded(-1, || {
        // SAFETY: the library gives back what `open` has made, and does not use it again.
        drop(unsafe { Box::from_raw(file.cast::<OpenFile>()) });
        0
    })
}

/// Two files are the same if they are the same medium.
unsafe extern "C" fn compare(one: *const FileHead, other: *const FileHead) -> c_int {
    guarded(-1, || {
        // SAFETY: both are open.
        let (one, other) = unsafe { (of(one), of(other)) };
        let address = |file: &OpenFile| Arc::as_ptr(&file.medium).cast::<()>() as usize;
        address(one).cmp(&address(other)) as c_int
    })
}

unsafe extern "C" fn query(_file: *const FileHead, flags: *mut c_ulong) -> herr_t {
    if !flags.is_null() {
        // SAFETY: the library passes the place for the answer, or nothing.
        unsafe { *flags = FEATURES };
    }
    0
}

unsafe extern "C" fn get_end_of_addresses(file: *const FileHead, _type: MemoryType) -> haddr_t {
    guarded(NO_ADDRESS, || {
        // SAFETY: the file is open.
        let file = unsafe { of(file) };
        if !file.is_lent {
            return file.end_of_addresses;
        }
        // The beginning of the file may not know yet how long an SWMR writer has made it.
        file.end_of_addresses.max(file.medium.len().unwrap_or_default())
    })
}

unsafe extern "C" fn set_end_of_addresses(
    file: *mut FileHead,
    _type: MemoryType,
    address: haddr_t,
) -> herr_t {
    // SAFETY: the file is open, and the library's lock lets nobody else at it.
    unsafe { (*file.cast::<OpenFile>()).end_of_addresses = address };
    0
}

unsafe extern "C" fn get_end_of_file(file: *const FileHead, _type: MemoryType) -> haddr_t {
    guarded(NO_ADDRESS, || {
        // SAFETY: the file is open.
        let len = unsafe { of(file) }.medium.len();
        len.unwrap_or_else(|error| {
            tracing::error!(%error, "the length of the file is not known");
            NO_ADDRESS
        })
    })
}

unsafe extern "C" fn read(
    file: *mut FileHead,
    _type: MemoryType,
    _transfer_list: hid_t,
    address: haddr_t,
    size: usize,
    buffer: *mut c_void,
) -> herr_t {
    guarded(-1, || {
        // SAFETY: the library passes a buffer of `size` bytes that nobody else uses meanwhile.
        let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), size) };
        // SAFETY: the file is open.
        answered("read", unsafe { of(file) }.medium.read(address, bytes))
    })
}

unsafe extern "C" fn write(
    file: *mut FileHead,
    _type: MemoryType,
    _transfer_list: hid_t,
    address: haddr_t,
    size: usize,
    buffer: *const c_void,
) -> herr_t {
    guarded(-1, || {
        // SAFETY: the library passes `size` bytes that nobody changes meanwhile.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), size) };
        // SAFETY: the file is open.
        answered("write", unsafe { of(file) }.medium.write(address, bytes))
    })
}

/// Gives the file the length that the library counts with.
unsafe extern "C" fn truncate(
    file: *mut FileHead,
    _transfer_list: hid_t,
    _closing: bool,
) -> herr_t {
    guarded(-1, || {
        // SAFETY: the file is open.
        let file = unsafe { of(file) };
        if !file.medium.is_writable() {
            return 0;
        }
        let adjusted = file.medium.len().and_then(|len| {
            if len == file.end_of_addresses {
                Ok(())
            } else {
                file.medium.set_len(file.end_of_addresses)
            }
        });
        answered("truncate", adjusted)
    })
}
