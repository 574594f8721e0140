//! Other dims for a dataset that can have them.

use hdf5_async_protocol::message::{Change, command};
use hdf5_async_protocol::model::ObjectPath;

use super::blueprint::MAX_DATASET_BYTES;
use super::error::{At as _, StoreError};
use super::library::space::Extent;
use super::library::{attribute, dataset};
use super::opened::{Opened, product};
use super::write::written;
use super::{Outcome, Store};

impl Store {
    pub(super) fn resize(&mut self, command: &command::Resize) -> Result<Outcome, StoreError> {
        let (path, shape) = (&command.path, &command.shape);
        let opened = self.dataset(path)?;
        let Extent::Simple { dims, max_dims } = opened.extent(path)? else {
            let reason = "a dataset without axes cannot be resized".to_owned();
            return Err(StoreError::Shape { path: path.clone(), reason });
        };
        check_dims(path, &opened, shape, &max_dims)?;
        if *shape == dims {
            return written(path, &opened, Some(dims), Vec::new());
        }
        if opened.chunks.is_none() {
            let reason = "only chunked datasets can be resized; create it with a max_shape";
            return Err(StoreError::Shape { path: path.clone(), reason: reason.to_owned() });
        }
        dataset::set_extent(&opened.handle, shape).at(path)?;
        let change =
            Change::Resized { path: opened.path.clone(), old_shape: dims, shape: shape.clone() };
        written(path, &opened, Some(shape.clone()), vec![change])
    }
}

/// Makes sure that a dataset with `max_dims` can have the dims of `shape`.
pub(super) fn check_dims(
    path: &ObjectPath,
    opened: &Opened,
    shape: &[u64],
    max_dims: &[Option<u64>],
) -> Result<(), StoreError> {
    if shape.len() != max_dims.len() {
        let reason =
            format!("the dataset has {} axes, the new shape {}", max_dims.len(), shape.len());
        return Err(StoreError::Shape { path: path.clone(), reason });
    }
    let max_of = |axis: usize| max_dims[axis].unwrap_or(i64::MAX.unsigned_abs());
    if let Some(axis) = (0..shape.len()).find(|&axis| shape[axis] > max_of(axis)) {
        let (path, max) = (path.clone(), max_of(axis));
        return Err(StoreError::NotResizable { path, axis: u32::try_from(axis).unwrap_or(0), max });
    }
    let element = attribute::element_bytes(&opened.memory_type) as u128;
    let bytes = product(shape).saturating_mul(element);
    if bytes > u128::from(MAX_DATASET_BYTES) {
        let (path, max) = (path.clone(), MAX_DATASET_BYTES);
        return Err(StoreError::TooLarge { path, what: "the dataset", bytes, max });
    }
    Ok(())
}
