//! How a dataset is stored: layout, chunks, filters and fill value of a dataset creation property list.
#![expect(unsafe_code, reason = "calls H5P")]

mod properties;
mod sources;

use std::ffi::{CStr, c_char, c_int};

use hdf5_async_protocol::model::{AllocationTime, Filter, Layout};
use hdf5_sys::h5d::{H5D_fill_value_t, H5D_layout_t};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{
    H5P_CLS_DATASET_CREATE, H5Pcreate, H5Pfill_value_defined, H5Pget_chunk, H5Pget_external_count,
    H5Pget_fill_value, H5Pget_filter2, H5Pget_layout, H5Pget_nfilters, H5Pget_virtual_vspace,
    H5Pset_chunk, H5Pset_fill_value, H5Pset_filter, H5Pset_layout,
};
use hdf5_sys::h5z::{H5Z_FLAG_MANDATORY, H5Z_FLAG_OPTIONAL};

use super::form::Form;
use super::handle::{CallError, Handle, check};
use super::memory::Memory;
use super::space::Space;
use super::staging::Elements;

pub(crate) use sources::Mapping;

/// HDF5's limit on the rank (`H5S_MAX_RANK`).
const MAX_RANK: c_int = 32;

/// A dataset creation property list.
#[derive(Debug)]
pub(crate) struct CreationList {
    handle: Handle,
}

impl CreationList {
    pub(super) fn own(call: &'static str, id: hid_t) -> Result<Self, CallError> {
        Ok(Self { handle: Handle::own(call, id)? })
    }

    pub(crate) fn new() -> Result<Self, CallError> {
        // SAFETY: the class is a constant of the library.
        Self::own("H5Pcreate", unsafe { H5Pcreate(*H5P_CLS_DATASET_CREATE) })
    }

    /// Of a contiguous dataset that has its room from the beginning, in which nothing is written.
    pub(crate) fn taking_room() -> Result<Self, CallError> {
        let mut list = Self::new()?;
        list.set_layout(Layout::Contiguous)?;
        list.set_allocation_time(AllocationTime::Early)?;
        list.leave_undefined()?;
        Ok(list)
    }

    pub(super) fn id(&self) -> hid_t {
        self.handle.id()
    }

    pub(crate) fn layout(&self) -> Result<Layout, CallError> {
        // SAFETY: the list is open.
        match unsafe { H5Pget_layout(self.id()) } {
            H5D_layout_t::H5D_COMPACT => Ok(Layout::Compact),
            H5D_layout_t::H5D_CONTIGUOUS => Ok(Layout::Contiguous),
            H5D_layout_t::H5D_CHUNKED => Ok(Layout::Chunked),
            H5D_layout_t::H5D_VIRTUAL => Ok(Layout::Virtual),
            H5D_layout_t::H5D_LAYOUT_ERROR | H5D_layout_t::H5D_NLAYOUTS => {
                Err(CallError::last("H5Pget_layout"))
            }
        }
    }

    pub(crate) fn chunks(&self) -> Result<Option<Vec<u64>>, CallError> {
        if self.layout()? != Layout::Chunked {
            return Ok(None);
        }
        let mut dims = [0; MAX_RANK as usize];
        // SAFETY: `dims` has room for `MAX_RANK` numbers.
        let rank =
            check("H5Pget_chunk", unsafe { H5Pget_chunk(self.id(), MAX_RANK, dims.as_mut_ptr()) })?;
        Ok(Some(dims.into_iter().take(usize::try_from(rank).unwrap_or(0)).collect()))
    }

    /// Whether elements lie in other files.
    pub(crate) fn is_external(&self) -> Result<bool, CallError> {
        // SAFETY: the list is open.
        Ok(check("H5Pget_external_count", unsafe { H5Pget_external_count(self.id()) })? > 0)
    }

    /// Of a virtual layout with mappings: the dataspace of the first, which has the dataset's extent.
    pub(super) fn virtual_space(&self) -> Result<Option<Space>, CallError> {
        if self.layout()? != Layout::Virtual {
            return Ok(None);
        }
        if self.n_mappings()? == 0 {
            return Ok(None);
        }
        // SAFETY: there is a first mapping.
        Space::own("H5Pget_virtual_vspace", unsafe { H5Pget_virtual_vspace(self.id(), 0) })
            .map(Some)
    }

