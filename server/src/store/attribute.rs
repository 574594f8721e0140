//! Attributes of any object: listing, reading, writing, deleting.

mod replacement;

use std::ffi::{CStr, CString};
use std::sync::Arc;

use hdf5_async_protocol::message::{Change, command, event, reply};
use hdf5_async_protocol::model::{AttributeInfo, Datatype, ObjectPath};

use super::error::{At as _, StoreError};
use super::incoming::{Incoming, inline_json};
use super::library::form::Form;
use super::library::space::Extent;
use super::library::{Handle, attribute, datatype};
use super::opened::product;
use super::references::References;
use super::resolve::resolve;
use super::transfer::{Target, all_elements, form_of};
use super::{Answer, Outcome, Store, StoreLimits, named_datatype};
use replacement::NewValue;

/// An open attribute and its facts.
#[derive(Debug)]
struct Found {
    handle: Handle,
    datatype: Datatype,
    memory_type: Handle,
    form: Option<Form>,
    extent: Extent,
    references: Arc<References>,
    max_heap_bytes: u64,
}

impl Found {
    fn open(
        path: &ObjectPath,
        object: &Handle,
        name: &CStr,
        references: &Arc<References>,
        limits: &StoreLimits,
    ) -> Result<Self, StoreError> {
        let handle = attribute::open(object, name).at(path)?;
        let memory_type = attribute::datatype(&handle).at(path)?;
        let model = datatype::describe(&memory_type).at(path)?;
        let extent = attribute::space(&handle).at(path)?.extent().at(path)?;
        Ok(Self {
            handle,
            form: form_of(&model, &memory_type),
            datatype: model,
            memory_type,
            extent,
            references: Arc::clone(references),
            max_heap_bytes: limits.max_value_bytes,
        })
    }

    fn target(&self) -> Target<'_> {
        Target {
            handle: &self.handle,
            memory_type: &self.memory_type,
            datatype: &self.datatype,
            form: self.form.as_ref(),
            references: &self.references,
            max_heap_bytes: self.max_heap_bytes,
            takes_room: false,
            plain_chunks: None,
        }
    }

    /// A path of the named datatype that the attribute shares.
    fn named_datatype(&self, path: &ObjectPath) -> Result<Option<ObjectPath>, StoreError> {
        named_datatype::path_of(path, &self.handle, &self.memory_type, &self.references)
    }

    /// Bytes of all slots; `None` where the datatype does not travel.
    fn slot_bytes(&self) -> Option<u128> {
        let slot = self.form.as_ref()?.wire_size();
        let elements = self.extent.shape().map_or(0, |shape| product(&shape));
        Some(elements.saturating_mul(slot as u128))
    }

    fn read(&self, path: &ObjectPath, limits: &StoreLimits) -> Result<Vec<u8>, StoreError> {
        let unsupported = || StoreError::UnsupportedDatatype {
            path: path.clone(),
            datatype: self.datatype.clone(),
        };
        let form = self.form.as_ref().ok_or_else(unsupported)?;
        let bytes = self.slot_bytes().ok_or_else(unsupported)?;
        let max = limits.max_value_bytes;
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        if bytes > u128::from(max) {
            let what = "the value of the attribute";
            return Err(StoreError::TooLarge { path: path.clone(), what, bytes, max });
        }
        if size == 0 {
            return Ok(Vec::new());
        }
        if !form.is_plain() {
            let n_elements = size / form.wire_size();
            let memory =
                attribute::read_elements(&self.handle, &self.memory_type, form, n_elements);
            return all_elements(path, self.target(), &memory.at(path)?, n_elements);
        }
        let mut payload = vec![0_u8; size];
        attribute::read(&self.handle, &self.memory_type, &mut payload).at(path)?;
        Ok(payload)
    }
}

/// All attributes of an object in the order of [`attribute::names`], with the values that are small.
pub(crate) fn all(
    path: &ObjectPath,
    object: &Handle,
    references: &Arc<References>,
    limits: &StoreLimits,
) -> Result<Vec<AttributeInfo>, StoreError> {
    let names = attribute::names(object).at(path)?;
    names.iter().map(|name| attribute_info(path, object, name, references, limits)).collect()
}

fn attribute_info(
    path: &ObjectPath,
    object: &Handle,
    name: &CStr,
    references: &Arc<References>,
    limits: &StoreLimits,
) -> Result<AttributeInfo, StoreError> {
    let found = Found::open(path, object, name, references, limits)?;
    let shape = found.extent.shape();
    let small =
        found.slot_bytes().is_some_and(|bytes| bytes <= u128::from(limits.inline_value_bytes));
    let value = if small {
        let payload = found.read(path, limits)?;
        inline_json(&payload, &found.datatype, shape.as_deref(), limits)
    } else {
        None
    };
    Ok(AttributeInfo {
        name: name.to_string_lossy().into_owned(),
        named_datatype: found.named_datatype(path)?,
        datatype: found.datatype,
        shape,
        value,
    })
}

