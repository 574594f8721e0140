//! The facts of a dataset: what its elements are, how many, and how they are stored.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Datatype, Filter, ObjectPath};

/// How the elements lie in the file (`H5Pget_layout`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    Compact,
    Contiguous,
    Chunked,
    Virtual,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DatasetInfo {
    pub datatype: Datatype,
    /// A path of the named datatype that is shared, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_datatype: Option<ObjectPath>,
    /// `[]` for a scalar, absent for a null dataspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    /// How far each axis can grow; `null` means without limit. Absent where `shape` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_shape: Option<Vec<Option<u64>>>,
    pub layout: Layout,
    /// Chunked layout only: the dims of one chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Vec<u64>>,
    /// In the order in which they are applied on write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// The value of elements never written, where one is set and can be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill_value: Option<Box<RawValue>>,
    /// Bytes that the elements take in the file (`H5Dget_storage_size`).
    pub storage_bytes: u64,
    /// Whether the elements lie in other, non-HDF5 files (`H5Pget_external_count` > 0).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub external_storage: bool,
}

impl PartialEq for DatasetInfo {
    fn eq(&self, other: &Self) -> bool {
        let text =
            |value: &Option<Box<RawValue>>| value.as_ref().map(|value| value.get().to_owned());
        self.datatype == other.datatype
            && self.named_datatype == other.named_datatype
            && self.shape == other.shape
            && self.max_shape == other.max_shape
            && self.layout == other.layout
            && self.chunks == other.chunks
            && self.filters == other.filters
            && text(&self.fill_value) == text(&other.fill_value)
            && self.storage_bytes == other.storage_bytes
            && self.external_storage == other.external_storage
    }
}
