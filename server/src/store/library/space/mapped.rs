//! What the mappings of a virtual dataset select: regular hyperslabs that may grow, or a list of boxes.
#![expect(unsafe_code, reason = "calls H5S")]

use hdf5_async_protocol::model::{MappedHyperslab, MappedSelection};
use hdf5_sys::h5s::{
    H5S_UNLIMITED, H5S_sel_type, H5S_seloper_t, H5Sget_regular_hyperslab,
    H5Sget_select_hyper_blocklist, H5Sget_select_hyper_nblocks, H5Sget_select_npoints,
    H5Sget_select_type, H5Sis_regular_hyperslab, H5Sselect_hyperslab, H5Sselect_none,
    H5Sselect_project_intersection,
};

use super::super::handle::{CallError, check};
use super::{Extent, Space};

/// Of a selection that is no regular hyperslab; more are shown in part.
const MAX_BOXES: u64 = 10_000;

impl Space {
    /// The selection, in the shortest form that says it.
    pub(crate) fn mapped(&self) -> Result<MappedSelection, CallError> {
        // SAFETY: the dataspace is open.
        match unsafe { H5Sget_select_type(self.id()) } {
            H5S_sel_type::H5S_SEL_HYPERSLABS => {}
            H5S_sel_type::H5S_SEL_NONE => return Ok(MappedSelection::Boxes { boxes: Vec::new() }),
            _ => return Ok(MappedSelection::Text("...".to_owned())),
        }
        // SAFETY: the dataspace is open.
        let regular =
            check("H5Sis_regular_hyperslab", unsafe { H5Sis_regular_hyperslab(self.id()) })?;
        if regular == 0 {
            return self.boxes();
        }
        let hyperslab = self.regular()?;
        Ok(text_of(&hyperslab).map_or(MappedSelection::Hyperslab(hyperslab), MappedSelection::Text))
    }

    fn rank(&self) -> Result<usize, CallError> {
        Ok(self.extent()?.shape().map_or(0, |shape| shape.len()))
    }

    fn regular(&self) -> Result<MappedHyperslab, CallError> {
        let zeros = vec![0; self.rank()?];
        let (mut start, mut stride) = (zeros.clone(), zeros.clone());
        let (mut count, mut block) = (zeros.clone(), zeros);
        // SAFETY: each list has the dataspace's rank.
        check("H5Sget_regular_hyperslab", unsafe {
            H5Sget_regular_hyperslab(
                self.id(),
                start.as_mut_ptr(),
                stride.as_mut_ptr(),
                count.as_mut_ptr(),
                block.as_mut_ptr(),
            )
        })?;
        let limited = |lengths: Vec<u64>| {
            lengths.into_iter().map(|length| (length != H5S_UNLIMITED).then_some(length)).collect()
        };
        Ok(MappedHyperslab { start, stride, count: limited(count), block: limited(block) })
    }

    fn boxes(&self) -> Result<MappedSelection, CallError> {
        Ok(MappedSelection::Boxes { boxes: self.corners_of(MAX_BOXES)? })
    }

    /// What is selected, as boxes that do not overlap, by their first and last indices.
    pub(crate) fn corners(&self) -> Result<Vec<[Vec<u64>; 2]>, CallError> {
        // SAFETY: the dataspace is open.
        match unsafe { H5Sget_select_type(self.id()) } {
            H5S_sel_type::H5S_SEL_HYPERSLABS => self.corners_of(u64::MAX),
            H5S_sel_type::H5S_SEL_NONE => Ok(Vec::new()),
            _ => {
                let shape = self.extent()?.shape().unwrap_or_default();
                let last = shape.iter().map(|dim| dim.saturating_sub(1)).collect();
                let is_empty = shape.is_empty() || shape.contains(&0);
                Ok(if is_empty { Vec::new() } else { vec![[vec![0; shape.len()], last]] })
            }
        }
    }

    /// The part of `other`'s selection that corresponds to what of this one's `within` selects, too: the elements of two
    /// selections of one size correspond in their order. None of them may be without limit.
    pub(crate) fn project(&self, other: &Self, within: &Self) -> Result<Self, CallError> {
        // SAFETY: the dataspaces are open.
        Self::own("H5Sselect_project_intersection", unsafe {
            H5Sselect_project_intersection(self.id(), other.id(), within.id())
        })
    }

