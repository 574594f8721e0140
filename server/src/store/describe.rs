//! Everything about one object.

use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::{
    DatasetInfo, Datatype, Layout, ObjectInfo, ObjectKind, ObjectPath,
};
use serde_json::value::RawValue;

use super::error::{At as _, StoreError};
use super::incoming::inline_json;
use super::library::creation::CreationList;
use super::library::{Handle, dataset, datatype, object, representation};
use super::resolve::{Resolved, resolve};
use super::transfer::all_strings;
use super::{Outcome, Store, StoreLimits, attribute, filter};

impl Store {
    pub(super) fn describe(&mut self, command: &command::Describe) -> Result<Outcome, StoreError> {
        let object = self.object_info(&command.path)?;
        Outcome::answer(&command.path, &reply::Describe { object }, Vec::new())
    }

    fn object_info(&mut self, path: &ObjectPath) -> Result<ObjectInfo, StoreError> {
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
            attributes: attribute::all(path, &object, &self.limits)?,
            n_links: facts.n_links,
            n_children: None,
            dataset: None,
            datatype: None,
        };
        match kind {
            ObjectKind::Group => info.n_children = Some(object::n_children(&object).at(path)?),
            ObjectKind::Dataset => info.dataset = Some(dataset_info(path, &object, &self.limits)?),
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
    limits: &StoreLimits,
) -> Result<DatasetInfo, StoreError> {
    let creation = dataset::creation(object).at(path)?;
    let file_type = dataset::datatype(object).at(path)?;
    let datatype = datatype::describe(&file_type).at(path)?;
    let extent = dataset::extent(object, &creation).at(path)?;
    let layout = creation.layout().at(path)?;
    Ok(DatasetInfo {
        fill_value: fill_value(path, &creation, &file_type, &datatype, limits)?,
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
        external_storage: creation.is_external().at(path)?,
    })
}

/// The fill value as JSON, where one was set and its datatype travels.
fn fill_value(
    path: &ObjectPath,
    creation: &CreationList,
    file_type: &Handle,
    datatype: &Datatype,
    limits: &StoreLimits,
) -> Result<Option<Box<RawValue>>, StoreError> {
    let Some(slot) = datatype.wire_size() else { return Ok(None) };
    if slot as u64 > limits.inline_value_bytes || !creation.has_fill_value().at(path)? {
        return Ok(None);
    }
    let built = match datatype {
        Datatype::Bool => representation::build(datatype).at(path)?,
        _ => None,
    };
    let memory_type = built.as_ref().unwrap_or(file_type);
    let payload = fill_element(path, creation, memory_type, datatype, limits)?;
    Ok(inline_json(&payload, datatype, Some(&[]), limits))
}

/// The value of elements that were never written, as a payload of one; zeros where none was set.
pub(super) fn fill_element(
    path: &ObjectPath,
    creation: &CreationList,
    memory_type: &Handle,
    datatype: &Datatype,
    limits: &StoreLimits,
) -> Result<Vec<u8>, StoreError> {
    if datatype.is_variable_length() {
        let text = creation.fill_string(memory_type).at(path)?;
        return all_strings(path, &text, limits);
    }
    let mut element = vec![0_u8; datatype.wire_size().unwrap_or(0)];
    creation.fill_value(memory_type, &mut element).at(path)?;
    Ok(element)
}
