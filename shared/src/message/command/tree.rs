//! Commands that change which links lead to which objects.

use serde::{Deserialize, Serialize};

use crate::model::ObjectPath;

/// A link at `path`, and the groups above it that are missing (`H5Olink`, `H5Lcreate_soft`, `H5Lcreate_external`).
///
/// Errors: `already_exists`, `not_found` where the target of a hard link is missing, `wrong_kind`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub path: ObjectPath,
    #[serde(default)]
    pub kind: LinkKind,
    /// Of a hard link the path of an object; of the others any path, which may lead nowhere.
    pub target: String,
    /// External links only: the file that `target` is in, as the link stores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_file: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    #[default]
    Hard,
    Soft,
    External,
}

/// Gives the link at `path` another place or name; groups that are missing above `to` are made (`H5Lmove`).
///
/// Errors: `not_found`, `already_exists`, `invalid_request` for the root group and for a group that would be inside
/// itself, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Move {
    pub path: ObjectPath,
    pub to: ObjectPath,
}

/// A copy of the object at `path`, with all below it; groups that are missing above `to` are made (`H5Ocopy`).
///
/// Errors: `not_found`, `already_exists`, `read_only`; `file_not_found` and `busy` for `from_file`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "named as the options of H5Ocopy are")]
pub struct Copy {
    pub path: ObjectPath,
    pub to: ObjectPath,
    /// The served file that `path` is in, where that is another one; it is read as it is at one moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_file: Option<String>,
    /// Of a group only its own links and the objects they lead to, not what is below those.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shallow: bool,
    /// Soft links become copies of what they lead to; one whose last name is missing stays as it is, a longer way to
    /// nothing is refused (`hdf5`), as in HDF5; so is one into another file, without `expand_external`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expand_soft: bool,
    /// External links become copies of what they lead to, in files that are served; those that lead to nothing, or back
    /// into the file that the copy is made in, stay as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expand_external: bool,
    /// What object references lead to is copied, too, and the copied references lead to the copies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expand_refs: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_attrs: bool,
}

/// Gives an attribute another name (`H5Arename`).
///
/// Errors: `not_found` (object or attribute), `already_exists`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RenameAttribute {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
    pub name: String,
    pub to: String,
}
