//! A dataset to be made: shape, layout, chunks and filters checked against each other before anything is created.

use hdf5_async_protocol::model::{
    AllocationTime, ByteOrder, Datatype, Layout, ObjectPath, ResolvedSelection, VirtualSource,
};

use super::error::{At as _, StoreError};
use super::incoming::{Incoming, Values};
use super::library::creation::CreationList;
use super::library::space::{Extent, Space};
use super::library::{Handle, dataset};
use super::opened::product;
use super::properties::Properties;
use super::references::References;
use super::room::{self, Room};
use super::transfer::{self, Staged, Target, built, form_of};
use super::{StoreLimits, chunking, filter, mapping, named_datatype};

/// More is a mistake in a shape, or an attack on the disk: 1 PiB.
pub(crate) const MAX_DATASET_BYTES: u64 = 1 << 50;
/// HDF5 writes the fill value into all of a contiguous dataset at its first write; of larger ones chunk by chunk.
const MAX_CONTIGUOUS_FILL_BYTES: u128 = 64 << 20;
/// HDF5 keeps the elements of a compact dataset in its header, which ends at 64 KiB.
const MAX_COMPACT_BYTES: u128 = 60 << 10;
const MAX_RANK: usize = 32;

/// A dataset to be made.
#[derive(Clone, Debug)]
pub(crate) struct Blueprint {
    pub(crate) datatype: Datatype,
    /// Of the named datatype that is shared.
    pub(crate) named_datatype: Option<ObjectPath>,
    pub(crate) extent: Extent,
    pub(crate) layout: Option<Layout>,
    pub(crate) chunks: Option<Vec<u64>>,
    pub(crate) filters: Vec<filter::Step>,
    /// One element.
    pub(crate) fill_value: Option<Vec<u8>>,
    /// Of the virtual layout.
    pub(crate) sources: Vec<VirtualSource>,
    pub(crate) properties: Properties,
}

impl Blueprint {
    pub(crate) fn new(datatype: Datatype, extent: Extent) -> Self {
        Self {
            datatype,
            named_datatype: None,
            extent,
            layout: None,
            chunks: None,
            filters: Vec::new(),
            fill_value: None,
            sources: Vec::new(),
            properties: Properties::default(),
        }
    }

    /// For values as they are.
    pub(crate) fn of_values(values: &Values<'_>) -> Self {
        Self::new(values.datatype.clone(), Extent::fixed(&values.shape))
    }

    /// Makes the dataset in `file` and writes the values, without a link to it.
    pub(crate) fn build(
        &self,
        path: &ObjectPath,
        file: &Handle,
        values: Option<&Values<'_>>,
        references: &References,
        limits: &StoreLimits,
    ) -> Result<Handle, StoreError> {
        let datatype = built(path, &self.datatype)?;
        let form = form_of(&self.datatype, &datatype);
        let target = Target {
            handle: file,
            memory_type: &datatype,
            datatype: &self.datatype,
            form: form.as_ref(),
            references,
            max_heap_bytes: limits.max_value_bytes,
            takes_room: false,
            plain_chunks: None,
        };
        let creation = self.creation(path, target, limits)?;
        let space = Space::new(&self.extent).at(path)?;
        let named = match &self.named_datatype {
            Some(named) => Some(named_datatype::shared(path, file, named, &self.datatype)?),
            None => None,
        };
        let file_type = named.as_ref().unwrap_or(&datatype);
        let early = creation.allocation_time().at(path)? == Some(AllocationTime::Early);
        let room = if early && values.is_none() && room::shows_old_bytes(&creation).at(path)? {
            Some(Room::choose(path, file, file_type, &self.extent)?)
        } else {
            None
        };
        let made = dataset::create_unlinked(file, file_type, &space, &creation).at(path)?;
        if let Some(room) = room {
            room.clear(&made)?;
        }
        if let (Some(values), Some(shape)) = (values, self.extent.shape()) {
            let target = Target { handle: &made, ..target };
            let all = ResolvedSelection::all(&shape);
            transfer::write(path, target, &self.extent, &all, &values.payload)?;
        }
        Ok(made)
    }

    fn creation(
        &self,
        path: &ObjectPath,
        target: Target<'_>,
        limits: &StoreLimits,
    ) -> Result<CreationList, StoreError> {
        let mut creation = CreationList::new().at(path)?;
        if let Some(chunks) = self.chunk_dims(path, limits)? {
            creation.set_chunks(&chunks).at(path)?;
        } else if let Some(layout) = self.layout {
            creation.set_layout(layout).at(path)?;
        }
        for mapping in mapping::mappings(path, &self.sources, &self.extent)? {
            creation.add_mapping(&mapping).at(path)?;
        }
        for step in &self.filters {
            step.apply(&mut creation, path)?;
        }
        if let Some(fill_value) = &self.fill_value {
            let staged = Staged::new(path, fill_value, target, 1)?;
            creation.set_fill_value(target.memory_type, staged.elements()).at(path)?;
        }
        self.properties.apply(path, &mut creation)?;
        Ok(creation)
    }

