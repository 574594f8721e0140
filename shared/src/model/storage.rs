//! How a dataset is stored beyond its layout, chunks and filters: when it is filled, and where elements lie that are
//! not in the file.

use serde::{Deserialize, Serialize};

/// When the fill value is written (`H5Pset_fill_time`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FillTime {
    /// When room is allocated.
    Alloc,
    Never,
    /// When room is allocated, if a fill value was set.
    #[default]
    Ifset,
}

/// When room in the file is allocated (`H5Pset_alloc_time`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AllocationTime {
    Early,
    Late,
    Incremental,
}

/// A part of a dataset's elements that lies in a file that is not HDF5 (`H5Pset_external`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExternalFile {
    pub file: String,
    pub offset: u64,
    /// `null` for as many as there are.
    #[serde(default)]
    pub bytes: Option<u64>,
}

/// A part of a virtual dataset, and where its elements are (`H5Pset_virtual`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VirtualSource {
    /// In the virtual dataset.
    pub selection: MappedSelection,
    /// The file of the source, `"."` for the same one; with `%b` the number of a block is put in.
    pub file: String,
    /// The dataset in that file; with `%b` as `file`.
    pub path: String,
    /// In the source; as many elements as in the virtual dataset.
    pub source_selection: MappedSelection,
    /// Absent where the file does not say it, which is so for the whole of a source and for one that grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_shape: Option<Vec<u64>>,
    /// `null` for an axis without limit; absent where it is the shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_max_shape: Option<Vec<Option<u64>>>,
}

/// What a mapping selects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    untagged,
    expecting = "a selection, a hyperslab with start, stride, count and block, or boxes"
)]
pub enum MappedSelection {
    /// As everywhere in the protocol, for what can be said so.
    Text(String),
    Hyperslab(MappedHyperslab),
    /// The first and the last index of each box.
    Boxes {
        boxes: Vec<[Vec<u64>; 2]>,
    },
}

/// Blocks in regular distance; one number an axis. `null` in `count` or `block` grows with the dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MappedHyperslab {
    pub start: Vec<u64>,
    pub stride: Vec<u64>,
    pub count: Vec<Option<u64>>,
    pub block: Vec<Option<u64>>,
}
