//! The events that a command leads to.

use hdf5_async_protocol::message::{Change, event};
use hdf5_async_protocol::model::{
    AxisRange, Link, ObjectKind, ObjectPath, ResolvedSelection, Selection,
};

use super::StoreLimits;
use super::incoming::Values;
use super::resolve::Vacancy;

/// What was made at a vacancy: groups, and last an object of `kind`.
pub(crate) fn created(vacancy: &Vacancy, kind: ObjectKind) -> Vec<Change> {
    linked(vacancy, Some(kind), None)
}

/// As [`created`], for a link that is not hard where `link` says so.
pub(crate) fn linked(
    vacancy: &Vacancy,
    kind: Option<ObjectKind>,
    link: Option<Link>,
) -> Vec<Change> {
    let mut changes = groups_above(vacancy);
    changes.extend(vacancy.paths().pop().map(|path| Change::Created { path, kind, link }));
    changes
}

/// The groups that were made on the way to a vacancy.
pub(crate) fn groups_above(vacancy: &Vacancy) -> Vec<Change> {
    let mut paths = vacancy.paths();
    paths.pop();
    let kind = Some(ObjectKind::Group);
    paths.into_iter().map(|path| Change::Created { path, kind, link: None }).collect()
}

/// Elements of the dataset at `path`, which has `shape` now, were written.
pub(crate) fn written(
    path: &ObjectPath,
    selection: &ResolvedSelection,
    old_shape: Option<Vec<u64>>,
    shape: &[u64],
    values: &Values<'_>,
    limits: &StoreLimits,
) -> Change {
    let data = if is_dense(selection) { values.inline_json(limits) } else { None };
    let values = data.map(|data| event::Written { datatype: values.datatype.clone(), data });
    region(path, selection.bounding(), old_shape, shape, values)
}

/// Something inside `region` of the dataset at `path`, which has `shape` now, was written.
pub(crate) fn region(
    path: &ObjectPath,
    region: Selection,
    old_shape: Option<Vec<u64>>,
    shape: &[u64],
    values: Option<event::Written>,
) -> Change {
    Change::Written { path: path.clone(), region, old_shape, shape: shape.to_vec(), values }
}

/// Whether the selection is exactly its bounding region, so that the values of one are those of the other.
fn is_dense(selection: &ResolvedSelection) -> bool {
    selection.axes.iter().all(|axis| match axis {
        AxisRange::Strided { count, step, .. } => *step == 1 || *count <= 1,
        AxisRange::Indices { indices } => {
            indices.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]))
        }
    })
}
