//! Datasets that stay open between commands, so that the blocks of a long read find their chunks decoded.

use std::sync::Arc;

use hdf5_async_protocol::model::{Datatype, Filter, Layout, ObjectKind, ObjectPath};

use super::StoreLimits;
use super::describe::fill_element;
use super::error::{At as _, StoreError};
use super::library::creation::CreationList;
use super::library::dataset::ChunkCache;
use super::library::form::Form;
use super::library::space::Extent;
use super::library::{Handle, attribute, dataset, datatype};
use super::mapping;
use super::references::References;
use super::resolve::{Resolved, expect_kind};
use super::transfer::{Target, form_of};
use super::{filter, named_datatype, room};

/// How many datasets stay open.
const CAPACITY: usize = 8;
/// What their chunk caches may hold together; the newest dataset stays whatever its chunks take.
const CAPACITY_BYTES: usize = 96 << 20;

/// An open dataset and the facts of it that never change.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Where it is, soft links expanded.
    pub(crate) path: ObjectPath,
    pub(crate) handle: Handle,
    pub(crate) datatype: Datatype,
    /// What elements are in memory: the file's own datatype, so that nothing is converted.
    pub(crate) memory_type: Handle,
    /// `None` where they do not travel.
    pub(crate) form: Option<Form>,
    references: Arc<References>,
    max_heap_bytes: u64,
    pub(crate) layout: Layout,
    pub(crate) chunks: Option<Vec<u64>>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) external: bool,
    pub(crate) creation: CreationList,
    takes_room: bool,
    /// Of the chunk cache, when it is full.
    cache_bytes: usize,
}

impl Opened {
    /// Takes the dataset that `resolved` leads to; `path` is the one that was asked for.
    pub(crate) fn open(
        path: &ObjectPath,
        resolved: Resolved,
        references: &Arc<References>,
        limits: &StoreLimits,
    ) -> Result<Self, StoreError> {
        expect_kind(path, &resolved, ObjectKind::Dataset)?;
        let Resolved { path: real, object, place, .. } = resolved;
        let creation = dataset::creation(&object).at(path)?;
        let layout = creation.layout().at(path)?;
        let chunks = creation.chunks().at(path)?;
        let memory_type = dataset::datatype(&object).at(path)?;
        let mut cache_bytes = 0;
        let handle = match (&chunks, place) {
            (Some(chunks), Some(place)) => {
                let extent = dataset::stated_extent(&object, &creation).at(path)?;
                let element = attribute::element_bytes(&memory_type) as u64;
                let cache = chunk_cache(chunks, &extent, element, limits);
                cache_bytes = cache.bytes;
                // The chunk cache is sized by the first opening: the plain one has to go before.
                drop(object);
                dataset::open(&place.group, &place.name, cache).at(path)?
            }
            _ => object,
        };
        let model = datatype::describe(&memory_type).at(path)?;
        Ok(Self {
            path: real,
            handle,
            form: form_of(&model, &memory_type),
            datatype: model,
            memory_type,
            references: Arc::clone(references),
            max_heap_bytes: limits.max_value_bytes,
            layout,
            chunks,
            filters: filter::named(creation.filters().at(path)?),
            external: creation.is_external().at(path)?,
            takes_room: layout == Layout::Virtual || room::shows_old_bytes(&creation).at(path)?,
            creation,
            cache_bytes,
        })
    }

    pub(crate) fn extent(&self, path: &ObjectPath) -> Result<Extent, StoreError> {
        dataset::extent(&self.handle).at(path)
    }

