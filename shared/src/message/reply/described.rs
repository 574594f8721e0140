//! The answer to `describe_many`: for each object what it is, or why that cannot be said.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::message::ErrorReply;
use crate::model::ObjectInfo;

/// `describe_many`: a result for each path, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DescribeMany {
    pub results: Vec<DescribeResult>,
}

/// What came of one of the paths; `status` tells which.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum DescribeResult {
    Found(Box<Described>),
    Failed(ErrorReply),
}

/// An object, with the file and its position where an external link has led to another file than the one asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "status", rename = "success")]
pub struct Described {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    pub object: ObjectInfo,
}

impl<'de> Deserialize<'de> for DescribeResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Envelope {
            status: String,
        }
        // By way of text: the values of attributes are kept as they are written, which serde's own enums cannot do.
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let Envelope { status } = serde_json::from_str(text.get()).map_err(D::Error::custom)?;
        if status == "success" {
            serde_json::from_str(text.get()).map(Self::Found).map_err(D::Error::custom)
        } else {
            serde_json::from_str(text.get()).map(Self::Failed).map_err(D::Error::custom)
        }
    }
}
