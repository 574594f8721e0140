//! What `walk` and `search` answer.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::{Child, Link, ObjectKind, ObjectPath};

/// `walk`: some groups with some of their links.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Walk {
    /// A large group comes in several parts.
    pub groups: Vec<WalkedGroup>,
    /// For going on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WalkedGroup {
    pub path: ObjectPath,
    pub children: Vec<Child>,
}

/// `search`: what was found since the last answer, if anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Search {
    pub found: Vec<Found>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
}

/// An object, or with a search for attributes one of its attributes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    pub path: ObjectPath,
    pub link: Link,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ObjectKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<RawValue>>,
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        let value = |found: &Self| found.value.as_ref().map(|value| value.get().to_owned());
        (&self.path, &self.link, self.kind, &self.attribute, value(self))
            == (&other.path, &other.link, other.kind, &other.attribute, value(other))
    }
}
