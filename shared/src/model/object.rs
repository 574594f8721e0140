//! What a path leads to, in full ([`ObjectInfo`]) and as a line of a listing ([`Child`]).

use serde::{Deserialize, Serialize};

use super::dataset::is_default;
use super::{AttributeInfo, DatasetInfo, Datatype, Link, ObjectPath};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    Group,
    Dataset,
    NamedDatatype,
}

/// Everything about one object, as `describe` answers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectInfo {
    pub path: ObjectPath,
    pub kind: ObjectKind,
    /// The link that the path ends with; hard for the root group.
    pub link: Link,
    /// In the order in which they were made where the object tracks it, otherwise by name.
    pub attributes: Vec<AttributeInfo>,
    /// How many hard links lead to the object (`H5Oget_info`).
    pub n_links: u32,
    /// Where its header lies in the file: tells objects apart as long as they exist, whatever they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<u64>,
    /// Last change in seconds since 1970-01-01 UTC; 0 where the object does not keep it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub modified: u64,
    /// Groups only: how many links the group holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_children: Option<u64>,
    /// Groups only: whether the order in which links are made is kept (`H5Pget_link_creation_order`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub track_order: bool,
    /// Datasets only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DatasetInfo>,
    /// Named datatypes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
}

/// One link of a group and, if it leads to an object, the facts that a tree shows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Child {
    pub name: String,
    pub link: Link,
    /// `None` when the link is dangling, external, or not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ObjectKind>,
    /// Datasets and named datatypes; `None` also where the datatype cannot be represented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
    /// Datasets: the current dims, `[]` for a scalar; absent for a null dataspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    #[serde(default)]
    pub n_attributes: u64,
    /// As in [`ObjectInfo`]; `None` where there is no kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<u64>,
    /// Groups: how many links they hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_children: Option<u64>,
}
