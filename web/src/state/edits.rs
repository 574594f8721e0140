//! Attribute edits under way: shown at once, confirmed or taken back when the server answers.

use std::collections::BTreeMap;

use hdf5_async_protocol::model::ObjectPath;

/// What was sent and is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingAttribute {
    /// The new value, as JSON.
    Written(String),
    Deleted,
}

#[derive(Clone, Debug, Default)]
pub struct Edits {
    attributes: BTreeMap<(ObjectPath, String), PendingAttribute>,
}

impl Edits {
    pub fn attribute(&self, path: &ObjectPath, name: &str) -> Option<&PendingAttribute> {
        self.attributes.get(&(path.clone(), name.to_owned()))
    }

    /// The names of attributes of `path` that are being written.
    pub fn written(&self, path: &ObjectPath) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().filter_map(move |((of, name), pending)| match pending {
            PendingAttribute::Written(value) if of == path => Some((name.as_str(), value.as_str())),
            _ => None,
        })
    }

    pub fn begin(&mut self, path: &ObjectPath, name: &str, pending: PendingAttribute) {
        self.attributes.insert((path.clone(), name.to_owned()), pending);
    }

    /// Answered either way: what the server tells counts again.
    pub fn end(&mut self, path: &ObjectPath, name: &str) {
        self.attributes.remove(&(path.clone(), name.to_owned()));
    }
}
