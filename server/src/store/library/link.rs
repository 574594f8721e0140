//! Links: what a group holds under a name, without following it.
#![expect(unsafe_code, reason = "calls H5L")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};

use hdf5_async_protocol::model::Link;
use hdf5_sys::h5::{H5_index_t, H5_iter_order_t, herr_t, hsize_t};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5l::{
    H5L_info2_t, H5Lcreate_external, H5Lcreate_soft, H5Ldelete, H5Lexists, H5Lget_info2,
    H5Lget_val, H5Literate2, H5Lmove, H5Lunpack_elink_val,
};
use hdf5_sys::h5o::H5Olink;
use hdf5_sys::h5p::{
    H5P_CLS_LINK_CREATE, H5P_DEFAULT, H5Pcreate, H5Pset_char_encoding,
    H5Pset_create_intermediate_group,
};
use hdf5_sys::h5t::H5T_cset_t;

use super::handle::{CallError, Handle, c_name, check};

const TYPE_HARD: c_int = 0;
const TYPE_SOFT: c_int = 1;
const TYPE_EXTERNAL: c_int = 64;

/// `H5L_info2_t` with the link class as a number: classes registered by programs have no name in the enum.
#[repr(C)]
struct LinkInfo {
    class: c_int,
    creation_order_valid: bool,
    creation_order: i64,
    charset: c_int,
    /// The token of a hard link, or the size of another link's value in its first bytes.
    value: [u64; 2],
}

const _: () = assert!(size_of::<LinkInfo>() == size_of::<H5L_info2_t>());

/// By which index the links of a group are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Name,
    Creation,
}

pub(crate) fn exists(group: &Handle, name: &CStr) -> Result<bool, CallError> {
    // SAFETY: `group` is open and `name` NUL-terminated.
    let found = unsafe { H5Lexists(group.id(), name.as_ptr(), H5P_DEFAULT) };
    Ok(check("H5Lexists", found)? > 0)
}

/// The link itself; it must exist.
pub(crate) fn get(group: &Handle, name: &CStr) -> Result<Link, CallError> {
    let mut info = LinkInfo {
        class: 0,
        creation_order_valid: false,
        creation_order: 0,
        charset: 0,
        value: [0; 2],
    };
    // SAFETY: `LinkInfo` has the layout of `H5L_info2_t`, which the library fills.
    check("H5Lget_info2", unsafe {
        H5Lget_info2(group.id(), name.as_ptr(), (&raw mut info).cast::<H5L_info2_t>(), H5P_DEFAULT)
    })?;
    match info.class {
        TYPE_HARD => Ok(Link::Hard),
        TYPE_SOFT => {
            let value = value(group, name, info.value[0])?;
            let target = CStr::from_bytes_until_nul(&value).unwrap_or_default();
            Ok(Link::Soft { target: target.to_string_lossy().into_owned() })
        }
        TYPE_EXTERNAL => external(&value(group, name, info.value[0])?),
        class => Ok(Link::UserDefined { class }),
    }
}

/// The bytes that a soft or external link stores, with one NUL more than there are.
fn value(group: &Handle, name: &CStr, size: u64) -> Result<Vec<u8>, CallError> {
    let size = usize::try_from(size)
        .map_err(|_| CallError::new("H5Lget_val", "the link's value is too long"))?;
    let mut value = vec![0_u8; size + 1];
    // SAFETY: the library writes at most `size` bytes into `value`.
    check("H5Lget_val", unsafe {
        H5Lget_val(
            group.id(),
            name.as_ptr(),
            value.as_mut_ptr().cast::<c_void>(),
            size,
            H5P_DEFAULT,
        )
    })?;
    Ok(value)
}

fn external(value: &[u8]) -> Result<Link, CallError> {
    let mut flags: c_uint = 0;
    let mut file: *const c_char = std::ptr::null();
    let mut target: *const c_char = std::ptr::null();
    // SAFETY: the two pointers come back pointing into `value`, whose last byte is NUL.
    unsafe {
        check(
            "H5Lunpack_elink_val",
            H5Lunpack_elink_val(
                value.as_ptr().cast::<c_void>(),
                value.len() - 1,
                &raw mut flags,
                &raw mut file,
                &raw mut target,
            ),
        )?;
        Ok(Link::External {
            file: CStr::from_ptr(file).to_string_lossy().into_owned(),
            target: CStr::from_ptr(target).to_string_lossy().into_owned(),
        })
    }
}

struct Page {
    names: Vec<CString>,
    limit: usize,
}

unsafe extern "C" fn collect(
    _: hid_t,
    name: *const c_char,
    _: *const H5L_info2_t,
    page: *mut c_void,
) -> herr_t {
    // SAFETY: `names` passes a `Page` that outlives the iteration, and the library a NUL-terminated name.
    let (page, name) = unsafe { (&mut *page.cast::<Page>(), CStr::from_ptr(name)) };
    page.names.push(name.to_owned());
    herr_t::from(page.names.len() >= page.limit)
}

/// The names `offset .. offset + limit` of a group that holds more than `offset` links.
pub(crate) fn names(
    group: &Handle,
    order: Order,
    offset: u64,
    limit: usize,
) -> Result<Vec<CString>, CallError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let index = match order {
        Order::Name => H5_index_t::H5_INDEX_NAME,
        Order::Creation => H5_index_t::H5_INDEX_CRT_ORDER,
    };
    let mut page = Page { names: Vec::new(), limit };
    let mut position: hsize_t = offset;
    // SAFETY: `collect` gets `page`, which lives until the call returns.
    check("H5Literate2", unsafe {
        H5Literate2(
            group.id(),
            index,
            H5_iter_order_t::H5_ITER_INC,
            &raw mut position,
            Some(collect),
            (&raw mut page).cast::<c_void>(),
        )
    })?;
    Ok(page.names)
}

