//! The mappings of virtual datasets: what a client asks for, checked, and what a file has, described.

use std::ffi::CString;

use hdf5_async_protocol::model::{
    Layout, MappedHyperslab, MappedSelection, ObjectPath, Selection, VirtualSource,
};

use super::error::{At as _, StoreError};
use super::hyperslab::Hyperslab;
use super::library::creation::{CreationList, Mapping};
use super::library::space::{Extent, Space};
use super::library::{Handle, dataset};
use super::resolve::resolve;

/// Mappings of one dataset that may be made or are shown.
const MAX_MAPPINGS: usize = 100_000;

/// The mappings that `sources` ask for, of a virtual dataset with `extent`.
pub(crate) fn mappings(
    path: &ObjectPath,
    sources: &[VirtualSource],
    extent: &Extent,
) -> Result<Vec<Mapping>, StoreError> {
    if sources.len() > MAX_MAPPINGS {
        return Err(refused(path, format!("a virtual dataset has at most {MAX_MAPPINGS} sources")));
    }
    sources.iter().map(|source| mapping(path, source, extent)).collect()
}

fn mapping(
    path: &ObjectPath,
    source: &VirtualSource,
    extent: &Extent,
) -> Result<Mapping, StoreError> {
    let name = |name: &str| {
        let usable = (!name.is_empty()).then(|| CString::new(name).ok()).flatten();
        usable.ok_or_else(|| refused(path, format!("{name:?} cannot be the name of a source")))
    };
    let space = selected(path, &source.selection, extent)?;
    let source_extent = source_extent(path, source, &space)?;
    let source_space = selected(path, &source.source_selection, &source_extent)?;
    let counts = (space.n_selected().at(path)?, source_space.n_selected().at(path)?);
    if let (Some(here), Some(there)) = counts
        && here != there
    {
        let reason = format!("{here} elements are mapped to {there} of {}", source.path);
        return Err(refused(path, reason));
    }
    Ok(Mapping { space, file: name(&source.file)?, path: name(&source.path)?, source_space })
}

/// The extent of a source as a client gives it, or as large as what is selected of it needs.
fn source_extent(
    path: &ObjectPath,
    source: &VirtualSource,
    space: &Space,
) -> Result<Extent, StoreError> {
    let grows = growing_axes(&source.source_selection);
    let dims = match (&source.source_shape, &source.source_selection) {
        (Some(shape), _) => shape.clone(),
        (None, MappedSelection::Text(text)) if is_all(text) => {
            space.n_selected().at(path)?.map_or_else(Vec::new, |count| vec![count])
        }
        (None, MappedSelection::Hyperslab(slab)) => bounds(slab),
        (None, _) => return Err(refused(path, "source_shape is needed".to_owned())),
    };
    let max_dims = match &source.source_max_shape {
        Some(max) if max.len() == dims.len() => max.clone(),
        Some(_) => {
            let reason = "source_max_shape has another rank than source_shape".to_owned();
            return Err(refused(path, reason));
        }
        // Files do not keep how far a source can grow, only that it does.
        None => (dims.iter().enumerate())
            .map(|(axis, dim)| (!grows.get(axis).copied().unwrap_or(false)).then_some(*dim))
            .collect(),
    };
    if dims.is_empty() {
        return Ok(Extent::Scalar);
    }
    Ok(Extent::Simple { dims, max_dims })
}

/// Whether a selection is everything, which a file keeps as such.
fn is_all(text: &str) -> bool {
    matches!(text.trim(), "" | "...")
}

/// How far a hyperslab reaches, 0 along an axis that grows.
fn bounds(slab: &MappedHyperslab) -> Vec<u64> {
    let reach = |axis: usize| {
        let (count, block) = (slab.count.get(axis).copied()??, slab.block.get(axis).copied()??);
        let last = count.saturating_sub(1).checked_mul(*slab.stride.get(axis)?)?;
        slab.start.get(axis)?.checked_add(last)?.checked_add(block)
    };
    (0..slab.start.len()).map(|axis| reach(axis).unwrap_or(0)).collect()
}

fn refused(path: &ObjectPath, reason: String) -> StoreError {
    StoreError::Layout { path: path.clone(), reason }
}