    /// Checks shape, layout and chunks against each other; the chunk dims where the layout is chunked.
    fn chunk_dims(
        &self,
        path: &ObjectPath,
        limits: &StoreLimits,
    ) -> Result<Option<Vec<u64>>, StoreError> {
        let refuse =
            |reason: &str| StoreError::Layout { path: path.clone(), reason: reason.to_owned() };
        let slot = self.datatype.wire_size().unwrap_or(1);
        let Extent::Simple { dims, max_dims } = &self.extent else {
            if self.chunks.is_some()
                || !self.filters.is_empty()
                || self.layout == Some(Layout::Chunked)
            {
                return Err(refuse("only datasets with axes can be chunked or filtered"));
            }
            return Ok(None);
        };
        check_dims(path, dims, max_dims)?;
        let bytes = product(dims).saturating_mul(slot as u128);
        if bytes > u128::from(MAX_DATASET_BYTES) {
            let (path, max) = (path.clone(), MAX_DATASET_BYTES);
            return Err(StoreError::TooLarge { path, what: "the dataset", bytes, max });
        }
        let grows = dims.iter().zip(max_dims).any(|(&dim, max)| *max != Some(dim));
        let needs_chunks = grows || self.chunks.is_some() || !self.filters.is_empty();
        match self.layout {
            Some(Layout::Virtual) if self.chunks.is_some() || !self.filters.is_empty() => {
                return Err(refuse("a virtual dataset has neither chunks nor filters of its own"));
            }
            _ if !self.sources.is_empty() && self.layout != Some(Layout::Virtual) => {
                return Err(refuse("virtual sources need the virtual layout"));
            }
            Some(Layout::Compact | Layout::Contiguous) if needs_chunks => {
                return Err(refuse(
                    "chunks, filters and a larger max_shape need the chunked layout",
                ));
            }
            Some(Layout::Compact) if bytes > MAX_COMPACT_BYTES => {
                return Err(refuse("a compact dataset has at most 60 KiB; leave the layout out"));
            }
            Some(Layout::Compact | Layout::Contiguous | Layout::Virtual) => return Ok(None),
            Some(Layout::Chunked) => {}
            None => {
                let large_fill = self.fill_value.is_some() && bytes > MAX_CONTIGUOUS_FILL_BYTES;
                if !needs_chunks && !large_fill {
                    return Ok(None);
                }
            }
        }
        let chunks = match &self.chunks {
            Some(chunks) => chunks.clone(),
            None => chunking::guess(dims, max_dims, slot),
        };
        check_chunks(path, &chunks, dims, max_dims, slot, limits)?;
        Ok(Some(chunks))
    }
}

fn check_dims(path: &ObjectPath, dims: &[u64], max_dims: &[Option<u64>]) -> Result<(), StoreError> {
    let refuse = |reason: String| Err(StoreError::Shape { path: path.clone(), reason });
    if dims.len() > MAX_RANK {
        return refuse(format!("a dataset has at most {MAX_RANK} axes, not {}", dims.len()));
    }
    if max_dims.len() != dims.len() {
        return refuse(format!("max_shape has {} axes, shape {}", max_dims.len(), dims.len()));
    }
    match dims.iter().zip(max_dims).position(|(dim, max)| max.is_some_and(|max| max < *dim)) {
        Some(axis) => refuse(format!("shape is larger than max_shape along axis {axis}")),
        None => Ok(()),
    }
}

fn check_chunks(
    path: &ObjectPath,
    chunks: &[u64],
    dims: &[u64],
    max_dims: &[Option<u64>],
    slot: usize,
    limits: &StoreLimits,
) -> Result<(), StoreError> {
    let refuse = |reason: String| Err(StoreError::Layout { path: path.clone(), reason });
    if chunks.len() != dims.len() {
        return refuse(format!("chunks have {} axes, the dataset {}", chunks.len(), dims.len()));
    }
    for (axis, &chunk) in chunks.iter().enumerate() {
        // HDF5 takes longer chunks only where the axis can reach their length.
        let reach = max_dims[axis].filter(|_| dims[axis] > 0).unwrap_or(u64::from(u32::MAX));
        if chunk == 0 || chunk > reach {
            return refuse(format!(
                "the chunk has {chunk} elements along axis {axis}; 1 to {reach} are possible"
            ));
        }
    }
    let bytes = product(chunks).saturating_mul(slot as u128);
    let max = limits.max_chunk_bytes.min(u64::from(u32::MAX));
    if bytes > u128::from(max) {
        return Err(StoreError::TooLarge { path: path.clone(), what: "a chunk", bytes, max });
    }
    Ok(())
}

/// A null dataspace that `incoming` asks for, without elements but with a datatype.
pub(crate) fn null_blueprint(incoming: &Incoming<'_>, old: Option<&Datatype>) -> Blueprint {
    let datatype = incoming.datatype.or(old).cloned();
    let datatype = datatype.unwrap_or_else(|| Datatype::float(8, ByteOrder::Little));
    Blueprint::new(datatype, Extent::Null)
}
