//! Objects behind hard links: opening them, what they are, and groups.
#![expect(unsafe_code, reason = "calls H5O and H5G")]

use std::ffi::CStr;
use std::mem::MaybeUninit;

use hdf5_async_protocol::model::ObjectKind;
use hdf5_sys::h5g::{H5G_info_t, H5Gcreate2, H5Gget_create_plist, H5Gget_info, H5Gopen2};
use hdf5_sys::h5o::{H5O_INFO_ALL, H5O_INFO_BASIC, H5O_info2_t, H5O_type_t, H5Oget_info3, H5Oopen};
use hdf5_sys::h5p::{
    H5P_CLS_GROUP_CREATE, H5P_CRT_ORDER_INDEXED, H5P_CRT_ORDER_TRACKED, H5P_DEFAULT, H5Pcreate,
    H5Pget_link_creation_order, H5Pset_attr_creation_order, H5Pset_link_creation_order,
};

use super::handle::{CallError, Handle, c_name, check};
use super::link::creation_list;

/// What `H5Oget_info3` says of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectFacts {
    /// `None` for the kinds that HDF5 files of today do not hold.
    pub(crate) kind: Option<ObjectKind>,
    pub(crate) n_links: u32,
    pub(crate) n_attributes: u64,
    /// Of the object's header in the file.
    pub(crate) address: u64,
    /// In seconds since 1970-01-01 UTC; 0 where the object does not keep it.
    pub(crate) modified: u64,
}

pub(crate) fn root(file: &Handle) -> Result<Handle, CallError> {
    // SAFETY: `file` is open.
    Handle::own("H5Gopen2", unsafe { H5Gopen2(file.id(), c"/".as_ptr(), H5P_DEFAULT) })
}

/// Opens what a hard link of `group` leads to.
pub(crate) fn open(group: &Handle, name: &CStr) -> Result<Handle, CallError> {
    // SAFETY: `group` is open and `name` NUL-terminated.
    Handle::own("H5Oopen", unsafe { H5Oopen(group.id(), name.as_ptr(), H5P_DEFAULT) })
}

pub(crate) fn facts(object: &Handle) -> Result<ObjectFacts, CallError> {
    let mut info = MaybeUninit::<H5O_info2_t>::zeroed();
    // SAFETY: the library fills `info`, for which all-zero bytes are a value, too.
    let info = unsafe {
        check("H5Oget_info3", H5Oget_info3(object.id(), info.as_mut_ptr(), H5O_INFO_ALL))?;
        info.assume_init()
    };
    let kind = match info.type_ {
        H5O_type_t::H5O_TYPE_GROUP => Some(ObjectKind::Group),
        H5O_type_t::H5O_TYPE_DATASET => Some(ObjectKind::Dataset),
        H5O_type_t::H5O_TYPE_NAMED_DATATYPE => Some(ObjectKind::NamedDatatype),
        _ => None,
    };
    // SAFETY: a token has 16 bytes, which in a file in HDF5's own format begin with the address, little-endian.
    let token = unsafe { (&raw const info.token).cast::<[u8; 8]>().read_unaligned() };
    let address = u64::from_le_bytes(token);
    Ok(ObjectFacts {
        kind,
        n_links: info.rc,
        n_attributes: info.num_attrs,
        address,
        modified: u64::try_from(info.mtime).unwrap_or_default(),
    })
}

/// Where in its file an object is.
pub(crate) fn address(object: &Handle) -> Result<u64, CallError> {
    Ok(basic_info(object)?.0)
}

/// A number that all objects of one open file share.
pub(crate) fn file_number(object: &Handle) -> Result<u64, CallError> {
    Ok(basic_info(object)?.1)
}

fn basic_info(object: &Handle) -> Result<(u64, u64), CallError> {
    let mut info = MaybeUninit::<H5O_info2_t>::zeroed();
    // SAFETY: the library fills `info`, for which all-zero bytes are a value, too. Of a file in HDF5's own
    // format a token of 16 bytes begins with the address, little-endian.
    unsafe {
        let result = H5Oget_info3(object.id(), info.as_mut_ptr(), H5O_INFO_BASIC);
        check("H5Oget_info3", result)?;
        let info = info.assume_init();
        let token = (&raw const info.token).cast::<[u8; 8]>().read_unaligned();
        Ok((u64::from_le_bytes(token), info.fileno))
    }
}

/// How many links a group holds.
pub(crate) fn n_children(group: &Handle) -> Result<u64, CallError> {
    let mut info = MaybeUninit::<H5G_info_t>::zeroed();
    // SAFETY: the library fills `info`, for which all-zero bytes are a value, too.
    let info = unsafe {
        check("H5Gget_info", H5Gget_info(group.id(), info.as_mut_ptr()))?;
        info.assume_init()
    };
    Ok(info.nlinks)
}

pub(crate) fn tracks_creation_order(group: &Handle) -> Result<bool, CallError> {
    // SAFETY: `group` is an open group.
    let list = Handle::own("H5Gget_create_plist", unsafe { H5Gget_create_plist(group.id()) })?;
    let mut flags = 0;
    // SAFETY: `list` is a group creation property list, `flags` outlives the call.
    check("H5Pget_link_creation_order", unsafe {
        H5Pget_link_creation_order(list.id(), &raw mut flags)
    })?;
    Ok(flags & H5P_CRT_ORDER_TRACKED != 0)
}

/// Makes a group at `path` below `parent`, and the groups between; only the last one tracks the order of creation.
pub(crate) fn create_group(
    parent: &Handle,
    path: &str,
    track_order: bool,
) -> Result<Handle, CallError> {
    let path = c_name(path)?;
    let links = creation_list(true)?;
    // SAFETY: the class is a constant of the library.
    let list = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_GROUP_CREATE) })?;
    if track_order {
        let flags = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
        // SAFETY: `list` is a group creation property list.
        unsafe {
            check("H5Pset_link_creation_order", H5Pset_link_creation_order(list.id(), flags))?;
            check("H5Pset_attr_creation_order", H5Pset_attr_creation_order(list.id(), flags))?;
        }
    }
    // SAFETY: `parent` is open, `path` NUL-terminated, the lists are of the classes that are asked for.
    Handle::own("H5Gcreate2", unsafe {
        H5Gcreate2(parent.id(), path.as_ptr(), links.id(), list.id(), H5P_DEFAULT)
    })
}
