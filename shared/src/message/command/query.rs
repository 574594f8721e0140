//! The rows of a dataset that a predicate is true of.

use serde::{Deserialize, Serialize};

use super::{Encoding, is_all};
use crate::model::{Fields, ObjectPath, Selection};

/// The rows that pass a predicate, with their indices, of a dataset with one axis.
///
/// The predicate is a text as in [`crate::query`]. The rows are looked at block by block, each block as it is at one
/// moment; in binary they are sent as they are found.
///
/// Errors: `not_found`, `wrong_kind`, `shape_mismatch` (not one axis), `invalid_query` (with its `position`),
/// `invalid_selection`, `unsupported_datatype`, `too_large`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Query {
    pub path: ObjectPath,
    #[serde(rename = "where")]
    pub predicate: String,
    /// The rows that are looked at.
    #[serde(default, skip_serializing_if = "is_all")]
    pub selection: Selection,
    /// The members that are answered, of compounds; the predicate may be about others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
    /// So many rows that pass are left out at first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offset: u64,
    /// The search ends after so many rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    #[serde(default)]
    pub encoding: Encoding,
}

#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")
)]
fn is_zero(offset: &u64) -> bool {
    *offset == 0
}
