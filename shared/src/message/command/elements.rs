//! Commands about some elements of a dataset beyond reading and writing a box of them.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Encoding, is_all, sent};
use crate::model::{Coordinates, Datatype, Fields, ObjectPath, Selection};

/// Other dims for a dataset; what is inside both stays, what is new is the fill value (`H5Dset_extent`).
///
/// Errors: `not_found`, `wrong_kind`, `shape_mismatch` (another rank, beyond `max_shape`, not chunked), `too_large`,
/// `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Resize {
    pub path: ObjectPath,
    pub shape: Vec<u64>,
}

/// One value into all selected elements; without `data` it is the dataset's fill value (`H5Dwrite`).
///
/// Errors: `not_found`, `wrong_kind`, `invalid_selection`, `shape_mismatch`, `invalid_value`, `unsupported_datatype`,
/// `too_large`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fill {
    pub path: ObjectPath,
    #[serde(default, skip_serializing_if = "is_all")]
    pub selection: Selection,
    /// One element. In a binary message it follows the header.
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
}

/// Values before the one at `index` along one axis; those from there on move up (`H5Dset_extent`, `H5Dwrite`).
///
/// The values have the dataset's rank, or one less for a single row. A negative index counts from the end, the
/// dataset's length appends. A dataset that does not exist is made, resizable along `axis`, for index 0.
///
/// Errors: `not_found`, `wrong_kind`, `invalid_selection` (index), `shape_mismatch` (also where `max_shape` does not
/// allow to grow), `invalid_value`, `too_large` (elements that have to move), `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Insert {
    pub path: ObjectPath,
    pub index: i64,
    #[serde(default)]
    pub axis: u32,
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
}

/// Single elements by their coordinates, in the order given (`H5Sselect_elements`, `H5Dread`).
///
/// Errors: as `read`; `too_large` where they are more than one block of memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Points {
    pub path: ObjectPath,
    pub points: Coordinates,
    /// Of compounds, the members that are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
    #[serde(default)]
    pub encoding: Encoding,
}

/// Values into single elements by their coordinates; of a point given twice, the last value counts.
///
/// The values are one for each point, or one for all.
///
/// Errors: as `write` with a selection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WritePoints {
    pub path: ObjectPath,
    pub points: Coordinates,
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
}
