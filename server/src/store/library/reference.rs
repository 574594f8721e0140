//! References as the library has them: addresses of objects, and regions kept in the file's heap.
#![expect(unsafe_code, reason = "calls H5R and reads selections with H5S")]

use std::ffi::{c_int, c_void};

use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5r::{H5R_DATASET_REGION1, H5Rcreate, H5Rdereference2, H5Rget_region};
use hdf5_sys::h5s::{
    H5S_sel_type, H5Sget_regular_hyperslab, H5Sget_select_elem_npoints,
    H5Sget_select_elem_pointlist, H5Sget_select_hyper_blocklist, H5Sget_select_hyper_nblocks,
    H5Sget_select_type, H5Sget_simple_extent_ndims, H5Sis_regular_hyperslab,
};

use super::handle::{CallError, Handle, check};
use super::object;
use super::space::Space;

pub(crate) const REGION_BYTES: usize = 12;

/// More points or blocks than this are not listed.
const MAX_PARTS: u64 = 1 << 20;

/// What a region reference selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selected {
    All,
    Points(Vec<Vec<u64>>),
    Blocks(Vec<[Vec<u64>; 2]>),
    /// Start, stride and count of each axis.
    Slices(Vec<[u64; 3]>),
}

/// The address of the dataset that a region reference is about, and what it selects of it.
pub(crate) fn region(
    anchor: &Handle,
    raw: &[u8; REGION_BYTES],
) -> Result<(u64, Selected), CallError> {
    let pointer = raw.as_ptr().cast::<c_void>();
    // SAFETY: `anchor` is an open object of the file, `raw` a region reference of the size that the call reads.
    let (dataset, space) = unsafe {
        let dataset = H5Rdereference2(anchor.id(), H5P_DEFAULT, H5R_DATASET_REGION1, pointer);
        let dataset = Handle::own("H5Rdereference2", dataset)?;
        let space = H5Rget_region(anchor.id(), H5R_DATASET_REGION1, pointer);
        (dataset, Space::own("H5Rget_region", space)?)
    };
    Ok((object::address(&dataset)?, selected(&space)?))
}

pub(super) fn selected(space: &Space) -> Result<Selected, CallError> {
    // SAFETY: the dataspace is open.
    match unsafe { H5Sget_select_type(space.id()) } {
        H5S_sel_type::H5S_SEL_ALL => Ok(Selected::All),
        H5S_sel_type::H5S_SEL_NONE => Ok(Selected::Points(Vec::new())),
        H5S_sel_type::H5S_SEL_POINTS => points(space),
        H5S_sel_type::H5S_SEL_HYPERSLABS => hyperslabs(space),
        H5S_sel_type::H5S_SEL_ERROR | H5S_sel_type::H5S_SEL_N => {
            Err(CallError::last("H5Sget_select_type"))
        }
    }
}

fn rank(space: &Space) -> Result<usize, CallError> {
    // SAFETY: the dataspace is open.
    let rank =
        check("H5Sget_simple_extent_ndims", unsafe { H5Sget_simple_extent_ndims(space.id()) })?;
    Ok(usize::try_from(rank).unwrap_or(0))
}

fn part_count(call: &'static str, count: i64) -> Result<u64, CallError> {
    match u64::try_from(check(call, count)?) {
        Ok(count) if count <= MAX_PARTS => Ok(count),
        _ => Err(CallError::new(call, format!("a region has more than {MAX_PARTS} parts"))),
    }
}

fn points(space: &Space) -> Result<Selected, CallError> {
    let rank = rank(space)?;
    // SAFETY: the dataspace has a selection of points.
    let count = unsafe { H5Sget_select_elem_npoints(space.id()) };
    let count = part_count("H5Sget_select_elem_npoints", count)?;
    let mut numbers = vec![0_u64; usize::try_from(count).unwrap_or(0) * rank];
    // SAFETY: there is room for `count` points of `rank` numbers.
    check("H5Sget_select_elem_pointlist", unsafe {
        H5Sget_select_elem_pointlist(space.id(), 0, count, numbers.as_mut_ptr())
    })?;
    Ok(Selected::Points(numbers.chunks_exact(rank.max(1)).map(<[u64]>::to_vec).collect()))
}

fn hyperslabs(space: &Space) -> Result<Selected, CallError> {
    // SAFETY: the dataspace has a selection of hyperslabs.
    let regular = unsafe { H5Sis_regular_hyperslab(space.id()) };
    if check("H5Sis_regular_hyperslab", regular)? > 0
        && let Some(slices) = slices(space)?
    {
        return Ok(Selected::Slices(slices));
    }
    let rank = rank(space)?;
    // SAFETY: as above.
    let count = unsafe { H5Sget_select_hyper_nblocks(space.id()) };
    let count = part_count("H5Sget_select_hyper_nblocks", count)?;
    let mut numbers = vec![0_u64; usize::try_from(count).unwrap_or(0) * rank * 2];
    // SAFETY: there is room for two corners of `rank` numbers for each of `count` blocks.
    check("H5Sget_select_hyper_blocklist", unsafe {
        H5Sget_select_hyper_blocklist(space.id(), 0, count, numbers.as_mut_ptr())
    })?;
    let corners = |block: &[u64]| [block[..rank].to_vec(), block[rank..].to_vec()];
    Ok(Selected::Blocks(numbers.chunks_exact((rank * 2).max(1)).map(corners).collect()))
}

/// A regular hyperslab as slices, where its blocks are single elements or touch each other.
fn slices(space: &Space) -> Result<Option<Vec<[u64; 3]>>, CallError> {
    let rank = rank(space)?;
    let mut lists = [vec![0_u64; rank], vec![0; rank], vec![0; rank], vec![0; rank]];
    let [start, stride, count, block] = &mut lists;
    // SAFETY: the selection is regular, and all four lists have room for `rank` numbers.
    check("H5Sget_regular_hyperslab", unsafe {
        H5Sget_regular_hyperslab(
            space.id(),
            start.as_mut_ptr(),
            stride.as_mut_ptr(),
            count.as_mut_ptr(),
            block.as_mut_ptr(),
        )
    })?;
    let slice = |axis: usize| match (stride[axis], count[axis], block[axis]) {
        (_, 1, block) => Some([start[axis], 1, block]),
        (stride, count, 1) => Some([start[axis], stride, count]),
        (stride, count, block) if stride == block => {
            Some([start[axis], 1, count.checked_mul(block)?])
        }
        _ => None,
    };
    Ok((0..rank).map(slice).collect())
}

/// A reference to what `space` selects of `dataset`; the library keeps the selection in the file.
pub(crate) fn to_region(dataset: &Handle, space: &Space) -> Result<[u8; REGION_BYTES], CallError> {
    let mut raw = [0_u8; REGION_BYTES];
    // SAFETY: `raw` has the size of a region reference; the dataset and the dataspace are open.
    check::<c_int>("H5Rcreate", unsafe {
        H5Rcreate(
            raw.as_mut_ptr().cast::<c_void>(),
            dataset.id(),
            c".".as_ptr(),
            H5R_DATASET_REGION1,
            space.id(),
        )
    })?;
    Ok(raw)
}
