//! Commands that look at many elements and answer with few.

use serde::{Deserialize, Serialize};

use super::{Encoding, is_all};
use crate::model::{Fields, ObjectPath, Selection};

/// Minimum, maximum, mean and the like of the selected numbers.
///
/// Errors: `not_found`, `wrong_kind`, `invalid_selection`, `unsupported_datatype`, `too_large`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Stats {
    pub path: ObjectPath,
    #[serde(default, skip_serializing_if = "is_all")]
    pub selection: Selection,
    /// Of compounds, the one member that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
}

/// A selection made smaller for a plot.
///
/// Errors: as [`Stats`]; `invalid_request` where `size` does not fit the selection's rank, `too_large` where it is
/// more than one block.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sample {
    pub path: ObjectPath,
    #[serde(default, skip_serializing_if = "is_all")]
    pub selection: Selection,
    /// Of compounds, the one member that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
    /// At most so many buckets along each axis of the selection.
    pub size: Vec<u64>,
    #[serde(default)]
    pub method: SampleMethod,
    #[serde(default)]
    pub encoding: Encoding,
}

/// What a bucket becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SampleMethod {
    /// Its first element, of any datatype; the other elements are not looked at.
    #[default]
    First,
    /// The mean of its numbers without NaN, as a double.
    Mean,
    /// Its smallest and its largest number without NaN, as 64-bit integers or doubles.
    MinMax,
}
