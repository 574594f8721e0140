//! Everything about one object.

use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::{
    DatasetInfo, FillTime, Layout, ObjectInfo, ObjectKind, ObjectPath,
};
use serde_json::value::RawValue;

use super::error::{At as _, StoreError};
use super::incoming::inline_json;
use super::library::creation::CreationList;
use super::library::form::Form;
use super::library::{Handle, dataset, datatype, object};
use super::properties::Properties;
use super::references::References;
use super::resolve::{Resolved, resolve};
use super::transfer::{Target, all_elements, form_of};
use super::{Outcome, Store, StoreLimits, attribute, filter, mapping, named_datatype};

impl Store {
    pub(super) fn describe(&mut self, command: &command::Describe) -> Result<Outcome, StoreError> {
        let object = self.object_info(&command.path)?;
        Outcome::answer(&command.path, &reply::Describe { object }, Vec::new())
    }

    pub(super) fn object_info(&mut self, path: &ObjectPath) -> Result<ObjectInfo, StoreError> {
        let Resolved { link, object, facts, .. } = resolve(&self.file, path)?;
        let kind = facts.kind.ok_or_else(|| StoreError::WrongKind {
            path: path.clone(),
            object: path.to_string(),
            kind: None,
            needed: ObjectKind::Group,
        })?;
        let mut info = ObjectInfo {
            path: path.clone(),
            kind,
            link,
            attributes: attribute::all(path, &object, &self.references, &self.limits)?,
            n_links: facts.n_links,
            address: Some(facts.address),
            modified: facts.modified,
            n_children: None,
            track_order: false,
            dataset: None,
            datatype: None,
        };
        match kind {
            ObjectKind::Group => {
                info.n_children = Some(object::n_children(&object).at(path)?);
                info.track_order = object::tracks_creation_order(&object).at(path)?;
            }
            ObjectKind::Dataset => {
                info.dataset = Some(dataset_info(path, &object, &self.references, &self.limits)?);
            }
            ObjectKind::NamedDatatype => {
                info.datatype = Some(datatype::describe(&object).at(path)?);
            }
        }
        Ok(info)
    }
}

fn dataset_info(
    path: &ObjectPath,
    object: &Handle,
    references: &References,
    limits: &StoreLimits,
) -> Result<DatasetInfo, StoreError> {
    let creation = dataset::creation(object).at(path)?;
    let file_type = dataset::datatype(object).at(path)?;
    let datatype = datatype::describe(&file_type).at(path)?;
    let extent = dataset::extent(object).at(path)?;
    let layout = creation.layout().at(path)?;
    let form = form_of(&datatype, &file_type);
    let target = Target {
        handle: object,
        memory_type: &file_type,
        datatype: &datatype,
        form: form.as_ref(),
        references,
        max_heap_bytes: limits.max_value_bytes,
        takes_room: false,
        plain_chunks: None,
    };
    let mut info = DatasetInfo {
        fill_value: fill_value(path, &creation, target, limits)?,
        named_datatype: named_datatype::path_of(path, object, &file_type, references)?,
        datatype,
        shape: extent.shape(),
        max_shape: extent.max_shape(),
        layout,
        chunks: creation.chunks().at(path)?,
        filters: filter::named(creation.filters().at(path)?),
        storage_bytes: match layout {
            Layout::Virtual => 0,
            _ => dataset::storage_bytes(object),
        },
        external_storage: Vec::new(),
        sources: match layout {
            Layout::Virtual => mapping::described(path, &creation)?,
            _ => Vec::new(),
        },
        fill_time: FillTime::default(),
        allocation_time: None,
        track_times: false,
        track_order: false,
        unfiltered_edge_chunks: false,
        attribute_phase_change: None,
    };
    Properties::describe(path, &creation, &mut info)?;
    Ok(info)
}

/// The fill value as JSON, where one was set and its datatype travels.
fn fill_value(
    path: &ObjectPath,
    creation: &CreationList,
    target: Target<'_>,
    limits: &StoreLimits,
) -> Result<Option<Box<RawValue>>, StoreError> {
    let Some(form) = target.form else { return Ok(None) };
    if form.wire_size() as u64 > limits.inline_value_bytes || !creation.has_fill_value().at(path)? {
        return Ok(None);
    }
    let payload = fill_element(path, creation, target, form)?;
    Ok(inline_json(&payload, target.datatype, Some(&[]), limits))
}

/// The value of elements that were never written, as a payload of one; zeros where none was set.
pub(super) fn fill_element(
    path: &ObjectPath,
    creation: &CreationList,
    target: Target<'_>,
    form: &Form,
) -> Result<Vec<u8>, StoreError> {
    let element = creation.fill_value(target.memory_type, form).at(path)?;
    all_elements(path, target, &element, 1)
}
