//! Datasets: opening with a chunk cache that fits, creating unlinked, reading, writing, resizing.
#![expect(unsafe_code, reason = "calls H5D")]

use std::ffi::{CStr, c_void};

use hdf5_sys::h5d::{
    H5Dcreate_anon, H5Dget_create_plist, H5Dget_offset, H5Dget_space, H5Dget_storage_size,
    H5Dget_type, H5Dopen2, H5Dread, H5Dset_extent, H5Dwrite, H5Dwrite_chunk,
};
use hdf5_sys::h5p::{H5P_CLS_DATASET_ACCESS, H5P_DEFAULT, H5Pcreate, H5Pset_chunk_cache};

use super::creation::CreationList;
use super::form::Form;
use super::handle::{CallError, Handle, check};
use super::memory::Memory;
use super::space::{Extent, Space};
use super::staging::Elements;

/// Decoded chunks that a dataset keeps in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkCache {
    pub(crate) slots: usize,
    pub(crate) bytes: usize,
}

/// A chunk that was read or written to its end is the first to go (`rdcc_w0`).
const PREEMPTION: f64 = 0.75;

pub(crate) fn open(group: &Handle, name: &CStr, cache: ChunkCache) -> Result<Handle, CallError> {
    // SAFETY: the class is a constant of the library.
    let access = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_DATASET_ACCESS) })?;
    // SAFETY: `access` is a dataset access property list; `group` is open, `name` NUL-terminated.
    unsafe {
        check(
            "H5Pset_chunk_cache",
            H5Pset_chunk_cache(access.id(), cache.slots, cache.bytes, PREEMPTION),
        )?;
        Handle::own("H5Dopen2", H5Dopen2(group.id(), name.as_ptr(), access.id()))
    }
}

/// A dataset that no link leads to yet; it is gone when its handle is dropped before one does.
pub(crate) fn create_unlinked(
    file: &Handle,
    datatype: &Handle,
    space: &Space,
    creation: &CreationList,
) -> Result<Handle, CallError> {
    // SAFETY: all identifiers are open and of the kinds that the call takes.
    Handle::own("H5Dcreate_anon", unsafe {
        H5Dcreate_anon(file.id(), datatype.id(), space.id(), creation.id(), H5P_DEFAULT)
    })
}

/// The datatype, usable in memory, too.
pub(crate) fn datatype(dataset: &Handle) -> Result<Handle, CallError> {
    // SAFETY: `dataset` is open.
    Handle::own("H5Dget_type", unsafe { H5Dget_type(dataset.id()) })
}

pub(crate) fn creation(dataset: &Handle) -> Result<CreationList, CallError> {
    // SAFETY: `dataset` is open.
    CreationList::own("H5Dget_create_plist", unsafe { H5Dget_create_plist(dataset.id()) })
}

fn space(dataset: &Handle) -> Result<Space, CallError> {
    // SAFETY: `dataset` is open.
    Space::own("H5Dget_space", unsafe { H5Dget_space(dataset.id()) })
}

/// The extent as it is now; of a virtual dataset that grows with its sources they are opened.
pub(crate) fn extent(dataset: &Handle) -> Result<Extent, CallError> {
    space(dataset)?.extent()
}

/// The extent, of virtual datasets as their mappings state it.
pub(crate) fn stated_extent(
    dataset: &Handle,
    creation: &CreationList,
) -> Result<Extent, CallError> {
    match creation.virtual_space()? {
        Some(space) => space.extent(),
        None => space(dataset)?.extent(),
    }
}

pub(crate) fn storage_bytes(dataset: &Handle) -> u64 {
    // SAFETY: `dataset` is open.
    unsafe { H5Dget_storage_size(dataset.id()) }
}

/// Where in the file the elements of a contiguous dataset begin; `None` as long as they have no room.
pub(crate) fn address(dataset: &Handle) -> Option<u64> {
    // Without room the library's answer is, in a file with a user block, an address like any other.
    if storage_bytes(dataset) == 0 {
        return None;
    }
    // SAFETY: `dataset` is open.
    Some(unsafe { H5Dget_offset(dataset.id()) })
}

/// Reads what `file_space` selects into `buffer`, which must have room for exactly what `memory_space` selects.
pub(crate) fn read(
    dataset: &Handle,
    memory_type: &Handle,
    memory_space: &Space,
    file_space: &Space,
    buffer: &mut [u8],
) -> Result<(), CallError> {
    // SAFETY: the caller has sized the buffer to the memory dataspace.
    unsafe { read_into(dataset, memory_type, memory_space, file_space, buffer.as_mut_ptr().cast()) }
}

/// Reads what `file_space` selects, in the library's own form; `memory_space` selects `n_elements`.
pub(crate) fn read_elements<'a>(
    dataset: &Handle,
    memory_type: &'a Handle,
    form: &'a Form,
    memory_space: &Space,
    file_space: &Space,
    n_elements: usize,
) -> Result<Memory<'a>, CallError> {
    Memory::read(memory_type, form, n_elements, |room| {
        // SAFETY: `room` is for `n_elements`, which `memory_space` selects.
        unsafe { read_into(dataset, memory_type, memory_space, file_space, room) }
    })
}

unsafe fn read_into(
    dataset: &Handle,
    memory_type: &Handle,
    memory_space: &Space,
    file_space: &Space,
    buffer: *mut c_void,
) -> Result<(), CallError> {
    // SAFETY: as the caller promises; the identifiers are open.
    let result = unsafe {
        H5Dread(
            dataset.id(),
            memory_type.id(),
            memory_space.id(),
            file_space.id(),
            H5P_DEFAULT,
            buffer,
        )
    };
    check("H5Dread", result)?;
    Ok(())
}

/// Writes `elements`, which must be exactly what `memory_space` selects.
pub(crate) fn write(
    dataset: &Handle,
    memory_type: &Handle,
    memory_space: &Space,
    file_space: &Space,
    elements: Elements<'_>,
) -> Result<(), CallError> {
    // SAFETY: the caller has sized the elements to the memory dataspace; the identifiers are open.
    let result = unsafe {
        H5Dwrite(
            dataset.id(),
            memory_type.id(),
            memory_space.id(),
            file_space.id(),
            H5P_DEFAULT,
            elements.as_ptr(),
        )
    };
    check("H5Dwrite", result)?;
    Ok(())
}

/// Writes the chunk that begins at `origin`, which lies in the dataset, as it is in the file; `bytes` are exactly a chunk's.
pub(crate) fn write_chunk(dataset: &Handle, origin: &[u64], bytes: &[u8]) -> Result<(), CallError> {
    const NO_FILTERS_SKIPPED: u32 = 0;
    // SAFETY: `origin` has the dataset's rank; the library reads no more than it is told.
    let result = unsafe {
        H5Dwrite_chunk(
            dataset.id(),
            H5P_DEFAULT,
            NO_FILTERS_SKIPPED,
            origin.as_ptr(),
            bytes.len(),
            bytes.as_ptr().cast(),
        )
    };
    check("H5Dwrite_chunk", result)?;
    Ok(())
}

/// Changes the dims of a chunked dataset; the caller keeps them within its rank and maximum.
pub(crate) fn set_extent(dataset: &Handle, dims: &[u64]) -> Result<(), CallError> {
    // SAFETY: `dims` has the dataset's rank.
    check("H5Dset_extent", unsafe { H5Dset_extent(dataset.id(), dims.as_ptr()) })?;
    Ok(())
}
