//! A value on its way into an attribute: chosen first, then put in place so that the old one is never lost.

use std::ffi::{CStr, CString};

use hdf5_async_protocol::model::{ByteOrder, Datatype, ObjectPath};
use hdf5_async_protocol::values;

use super::Found;
use crate::store::error::{At as _, StoreError};
use crate::store::incoming::{Incoming, Values};
use crate::store::library::space::{Extent, Space};
use crate::store::library::{Handle, attribute};
use crate::store::references::References;
use crate::store::transfer::{Staged, Target, built, form_of};
use crate::store::{StoreLimits, named_datatype};

/// What an attribute is to become.
#[derive(Debug)]
pub(super) struct NewValue<'a> {
    pub(super) datatype: Datatype,
    /// Of the named datatype that is shared.
    pub(super) named_datatype: Option<ObjectPath>,
    /// `None` for a null dataspace.
    pub(super) values: Option<Values<'a>>,
}

impl<'a> NewValue<'a> {
    pub(super) fn choose(incoming: &Incoming<'a>, old: Option<&Found>) -> Result<Self, StoreError> {
        let kept = old.map(|old| &old.datatype).filter(|_| incoming.datatype.is_none());
        if incoming.is_null() {
            let datatype = incoming.datatype.or(kept).cloned();
            let fallback = || Datatype::float(8, ByteOrder::Little);
            let datatype = datatype.unwrap_or_else(fallback);
            return Ok(Self { datatype, named_datatype: None, values: None });
        }
        let values = match kept.map(|kept| incoming.in_datatype(kept)) {
            Some(Ok(values)) => values,
            Some(Err(error)) if !error.is_about_values() => return Err(error),
            _ => incoming.in_own_datatype()?,
        };
        let datatype = values.datatype.clone();
        Ok(Self { datatype, named_datatype: None, values: Some(values) })
    }

    pub(super) fn extent(&self) -> Extent {
        self.values.as_ref().map_or(Extent::Null, |values| Extent::fixed(&values.shape))
    }

    pub(super) fn check_size(
        &self,
        path: &ObjectPath,
        limits: &StoreLimits,
    ) -> Result<(), StoreError> {
        let bytes = self.values.as_ref().map_or(0, |values| values.payload.len() as u128);
        let max = limits.max_value_bytes;
        if bytes <= u128::from(max) {
            return Ok(());
        }
        let what = "the value of the attribute";
        Err(StoreError::TooLarge { path: path.clone(), what, bytes, max })
    }

    /// The elements as the library takes them; `None` where there are none.
    fn staged(
        &self,
        path: &ObjectPath,
        target: Target<'_>,
    ) -> Result<Option<Staged<'_>>, StoreError> {
        let Some(values) = &self.values else { return Ok(None) };
        let n_elements = values::n_elements(&values.shape).at(path)?;
        if n_elements == 0 {
            return Ok(None);
        }
        Staged::new(path, &values.payload, target, n_elements).map(Some)
    }

    /// Puts the value in place: into the old attribute where it fits, otherwise beside it and then under its name.
    pub(super) fn store(
        &self,
        path: &ObjectPath,
        object: &Handle,
        name: &CStr,
        old: Option<Found>,
        references: &References,
        limits: &StoreLimits,
    ) -> Result<(), StoreError> {
        let in_place = old.as_ref().is_some_and(|old| {
            old.datatype == self.datatype && old.extent.shape() == self.extent().shape()
        });
        let in_place = in_place
            && match (&old, &self.named_datatype) {
                (Some(old), wanted) => old.named_datatype(path)? == *wanted,
                (None, _) => true,
            };
        if in_place && let Some(old) = &old {
            return match self.staged(path, old.target())? {
                Some(staged) => {
                    attribute::write(&old.handle, &old.memory_type, staged.elements()).at(path)
                }
                None => Ok(()),
            };
        }
        let memory_type = built(path, &self.datatype)?;
        let form = form_of(&self.datatype, &memory_type);
        let staged = self.staged(
            path,
            Target {
                handle: object,
                memory_type: &memory_type,
                datatype: &self.datatype,
                form: form.as_ref(),
                references,
                max_heap_bytes: limits.max_value_bytes,
                takes_room: false,
                plain_chunks: None,
            },
        )?;
        let replaced = old.is_some();
        drop(old);
        let space = Space::new(&self.extent()).at(path)?;
        let made_as = if replaced { spare_name(path, object)? } else { name.to_owned() };
        let named = match &self.named_datatype {
            Some(named) => Some(named_datatype::shared(path, object, named, &self.datatype)?),
            None => None,
        };
        let file_type = named.as_ref().unwrap_or(&memory_type);
        let made = attribute::create(object, &made_as, file_type, &space).at(path)?;
        let written = match &staged {
            Some(staged) => attribute::write(&made, &memory_type, staged.elements()).at(path),
            None => Ok(()),
        };
        drop(made);
        let placed = written.and_then(|()| {
            if !replaced {
                return Ok(());
            }
            attribute::delete(object, name).at(path)?;
            attribute::rename(object, &made_as, name).at(path)
        });
        if placed.is_err() && attribute::exists(object, name).at(path)? {
            // What could not be completed goes; the attribute as it was stays.
            attribute::delete(object, &made_as).at(path)?;
        }
        placed
    }
}

/// A name that no attribute of the object has.
fn spare_name(path: &ObjectPath, object: &Handle) -> Result<CString, StoreError> {
    let mut number: u64 = 0;
    loop {
        let name = CString::new(format!(".replacing-{number}")).unwrap_or_default();
        if !attribute::exists(object, &name).at(path)? {
            return Ok(name);
        }
        number += 1;
    }
}
