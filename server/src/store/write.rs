//! Writing into datasets: a selection, or the whole, in place where the values fit and replaced where not.

use std::sync::Arc;

use hdf5_async_protocol::message::{Change, command, reply};
use hdf5_async_protocol::model::{Fields, ObjectKind, ObjectPath, ResolvedSelection, Selection};

use super::blueprint::{Blueprint, null_blueprint};
use super::error::{At as _, StoreError};
use super::incoming::{Incoming, Values};
use super::library::dataset;
use super::library::space::Extent;
use super::opened::Opened;
use super::resolve::{Location, Vacancy, expect_kind, locate};
use super::view::View;
use super::{Outcome, Store, change, transfer};

/// Whether a dataset that is missing is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    Made,
    Refused,
}

/// What of a dataset is written.
#[derive(Clone, Copy, Debug)]
struct Part<'a> {
    selection: Option<&'a Selection>,
    fields: Option<&'a Fields>,
}

impl Store {
    pub(super) fn write(
        &mut self,
        command: &command::Write,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let limits = self.limits;
        let incoming = Incoming::new(&command.path, command.data.as_deref(), payload, &limits)
            .said_to_be(command.datatype.as_ref(), command.shape.as_deref());
        let part = Part { selection: command.selection.as_ref(), fields: command.fields.as_ref() };
        self.write_values(&incoming, part, Missing::Made)
    }

    pub(super) fn update(
        &mut self,
        command: &command::Update,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let limits = self.limits;
        let incoming = Incoming::new(&command.path, command.data.as_deref(), payload, &limits)
            .said_to_be(command.datatype.as_ref(), command.shape.as_deref());
        let part = Part { selection: command.selection.as_ref(), fields: command.fields.as_ref() };
        self.write_values(&incoming, part, Missing::Refused)
    }

    fn write_values(
        &mut self,
        incoming: &Incoming<'_>,
        part: Part<'_>,
        missing: Missing,
    ) -> Result<Outcome, StoreError> {
        incoming.check_presence()?;
        if part.selection.is_none() && part.fields.is_none() {
            return self.write_whole(incoming, missing);
        }
        self.write_part(incoming, part)
    }

    fn write_part(
        &mut self,
        incoming: &Incoming<'_>,
        part: Part<'_>,
    ) -> Result<Outcome, StoreError> {
        let path = incoming.path;
        let opened = self.dataset(path)?;
        opened.check_writable(path, &self.file, &self.limits)?;
        let view = View::new(path, Arc::clone(&opened), part.fields)?;
        let extent = opened.extent(path)?;
        let Some(shape) = extent.shape() else {
            let reason = "a null dataspace has no elements to write to".to_owned();
            return Err(StoreError::Shape { path: path.clone(), reason });
        };
        let all = Selection::all();
        let selection = part.selection.unwrap_or(&all).resolve(&shape).at(path)?;
        let values = incoming.broadcast_to(view.datatype(), &selection.shape())?;
        transfer::write(path, view.target(), &extent, &selection, &values.payload)?;
        let change = if part.fields.is_none() {
            change::written(&opened.path, &selection, None, &shape, &values, &self.limits)
        } else {
            // Values of some members are not those of the elements.
            change::region(&opened.path, selection.bounding(), None, &shape, None)
        };
        written(path, &opened, Some(shape), vec![change])
    }

    fn write_whole(
        &mut self,
        incoming: &Incoming<'_>,
        missing: Missing,
    ) -> Result<Outcome, StoreError> {
        let path = incoming.path;
        match locate(&self.file, path)? {
            Location::Vacancy(vacancy) if missing == Missing::Made => {
                self.write_new(incoming, &vacancy)
            }
            Location::Vacancy(vacancy) => Err(vacancy.not_found(path)),
            Location::Object(resolved) => {
                expect_kind(path, &resolved, ObjectKind::Dataset)?;
                // Closed first: the dataset is to be opened with its own chunk cache.
                drop(resolved);
                self.overwrite(incoming)
            }
        }
    }

