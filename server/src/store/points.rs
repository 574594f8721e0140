//! Single elements by their coordinates.

use std::borrow::Cow;
use std::collections::HashMap;

use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::{AxisSelection, Coordinates, ObjectPath, Selection};
use hdf5_async_protocol::values;

use super::error::{At as _, StoreError};
use super::incoming::{Incoming, Values};
use super::library::space::Extent;
use super::opened::Opened;
use super::view::View;
use super::write::written;
use super::{Answer, Outcome, Store, StoreLimits, change, transfer};

/// What a coordinate takes in the library's list and in ours.
const BYTES_A_COORDINATE: u128 = 64;

impl Store {
    pub(super) fn read_points(&mut self, command: &command::Points) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let opened = self.dataset(path)?;
        opened.check_accessible(path, &self.limits)?;
        let extent = opened.extent(path)?;
        let picked = Picked::new(path, &command.points, &extent, &self.limits)?;
        let view = View::new(path, opened, command.fields.as_ref())?;
        let values = reply::Values {
            shape: Some(vec![command.points.len() as u64]),
            datatype: view.datatype().clone(),
            data: None,
            place: None,
            last: None,
        };
        let payload =
            transfer::read_points(path, view.target(), &extent, &picked.list(), &self.limits)?;
        Ok(Outcome::read(Answer::Values { values, payload }))
    }

    pub(super) fn write_points(
        &mut self,
        command: &command::WritePoints,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let limits = self.limits;
        let incoming = Incoming::new(path, command.data.as_deref(), payload, &limits)
            .said_to_be(command.datatype.as_ref(), command.shape.as_deref());
        incoming.check_presence()?;
        let opened = self.dataset(path)?;
        opened.check_writable(path, &self.file, &limits)?;
        let extent = opened.extent(path)?;
        let picked = Picked::new(path, &command.points, &extent, &limits)?;
        let shape = extent.shape().unwrap_or_default();
        let count = command.points.len() as u64;
        let values = incoming.broadcast_to(&opened.datatype, &[count])?;
        if count == 0 {
            return written(path, &opened, Some(shape), Vec::new());
        }
        let (picked, values) = picked.without_repeats(path, &opened, values)?;
        transfer::write_points(path, opened.target(), &extent, &picked.list(), &values.payload)?;
        let change = change::region(&opened.path, picked.bounding(), None, &shape, None);
        written(path, &opened, Some(shape), vec![change])
    }
}

/// Coordinates that all lie inside.
#[derive(Clone, Debug)]
struct Picked {
    rank: usize,
    count: usize,
    coordinates: Vec<u64>,
}

impl Picked {
    fn new(
        path: &ObjectPath,
        points: &Coordinates,
        extent: &Extent,
        limits: &StoreLimits,
    ) -> Result<Self, StoreError> {
        let Some(dims) = extent.shape() else {
            let reason = "a null dataspace has no elements".to_owned();
            return Err(StoreError::Shape { path: path.clone(), reason });
        };
        if dims.is_empty() {
            let reason = "a scalar has no axes to give points on; read or write it as a whole";
            return Err(StoreError::Shape { path: path.clone(), reason: reason.to_owned() });
        }
        let bytes = points.len() as u128 * dims.len() as u128 * BYTES_A_COORDINATE;
        let max = limits.max_value_bytes;
        if bytes > u128::from(max) {
            let (path, what) = (path.clone(), "the list of points in memory");
            return Err(StoreError::TooLarge { path, what, bytes, max });
        }
        let coordinates = points.resolve(&dims).at(path)?;
        Ok(Self { rank: dims.len(), count: points.len(), coordinates })
    }

    fn list(&self) -> transfer::PointList<'_> {
        transfer::PointList { rank: self.rank, count: self.count, coordinates: &self.coordinates }
    }

    /// Of each point that is given several times, only the last, with its value.
    fn without_repeats<'a>(
        self,
        path: &ObjectPath,
        opened: &Opened,
        values: Values<'a>,
    ) -> Result<(Self, Values<'a>), StoreError> {
        let mut last: HashMap<&[u64], usize> = HashMap::with_capacity(self.count);
        for (index, point) in self.coordinates.chunks(self.rank).enumerate() {
            last.insert(point, index);
        }
        if last.len() == self.count {
            return Ok((self, values));
        }
        let mut kept: Vec<usize> = last.into_values().collect();
        kept.sort_unstable();
        self.kept(path, opened, &values, &kept)
    }

    fn kept<'a>(
        &self,
        path: &ObjectPath,
        opened: &Opened,
        values: &Values<'_>,
        kept: &[usize],
    ) -> Result<(Self, Values<'a>), StoreError> {
        let coordinates = kept
            .iter()
            .flat_map(|&index| &self.coordinates[index * self.rank..(index + 1) * self.rank])
            .copied()
            .collect();
        let payload =
            values::take(&values.payload, &opened.datatype, self.count as u64, kept).at(path)?;
        let picked = Self { rank: self.rank, count: kept.len(), coordinates };
        let shape = vec![kept.len() as u64];
        let datatype = values.datatype.clone();
        Ok((picked, Values { payload: Cow::Owned(payload), datatype, shape }))
    }

    /// The smallest box around all points.
    fn bounding(&self) -> Selection {
        let along = |axis: usize| self.coordinates.iter().skip(axis).step_by(self.rank).copied();
        let signed = |index: u64| i64::try_from(index).unwrap_or(i64::MAX);
        let axes = (0..self.rank).map(|axis| AxisSelection::Slice {
            start: Some(signed(along(axis).min().unwrap_or(0))),
            stop: Some(signed(along(axis).max().map_or(0, |last| last + 1))),
            step: None,
        });
        Selection { axes: axes.collect() }
    }
}
