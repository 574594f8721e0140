//! When a dataset is allocated and filled and what it keeps besides its elements: from a command, into a description.

use hdf5_async_protocol::message::command;
use hdf5_async_protocol::model::{AllocationTime, DatasetInfo, FillTime, Layout, ObjectPath};

use hdf5_async_protocol::values::from_json::is_null;

use super::error::{At as _, StoreError};
use super::library::creation::CreationList;

/// What the library takes where nothing is said.
const ATTRIBUTE_PHASE_CHANGE: [u32; 2] = [8, 6];
/// The library keeps both numbers in 16 bits.
const MAX_ATTRIBUTE_PHASE: u32 = 0xffff;

/// Properties of a dataset to be made, beside its layout, chunks and filters.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of HDF5 with its own name")]
pub(crate) struct Properties {
    fill_time: Option<FillTime>,
    allocation_time: Option<AllocationTime>,
    track_times: bool,
    track_order: bool,
    unfiltered_edge_chunks: bool,
    attribute_phase_change: Option<[u32; 2]>,
    /// Elements that were never written have no value.
    undefined: bool,
}

impl Properties {
    pub(crate) fn of(command: &command::CreateDataset) -> Result<Self, StoreError> {
        let refuse = |reason: &str| {
            let (path, reason) = (command.path.clone(), reason.to_owned());
            Err(StoreError::Layout { path, reason })
        };
        if !command.external_storage.is_empty() {
            return Err(StoreError::ExternalStorage { path: command.path.clone() });
        }
        if let Some([up, down]) = command.attribute_phase_change
            && (up + 1 < down || up > MAX_ATTRIBUTE_PHASE || down > MAX_ATTRIBUTE_PHASE)
        {
            return refuse(
                "attribute_phase_change is two numbers up to 65535, the first not below the second",
            );
        }
        let undefined = command.fill_value.as_ref().is_some_and(|value| is_null(value.get()));
        if undefined && command.fill_time == Some(FillTime::Alloc) {
            return refuse("without a fill value nothing can be filled; send another fill_time");
        }
        Ok(Self {
            fill_time: command.fill_time,
            allocation_time: command.allocation_time,
            track_times: command.track_times.unwrap_or(false),
            track_order: command.track_order.unwrap_or(false),
            unfiltered_edge_chunks: command.unfiltered_edge_chunks,
            attribute_phase_change: command.attribute_phase_change,
            undefined,
        })
    }

    /// Puts them into a list whose layout is set.
    pub(crate) fn apply(
        &self,
        path: &ObjectPath,
        creation: &mut CreationList,
    ) -> Result<(), StoreError> {
        let layout = creation.layout().at(path)?;
        let refuse = |reason: &str| {
            let (path, reason) = (path.clone(), reason.to_owned());
            Err(StoreError::Layout { path, reason })
        };
        creation.set_tracks_times(self.track_times).at(path)?;
        if self.track_order {
            creation.track_order().at(path)?;
        }
        if let Some(phases) = self.attribute_phase_change {
            creation.set_attribute_phase_change(phases).at(path)?;
        }
        if self.unfiltered_edge_chunks {
            if layout != Layout::Chunked {
                return refuse("unfiltered_edge_chunks needs the chunked layout");
            }
            creation.leave_edge_chunks_unfiltered().at(path)?;
        }
        if self.undefined {
            creation.leave_undefined().at(path)?;
        }
        if let Some(time) = self.fill_time {
            creation.set_fill_time(time).at(path)?;
        }
        match (self.allocation_time, layout) {
            (None, _) => {}
            (Some(AllocationTime::Late | AllocationTime::Incremental), Layout::Compact) => {
                return refuse("a compact dataset is allocated early");
            }
            (Some(AllocationTime::Incremental), Layout::Contiguous) => {
                return refuse("a contiguous dataset is allocated early or late");
            }
            (Some(time), _) => creation.set_allocation_time(time).at(path)?,
        }
        Ok(())
    }

    /// Shows those of a dataset that are not as usual.
    pub(crate) fn describe(
        path: &ObjectPath,
        creation: &CreationList,
        info: &mut DatasetInfo,
    ) -> Result<(), StoreError> {
        let usual = match info.layout {
            Layout::Compact => AllocationTime::Early,
            Layout::Contiguous => AllocationTime::Late,
            Layout::Chunked | Layout::Virtual => AllocationTime::Incremental,
        };
        info.fill_time = creation.fill_time().at(path)?;
        info.allocation_time = creation.allocation_time().at(path)?.filter(|time| *time != usual);
        info.track_times = creation.tracks_times().at(path)?;
        info.track_order = creation.tracks_order().at(path)?;
        info.unfiltered_edge_chunks =
            info.layout == Layout::Chunked && creation.has_unfiltered_edge_chunks().at(path)?;
        let phases = creation.attribute_phase_change().at(path)?;
        info.attribute_phase_change = (phases != ATTRIBUTE_PHASE_CHANGE).then_some(phases);
        info.external_storage = creation.external_files().at(path)?;
        if creation.leaves_undefined().at(path)? {
            info.fill_value = serde_json::value::to_raw_value(&()).ok();
        }
        Ok(())
    }
}
