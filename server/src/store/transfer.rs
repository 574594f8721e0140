//! Elements between a dataset and a values payload.

use hdf5_async_protocol::model::{Datatype, ObjectPath, ResolvedSelection};
use hdf5_async_protocol::values::{self, Slots};

use super::StoreLimits;
use super::error::{At as _, StoreError};
use super::hyperslab::{Hyperslab, gather};
use super::library::form::Form;
use super::library::memory::{Memory, Payload};
use super::library::space::{Extent, Space};
use super::library::staging::{self, Elements, StagingError};
use super::library::{Handle, attribute, dataset, representation};
use super::opened::product;
use super::references::{self, References};
use super::room;
use super::whole_chunks::WholeChunks;

/// A dataset or attribute to read from or write to, and what its elements are in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) handle: &'a Handle,
    pub(crate) memory_type: &'a Handle,
    pub(crate) datatype: &'a Datatype,
    /// `None` where elements of the datatype do not travel.
    pub(crate) form: Option<&'a Form>,
    pub(crate) references: &'a References,
    /// Of what variable-length elements of one block point to.
    pub(crate) max_heap_bytes: u64,
    /// When it is written, it or the sources of it may take room that [`room`] has to clear.
    pub(crate) takes_room: bool,
    /// The dims of its chunks, where elements lie in them as they travel.
    pub(crate) plain_chunks: Option<&'a [u64]>,
}

impl<'a> Target<'a> {
    fn form(&self, path: &ObjectPath) -> Result<&'a Form, StoreError> {
        self.form.ok_or_else(|| StoreError::UnsupportedDatatype {
            path: path.clone(),
            datatype: self.datatype.clone(),
        })
    }

    /// Puts elements that were read into a payload, in the order in which `positions` take them from a box of `dims`.
    fn collect(
        &self,
        path: &ObjectPath,
        memory: &Memory<'_>,
        dims: &[u64],
        positions: &[Option<Vec<usize>>],
    ) -> Result<Vec<u8>, StoreError> {
        let mut payload = Payload::default();
        let mut failed = None;
        gather(dims, positions, &mut |first, count| {
            for index in first..first + count {
                if failed.is_none() {
                    failed = self.push(path, memory, index, &mut payload).err();
                }
            }
        });
        match failed {
            None => Ok(payload.finish()),
            Some(error) => Err(error),
        }
    }

    fn push(
        &self,
        path: &ObjectPath,
        memory: &Memory<'_>,
        index: usize,
        payload: &mut Payload,
    ) -> Result<(), StoreError> {
        memory.push(index, payload, &mut |raw| self.references.name(path, self.handle, raw))?;
        self.check_heap(path, payload.heap.len())
    }

    fn check_heap(&self, path: &ObjectPath, bytes: usize) -> Result<(), StoreError> {
        let max = self.max_heap_bytes;
        if bytes as u64 <= max {
            return Ok(());
        }
        let what = "what the variable-length elements hold";
        Err(StoreError::TooLarge { path: path.clone(), what, bytes: bytes as u128, max })
    }
}

/// Whether the library's elements are as large as `datatype` says; the form in which they travel if so.
pub(crate) fn form_of(datatype: &Datatype, memory_type: &Handle) -> Option<Form> {
    let form = Form::new(datatype)?;
    (form.memory_size() == attribute::element_bytes(memory_type)).then_some(form)
}

/// The library's datatype for `datatype`.
pub(crate) fn built(path: &ObjectPath, datatype: &Datatype) -> Result<Handle, StoreError> {
    let (path, model) = (path.clone(), datatype.clone());
    match representation::build(datatype) {
        Ok(Some(handle)) => Ok(handle),
        Ok(None) => Err(StoreError::UnsupportedDatatype { path, datatype: model }),
        Err(error) => {
            Err(StoreError::InvalidDatatype { path, datatype: model, source: error.into() })
        }
    }
}

/// Bytes of `n_elements` slots, if they may be held in memory at once.
pub(crate) fn buffer_bytes(
    path: &ObjectPath,
    n_elements: u128,
    slot_bytes: usize,
    limits: &StoreLimits,
) -> Result<usize, StoreError> {
    let bytes = n_elements.saturating_mul(slot_bytes as u128);
    let max = limits.block_bytes.max(limits.max_value_bytes);
    match usize::try_from(bytes) {
        Ok(size) if bytes <= u128::from(max) => Ok(size),
        _ => {
            let what = "the part of the values that is handled at once";
            Err(StoreError::TooLarge { path: path.clone(), what, bytes, max })
        }
    }
}

