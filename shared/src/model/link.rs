//! How a group refers to an object: HDF5 deletes and moves links, not objects.

use serde::{Deserialize, Serialize};

/// A link as it is stored, resolved or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Link {
    /// The object itself, counted by HDF5.
    Hard,
    /// A path in the same file that may lead nowhere.
    Soft { target: String },
    /// A path in another file.
    External { file: String, target: String },
    /// A link class registered by a program; the server does not follow it.
    UserDefined { class: i32 },
}
