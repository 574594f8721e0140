//! Dataspaces: extents, and the hyperslabs selected in them.
#![expect(unsafe_code, reason = "calls H5S")]

mod mapped;

use std::ffi::c_int;

use hdf5_sys::h5::hsize_t;
use hdf5_sys::h5s::{
    H5S_UNLIMITED, H5S_class_t, H5S_seloper_t, H5Screate, H5Screate_simple,
    H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims, H5Sget_simple_extent_type,
    H5Smodify_select, H5Sselect_elements, H5Sselect_hyperslab, H5Sselect_none,
};

use super::handle::{CallError, Handle, check};

/// The extent of a dataspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Null,
    Scalar,
    Simple {
        dims: Vec<u64>,
        /// `None` is without limit.
        max_dims: Vec<Option<u64>>,
    },
}

impl Extent {
    /// An extent that cannot grow; `[]` is a scalar.
    pub(crate) fn fixed(shape: &[u64]) -> Self {
        if shape.is_empty() {
            return Self::Scalar;
        }
        let max_dims = shape.iter().map(|&dim| Some(dim)).collect();
        Self::Simple { dims: shape.to_vec(), max_dims }
    }

    /// `[]` for a scalar, `None` for a null dataspace.
    pub(crate) fn shape(&self) -> Option<Vec<u64>> {
        match self {
            Self::Null => None,
            Self::Scalar => Some(Vec::new()),
            Self::Simple { dims, .. } => Some(dims.clone()),
        }
    }

    pub(crate) fn max_shape(&self) -> Option<Vec<Option<u64>>> {
        match self {
            Self::Null => None,
            Self::Scalar => Some(Vec::new()),
            Self::Simple { max_dims, .. } => Some(max_dims.clone()),
        }
    }
}

/// A dataspace with its selection.
#[derive(Debug)]
pub(crate) struct Space {
    handle: Handle,
}

/// How a hyperslab joins what is already selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    Replace,
    Or,
}

impl Space {
    pub(super) fn own(call: &'static str, id: hdf5_sys::h5i::hid_t) -> Result<Self, CallError> {
        Ok(Self { handle: Handle::own(call, id)? })
    }

    pub(crate) fn new(extent: &Extent) -> Result<Self, CallError> {
        match extent {
            // SAFETY: takes a constant.
            Extent::Null => Self::own("H5Screate", unsafe { H5Screate(H5S_class_t::H5S_NULL) }),
            // SAFETY: takes a constant.
            Extent::Scalar => Self::own("H5Screate", unsafe { H5Screate(H5S_class_t::H5S_SCALAR) }),
            Extent::Simple { dims, max_dims } => {
                let max: Vec<hsize_t> =
                    max_dims.iter().map(|dim| dim.unwrap_or(H5S_UNLIMITED)).collect();
                let rank = c_int::try_from(dims.len().min(max.len()))
                    .map_err(|_| CallError::new("H5Screate_simple", "too many axes"))?;
                // SAFETY: both lists hold at least `rank` numbers.
                Self::own("H5Screate_simple", unsafe {
                    H5Screate_simple(rank, dims.as_ptr(), max.as_ptr())
                })
            }
        }
    }

    pub(super) fn id(&self) -> hdf5_sys::h5i::hid_t {
        self.handle.id()
    }

    pub(crate) fn extent(&self) -> Result<Extent, CallError> {
        // SAFETY: the dataspace is open.
        match unsafe { H5Sget_simple_extent_type(self.id()) } {
            H5S_class_t::H5S_NULL => Ok(Extent::Null),
            H5S_class_t::H5S_SCALAR => Ok(Extent::Scalar),
            H5S_class_t::H5S_SIMPLE => self.simple_extent(),
            H5S_class_t::H5S_NO_CLASS => Err(CallError::last("H5Sget_simple_extent_type")),
        }
    }

    fn simple_extent(&self) -> Result<Extent, CallError> {
        // SAFETY: the dataspace is open.
        let rank =
            check("H5Sget_simple_extent_ndims", unsafe { H5Sget_simple_extent_ndims(self.id()) })?;
        let rank = usize::try_from(rank).unwrap_or(0);
        let mut dims: Vec<hsize_t> = vec![0; rank];
        let mut max: Vec<hsize_t> = vec![0; rank];
        // SAFETY: both lists have room for `rank` numbers.
        check("H5Sget_simple_extent_dims", unsafe {
            H5Sget_simple_extent_dims(self.id(), dims.as_mut_ptr(), max.as_mut_ptr())
        })?;
        let max_dims = max.into_iter().map(|dim| (dim != H5S_UNLIMITED).then_some(dim)).collect();
        Ok(Extent::Simple { dims, max_dims })
    }

    /// Selects `count` elements an axis, `stride` apart, from `start` on; all lists have the dataspace's rank.
    pub(crate) fn select(
        &mut self,
        join: Join,
        start: &[u64],
        stride: &[u64],
        count: &[u64],
    ) -> Result<(), CallError> {
        let operator = match join {
            Join::Replace => H5S_seloper_t::H5S_SELECT_SET,
            Join::Or => H5S_seloper_t::H5S_SELECT_OR,
        };
        debug_assert!(start.len() == stride.len() && start.len() == count.len());
        // SAFETY: the caller keeps all lists at the dataspace's rank; a null block is one element.
        check("H5Sselect_hyperslab", unsafe {
            H5Sselect_hyperslab(
                self.id(),
                operator,
                start.as_ptr(),
                stride.as_ptr(),
                count.as_ptr(),
                std::ptr::null(),
            )
        })?;
        Ok(())
    }

    /// Selects single elements in the order given; `coordinates` are point by point, all of them inside.
    pub(crate) fn select_points(
        &mut self,
        rank: usize,
        coordinates: &[u64],
    ) -> Result<(), CallError> {
        let n_points = coordinates.len() / rank.max(1);
        // SAFETY: `coordinates` holds `rank`, the dataspace's, for each of `n_points`.
        check("H5Sselect_elements", unsafe {
            H5Sselect_elements(
                self.id(),
                H5S_seloper_t::H5S_SELECT_SET,
                n_points,
                coordinates.as_ptr(),
            )
        })?;
        Ok(())
    }

    /// Adds a box to what is selected; `first` and `shape` have the dataspace's rank.
    pub(crate) fn add_block(&mut self, first: &[u64], shape: &[u64]) -> Result<(), CallError> {
        debug_assert!(first.len() == shape.len());
        let ones = vec![1; first.len()];
        // SAFETY: the caller keeps all lists at the dataspace's rank.
        check("H5Sselect_hyperslab", unsafe {
            H5Sselect_hyperslab(
                self.id(),
                H5S_seloper_t::H5S_SELECT_OR,
                first.as_ptr(),
                ones.as_ptr(),
                ones.as_ptr(),
                shape.as_ptr(),
            )
        })?;
        Ok(())
    }

    pub(crate) fn select_none(&mut self) -> Result<(), CallError> {
        // SAFETY: the dataspace is open.
        check("H5Sselect_none", unsafe { H5Sselect_none(self.id()) })?;
        Ok(())
    }

    /// Keeps only what `other`, of the same extent, selects, too.
    pub(crate) fn intersect(&mut self, other: &Self) -> Result<(), CallError> {
        // SAFETY: both dataspaces are open and of one extent.
        check("H5Smodify_select", unsafe {
            H5Smodify_select(self.id(), H5S_seloper_t::H5S_SELECT_AND, other.id())
        })?;
        Ok(())
    }
}
