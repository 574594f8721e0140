//! Attributes: names, values, and copies that keep whatever datatype they have.
#![expect(unsafe_code, reason = "calls H5A")]

use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::MaybeUninit;

use hdf5_sys::h5::{H5_index_t, H5_iter_order_t, herr_t};
use hdf5_sys::h5a::{
    H5A_info_t, H5Acreate2, H5Adelete, H5Aexists, H5Aget_space, H5Aget_type, H5Aiterate2, H5Aopen,
    H5Aread, H5Arename, H5Awrite,
};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5o::{
    H5O_HDR_ATTR_CRT_ORDER_TRACKED, H5O_NATIVE_INFO_HDR, H5O_hdr_info_t, H5O_native_info_t,
    H5Oget_native_info,
};
use hdf5_sys::h5p::{H5P_CLS_ATTRIBUTE_CREATE, H5P_DEFAULT, H5Pcreate, H5Pset_char_encoding};
use hdf5_sys::h5t::{H5T_cset_t, H5Tget_size, H5Treclaim};

use super::form::Form;
use super::handle::{CallError, Handle, check};
use super::memory::Memory;
use super::space::Space;
use super::staging::Elements;

/// A name, and when the attribute was made among those of its object; the latter counts only where it is tracked.
struct Named {
    name: CString,
    created: u32,
}

unsafe extern "C" fn collect(
    _: hid_t,
    name: *const c_char,
    info: *const H5A_info_t,
    names: *mut c_void,
) -> herr_t {
    // SAFETY: `names` passes a list that outlives the iteration, and the library a NUL-terminated name and its facts.
    unsafe {
        let (name, created) = (CStr::from_ptr(name).to_owned(), (*info).corder);
        (*names.cast::<Vec<Named>>()).push(Named { name, created });
    }
    0
}

/// The names of an object's attributes, in the order of creation where it is tracked, otherwise of name.
pub(crate) fn names(object: &Handle) -> Result<Vec<CString>, CallError> {
    let mut names: Vec<Named> = Vec::new();
    // SAFETY: `collect` gets `names`, which lives until the call returns.
    check("H5Aiterate2", unsafe {
        H5Aiterate2(
            object.id(),
            H5_index_t::H5_INDEX_NAME,
            H5_iter_order_t::H5_ITER_INC,
            std::ptr::null_mut(),
            Some(collect),
            (&raw mut names).cast::<c_void>(),
        )
    })?;
    if tracks_creation_order(object)? {
        names.sort_by_key(|named| named.created);
    }
    Ok(names.into_iter().map(|named| named.name).collect())
}

/// What the object's header says; the facts of single attributes seem valid without it, too.
fn tracks_creation_order(object: &Handle) -> Result<bool, CallError> {
    let mut info = MaybeUninit::<H5O_native_info_t>::zeroed();
    // SAFETY: the library fills `info`, which is plain numbers and begins with the facts of the header.
    let header = unsafe {
        check(
            "H5Oget_native_info",
            H5Oget_native_info(object.id(), info.as_mut_ptr(), H5O_NATIVE_INFO_HDR),
        )?;
        info.as_ptr().cast::<H5O_hdr_info_t>().read()
    };
    Ok(header.flags & H5O_HDR_ATTR_CRT_ORDER_TRACKED != 0)
}

pub(crate) fn exists(object: &Handle, name: &CStr) -> Result<bool, CallError> {
    // SAFETY: `object` is open and `name` NUL-terminated.
    Ok(check("H5Aexists", unsafe { H5Aexists(object.id(), name.as_ptr()) })? > 0)
}

pub(crate) fn open(object: &Handle, name: &CStr) -> Result<Handle, CallError> {
    // SAFETY: `object` is open and `name` NUL-terminated.
    Handle::own("H5Aopen", unsafe { H5Aopen(object.id(), name.as_ptr(), H5P_DEFAULT) })
}