    /// The filters with the names that they were registered with.
    pub(crate) fn filters(&self) -> Result<Vec<Filter>, CallError> {
        const MAX_OPTIONS: usize = 256;
        // SAFETY: the list is open.
        let count = check("H5Pget_nfilters", unsafe { H5Pget_nfilters(self.id()) })?;
        let mut filters = Vec::new();
        for index in 0..u32::try_from(count).unwrap_or(0) {
            let mut options = vec![0; MAX_OPTIONS];
            let mut n_options = options.len();
            let mut name = [0 as c_char; 257];
            let mut flags = 0;
            // SAFETY: the lists have the lengths given; the last byte of `name` stays NUL.
            let id = check("H5Pget_filter2", unsafe {
                H5Pget_filter2(
                    self.id(),
                    index,
                    &raw mut flags,
                    &raw mut n_options,
                    options.as_mut_ptr(),
                    name.len() - 1,
                    name.as_mut_ptr(),
                    std::ptr::null_mut(),
                )
            })?;
            options.truncate(n_options);
            // SAFETY: `name` is NUL-terminated.
            let name = unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned();
            let mandatory = Some(flags & H5Z_FLAG_OPTIONAL == 0);
            filters.push(Filter { name, id: u16::try_from(id).ok(), options, mandatory });
        }
        Ok(filters)
    }

    pub(crate) fn has_fill_value(&self) -> Result<bool, CallError> {
        let mut status = H5D_fill_value_t::H5D_FILL_VALUE_UNDEFINED;
        // SAFETY: `status` outlives the call.
        check("H5Pfill_value_defined", unsafe {
            H5Pfill_value_defined(self.id(), &raw mut status)
        })?;
        Ok(status == H5D_fill_value_t::H5D_FILL_VALUE_USER_DEFINED)
    }

    /// The fill value, in the library's own form.
    pub(crate) fn fill_value<'a>(
        &self,
        memory_type: &'a Handle,
        form: &'a Form,
    ) -> Result<Memory<'a>, CallError> {
        Memory::read(memory_type, form, 1, |room| {
            // SAFETY: there is room for one element.
            check("H5Pget_fill_value", unsafe {
                H5Pget_fill_value(self.id(), memory_type.id(), room)
            })?;
            Ok(())
        })
    }

    pub(crate) fn set_layout(&mut self, layout: Layout) -> Result<(), CallError> {
        let layout = match layout {
            Layout::Compact => H5D_layout_t::H5D_COMPACT,
            Layout::Contiguous => H5D_layout_t::H5D_CONTIGUOUS,
            Layout::Chunked => H5D_layout_t::H5D_CHUNKED,
            Layout::Virtual => H5D_layout_t::H5D_VIRTUAL,
        };
        // SAFETY: the list is open.
        check("H5Pset_layout", unsafe { H5Pset_layout(self.id(), layout) })?;
        Ok(())
    }

    /// Makes the layout chunked.
    pub(crate) fn set_chunks(&mut self, dims: &[u64]) -> Result<(), CallError> {
        let rank = c_int::try_from(dims.len()).unwrap_or(c_int::MAX);
        // SAFETY: `dims` holds `rank` numbers.
        check("H5Pset_chunk", unsafe { H5Pset_chunk(self.id(), rank, dims.as_ptr()) })?;
        Ok(())
    }

    /// Appends a filter; one that is not mandatory is skipped for chunks that it does not make smaller.
    pub(crate) fn add_filter(
        &mut self,
        id: u16,
        mandatory: bool,
        options: &[u32],
    ) -> Result<(), CallError> {
        let flags = if mandatory { H5Z_FLAG_MANDATORY } else { H5Z_FLAG_OPTIONAL };
        // SAFETY: `options` has the length given.
        check("H5Pset_filter", unsafe {
            H5Pset_filter(self.id(), i32::from(id), flags, options.len(), options.as_ptr())
        })?;
        Ok(())
    }

    /// Sets one element of `datatype` as the fill value.
    pub(crate) fn set_fill_value(
        &mut self,
        datatype: &Handle,
        element: Elements<'_>,
    ) -> Result<(), CallError> {
        // SAFETY: the caller gives one element of `datatype`.
        check("H5Pset_fill_value", unsafe {
            H5Pset_fill_value(self.id(), datatype.id(), element.as_ptr())
        })?;
        Ok(())
    }
}
