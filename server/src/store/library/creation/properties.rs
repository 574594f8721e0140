//! The properties of a creation list besides layout, chunks and filters.
#![expect(unsafe_code, reason = "calls H5P")]

use std::ffi::{CStr, c_char, c_int, c_uint};

use hdf5_async_protocol::model::{AllocationTime, ExternalFile, FillTime};
use hdf5_sys::h5d::{H5D_alloc_time_t, H5D_fill_time_t, H5D_fill_value_t};
use hdf5_sys::h5p::{
    H5P_CRT_ORDER_INDEXED, H5P_CRT_ORDER_TRACKED, H5Pfill_value_defined, H5Pget_alloc_time,
    H5Pget_attr_creation_order, H5Pget_attr_phase_change, H5Pget_chunk_opts, H5Pget_external,
    H5Pget_external_count, H5Pget_fill_time, H5Pget_obj_track_times, H5Pset_alloc_time,
    H5Pset_attr_creation_order, H5Pset_attr_phase_change, H5Pset_chunk_opts, H5Pset_fill_time,
    H5Pset_fill_value, H5Pset_obj_track_times,
};

use super::super::handle::{CallError, check};
use super::CreationList;

/// `H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS`.
const UNFILTERED_EDGE_CHUNKS: c_uint = 2;
/// `H5O_UNLIMITED`: an external file goes on for as long as there are elements.
const UNLIMITED: u64 = u64::MAX;
const MAX_NAME: usize = 4096;

impl CreationList {
    /// Whether elements that were never written have no value (`H5Pset_fill_value` with nothing).
    pub(crate) fn leaves_undefined(&self) -> Result<bool, CallError> {
        let mut status = H5D_fill_value_t::H5D_FILL_VALUE_UNDEFINED;
        // SAFETY: `status` outlives the call.
        check("H5Pfill_value_defined", unsafe {
            H5Pfill_value_defined(self.id(), &raw mut status)
        })?;
        Ok(status == H5D_fill_value_t::H5D_FILL_VALUE_UNDEFINED)
    }

    pub(crate) fn leave_undefined(&mut self) -> Result<(), CallError> {
        // SAFETY: without a value the datatype is not looked at.
        check("H5Pset_fill_value", unsafe { H5Pset_fill_value(self.id(), -1, std::ptr::null()) })?;
        Ok(())
    }

    pub(crate) fn fill_time(&self) -> Result<FillTime, CallError> {
        let mut time = H5D_fill_time_t::H5D_FILL_TIME_IFSET;
        // SAFETY: `time` outlives the call.
        check("H5Pget_fill_time", unsafe { H5Pget_fill_time(self.id(), &raw mut time) })?;
        Ok(match time {
            H5D_fill_time_t::H5D_FILL_TIME_ALLOC => FillTime::Alloc,
            H5D_fill_time_t::H5D_FILL_TIME_NEVER => FillTime::Never,
            _ => FillTime::Ifset,
        })
    }

    pub(crate) fn set_fill_time(&mut self, time: FillTime) -> Result<(), CallError> {
        let time = match time {
            FillTime::Alloc => H5D_fill_time_t::H5D_FILL_TIME_ALLOC,
            FillTime::Never => H5D_fill_time_t::H5D_FILL_TIME_NEVER,
            FillTime::Ifset => H5D_fill_time_t::H5D_FILL_TIME_IFSET,
        };
        // SAFETY: the list is open.
        check("H5Pset_fill_time", unsafe { H5Pset_fill_time(self.id(), time) })?;
        Ok(())
    }

    pub(crate) fn allocation_time(&self) -> Result<Option<AllocationTime>, CallError> {
        let mut time = H5D_alloc_time_t::H5D_ALLOC_TIME_DEFAULT;
        // SAFETY: `time` outlives the call.
        check("H5Pget_alloc_time", unsafe { H5Pget_alloc_time(self.id(), &raw mut time) })?;
        Ok(match time {
            H5D_alloc_time_t::H5D_ALLOC_TIME_EARLY => Some(AllocationTime::Early),
            H5D_alloc_time_t::H5D_ALLOC_TIME_LATE => Some(AllocationTime::Late),
            H5D_alloc_time_t::H5D_ALLOC_TIME_INCR => Some(AllocationTime::Incremental),
            _ => None,
        })
    }

