//! Copies of objects, made by the library so that chunks are copied without decoding them.
#![expect(unsafe_code, reason = "calls H5O and H5P")]

use std::ffi::c_uint;

use hdf5_sys::h5o::{
    H5O_COPY_EXPAND_EXT_LINK_FLAG, H5O_COPY_EXPAND_REFERENCE_FLAG, H5O_COPY_EXPAND_SOFT_LINK_FLAG,
    H5O_COPY_SHALLOW_HIERARCHY_FLAG, H5O_COPY_WITHOUT_ATTR_FLAG, H5Ocopy,
};
use hdf5_sys::h5p::{H5P_CLS_OBJECT_COPY, H5Pcreate, H5Pset_copy_object};

use super::handle::{CallError, Handle, c_name, check};
use super::link::creation_list;

/// What is left out of a copy, and what is added.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "named as the library's flags are")]
pub(crate) struct CopyOptions {
    pub(crate) shallow: bool,
    pub(crate) expand_soft: bool,
    pub(crate) expand_external: bool,
    pub(crate) expand_references: bool,
    pub(crate) without_attributes: bool,
}

impl CopyOptions {
    fn flags(self) -> c_uint {
        let flags = [
            (self.shallow, H5O_COPY_SHALLOW_HIERARCHY_FLAG),
            (self.expand_soft, H5O_COPY_EXPAND_SOFT_LINK_FLAG),
            (self.expand_external, H5O_COPY_EXPAND_EXT_LINK_FLAG),
            (self.expand_references, H5O_COPY_EXPAND_REFERENCE_FLAG),
            (self.without_attributes, H5O_COPY_WITHOUT_ATTR_FLAG),
        ];
        flags.into_iter().filter(|(set, _)| *set).fold(0, |all, (_, flag)| all | flag)
    }
}

/// Copies `source`, which may be in another file, to `path` below `group`, making the groups between.
pub(crate) fn copy(
    source: &Handle,
    group: &Handle,
    path: &str,
    options: CopyOptions,
) -> Result<(), CallError> {
    let path = c_name(path)?;
    let creation = creation_list(true)?;
    // SAFETY: the class is a constant of the library.
    let list = Handle::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_OBJECT_COPY) })?;
    // SAFETY: the identifiers are open, the names NUL-terminated, `list` is an object copy property list.
    unsafe {
        check("H5Pset_copy_object", H5Pset_copy_object(list.id(), options.flags()))?;
        check(
            "H5Ocopy",
            H5Ocopy(
                source.id(),
                c".".as_ptr(),
                group.id(),
                path.as_ptr(),
                list.id(),
                creation.id(),
            ),
        )?;
    }
    Ok(())
}