/// Reads a selection as a values payload. `extent` is the dataset's; the selection lies inside it.
pub(crate) fn read(
    path: &ObjectPath,
    target: Target<'_>,
    extent: &Extent,
    selection: &ResolvedSelection,
    limits: &StoreLimits,
) -> Result<Vec<u8>, StoreError> {
    let form = target.form(path)?;
    let slot = form.wire_size();
    let bytes = buffer_bytes(path, product(&selection.counts()), slot, limits)?;
    if bytes == 0 {
        return Ok(Vec::new());
    }
    let slab = Hyperslab::for_reading(selection, slot);
    let counts = slab.counts();
    let memory = Space::new(&Extent::fixed(&counts)).at(path)?;
    let mut file = Space::new(extent).at(path)?;
    slab.select(&mut file, extent.shape().as_deref().unwrap_or_default()).at(path)?;
    let n_elements = usize::try_from(product(&counts)).unwrap_or(usize::MAX);
    let Target { handle, memory_type, .. } = target;
    if !form.is_plain() {
        let elements =
            dataset::read_elements(handle, memory_type, form, &memory, &file, n_elements)
                .at(path)?;
        return target.collect(path, &elements, &counts, &slab.positions());
    }
    let mut elements = vec![0_u8; n_elements.saturating_mul(slot)];
    dataset::read(handle, memory_type, &memory, &file, &mut elements).at(path)?;
    if slab.is_direct() {
        return Ok(elements);
    }
    let mut gathered = Vec::with_capacity(bytes);
    gather(&counts, &slab.positions(), &mut |first, count| {
        gathered.extend_from_slice(&elements[first * slot..(first + count) * slot]);
    });
    Ok(gathered)
}

/// Single elements, all of them inside the dataset; the coordinates stand point by point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PointList<'a> {
    pub(crate) rank: usize,
    pub(crate) count: usize,
    pub(crate) coordinates: &'a [u64],
}

impl PointList<'_> {
    /// The dataspaces in memory and in the file; neither is for no points at all.
    fn spaces(&self, path: &ObjectPath, extent: &Extent) -> Result<(Space, Space), StoreError> {
        let memory = Space::new(&Extent::fixed(&[self.count as u64])).at(path)?;
        let mut file = Space::new(extent).at(path)?;
        file.select_points(self.rank, self.coordinates).at(path)?;
        Ok((memory, file))
    }
}

/// Reads single elements as a values payload, in the order of the list.
pub(crate) fn read_points(
    path: &ObjectPath,
    target: Target<'_>,
    extent: &Extent,
    points: &PointList<'_>,
    limits: &StoreLimits,
) -> Result<Vec<u8>, StoreError> {
    let form = target.form(path)?;
    let bytes = buffer_bytes(path, points.count as u128, form.wire_size(), limits)?;
    if bytes == 0 {
        return Ok(Vec::new());
    }
    let (memory, file) = points.spaces(path, extent)?;
    let Target { handle, memory_type, .. } = target;
    if !form.is_plain() {
        let elements =
            dataset::read_elements(handle, memory_type, form, &memory, &file, points.count)
                .at(path)?;
        return all_elements(path, target, &elements, points.count);
    }
    let mut elements = vec![0_u8; bytes];
    dataset::read(handle, memory_type, &memory, &file, &mut elements).at(path)?;
    Ok(elements)
}

/// Writes a payload of one element for each point; no point stands twice.
pub(crate) fn write_points(
    path: &ObjectPath,
    target: Target<'_>,
    extent: &Extent,
    points: &PointList<'_>,
    payload: &[u8],
) -> Result<(), StoreError> {
    let (memory, file) = points.spaces(path, extent)?;
    let staged = Staged::new(path, payload, target, points.count as u64)?;
    room::take(path, target, extent, points.count as u128)?;
    dataset::write(target.handle, target.memory_type, &memory, &file, staged.elements()).at(path)
}

/// All of `n_elements` that were read, one behind the other.
pub(crate) fn all_elements(
    path: &ObjectPath,
    target: Target<'_>,
    memory: &Memory<'_>,
    n_elements: usize,
) -> Result<Vec<u8>, StoreError> {
    target.collect(path, memory, &[n_elements as u64], &[None])
}

