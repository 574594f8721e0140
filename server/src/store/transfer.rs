//! Elements between a dataset and a values payload.

use hdf5_async_protocol::model::{Datatype, ObjectPath, ResolvedSelection};
use hdf5_async_protocol::values::{self, HeapWriter, ValueError};

use super::StoreLimits;
use super::error::{At as _, StoreError};
use super::hyperslab::{Hyperslab, gather};
use super::library::Handle;
use super::library::dataset;
use super::library::space::{Extent, Space};
use super::library::strings::{Elements, StringList, StringTable};
use super::opened::product;

/// A dataset to read from or write to, and what its elements are in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) handle: &'a Handle,
    pub(crate) memory_type: &'a Handle,
    pub(crate) datatype: &'a Datatype,
}

impl Target<'_> {
    /// Bytes of an element's slot on the wire.
    fn slot_bytes(&self, path: &ObjectPath) -> Result<usize, StoreError> {
        self.datatype.wire_size().filter(|&size| size > 0).ok_or_else(|| {
            StoreError::UnsupportedDatatype { path: path.clone(), datatype: self.datatype.clone() }
        })
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
    let slot = target.slot_bytes(path)?;
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
    if target.datatype.is_variable_length() {
        let strings =
            dataset::read_strings(target.handle, target.memory_type, &memory, &file, n_elements)
                .at(path)?;
        return strings_payload(path, &strings, &counts, &slab.positions(), limits);
    }
    let mut elements = vec![0_u8; n_elements.saturating_mul(slot)];
    dataset::read(target.handle, target.memory_type, &memory, &file, &mut elements).at(path)?;
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
    let slot = target.slot_bytes(path)?;
    let bytes = buffer_bytes(path, points.count as u128, slot, limits)?;
    if bytes == 0 {
        return Ok(Vec::new());
    }
    let (memory, file) = points.spaces(path, extent)?;
    if target.datatype.is_variable_length() {
        let strings =
            dataset::read_strings(target.handle, target.memory_type, &memory, &file, points.count)
                .at(path)?;
        return all_strings(path, &strings, limits);
    }
    let mut elements = vec![0_u8; bytes];
    dataset::read(target.handle, target.memory_type, &memory, &file, &mut elements).at(path)?;
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
    let staged = Staged::new(payload, target.datatype, points.count as u64).at(path)?;
    dataset::write(target.handle, target.memory_type, &memory, &file, staged.elements()).at(path)
}

/// Copies the strings that `positions` take from a box of `dims`.
fn strings_payload(
    path: &ObjectPath,
    strings: &StringList<'_>,
    dims: &[u64],
    positions: &[Option<Vec<usize>>],
    limits: &StoreLimits,
) -> Result<Vec<u8>, StoreError> {
    let mut bytes: u128 = 0;
    gather(dims, positions, &mut |first, count| {
        for index in first..first + count {
            bytes += strings.get(index).len() as u128;
        }
    });
    if bytes > u128::from(limits.max_value_bytes) {
        let (path, max) = (path.clone(), limits.max_value_bytes);
        return Err(StoreError::TooLarge { path, what: "the text of the strings", bytes, max });
    }
    let mut heap = HeapWriter::default();
    gather(dims, positions, &mut |first, count| {
        for index in first..first + count {
            heap.push(strings.get(index));
        }
    });
    Ok(heap.finish())
}

/// All strings of a list as a values payload.
pub(crate) fn all_strings(
    path: &ObjectPath,
    strings: &StringList<'_>,
    limits: &StoreLimits,
) -> Result<Vec<u8>, StoreError> {
    strings_payload(path, strings, &[strings.len() as u64], &[None], limits)
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
    let slot = target.slot_bytes(path)?;
    let slab = Hyperslab::for_writing(selection);
    let memory = Space::new(&Extent::fixed(&slab.counts())).at(path)?;
    let mut file = Space::new(extent).at(path)?;
    slab.select(&mut file, extent.shape().as_deref().unwrap_or_default()).at(path)?;
    let put = |elements: Elements<'_>| {
        dataset::write(target.handle, target.memory_type, &memory, &file, elements).at(path)
    };
    let sources = slab.sources();
    if target.datatype.is_variable_length() {
        let strings = elements_of(payload, target.datatype, n_values as u64).at(path)?;
        let mut ordered: Vec<&[u8]> = Vec::new();
        gather(&values, &sources, &mut |first, count| {
            ordered.extend_from_slice(&strings[first..first + count]);
        });
        return put(Elements::Strings(&StringTable::new(ordered.into_iter())));
    }
    values::check(payload, target.datatype, n_values as u64).at(path)?;
    if slab.is_direct() {
        return put(Elements::Bytes(payload));
    }
    let mut ordered = Vec::new();
    gather(&values, &sources, &mut |first, count| {
        ordered.extend_from_slice(&payload[first * slot..(first + count) * slot]);
    });
    put(Elements::Bytes(&ordered))
}

fn elements_of<'a>(
    payload: &'a [u8],
    datatype: &Datatype,
    n_elements: u64,
) -> Result<Vec<&'a [u8]>, ValueError> {
    values::elements(payload, datatype, n_elements)?.collect()
}

/// A payload in the form that the library takes it in.
#[derive(Debug)]
pub(crate) enum Staged<'a> {
    Bytes(&'a [u8]),
    Strings(StringTable),
}

impl<'a> Staged<'a> {
    /// `payload` must hold exactly `n_elements`.
    pub(crate) fn new(
        payload: &'a [u8],
        datatype: &Datatype,
        n_elements: u64,
    ) -> Result<Self, ValueError> {
        values::check(payload, datatype, n_elements)?;
        if !datatype.is_variable_length() {
            return Ok(Self::Bytes(payload));
        }
        let strings = elements_of(payload, datatype, n_elements)?;
        Ok(Self::Strings(StringTable::new(strings.into_iter())))
    }

    pub(crate) fn elements(&self) -> Elements<'_> {
        match self {
            Self::Bytes(bytes) => Elements::Bytes(bytes),
            Self::Strings(table) => Elements::Strings(table),
        }
    }
}
