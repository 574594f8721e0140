//! The mappings of a virtual layout.
#![expect(unsafe_code, reason = "calls H5P")]

use std::ffi::{CStr, CString, c_char};

use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{
    H5Pget_virtual_count, H5Pget_virtual_dsetname, H5Pget_virtual_filename,
    H5Pget_virtual_srcspace, H5Pget_virtual_vspace, H5Pset_virtual,
};

use super::super::handle::{CallError, check};
use super::super::space::Space;
use super::CreationList;

/// One mapping: a part of the virtual dataset, and the part of a dataset that it shows.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) space: Space,
    pub(crate) file: CString,
    pub(crate) path: CString,
    pub(crate) source_space: Space,
}

type NameOf = unsafe extern "C" fn(hid_t, usize, *mut c_char, usize) -> isize;

impl CreationList {
    /// How many mappings a virtual layout has.
    pub(super) fn n_mappings(&self) -> Result<usize, CallError> {
        let mut count = 0;
        // SAFETY: the layout is virtual; `count` outlives the call.
        check("H5Pget_virtual_count", unsafe { H5Pget_virtual_count(self.id(), &raw mut count) })?;
        Ok(count)
    }

    /// The mappings of a virtual layout, in their order.
    pub(crate) fn mappings(&self) -> Result<Vec<Mapping>, CallError> {
        (0..self.n_mappings()?).map(|index| self.mapping(index)).collect()
    }

    fn mapping(&self, index: usize) -> Result<Mapping, CallError> {
        // SAFETY: there is a mapping of that index.
        let (space, source_space) = unsafe {
            (
                Space::own("H5Pget_virtual_vspace", H5Pget_virtual_vspace(self.id(), index))?,
                Space::own("H5Pget_virtual_srcspace", H5Pget_virtual_srcspace(self.id(), index))?,
            )
        };
        let file = self.name("H5Pget_virtual_filename", H5Pget_virtual_filename, index)?;
        let path = self.name("H5Pget_virtual_dsetname", H5Pget_virtual_dsetname, index)?;
        Ok(Mapping { space, file, path, source_space })
    }

    fn name(
        &self,
        call: &'static str,
        name_of: NameOf,
        index: usize,
    ) -> Result<CString, CallError> {
        // SAFETY: without a buffer the call only says how long the name is.
        let length = check(call, unsafe { name_of(self.id(), index, std::ptr::null_mut(), 0) })?;
        let mut name = vec![0_u8; usize::try_from(length).unwrap_or(0) + 1];
        // SAFETY: `name` has room for the name and the NUL behind it.
        check(call, unsafe { name_of(self.id(), index, name.as_mut_ptr().cast(), name.len()) })?;
        Ok(CStr::from_bytes_until_nul(&name).unwrap_or_default().to_owned())
    }

    /// Appends a mapping; the layout becomes virtual.
    pub(crate) fn add_mapping(&mut self, mapping: &Mapping) -> Result<(), CallError> {
        // SAFETY: the dataspaces are open, the names NUL-terminated.
        check("H5Pset_virtual", unsafe {
            H5Pset_virtual(
                self.id(),
                mapping.space.id(),
                mapping.file.as_ptr(),
                mapping.path.as_ptr(),
                mapping.source_space.id(),
            )
        })?;
        Ok(())
    }
}
