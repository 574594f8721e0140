//! One step of a chunk's filter pipeline.

use serde::{Deserialize, Deserializer, Serialize};

/// A filter by its registered id, with the client data values it was set with (`H5Pset_filter`).
///
/// On the wire `{"name": "deflate", "id": 1, "options": [4]}`; a client may send just `"shuffle"`
/// or leave `id` out for the names that the server knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Filter {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<u32>,
    /// Whether a chunk that the filter fails for is refused instead of stored without it; absent where it is as
    /// usual, which is only so for fletcher32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandatory: Option<bool>,
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Full {
            name: String,
            #[serde(default)]
            id: Option<u16>,
            #[serde(default)]
            options: Vec<u32>,
            #[serde(default)]
            mandatory: Option<bool>,
        }
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a filter's name or {\"name\": ..., \"options\": [...]}")]
        enum Form {
            Name(String),
            Full(Full),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Name(name) => Self { name, id: None, options: Vec::new(), mandatory: None },
            Form::Full(Full { name, id, options, mandatory }) => {
                Self { name, id, options, mandatory }
            }
        })
    }
}
