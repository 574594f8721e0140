//! The facts of a dataset: what its elements are, how many, and how they are stored.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{AllocationTime, Datatype, ExternalFile, FillTime, Filter, ObjectPath, VirtualSource};

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
    /// The value of elements never written, where one is set and can be shown; `null` where they are left undefined.
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub fill_value: Option<Box<RawValue>>,
    /// Bytes that the elements take in the file (`H5Dget_storage_size`).
    pub storage_bytes: u64,
    /// The files, not HDF5, in which the elements lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_storage: Vec<ExternalFile>,
    /// Of the virtual layout: where the elements are.
    #[serde(default, rename = "virtual", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<VirtualSource>,
    /// Absent for `ifset`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fill_time: FillTime,
    /// Absent where it is the usual one of the layout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation_time: Option<AllocationTime>,
    /// Whether the times of changes are kept in the file (`H5Pset_obj_track_times`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub track_times: bool,
    /// Whether the order in which attributes are made is kept (`H5Pset_attr_creation_order`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub track_order: bool,
    /// Chunks that reach over the edge are stored without filters (`H5Pset_chunk_opts`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub unfiltered_edge_chunks: bool,
    /// From how many attributes on they are kept in an index, and down to how many (`H5Pset_attr_phase_change`);
    /// absent for 8 and 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute_phase_change: Option<[u32; 2]>,
}

/// Keeps `null`, which says something, apart from a field that is absent.
pub(crate) fn sent<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
            && self.sources == other.sources
            && self.fill_time == other.fill_time
            && self.allocation_time == other.allocation_time
            && self.track_times == other.track_times
            && self.track_order == other.track_order
            && self.unfiltered_edge_chunks == other.unfiltered_edge_chunks
            && self.attribute_phase_change == other.attribute_phase_change
    }
}