    fn corners_of(&self, most: u64) -> Result<Vec<[Vec<u64>; 2]>, CallError> {
        let rank = self.rank()?;
        // SAFETY: the dataspace is open and its selection made of hyperslabs.
        let count = check("H5Sget_select_hyper_nblocks", unsafe {
            H5Sget_select_hyper_nblocks(self.id())
        })?;
        let count = u64::try_from(count).unwrap_or(0).min(most);
        let mut corners = vec![0; usize::try_from(count).unwrap_or(0) * rank * 2];
        // SAFETY: `corners` has room for two of each box.
        check("H5Sget_select_hyper_blocklist", unsafe {
            H5Sget_select_hyper_blocklist(self.id(), 0, count, corners.as_mut_ptr())
        })?;
        Ok(corners
            .chunks_exact((rank * 2).max(1))
            .map(|corners| [corners[..rank].to_vec(), corners[rank..].to_vec()])
            .collect())
    }

    /// Selects blocks in regular distance; all lists have the dataspace's rank.
    pub(crate) fn select_hyperslab(&mut self, slab: &MappedHyperslab) -> Result<(), CallError> {
        let unlimited = |lengths: &[Option<u64>]| -> Vec<u64> {
            lengths.iter().map(|length| length.unwrap_or(H5S_UNLIMITED)).collect()
        };
        let (count, block) = (unlimited(&slab.count), unlimited(&slab.block));
        // SAFETY: the caller has checked that each list has the dataspace's rank.
        check("H5Sselect_hyperslab", unsafe {
            H5Sselect_hyperslab(
                self.id(),
                H5S_seloper_t::H5S_SELECT_SET,
                slab.start.as_ptr(),
                slab.stride.as_ptr(),
                count.as_ptr(),
                block.as_ptr(),
            )
        })?;
        Ok(())
    }

    /// Selects boxes by their first and last indices, which have the dataspace's rank.
    pub(crate) fn select_boxes(&mut self, boxes: &[[Vec<u64>; 2]]) -> Result<(), CallError> {
        // SAFETY: the dataspace is open.
        check("H5Sselect_none", unsafe { H5Sselect_none(self.id()) })?;
        for [first, last] in boxes {
            let ones = vec![1; first.len()];
            let block: Vec<u64> = first
                .iter()
                .zip(last)
                .map(|(first, last)| last.saturating_sub(*first) + 1)
                .collect();
            // SAFETY: as for a hyperslab.
            check("H5Sselect_hyperslab", unsafe {
                H5Sselect_hyperslab(
                    self.id(),
                    H5S_seloper_t::H5S_SELECT_OR,
                    first.as_ptr(),
                    ones.as_ptr(),
                    ones.as_ptr(),
                    block.as_ptr(),
                )
            })?;
        }
        Ok(())
    }

    /// How many elements are selected; `None` where the selection grows with its dataset.
    pub(crate) fn n_selected(&self) -> Result<Option<u64>, CallError> {
        // SAFETY: the dataspace is open.
        let count = unsafe { H5Sget_select_npoints(self.id()) };
        if count.cast_unsigned() == H5S_UNLIMITED {
            return Ok(None);
        }
        check("H5Sget_select_npoints", count).map(|count| u64::try_from(count).ok())
    }

    /// Whether the extent can grow without limit along every axis for which `grows` says so.
    pub(crate) fn can_grow(&self, grows: &[bool]) -> Result<bool, CallError> {
        let Extent::Simple { max_dims, .. } = self.extent()? else { return Ok(grows.is_empty()) };
        Ok(grows.iter().zip(&max_dims).all(|(grows, max)| !grows || max.is_none()))
    }
}

/// A hyperslab as a selection, if every axis is a range or single indices in regular distance.
fn text_of(slab: &MappedHyperslab) -> Option<String> {
    let mut axes = Vec::new();
    for (((&start, &stride), count), block) in
        slab.start.iter().zip(&slab.stride).zip(&slab.count).zip(&slab.block)
    {
        let (count, block) = ((*count)?, (*block)?);
        axes.push(match (count, block) {
            (1, _) => format!("{start}:{}", start + block),
            (_, 1) if stride > 1 => {
                format!("{start}:{}:{stride}", start + (count - 1) * stride + 1)
            }
            _ if stride == block => format!("{start}:{}", start + count * block),
            _ => return None,
        });
    }
    Some(axes.join(", "))
}
