//! Which objects and attributes a search is after.

use hdf5_async_protocol::message::command;
use hdf5_async_protocol::message::reply::Found;
use hdf5_async_protocol::model::{AttributeInfo, Link, ObjectKind, ObjectPath};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::StoreError;
use super::glob::Glob;
use super::resolve::{Resolved, resolve};
use super::{Store, attribute};

/// The patterns of a search; an object has to fit all that are there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wanted {
    pattern: Option<Glob>,
    attribute: Option<Glob>,
    value: Option<Glob>,
    kind: Option<ObjectKind>,
}

impl Wanted {
    /// # Errors
    /// Says which pattern is none, and why.
    pub fn new(search: &command::Search) -> Result<Self, String> {
        let glob = |name: &str, text: &Option<String>| {
            text.as_deref()
                .map(|text| Glob::new(text, search.ignore_case))
                .transpose()
                .map_err(|error| format!("{name:?} is not a pattern: {error}"))
        };
        Ok(Self {
            pattern: glob("pattern", &search.pattern)?,
            attribute: glob("attribute", &search.attribute)?,
            value: glob("value", &search.value)?,
            kind: search.kind,
        })
    }

    fn fits_object(&self, path: &ObjectPath, kind: Option<ObjectKind>) -> bool {
        let name = path.name().unwrap_or("/");
        let by_name = |glob: &Glob| {
            if glob.has_slash() { glob.matches(path.as_str()) } else { glob.matches(name) }
        };
        (self.kind.is_none() || self.kind == kind) && self.pattern.as_ref().is_none_or(by_name)
    }

    fn is_about_attributes(&self) -> bool {
        self.attribute.is_some() || self.value.is_some()
    }

    fn fits_attribute(&self, info: &AttributeInfo) -> bool {
        self.attribute.as_ref().is_none_or(|glob| glob.matches(&info.name))
            && self.value.as_ref().is_none_or(|glob| {
                let value =
                    info.value.as_ref().and_then(|value| serde_json::from_str(value.get()).ok());
                value.is_some_and(|value| fits_value(glob, &value))
            })
    }
}

fn fits_value(glob: &Glob, value: &Value) -> bool {
    match value {
        Value::String(text) => glob.matches(text),
        Value::Array(elements) => {
            elements.iter().any(|element| fits_value(glob, element))
                || glob.matches(&value.to_string())
        }
        other => glob.matches(&other.to_string()),
    }
}

impl Store {
    /// Adds what is found at `path` to `found`; `opened` is the object where it is open already.
    pub(super) fn find_in(
        &self,
        path: &ObjectPath,
        link: Link,
        kind: Option<ObjectKind>,
        opened: Option<&Resolved>,
        wanted: &Wanted,
        found: &mut Vec<Found>,
    ) -> Result<(), StoreError> {
        if !wanted.fits_object(path, kind) {
            return Ok(());
        }
        let found_here = Found { path: path.clone(), link, kind, attribute: None, value: None };
        if !wanted.is_about_attributes() {
            found.push(found_here);
            return Ok(());
        }
        // Attributes are those of the object, found once: where a hard link leads to it.
        if found_here.link != Link::Hard || kind.is_none() {
            return Ok(());
        }
        let resolved;
        let object = if let Some(opened) = opened {
            &opened.object
        } else {
            resolved = resolve(&self.file, path)?;
            &resolved.object
        };
        for info in attribute::all(path, object, &self.references, &self.limits)? {
            if wanted.fits_attribute(&info) {
                let AttributeInfo { name, value, .. } = info;
                found.push(Found { attribute: Some(name), value, ..found_here.clone() });
            }
        }
        Ok(())
    }
}
