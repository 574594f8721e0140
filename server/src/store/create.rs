//! New groups and datasets. A dataset is made and filled before a link leads to it, so that a failure leaves no trace.

use hdf5_async_protocol::message::{Change, command, reply};
use hdf5_async_protocol::model::{Layout, ObjectKind, ObjectPath, ResolvedSelection};

use super::blueprint::Blueprint;
use super::error::{At as _, StoreError};
use super::incoming::{Incoming, Values};
use super::library::space::Extent;
use super::library::{link, object};
use super::properties::Properties;
use super::resolve::{Location, Vacancy, locate};
use super::{Outcome, Store, change, filter};
use hdf5_async_protocol::values::from_json::is_null;

impl Store {
    pub(super) fn create_group(
        &mut self,
        command: &command::CreateGroup,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let vacancy = match locate(&self.file, path)? {
            Location::Vacancy(vacancy) => vacancy,
            Location::Object(found) => {
                return match found.facts.kind {
                    Some(ObjectKind::Group) if command.exist_ok => {
                        Outcome::answer(path, &reply::Done {}, Vec::new())
                    }
                    Some(kind) if kind == ObjectKind::Group || !command.exist_ok => {
                        Err(StoreError::AlreadyExists { path: path.clone(), kind })
                    }
                    kind => Err(StoreError::WrongKind {
                        path: path.clone(),
                        object: found.path.to_string(),
                        kind,
                        needed: ObjectKind::Group,
                    }),
                };
            }
        };
        object::create_group(&vacancy.group, &vacancy.relative(), command.track_order).at(path)?;
        Outcome::answer(path, &reply::Done {}, change::created(&vacancy, ObjectKind::Group))
    }

    pub(super) fn create_dataset(
        &mut self,
        command: &command::CreateDataset,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let vacancy = match locate(&self.file, path)? {
            Location::Vacancy(vacancy) => vacancy,
            Location::Object(found) => {
                let kind = found.facts.kind.unwrap_or(ObjectKind::Dataset);
                return Err(StoreError::AlreadyExists { path: path.clone(), kind });
            }
        };
        let incoming = Incoming::new(path, command.data.as_deref(), payload, &self.limits)
            .said_to_be(Some(&command.datatype), command.shape.as_deref());
        let values = if incoming.is_null() || (command.data.is_none() && payload.is_none()) {
            None
        } else {
            incoming.check_presence()?;
            Some(incoming.in_own_datatype()?)
        };
        let blueprint = Self::blueprint(command, &incoming, values.as_ref())?;
        self.add_dataset(path, &vacancy, &blueprint, values.as_ref())
    }

    fn blueprint(
        command: &command::CreateDataset,
        incoming: &Incoming<'_>,
        values: Option<&Values<'_>>,
    ) -> Result<Blueprint, StoreError> {
        let path = &command.path;
        let shape = match (values, &command.shape) {
            (Some(values), _) => Some(values.shape.clone()),
            (None, Some(_)) if incoming.is_null() => {
                let reason = "null values are a dataset without a shape".to_owned();
                return Err(StoreError::Shape { path: path.clone(), reason });
            }
            (None, shape) => shape.clone(),
        };
        let extent = match (shape, &command.max_shape) {
            (None, _) => Extent::Null,
            (Some(dims), Some(max)) if !dims.is_empty() || !max.is_empty() => {
                Extent::Simple { dims, max_dims: max.clone() }
            }
            (Some(dims), _) => Extent::fixed(&dims),
        };
        let mut blueprint = Blueprint::new(command.datatype.clone(), extent);
        blueprint.named_datatype.clone_from(&command.named_datatype);
        blueprint.layout = command.layout;
        blueprint.chunks.clone_from(&command.chunks);
        blueprint.filters = filter::steps(path, &command.filters)?;
        if command.max_shape.is_some() && blueprint.layout.is_none() {
            blueprint.layout = match blueprint.extent {
                Extent::Simple { .. } => Some(Layout::Chunked),
                Extent::Scalar | Extent::Null => None,
            };
        }
        blueprint.sources.clone_from(&command.sources);
        if !blueprint.sources.is_empty() && values.is_some() {
            let reason = "the values of a virtual dataset are those of its sources".to_owned();
            return Err(StoreError::Layout { path: path.clone(), reason });
        }
        blueprint.properties = Properties::of(command)?;
        let fill_value = command.fill_value.as_ref().filter(|value| !is_null(value.get()));
        if let Some(fill_value) = fill_value {
            let of_one =
                Incoming { data: Some(fill_value), payload: None, shape: None, ..*incoming };
            let one = of_one.broadcast_to(&command.datatype, &[])?;
            blueprint.fill_value = Some(one.payload.into_owned());
        }
        Ok(blueprint)
    }

    /// Makes the dataset and the groups above it, and says so.
    pub(super) fn add_dataset(
        &self,
        path: &ObjectPath,
        vacancy: &Vacancy,
        blueprint: &Blueprint,
        values: Option<&Values<'_>>,
    ) -> Result<Outcome, StoreError> {
        let made = blueprint.build(path, &self.file, values, &self.references, &self.limits)?;
        link::attach(&made, &vacancy.group, &vacancy.relative()).at(path)?;
        let mut changes = change::created(vacancy, ObjectKind::Dataset);
        let real = vacancy.paths().pop().unwrap_or_else(|| path.clone());
        changes.extend(values.map(|values| self.written_whole(&real, values)));
        let shape = blueprint.extent.shape();
        let reply =
            reply::Written { shape, datatype: blueprint.datatype.clone(), sources: Vec::new() };
        Outcome::answer(path, &reply, changes)
    }

    /// All of a new dataset was written.
    pub(super) fn written_whole(&self, path: &ObjectPath, values: &Values<'_>) -> Change {
        let all = ResolvedSelection::all(&values.shape);
        change::written(path, &all, None, &values.shape, values, &self.limits)
    }
}