    pub(crate) fn target(&self) -> Target<'_> {
        Target {
            handle: &self.handle,
            memory_type: &self.memory_type,
            datatype: &self.datatype,
            form: self.form.as_ref(),
            references: &self.references,
            max_heap_bytes: self.max_heap_bytes,
            takes_room: self.takes_room,
            plain_chunks: self.plain_chunks(),
        }
    }

    /// The dims of chunks in which elements lie as they travel: nothing is filtered or converted.
    fn plain_chunks(&self) -> Option<&[u64]> {
        let is_plain = self.filters.is_empty() && self.form.as_ref().is_some_and(Form::is_plain);
        self.chunks.as_deref().filter(|_| is_plain)
    }

    fn form(&self, path: &ObjectPath) -> Result<&Form, StoreError> {
        self.form.as_ref().ok_or_else(|| StoreError::UnsupportedDatatype {
            path: path.clone(),
            datatype: self.datatype.clone(),
        })
    }

    /// Bytes of an element's slot on the wire.
    pub(crate) fn slot_bytes(&self, path: &ObjectPath) -> Result<usize, StoreError> {
        self.form(path).map(Form::wire_size)
    }

    /// A path of the named datatype that the dataset shares.
    pub(crate) fn named_datatype(
        &self,
        path: &ObjectPath,
    ) -> Result<Option<ObjectPath>, StoreError> {
        named_datatype::path_of(path, &self.handle, &self.memory_type, &self.references)
    }

    /// The value of elements that were never written, as a payload of one.
    pub(crate) fn fill_element(&self, path: &ObjectPath) -> Result<Vec<u8>, StoreError> {
        fill_element(path, &self.creation, self.target(), self.form(path)?)
    }

    /// Makes sure that elements can be read and written, before anything is allocated for them.
    pub(crate) fn check_accessible(
        &self,
        path: &ObjectPath,
        limits: &StoreLimits,
    ) -> Result<(), StoreError> {
        self.slot_bytes(path)?;
        if self.external {
            return Err(StoreError::ExternalStorage { path: path.clone() });
        }
        if let Some(chunks) = &self.chunks {
            let element = attribute::element_bytes(&self.memory_type) as u64;
            let bytes = product(chunks).saturating_mul(u128::from(element));
            if bytes > u128::from(limits.max_chunk_bytes) {
                let (path, max) = (path.clone(), limits.max_chunk_bytes);
                return Err(StoreError::TooLarge { path, what: "a chunk", bytes, max });
            }
        }
        let n_elements = self.chunks.as_deref().map_or(0, product);
        filter::check_decodable(path, &self.filters, n_elements)
    }

    /// Makes sure that elements can be written. Those of a virtual dataset are if they lie in datasets of this file;
    /// other files have their own workers.
    pub(crate) fn check_writable(
        &self,
        path: &ObjectPath,
        file: &Handle,
        limits: &StoreLimits,
    ) -> Result<(), StoreError> {
        self.check_accessible(path, limits)?;
        if self.layout == Layout::Virtual {
            mapping::check_writable(path, &self.creation, file)?;
        }
        Ok(())
    }
}

/// The number of elements in a box, in 128 bits so that it cannot wrap to a small one.
pub(crate) fn product(dims: &[u64]) -> u128 {
    dims.iter().fold(1, |product, &dim| product.saturating_mul(u128::from(dim)))
}

/// Room for the chunks that one row of blocks touches, within bounds.
fn chunk_cache(
    chunks: &[u64],
    extent: &Extent,
    element_bytes: u64,
    limits: &StoreLimits,
) -> ChunkCache {
    const MIN_BYTES: u128 = 1 << 20;
    const MAX_BYTES: u128 = 64 << 20;
    let chunk_bytes = product(chunks).saturating_mul(u128::from(element_bytes)).max(1);
    let across = match extent {
        Extent::Simple { dims, .. } => dims
            .iter()
            .zip(chunks)
            .skip(1)
            .map(|(&dim, &chunk)| dim.div_ceil(chunk.max(1)))
            .fold(1_u128, |product, n_chunks| product.saturating_mul(u128::from(n_chunks))),
        _ => 1,
    };
    let wanted = chunk_bytes.saturating_mul(across).clamp(MIN_BYTES, MAX_BYTES);
    // One chunk has to fit however large it is, or each block would decode it again.
    let bytes = wanted.max(chunk_bytes.min(u128::from(limits.max_chunk_bytes)));
    let n_chunks = bytes / chunk_bytes + 1;
    // HDF5 advises a prime of some 100 slots a chunk; odd and ten times is enough to keep apart what is near.
    let slots = (n_chunks * 10).clamp(521, 100_003) | 1;
    ChunkCache {
        slots: usize::try_from(slots).unwrap_or(521),
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
    }
}

/// The datasets used last, by the path that was asked for.
#[derive(Debug, Default)]
pub(crate) struct OpenedCache {
    /// The newest last.
    entries: Vec<(ObjectPath, Arc<Opened>)>,
}

impl OpenedCache {
    pub(crate) fn get(&mut self, path: &ObjectPath) -> Option<Arc<Opened>> {
        let position = self.entries.iter().position(|(key, _)| key == path)?;
        let entry = self.entries.remove(position);
        let opened = Arc::clone(&entry.1);
        self.entries.push(entry);
        Some(opened)
    }

    pub(crate) fn insert(&mut self, path: ObjectPath, opened: &Arc<Opened>) {
        let bytes = |entries: &[(ObjectPath, Arc<Opened>)]| {
            entries.iter().map(|(_, opened)| opened.cache_bytes).sum::<usize>()
        };
        while self.entries.len() >= CAPACITY
            || (!self.entries.is_empty()
                && bytes(&self.entries) + opened.cache_bytes > CAPACITY_BYTES)
        {
            self.entries.remove(0);
        }
        self.entries.push((path, Arc::clone(opened)));
    }

    /// After a command: the sources of virtual datasets are opened anew for the next one, as they are then.
    pub(crate) fn close_virtual(&mut self) {
        self.entries.retain(|(_, opened)| opened.layout != Layout::Virtual);
    }

    /// Before any link goes: paths may lead elsewhere afterwards, and an open object keeps its space in the file.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