fn checked_name(path: &ObjectPath, name: &str) -> Result<CString, StoreError> {
    let invalid = |reason| StoreError::InvalidRequest { path: path.clone(), reason };
    if name.is_empty() {
        return Err(invalid("the name of an attribute is not empty"));
    }
    CString::new(name).map_err(|_| invalid("the name of an attribute has no NUL byte inside"))
}

impl Store {
    pub(super) fn attributes(
        &mut self,
        command: &command::Attributes,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let object = resolve(&self.file, path)?.object;
        let attributes = all(path, &object, &self.references, &self.limits)?;
        Outcome::answer(path, &reply::Attributes { attributes }, Vec::new())
    }

    pub(super) fn read_attribute(
        &mut self,
        command: &command::ReadAttribute,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let object = resolve(&self.file, path)?.object;
        let name = existing(path, &object, &command.name)?;
        let found = Found::open(path, &object, &name, &self.references, &self.limits)?;
        let payload = found.read(path, &self.limits)?;
        let values = reply::Values {
            shape: found.extent.shape(),
            datatype: found.datatype,
            data: None,
            place: None,
            last: None,
        };
        Ok(Outcome::read(Answer::Values { values, payload }))
    }

    pub(super) fn rename_attribute(
        &mut self,
        command: &command::RenameAttribute,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let resolved = resolve(&self.file, path)?;
        let name = existing(path, &resolved.object, &command.name)?;
        let to = checked_name(path, &command.to)?;
        if name == to {
            return Outcome::answer(path, &reply::Done {}, Vec::new());
        }
        if attribute::exists(&resolved.object, &to).at(path)? {
            return Err(StoreError::AttributeExists {
                path: path.clone(),
                name: command.to.clone(),
            });
        }
        attribute::rename(&resolved.object, &name, &to).at(path)?;
        let info = attribute_info(path, &resolved.object, &to, &self.references, &self.limits)?;
        let written = |data| event::Written { datatype: info.datatype, data };
        let changes = vec![
            Change::AttributeDeleted { path: resolved.path.clone(), name: command.name.clone() },
            Change::AttributeWritten {
                path: resolved.path,
                name: info.name,
                values: info.value.map(written),
            },
        ];
        Outcome::answer(path, &reply::Done {}, changes)
    }

    pub(super) fn delete_attribute(
        &mut self,
        command: &command::DeleteAttribute,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let resolved = resolve(&self.file, path)?;
        let name = existing(path, &resolved.object, &command.name)?;
        attribute::delete(&resolved.object, &name).at(path)?;
        let change = Change::AttributeDeleted { path: resolved.path, name: command.name.clone() };
        Outcome::answer(path, &reply::Done {}, vec![change])
    }

    pub(super) fn write_attribute(
        &mut self,
        command: &command::WriteAttribute,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let incoming = Incoming::new(path, command.data.as_deref(), payload, &self.limits)
            .said_to_be(command.datatype.as_ref(), command.shape.as_deref());
        incoming.check_presence()?;
        let resolved = resolve(&self.file, path)?;
        let name = checked_name(path, &command.name)?;
        let old = if attribute::exists(&resolved.object, &name).at(path)? {
            Some(Found::open(path, &resolved.object, &name, &self.references, &self.limits)?)
        } else {
            None
        };
        let mut new = NewValue::choose(&incoming, old.as_ref())?;
        new.named_datatype = match (&command.named_datatype, &old) {
            (Some(named), _) => Some(named.clone()),
            (None, Some(old)) if old.datatype == new.datatype => old.named_datatype(path)?,
            (None, _) => None,
        };
        new.check_size(path, &self.limits)?;
        new.store(path, &resolved.object, &name, old, &self.references, &self.limits)?;
        let written = match &new.values {
            Some(values) => values.inline_json(&self.limits),
            None => inline_json(&[], &new.datatype, None, &self.limits),
        };
        let change = Change::AttributeWritten {
            path: resolved.path,
            name: command.name.clone(),
            values: written.map(|data| event::Written { datatype: new.datatype.clone(), data }),
        };
        let shape = new.extent().shape();
        let reply = reply::Written { shape, datatype: new.datatype, sources: Vec::new() };
        Outcome::answer(path, &reply, vec![change])
    }
}

fn existing(path: &ObjectPath, object: &Handle, name: &str) -> Result<CString, StoreError> {
    let c_name = checked_name(path, name)?;
    if attribute::exists(object, &c_name).at(path)? {
        return Ok(c_name);
    }
    Err(StoreError::AttributeNotFound { path: path.clone(), name: name.to_owned() })
}
