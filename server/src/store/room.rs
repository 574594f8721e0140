//! The room that a dataset takes in the file: what was deleted there does not show in what nobody has written yet.
//!
//! HDF5 writes the usual fill value, zero, into chunks and compact datasets, but leaves a contiguous one as it finds
//! it. Behind the end of the file that is zero anyway; room that others have given back is cleared here.

use hdf5_async_protocol::model::{FillTime, Layout, ObjectPath, ResolvedSelection};

use super::error::{At as _, StoreError};
use super::hyperslab::Hyperslab;
use super::library::creation::{CreationList, Mapping};
use super::library::space::{Extent, Space};
use super::library::staging::Elements;
use super::library::{CallError, Handle, attribute, dataset, file};
use super::opened::product;
use super::resolve::resolve;
use super::transfer::Target;
use crate::cut::{Block, Blocks, Order};

/// More is not cleared, which a transaction could not hold, but left to smaller datasets.
const MAX_CLEARED_BYTES: u64 = 32 << 20;

/// Zeros are written so many bytes at once, if that is an element.
const ZEROS_AT_ONCE: u64 = 512 << 10;

/// Whether the library leaves in elements that nobody has written what lay there in the file before, although they
/// are to be zero.
pub(super) fn shows_old_bytes(creation: &CreationList) -> Result<bool, CallError> {
    Ok(creation.layout()? == Layout::Contiguous
        && !creation.is_external()?
        && creation.fill_time()? == FillTime::Ifset
        && !creation.has_fill_value()?
        && !creation.leaves_undefined()?)
}

/// Before a dataset is written: what has no room yet gets some that is zero, unless all of it is written at once.
pub(super) fn take(
    path: &ObjectPath,
    target: Target<'_>,
    extent: &Extent,
    n_written: u128,
) -> Result<(), StoreError> {
    if !target.takes_room || dataset::address(target.handle).is_some() {
        return Ok(());
    }
    let creation = dataset::creation(target.handle).at(path)?;
    let file = file::of(target.handle).at(path)?;
    if creation.layout().at(path)? == Layout::Virtual {
        for mapping in creation.mappings().at(path)? {
            take_in_source(path, &file, &mapping)?;
        }
        return Ok(());
    }
    let datatype = dataset::datatype(target.handle).at(path)?;
    // Of some members alone, the others are not written.
    let whole = attribute::element_bytes(target.memory_type) == attribute::element_bytes(&datatype);
    if whole && n_written == product(&extent.shape().unwrap_or_default()) {
        return Ok(());
    }
    take_zeros(path, &file, target.handle, &datatype, extent)
}

/// What is written to a virtual dataset goes to sources, of which all are in its own file.
fn take_in_source(path: &ObjectPath, file: &Handle, mapping: &Mapping) -> Result<(), StoreError> {
    let Ok(source) = ObjectPath::new(&mapping.path.to_string_lossy()) else { return Ok(()) };
    // Elements whose source is missing are left out.
    let Ok(found) = resolve(file, &source) else { return Ok(()) };
    let dataset = found.object;
    let creation = dataset::creation(&dataset).at(path)?;
    if dataset::address(&dataset).is_some() || !shows_old_bytes(&creation).at(path)? {
        return Ok(());
    }
    let datatype = dataset::datatype(&dataset).at(path)?;
    let extent = dataset::extent(&dataset).at(path)?;
    take_zeros(path, file, &dataset, &datatype, &extent)
}

fn take_zeros(
    path: &ObjectPath,
    file: &Handle,
    dataset: &Handle,
    datatype: &Handle,
    extent: &Extent,
) -> Result<(), StoreError> {
    let all = ResolvedSelection::all(&extent.shape().unwrap_or_default());
    let Some(first) = Blocks::new(all, None, 1, Order::Rows).next() else { return Ok(()) };
    let room = Room::choose(path, file, datatype, extent)?;
    room.write_zeros(dataset, &first)?;
    room.clear(dataset)
}

/// Where the elements of a dataset are going to lie.
#[derive(Debug)]
pub(super) struct Room<'a> {
    path: &'a ObjectPath,
    datatype: &'a Handle,
    extent: &'a Extent,
    /// Bytes of the file before: what lies behind is zero.
    used: u64,
    /// Datasets that nobody can reach, in room that is too much to be cleared.
    kept_from: Vec<Handle>,
}

impl<'a> Room<'a> {
    /// Before the library gives the dataset its room: keeps it from what is too much to be cleared.
    pub(super) fn choose(
        path: &'a ObjectPath,
        file: &Handle,
        datatype: &'a Handle,
        extent: &'a Extent,
    ) -> Result<Self, StoreError> {
        let used = file::bytes(file).at(path)?;
        let mut room = Self { path, datatype, extent, used, kept_from: Vec::new() };
        let element = attribute::element_bytes(datatype) as u128;
        let bytes = product(&extent.shape().unwrap_or_default()).saturating_mul(element);
        if bytes <= u128::from(MAX_CLEARED_BYTES) {
            return Ok(room);
        }
        let creation = CreationList::taking_room().at(path)?;
        let space = Space::new(extent).at(path)?;
        loop {
            let place = dataset::create_unlinked(file, datatype, &space, &creation).at(path)?;
            if room.used_bytes(&place) <= MAX_CLEARED_BYTES {
                return Ok(room);
            }
            room.kept_from.push(place);
        }
    }

    /// How many of the dataset's bytes others may have used before.
    fn used_bytes(&self, dataset: &Handle) -> u64 {
        let before = dataset::address(dataset).map_or(0, |at| self.used.saturating_sub(at));
        before.min(dataset::storage_bytes(dataset))
    }

    /// Makes zero what the dataset, which now has its room, has from others.
    pub(super) fn clear(self, dataset: &Handle) -> Result<(), StoreError> {
        let used = u128::from(self.used_bytes(dataset));
        let shape = self.extent.shape().unwrap_or_default();
        let element = u128::from(dataset::storage_bytes(dataset)) / product(&shape).max(1);
        let count = u64::try_from(used.div_ceil(element.max(1))).unwrap_or(u64::MAX);
        let at_once = ZEROS_AT_ONCE / (attribute::element_bytes(self.datatype) as u64).max(1);
        let at_once = at_once.min(count).max(1);
        let mut cleared = 0;
        for block in Blocks::new(ResolvedSelection::all(&shape), None, at_once, Order::Rows) {
            if cleared >= count {
                break;
            }
            self.write_zeros(dataset, &block)?;
            cleared += block.selection.n_elements();
        }
        Ok(())
    }

    fn write_zeros(&self, dataset: &Handle, block: &Block) -> Result<(), StoreError> {
        let path = self.path;
        let slab = Hyperslab::for_writing(&block.selection);
        let counts = slab.counts();
        let memory = Space::new(&Extent::fixed(&counts)).at(path)?;
        let mut space = Space::new(self.extent).at(path)?;
        slab.select(&mut space, self.extent.shape().as_deref().unwrap_or_default()).at(path)?;
        let n_elements = usize::try_from(product(&counts)).unwrap_or(usize::MAX);
        let zeros = vec![0; n_elements.saturating_mul(attribute::element_bytes(self.datatype))];
        dataset::write(dataset, self.datatype, &memory, &space, Elements::Bytes(&zeros)).at(path)
    }
}