    fn write_new(
        &mut self,
        incoming: &Incoming<'_>,
        vacancy: &Vacancy,
    ) -> Result<Outcome, StoreError> {
        if incoming.is_null() {
            let blueprint = null_blueprint(incoming, None);
            return self.add_dataset(incoming.path, vacancy, &blueprint, None);
        }
        let values = incoming.in_own_datatype()?;
        let blueprint = Blueprint::of_values(&values);
        self.add_dataset(incoming.path, vacancy, &blueprint, Some(&values))
    }

    /// Makes a dataset that is there become the values.
    fn overwrite(&mut self, incoming: &Incoming<'_>) -> Result<Outcome, StoreError> {
        let path = incoming.path;
        let opened = self.dataset(path)?;
        let extent = opened.extent(path)?;
        if incoming.is_null() {
            if extent == Extent::Null {
                return written(path, &opened, None, Vec::new());
            }
            let blueprint = null_blueprint(incoming, Some(&opened.datatype));
            return self.replace(path, &opened, blueprint, None);
        }
        let kept = match opened.check_writable(path, &self.file, &self.limits) {
            Ok(()) => incoming.in_datatype(&opened.datatype),
            Err(error) => Err(error),
        };
        let values = match kept {
            Ok(values) => values,
            // It is written where its elements lie, as long as it stays what it is.
            Err(error @ StoreError::VirtualLayout { .. })
                if incoming.in_datatype(&opened.datatype).is_ok_and(|values| {
                    extent.shape().is_some_and(|shape| shape == values.shape)
                }) =>
            {
                return Err(error);
            }
            Err(error) if error.is_about_values() || error.is_about_storage() => {
                let values = incoming.in_own_datatype()?;
                return self.replace(path, &opened, Blueprint::of_values(&values), Some(&values));
            }
            Err(error) => return Err(error),
        };
        let Extent::Simple { dims, max_dims } = &extent else {
            if extent.shape().as_ref() == Some(&values.shape) {
                return self.write_all(path, &opened, &extent, &values, None);
            }
            return self.replace(path, &opened, Blueprint::of_values(&values), Some(&values));
        };
        if *dims == values.shape {
            return self.write_all(path, &opened, &extent, &values, None);
        }
        let reachable = max_dims.len() == values.shape.len()
            && values
                .shape
                .iter()
                .zip(max_dims)
                .all(|(dim, max)| max.is_none_or(|max| *dim <= max));
        if !reachable || opened.chunks.is_none() {
            return self.replace(path, &opened, Blueprint::of_values(&values), Some(&values));
        }
        dataset::set_extent(&opened.handle, &values.shape).at(path)?;
        let resized = Extent::Simple { dims: values.shape.clone(), max_dims: max_dims.clone() };
        self.write_all(path, &opened, &resized, &values, Some(dims.clone()))
    }

    fn write_all(
        &self,
        path: &ObjectPath,
        opened: &Opened,
        extent: &Extent,
        values: &Values<'_>,
        old_shape: Option<Vec<u64>>,
    ) -> Result<Outcome, StoreError> {
        let shape = values.shape.clone();
        let all = ResolvedSelection::all(&shape);
        transfer::write(path, opened.target(), extent, &all, &values.payload)?;
        let change = match old_shape {
            Some(old_shape) if all.n_elements() == 0 => {
                Change::Resized { path: opened.path.clone(), old_shape, shape: shape.clone() }
            }
            old_shape => {
                change::written(&opened.path, &all, old_shape, &shape, values, &self.limits)
            }
        };
        written(path, opened, Some(shape), vec![change])
    }
}

/// The outcome of a write that has left the dataset with `shape`.
pub(super) fn written(
    path: &ObjectPath,
    opened: &Opened,
    shape: Option<Vec<u64>>,
    changes: Vec<Change>,
) -> Result<Outcome, StoreError> {
    let reply = reply::Written { shape, datatype: opened.datatype.clone(), sources: Vec::new() };
    Outcome::answer(path, &reply, changes)
}
