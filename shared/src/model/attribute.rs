//! A named value attached to an object.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Datatype, ObjectPath};

/// An attribute: its facts, and its value where it is small.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttributeInfo {
    pub name: String,
    pub datatype: Datatype,
    /// A path of the named datatype that is shared, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_datatype: Option<ObjectPath>,
    /// `[]` for a scalar, absent for a null dataspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    /// The value as JSON; absent when it was not asked for, is larger than the server's
    /// `max_inline_value_bytes`, or has a datatype that cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<RawValue>>,
}

impl PartialEq for AttributeInfo {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.datatype == other.datatype
            && self.named_datatype == other.named_datatype
            && self.shape == other.shape
            && self.value.as_ref().map(|value| value.get())
                == other.value.as_ref().map(|value| value.get())
    }
}