pub(crate) fn create(
    object: &Handle,
    name: &CStr,
    datatype: &Handle,
    space: &Space,
) -> Result<Handle, CallError> {
    // SAFETY: the identifiers are open and of the kinds that the calls take.
    unsafe {
        let creation = Handle::own("H5Pcreate", H5Pcreate(*H5P_CLS_ATTRIBUTE_CREATE))?;
        check(
            "H5Pset_char_encoding",
            H5Pset_char_encoding(creation.id(), H5T_cset_t::H5T_CSET_UTF8),
        )?;
        Handle::own(
            "H5Acreate2",
            H5Acreate2(
                object.id(),
                name.as_ptr(),
                datatype.id(),
                space.id(),
                creation.id(),
                H5P_DEFAULT,
            ),
        )
    }
}

/// The datatype, usable in memory, too.
pub(crate) fn datatype(attribute: &Handle) -> Result<Handle, CallError> {
    // SAFETY: `attribute` is open.
    Handle::own("H5Aget_type", unsafe { H5Aget_type(attribute.id()) })
}

pub(crate) fn space(attribute: &Handle) -> Result<Space, CallError> {
    // SAFETY: `attribute` is open.
    Space::own("H5Aget_space", unsafe { H5Aget_space(attribute.id()) })
}

/// Reads all elements into `buffer`, which must have room for exactly them.
pub(crate) fn read(
    attribute: &Handle,
    memory_type: &Handle,
    buffer: &mut [u8],
) -> Result<(), CallError> {
    // SAFETY: the caller has sized the buffer to the attribute.
    check("H5Aread", unsafe {
        H5Aread(attribute.id(), memory_type.id(), buffer.as_mut_ptr().cast::<c_void>())
    })?;
    Ok(())
}

/// Reads all elements, `n_elements` of them, in the library's own form.
pub(crate) fn read_elements<'a>(
    attribute: &Handle,
    memory_type: &'a Handle,
    form: &'a Form,
    n_elements: usize,
) -> Result<Memory<'a>, CallError> {
    Memory::read(memory_type, form, n_elements, |room| {
        // SAFETY: there is room for all elements.
        check("H5Aread", unsafe { H5Aread(attribute.id(), memory_type.id(), room) })?;
        Ok(())
    })
}

/// Writes all elements; `elements` must be exactly as many as the attribute has.
pub(crate) fn write(
    attribute: &Handle,
    memory_type: &Handle,
    elements: Elements<'_>,
) -> Result<(), CallError> {
    // SAFETY: the caller has sized the elements to the attribute.
    check("H5Awrite", unsafe { H5Awrite(attribute.id(), memory_type.id(), elements.as_ptr()) })?;
    Ok(())
}

pub(crate) fn delete(object: &Handle, name: &CStr) -> Result<(), CallError> {
    // SAFETY: `object` is open and `name` NUL-terminated.
    check("H5Adelete", unsafe { H5Adelete(object.id(), name.as_ptr()) })?;
    Ok(())
}

pub(crate) fn rename(object: &Handle, from: &CStr, to: &CStr) -> Result<(), CallError> {
    // SAFETY: `object` is open, the names are NUL-terminated.
    check("H5Arename", unsafe { H5Arename(object.id(), from.as_ptr(), to.as_ptr()) })?;
    Ok(())
}

/// Bytes of one element in memory.
pub(crate) fn element_bytes(datatype: &Handle) -> usize {
    // SAFETY: `datatype` is an open datatype.
    unsafe { H5Tget_size(datatype.id()) }
}

/// Writes to `target` what `source`, an attribute of the same datatype and extent, holds.
pub(crate) fn copy_values(
    source: &Handle,
    target: &Handle,
    datatype: &Handle,
    n_elements: usize,
) -> Result<(), CallError> {
    let mut buffer = vec![0_u64; (n_elements * element_bytes(datatype)).div_ceil(8)];
    let pointer = buffer.as_mut_ptr().cast::<c_void>();
    let space = space(source)?;
    // SAFETY: the buffer is aligned and has room for all elements; variable-length parts that the library
    // allocates while reading are given back after they were written.
    unsafe {
        check("H5Aread", H5Aread(source.id(), datatype.id(), pointer))?;
        let written = check("H5Awrite", H5Awrite(target.id(), datatype.id(), pointer));
        H5Treclaim(datatype.id(), space.id(), H5P_DEFAULT, pointer);
        written?;
    }
    Ok(())
}
