//! The command that makes a dataset.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::dataset::sent;
use crate::model::{
    AllocationTime, Datatype, ExternalFile, FillTime, Filter, Layout, ObjectPath, VirtualSource,
};

/// A dataset, and the groups above it that are missing (`H5Dcreate2`).
///
/// Errors: `already_exists`, `invalid_datatype`, `unsupported_datatype`, `unsupported` (filter, layout),
/// `shape_mismatch`, `invalid_value`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateDataset {
    pub path: ObjectPath,
    pub datatype: Datatype,
    /// Of the named datatype that the dataset is to share; `datatype` says what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_datatype: Option<ObjectPath>,
    /// `[]` is a scalar; `null` or absent without `data` is a null dataspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    /// How far each axis may grow, `null` for without limit; makes the layout chunked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_shape: Option<Vec<Option<u64>>>,
    /// Chosen by the server where a chunked layout needs them and they are absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Vec<u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// `null` leaves elements that were never written undefined.
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub fill_value: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill_time: Option<FillTime>,
    /// Chosen by the layout where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation_time: Option<AllocationTime>,
    /// Times of changes are kept in the file; not where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_times: Option<bool>,
    /// The order in which attributes are made is kept; not where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_order: Option<bool>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfiltered_edge_chunks: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute_phase_change: Option<[u32; 2]>,
    /// Of the virtual layout.
    #[serde(default, rename = "virtual", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<VirtualSource>,
    /// Refused: files outside of HDF5 are not written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_storage: Vec<ExternalFile>,
    /// First values, in the shape of the dataset or broadcast to it.
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
}

impl CreateDataset {
    /// A dataset with a null dataspace, for callers that set what they want otherwise.
    pub fn new(path: ObjectPath, datatype: Datatype) -> Self {
        Self {
            path,
            datatype,
            named_datatype: None,
            shape: None,
            max_shape: None,
            chunks: None,
            layout: None,
            filters: Vec::new(),
            fill_value: None,
            fill_time: None,
            allocation_time: None,
            track_times: None,
            track_order: None,
            unfiltered_edge_chunks: false,
            attribute_phase_change: None,
            sources: Vec::new(),
            external_storage: Vec::new(),
            data: None,
        }
    }
}