unsafe extern "C" fn collect_hard(
    _: hid_t,
    name: *const c_char,
    info: *const H5L_info2_t,
    links: *mut c_void,
) -> herr_t {
    // SAFETY: `hard` passes a list that outlives the iteration, the library a NUL-terminated name and the
    // facts of the link, which have the layout of `LinkInfo`.
    unsafe {
        let info = &*info.cast::<LinkInfo>();
        if info.class == TYPE_HARD {
            let link = (CStr::from_ptr(name).to_owned(), u64::from_le(info.value[0]));
            (*links.cast::<Vec<(CString, u64)>>()).push(link);
        }
    }
    0
}

/// The hard links of a group with the addresses of what they lead to, in order of name.
pub(crate) fn hard(group: &Handle) -> Result<Vec<(CString, u64)>, CallError> {
    let mut links: Vec<(CString, u64)> = Vec::new();
    // SAFETY: `collect_hard` gets `links`, which lives until the call returns.
    check("H5Literate2", unsafe {
        H5Literate2(
            group.id(),
            H5_index_t::H5_INDEX_NAME,
            H5_iter_order_t::H5_ITER_INC,
            std::ptr::null_mut(),
            Some(collect_hard),
            (&raw mut links).cast::<c_void>(),
        )
    })?;
    Ok(links)
}

pub(crate) fn delete(group: &Handle, name: &CStr) -> Result<(), CallError> {
    // SAFETY: `group` is open and `name` NUL-terminated.
    check("H5Ldelete", unsafe { H5Ldelete(group.id(), name.as_ptr(), H5P_DEFAULT) })?;
    Ok(())
}

/// Gives a link of `group` another name in the same group.
pub(crate) fn rename(group: &Handle, from: &CStr, to: &CStr) -> Result<(), CallError> {
    let creation = creation_list(false)?;
    // SAFETY: `group` is open, the names are NUL-terminated.
    check("H5Lmove", unsafe {
        H5Lmove(group.id(), from.as_ptr(), group.id(), to.as_ptr(), creation.id(), H5P_DEFAULT)
    })?;
    Ok(())
}

/// Links `object` at `path` below `group`, making the groups between.
pub(crate) fn attach(object: &Handle, group: &Handle, path: &str) -> Result<(), CallError> {
    let path = c_name(path)?;
    let creation = creation_list(true)?;
    // SAFETY: both identifiers are open, `path` is NUL-terminated.
    check("H5Olink", unsafe {
        H5Olink(object.id(), group.id(), path.as_ptr(), creation.id(), H5P_DEFAULT)
    })?;
    Ok(())
}

/// Moves the link `name` of `group` to `path` below `other`, making the groups between.
pub(crate) fn relocate(
    group: &Handle,
    name: &CStr,
    other: &Handle,
    path: &str,
) -> Result<(), CallError> {
    let path = c_name(path)?;
    let creation = creation_list(true)?;
    // SAFETY: the groups are open, the names NUL-terminated.
    check("H5Lmove", unsafe {
        H5Lmove(group.id(), name.as_ptr(), other.id(), path.as_ptr(), creation.id(), H5P_DEFAULT)
    })?;
    Ok(())
}

/// Makes a soft link at `path` below `group`, and the groups between.
pub(crate) fn create_soft(target: &str, group: &Handle, path: &str) -> Result<(), CallError> {
    let (target, path) = (c_name(target)?, c_name(path)?);
    let creation = creation_list(true)?;
    // SAFETY: `group` is open, the texts are NUL-terminated.
    check("H5Lcreate_soft", unsafe {
        H5Lcreate_soft(target.as_ptr(), group.id(), path.as_ptr(), creation.id(), H5P_DEFAULT)
    })?;
    Ok(())
}

/// Makes an external link at `path` below `group`, and the groups between; the other file is not looked at.
pub(crate) fn create_external(
    file: &str,
    target: &str,
    group: &Handle,
    path: &str,
) -> Result<(), CallError> {
    let (file, target, path) = (c_name(file)?, c_name(target)?, c_name(path)?);
    let creation = creation_list(true)?;
    // SAFETY: `group` is open, the texts are NUL-terminated.
    check("H5Lcreate_external", unsafe {
        H5Lcreate_external(
            file.as_ptr(),
            target.as_ptr(),
            group.id(),
            path.as_ptr(),
            creation.id(),
            H5P_DEFAULT,
        )
    })?;
    Ok(())
}

/// Names in UTF-8, and on request the groups above that are missing.
pub(super) fn creation_list(intermediate_groups: bool) -> Result<Handle, CallError> {
    // SAFETY: the class is a constant of the library.
    let list = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_LINK_CREATE) })?;
    // SAFETY: `list` is a link creation property list.
    unsafe {
        check("H5Pset_char_encoding", H5Pset_char_encoding(list.id(), H5T_cset_t::H5T_CSET_UTF8))?;
        check(
            "H5Pset_create_intermediate_group",
            H5Pset_create_intermediate_group(list.id(), c_uint::from(intermediate_groups)),
        )?;
    }
    Ok(list)
}
