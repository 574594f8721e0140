//! What is answered to commands about whole files.

use serde::{Deserialize, Serialize};

use crate::model::FileCreation;

/// `file_info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileDetails {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes in it that are free to be used again.
    pub free_bytes: u64,
    pub creation: FileCreation,
}

/// `close_file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Closed {
    /// False where somebody watches the file or has asked for something.
    pub closed: bool,
}
