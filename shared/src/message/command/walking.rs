//! Commands that go through everything below a group, an answer at a time.

use serde::{Deserialize, Serialize};

use crate::model::{ObjectKind, ObjectPath};

/// All links at and below a group, each group's together and once: a group that several hard links lead to is
/// entered by the first, and no other kind of link is followed (`H5Literate2`, `H5Oget_info3`).
///
/// An answer with a `cursor` is not the last: the same command with that cursor goes on. The server keeps the place
/// until then, or until the session begins more walks than `max_walks`; a request that fails does not use it up.
///
/// Errors: `not_found` (also a cursor that the server does not keep), `wrong_kind`, `too_large` where more groups wait
/// to be entered than the server notes down, `file_changed` where the file was closed or another program has changed it
/// since the walk began, which has to begin again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Walk {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
    /// Levels below the group; 1 is its own links. Absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u32>,
    /// Links in one answer; at most and by default `max_list_page`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
}

/// The objects at and below a group that fit all the patterns given; it goes on as [`Walk`] does.
///
/// In a pattern `*` stands for anything within a name, `**` for anything, `?` for one character and `[a-z]` for one
/// of some. Values that are too large for a description are not looked at.
///
/// Errors: as [`Walk`]; `invalid_request` for a pattern that is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Search {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
    /// For the name of the last link, or with a `/` inside for the whole path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// For the name of an attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// For the value of such an attribute: its text or JSON, or that of one of its elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ObjectKind>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignore_case: bool,
    /// Finds in one answer; at most and by default `max_list_page`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
}