    pub(crate) fn set_allocation_time(&mut self, time: AllocationTime) -> Result<(), CallError> {
        let time = match time {
            AllocationTime::Early => H5D_alloc_time_t::H5D_ALLOC_TIME_EARLY,
            AllocationTime::Late => H5D_alloc_time_t::H5D_ALLOC_TIME_LATE,
            AllocationTime::Incremental => H5D_alloc_time_t::H5D_ALLOC_TIME_INCR,
        };
        // SAFETY: the list is open.
        check("H5Pset_alloc_time", unsafe { H5Pset_alloc_time(self.id(), time) })?;
        Ok(())
    }

    pub(crate) fn tracks_times(&self) -> Result<bool, CallError> {
        let mut tracked = 0;
        // SAFETY: `tracked` outlives the call.
        check("H5Pget_obj_track_times", unsafe {
            H5Pget_obj_track_times(self.id(), &raw mut tracked)
        })?;
        Ok(tracked != 0)
    }

    pub(crate) fn set_tracks_times(&mut self, tracked: bool) -> Result<(), CallError> {
        // SAFETY: the list is open.
        check("H5Pset_obj_track_times", unsafe {
            H5Pset_obj_track_times(self.id(), tracked.into())
        })?;
        Ok(())
    }

    /// Whether the order in which attributes are made is kept.
    pub(crate) fn tracks_order(&self) -> Result<bool, CallError> {
        let mut flags = 0;
        // SAFETY: `flags` outlives the call.
        check("H5Pget_attr_creation_order", unsafe {
            H5Pget_attr_creation_order(self.id(), &raw mut flags)
        })?;
        Ok(flags & H5P_CRT_ORDER_TRACKED != 0)
    }

    pub(crate) fn track_order(&mut self) -> Result<(), CallError> {
        let flags = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
        // SAFETY: the list is open.
        check("H5Pset_attr_creation_order", unsafe {
            H5Pset_attr_creation_order(self.id(), flags)
        })?;
        Ok(())
    }

    pub(crate) fn attribute_phase_change(&self) -> Result<[u32; 2], CallError> {
        let (mut up, mut down) = (0, 0);
        // SAFETY: both numbers outlive the call.
        check("H5Pget_attr_phase_change", unsafe {
            H5Pget_attr_phase_change(self.id(), &raw mut up, &raw mut down)
        })?;
        Ok([up, down])
    }

    pub(crate) fn set_attribute_phase_change(
        &mut self,
        [up, down]: [u32; 2],
    ) -> Result<(), CallError> {
        // SAFETY: the list is open.
        check("H5Pset_attr_phase_change", unsafe {
            H5Pset_attr_phase_change(self.id(), up, down)
        })?;
        Ok(())
    }

    /// Whether chunks that reach over the edge are stored without filters; the layout is chunked.
    pub(crate) fn has_unfiltered_edge_chunks(&self) -> Result<bool, CallError> {
        let mut options = 0;
        // SAFETY: `options` outlives the call.
        check("H5Pget_chunk_opts", unsafe { H5Pget_chunk_opts(self.id(), &raw mut options) })?;
        Ok(options & UNFILTERED_EDGE_CHUNKS != 0)
    }

    pub(crate) fn leave_edge_chunks_unfiltered(&mut self) -> Result<(), CallError> {
        // SAFETY: the list is open.
        check("H5Pset_chunk_opts", unsafe {
            H5Pset_chunk_opts(self.id(), UNFILTERED_EDGE_CHUNKS)
        })?;
        Ok(())
    }

    /// The files, not HDF5, in which elements lie.
    pub(crate) fn external_files(&self) -> Result<Vec<ExternalFile>, CallError> {
        // SAFETY: the list is open.
        let count = check("H5Pget_external_count", unsafe { H5Pget_external_count(self.id()) })?;
        (0..c_uint::try_from(count).unwrap_or(0)).map(|index| self.external_file(index)).collect()
    }

    fn external_file(&self, index: c_uint) -> Result<ExternalFile, CallError> {
        let mut name = vec![0 as c_char; MAX_NAME + 1];
        let (mut offset, mut bytes) = (0, 0);
        // SAFETY: `name` has room for `MAX_NAME` bytes and ends with NUL whatever the library writes.
        let code: c_int = unsafe {
            H5Pget_external(
                self.id(),
                index,
                MAX_NAME,
                name.as_mut_ptr(),
                &raw mut offset,
                &raw mut bytes,
            )
        };
        check("H5Pget_external", code)?;
        // SAFETY: the last byte of `name` is still NUL.
        let file = unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned();
        let bytes = (bytes != UNLIMITED).then_some(bytes);
        Ok(ExternalFile { file, offset: u64::try_from(offset).unwrap_or(0), bytes })
    }
}