/// A dataspace with what is selected in it.
fn selected(
    path: &ObjectPath,
    selection: &MappedSelection,
    extent: &Extent,
) -> Result<Space, StoreError> {
    let mut space = Space::new(extent).at(path)?;
    let dims = extent.shape().unwrap_or_default();
    match selection {
        MappedSelection::Text(text) => {
            let invalid =
                |reason: String| refused(path, format!("the selection {text:?}: {reason}"));
            let parsed: Selection = text.parse().map_err(|error| invalid(format!("{error}")))?;
            let resolved = parsed.resolve(&dims).at(path)?;
            if !dims.is_empty() && !is_all(text) {
                Hyperslab::for_writing(&resolved).select(&mut space, &dims).at(path)?;
            }
        }
        MappedSelection::Hyperslab(slab) => {
            check_hyperslab(path, slab, dims.len())?;
            if !space.can_grow(&growing_axes(selection)).at(path)? {
                let reason = "a selection without limit needs an axis without limit".to_owned();
                return Err(refused(path, reason));
            }
            space.select_hyperslab(slab).at(path)?;
        }
        MappedSelection::Boxes { boxes } => {
            let fits = |corner: &Vec<u64>| {
                corner.len() == dims.len() && corner.iter().zip(&dims).all(|(at, dim)| at < dim)
            };
            let ordered =
                |[first, last]: &[Vec<u64>; 2]| first.iter().zip(last).all(|(a, b)| a <= b);
            if !boxes.iter().all(|corners| corners.iter().all(fits) && ordered(corners)) {
                let reason = format!("a box does not lie in a dataset of shape {dims:?}");
                return Err(refused(path, reason));
            }
            space.select_boxes(boxes).at(path)?;
        }
    }
    Ok(space)
}

/// For each axis of a hyperslab, whether it is selected without limit.
fn growing_axes(selection: &MappedSelection) -> Vec<bool> {
    let MappedSelection::Hyperslab(slab) = selection else { return Vec::new() };
    let unlimited =
        |(count, block): (&Option<u64>, &Option<u64>)| count.is_none() || block.is_none();
    slab.count.iter().zip(&slab.block).map(unlimited).collect()
}

fn check_hyperslab(
    path: &ObjectPath,
    slab: &MappedHyperslab,
    rank: usize,
) -> Result<(), StoreError> {
    let ranks = [slab.start.len(), slab.stride.len(), slab.count.len(), slab.block.len()];
    let positive = |lengths: &[Option<u64>]| lengths.iter().all(|length| *length != Some(0));
    let both = slab.count.iter().zip(&slab.block).any(|pair| pair == (&None, &None));
    let possible = ranks.iter().all(|count| *count == rank)
        && rank > 0
        && positive(&slab.count)
        && positive(&slab.block)
        && !both
        && !slab.stride.contains(&0)
        && slab.stride.iter().zip(&slab.block).all(|(s, b)| b.is_none_or(|b| b <= *s) || *s == 1);
    if possible {
        return Ok(());
    }
    Err(refused(path, format!("start, stride, count and block are {rank} positive numbers each")))
}

/// Makes sure that the elements of a virtual dataset lie in this file, and there in the datasets themselves.
pub(crate) fn check_writable(
    path: &ObjectPath,
    creation: &CreationList,
    file: &Handle,
) -> Result<(), StoreError> {
    for mapping in creation.mappings().at(path)? {
        let name = mapping.file.to_string_lossy();
        let refuse = || StoreError::VirtualLayout { path: path.clone(), file: name.to_string() };
        let source = mapping.path.to_string_lossy();
        if name != "." || source.contains('%') {
            return Err(refuse());
        }
        let source = ObjectPath::new(&source).map_err(|_| refuse())?;
        let Ok(found) = resolve(file, &source) else { continue };
        let stored = dataset::creation(&found.object).and_then(|it| it.layout()).at(path)?;
        if stored == Layout::Virtual {
            return Err(refuse());
        }
    }
    Ok(())
}

/// The mappings of a dataset's creation list.
pub(crate) fn described(
    path: &ObjectPath,
    creation: &CreationList,
) -> Result<Vec<VirtualSource>, StoreError> {
    let mappings = creation.mappings().at(path)?;
    mappings.into_iter().take(MAX_MAPPINGS).map(|mapping| source(path, &mapping)).collect()
}

fn source(path: &ObjectPath, mapping: &Mapping) -> Result<VirtualSource, StoreError> {
    let extent = mapping.source_space.extent().at(path)?;
    let selection = mapping.space.mapped().at(path)?;
    let source_selection = mapping.source_space.mapped().at(path)?;
    let whole = matches!(&source_selection, MappedSelection::Text(text) if is_all(text));
    let counts =
        (mapping.space.n_selected().at(path)?, mapping.source_space.n_selected().at(path)?);
    let unknown =
        (whole && counts.0 != counts.1) || growing_axes(&source_selection).contains(&true);
    let shape = extent.shape().filter(|_| !unknown);
    let max_shape = extent.max_shape().filter(|max| {
        let pairs = max.iter().zip(shape.iter().flatten());
        pairs.into_iter().any(|(max, dim)| *max != Some(*dim))
    });
    Ok(VirtualSource {
        selection,
        file: mapping.file.to_string_lossy().into_owned(),
        path: mapping.path.to_string_lossy().into_owned(),
        source_selection,
        source_shape: shape,
        source_max_shape: max_shape,
    })
}
