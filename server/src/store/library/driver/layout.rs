//! The library's structures for file drivers, as `H5FDdevelop.h` of HDF5 2.2 declares them.
//!
//! `hdf5-sys` declares those of HDF5 1.12, which are shorter: the library would read past their end.
#![expect(unsafe_code, reason = "declares the library's callbacks")]

use std::ffi::{c_char, c_int, c_uint, c_ulong, c_void};

use hdf5_sys::h5::{haddr_t, herr_t, hsize_t};
use hdf5_sys::h5i::hid_t;

/// `H5FD_CLASS_VERSION`.
pub(super) const CLASS_VERSION: c_uint = 1;

/// A callback that the driver does not have.
pub(super) type Absent = *const c_void;

/// `H5FD_t`: what the library keeps of every open file; the driver's own part follows it.
#[repr(C)]
#[derive(Debug)]
pub(super) struct FileHead {
    pub(super) driver_id: hid_t,
    pub(super) class: *const FileDriverClass,
    pub(super) number: c_ulong,
    pub(super) access_flags: c_uint,
    pub(super) feature_flags: c_ulong,
    pub(super) max_address: haddr_t,
    pub(super) base_address: haddr_t,
    pub(super) threshold: hsize_t,
    pub(super) alignment: hsize_t,
    pub(super) paged_aggregation: bool,
}

/// `H5FD_mem_t`: what a piece of the file is for.
pub(super) type MemoryType = c_int;

/// `H5FD_class_t`.
#[repr(C)]
#[derive(Debug)]
pub(super) struct FileDriverClass {
    pub(super) version: c_uint,
    pub(super) value: c_int,
    pub(super) name: *const c_char,
    pub(super) max_address: haddr_t,
    pub(super) close_degree: c_int,
    pub(super) terminate: Absent,
    pub(super) superblock_size: Absent,
    pub(super) superblock_encode: Absent,
    pub(super) superblock_decode: Absent,
    pub(super) access_info_size: usize,
    pub(super) access_info_get: Absent,
    pub(super) access_info_copy: Absent,
    pub(super) access_info_free: Absent,
    pub(super) transfer_info_size: usize,
    pub(super) transfer_info_copy: Absent,
    pub(super) transfer_info_free: Absent,
    pub(super) open: unsafe extern "C" fn(*const c_char, c_uint, hid_t, haddr_t) -> *mut FileHead,
    pub(super) close: unsafe extern "C" fn(*mut FileHead) -> herr_t,
    pub(super) compare: unsafe extern "C" fn(*const FileHead, *const FileHead) -> c_int,
    pub(super) query: unsafe extern "C" fn(*const FileHead, *mut c_ulong) -> herr_t,
    pub(super) type_map: Absent,
    pub(super) allocate: Absent,
    pub(super) free: Absent,
    pub(super) get_end_of_addresses: unsafe extern "C" fn(*const FileHead, MemoryType) -> haddr_t,
    pub(super) set_end_of_addresses:
        unsafe extern "C" fn(*mut FileHead, MemoryType, haddr_t) -> herr_t,
    pub(super) get_end_of_file: unsafe extern "C" fn(*const FileHead, MemoryType) -> haddr_t,
    pub(super) get_handle: Absent,
    pub(super) read: unsafe extern "C" fn(
        *mut FileHead,
        MemoryType,
        hid_t,
        haddr_t,
        usize,
        *mut c_void,
    ) -> herr_t,
    pub(super) write: unsafe extern "C" fn(
        *mut FileHead,
        MemoryType,
        hid_t,
        haddr_t,
        usize,
        *const c_void,
    ) -> herr_t,
    pub(super) read_vector: Absent,
    pub(super) write_vector: Absent,
    pub(super) read_selection: Absent,
    pub(super) write_selection: Absent,
    pub(super) flush: Absent,
    pub(super) truncate: unsafe extern "C" fn(*mut FileHead, hid_t, bool) -> herr_t,
    pub(super) lock: Absent,
    pub(super) unlock: Absent,
    pub(super) delete: Absent,
    pub(super) control: Absent,
    /// Which list of free space serves each [`MemoryType`].
    pub(super) free_lists: [MemoryType; 7],
}

// SAFETY: the pointers lead to a static text or nowhere, and nothing is written through them.
unsafe impl Sync for FileDriverClass {}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn the_structures_have_the_sizes_of_the_library() {
        assert_eq!((size_of::<FileHead>(), size_of::<FileDriverClass>()), (80, 336));
    }
}