/// Writes a payload of the dataset's datatype, one element for each that is selected.
pub(crate) fn write(
    path: &ObjectPath,
    target: Target<'_>,
    extent: &Extent,
    selection: &ResolvedSelection,
    payload: &[u8],
) -> Result<(), StoreError> {
    let values = selection.counts();
    let n_values = usize::try_from(product(&values)).unwrap_or(usize::MAX);
    if n_values == 0 {
        return Ok(());
    }
    let form = target.form(path)?;
    if let Some(chunk) = target.plain_chunks
        && let Some(chunks) = WholeChunks::of(selection, chunk, form.wire_size())
    {
        values::check(payload, target.datatype, n_values as u64).at(path)?;
        let each = payload.chunks_exact(chunks.chunk_bytes);
        return chunks
            .origins()
            .zip(each)
            .try_for_each(|(origin, bytes)| dataset::write_chunk(target.handle, &origin, bytes))
            .at(path);
    }
    let slab = Hyperslab::for_writing(selection);
    let memory = Space::new(&Extent::fixed(&slab.counts())).at(path)?;
    let mut file = Space::new(extent).at(path)?;
    slab.select(&mut file, extent.shape().as_deref().unwrap_or_default()).at(path)?;
    let put = |elements: Elements<'_>| {
        room::take(path, target, extent, product(&slab.counts()))?;
        dataset::write(target.handle, target.memory_type, &memory, &file, elements).at(path)
    };
    let split = Slots::split(payload, target.datatype, n_values as u64).at(path)?;
    if slab.is_direct() {
        let staged = Staged::new(path, payload, target, n_values as u64)?;
        return put(staged.elements());
    }
    let slot = split.size;
    let mut ordered = Vec::new();
    gather(&values, &slab.sources(), &mut |first, count| {
        ordered.extend_from_slice(&split.slots[first * slot..(first + count) * slot]);
    });
    if form.is_plain() {
        return put(Elements::Bytes(&ordered));
    }
    let staged = stage(path, target, form, &ordered, split.heap)?;
    put(Elements::Staged(&staged))
}

fn stage(
    path: &ObjectPath,
    target: Target<'_>,
    form: &Form,
    slots: &[u8],
    heap: &[u8],
) -> Result<staging::Staged, StoreError> {
    // What came with the message may be large; what was broadcast may not become it.
    let max = target.max_heap_bytes.max((slots.len() + heap.len()) as u64);
    let max_bytes = usize::try_from(max).unwrap_or(usize::MAX);
    let slots = slots.chunks_exact(form.wire_size());
    let mut find = |kind, named: &[u8]| references::find(path, target.handle, kind, named);
    staging::Staged::new(form, slots, heap, max_bytes, &mut find).map_err(|error| match error {
        StagingError::Heap => {
            StoreError::Value { path: path.clone(), source: values::ValueError::Heap }
        }
        StagingError::TooLarge { bytes } => {
            let what = "what the variable-length elements hold";
            StoreError::TooLarge { path: path.clone(), what, bytes: bytes as u128, max }
        }
        StagingError::Reference(error) => error,
    })
}

/// A payload in the form that the library takes it in.
#[derive(Debug)]
pub(crate) enum Staged<'a> {
    Bytes(&'a [u8]),
    Elements(staging::Staged),
}

impl<'a> Staged<'a> {
    /// `payload` must hold exactly `n_elements` of the target's datatype.
    pub(crate) fn new(
        path: &ObjectPath,
        payload: &'a [u8],
        target: Target<'_>,
        n_elements: u64,
    ) -> Result<Self, StoreError> {
        let form = target.form(path)?;
        let split = Slots::split(payload, target.datatype, n_elements).at(path)?;
        if form.is_plain() {
            values::check(payload, target.datatype, n_elements).at(path)?;
            return Ok(Self::Bytes(payload));
        }
        stage(path, target, form, split.slots, split.heap).map(Self::Elements)
    }

    pub(crate) fn elements(&self) -> Elements<'_> {
        match self {
            Self::Bytes(bytes) => Elements::Bytes(bytes),
            Self::Elements(staged) => Elements::Staged(staged),
        }
    }
}
