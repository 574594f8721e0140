//! Values behind the last along one axis.

use hdf5_async_protocol::message::command;
use hdf5_async_protocol::model::{AxisRange, ObjectKind, ObjectPath, ResolvedSelection};

use super::blueprint::Blueprint;
use super::error::{At as _, StoreError};
use super::incoming::{Incoming, Values};
use super::library::dataset;
use super::library::space::Extent;
use super::merge::in_order;
use super::opened::Opened;
use super::resize::check_dims;
use super::resolve::{Location, Vacancy, expect_kind, locate};
use super::write::written;
use super::{Outcome, Store, change, transfer};

impl Store {
    pub(super) fn append(
        &mut self,
        command: &command::Append,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let limits = self.limits;
        let incoming = Incoming::new(path, command.data.as_deref(), payload, &limits)
            .said_to_be(command.datatype.as_ref(), command.shape.as_deref());
        incoming.check_presence()?;
        match locate(&self.file, path)? {
            Location::Vacancy(vacancy) => match &command.unique_on {
                Some(member) => self.append_new_keyed(&incoming, command.axis, member, &vacancy),
                None => self.append_new(&incoming, command.axis, &vacancy),
            },
            Location::Object(resolved) => {
                expect_kind(path, &resolved, ObjectKind::Dataset)?;
                // Closed first: the dataset is to be opened with its own chunk cache.
                drop(resolved);
                match &command.unique_on {
                    Some(member) => self.merge_rows(&incoming, command.axis, member),
                    None => self.append_rows(&incoming, command.axis),
                }
            }
        }
    }

    /// Makes the dataset of the rows in the order of their keys.
    fn append_new_keyed(
        &mut self,
        incoming: &Incoming<'_>,
        axis: u32,
        member: &str,
        vacancy: &Vacancy,
    ) -> Result<Outcome, StoreError> {
        let mut values = incoming.in_own_datatype()?;
        if values.shape.is_empty() {
            values = values.reshaped(vec![1]);
        }
        let rows = in_order(incoming.path, values, member)?.values;
        self.append_values(incoming, axis, vacancy, rows)
    }

    pub(super) fn append_new(
        &mut self,
        incoming: &Incoming<'_>,
        axis: u32,
        vacancy: &Vacancy,
    ) -> Result<Outcome, StoreError> {
        let values = incoming.in_own_datatype()?;
        self.append_values(incoming, axis, vacancy, values)
    }

    fn append_values(
        &mut self,
        incoming: &Incoming<'_>,
        axis: u32,
        vacancy: &Vacancy,
        mut values: Values<'_>,
    ) -> Result<Outcome, StoreError> {
        if values.shape.is_empty() {
            values = values.reshaped(vec![1]);
        }
        let position = checked_axis(incoming.path, axis, values.shape.len())?;
        let mut max_dims: Vec<Option<u64>> = values.shape.iter().map(|&dim| Some(dim)).collect();
        max_dims[position] = None;
        let extent = Extent::Simple { dims: values.shape.clone(), max_dims };
        let blueprint = Blueprint::new(values.datatype.clone(), extent);
        self.add_dataset(incoming.path, vacancy, &blueprint, Some(&values))
    }

    fn append_rows(&mut self, incoming: &Incoming<'_>, axis: u32) -> Result<Outcome, StoreError> {
        let path = incoming.path;
        let opened = self.dataset(path)?;
        opened.check_writable(path, &self.file, &self.limits)?;
        let Extent::Simple { dims, max_dims } = opened.extent(path)? else {
            let reason = "a dataset without axes cannot grow".to_owned();
            return Err(StoreError::Shape { path: path.clone(), reason });
        };
        let position = checked_axis(path, axis, dims.len())?;
        let values =
            as_rows(path, &opened, incoming.in_datatype(&opened.datatype)?, &dims, position)?;
        let (old, added) = (dims[position], values.shape[position]);
        let growth = Growth::new(path, &opened, &dims, &max_dims, position, added)?;
        if added == 0 {
            return written(path, &opened, Some(dims), Vec::new());
        }
        let mut region = ResolvedSelection::all(&growth.shape);
        region.axes[position] = AxisRange::Strided { start: old, count: added, step: 1 };
        dataset::set_extent(&opened.handle, &growth.shape).at(path)?;
        let (extent, shape) = (growth.extent(), growth.shape);
        let put = transfer::write(path, opened.target(), &extent, &region, &values.payload);
        if let Err(error) = put {
            dataset::set_extent(&opened.handle, &dims).at(path)?;
            return Err(error);
        }
        let change =
            change::written(&opened.path, &region, Some(dims), &shape, &values, &self.limits);
        written(path, &opened, Some(shape), vec![change])
    }
}

/// What a dataset becomes that grows along one axis.
#[derive(Clone, Debug)]
pub(super) struct Growth {
    pub(super) shape: Vec<u64>,
    max_dims: Vec<Option<u64>>,
}

impl Growth {
    /// Makes sure that there may be `added` more along the axis at `position`.
    pub(super) fn new(
        path: &ObjectPath,
        opened: &Opened,
        dims: &[u64],
        max_dims: &[Option<u64>],
        position: usize,
        added: u64,
    ) -> Result<Self, StoreError> {
        let mut shape = dims.to_vec();
        // A sum that does not fit is above every maximum, too.
        shape[position] = dims[position].saturating_add(added);
        check_dims(path, opened, &shape, max_dims)?;
        Ok(Self { shape, max_dims: max_dims.to_vec() })
    }

    pub(super) fn extent(&self) -> Extent {
        Extent::Simple { dims: self.shape.clone(), max_dims: self.max_dims.clone() }
    }
}

pub(super) fn checked_axis(path: &ObjectPath, axis: u32, rank: usize) -> Result<usize, StoreError> {
    let position = usize::try_from(axis).unwrap_or(usize::MAX);
    if position < rank {
        return Ok(position);
    }
    let reason = format!("axis {axis} does not exist; there are {rank}, counted from 0");
    Err(StoreError::Shape { path: path.clone(), reason })
}

/// The values in the dataset's rank: as they are, a single row, or nothing.
pub(super) fn as_rows<'a>(
    path: &ObjectPath,
    opened: &Opened,
    values: Values<'a>,
    dims: &[u64],
    axis: usize,
) -> Result<Values<'a>, StoreError> {
    let mut row = dims.to_vec();
    row.remove(axis);
    if values.shape == row {
        let mut shape = dims.to_vec();
        shape[axis] = 1;
        return Ok(values.reshaped(shape));
    }
    if values.shape == [0] {
        let mut shape = dims.to_vec();
        shape[axis] = 0;
        return Ok(Values::empty(&opened.datatype, shape));
    }
    let mut others = values.shape.clone();
    if others.len() == dims.len() {
        others.remove(axis);
        if others == row {
            return Ok(values);
        }
    }
    let reason = format!(
        "values of shape {:?} cannot be appended along axis {axis} of shape {dims:?}; the other axes must be equal",
        values.shape
    );
    Err(StoreError::Shape { path: path.clone(), reason })
}
