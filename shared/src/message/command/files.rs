//! Commands about whole files.

use serde::{Deserialize, Serialize};

use crate::model::FileCreation;

/// Makes an empty file in a served folder (`H5Fcreate`); `file` is its name.
///
/// Errors: `already_exists`; `file_not_found` where its folder is not served, `limit_exceeded`, `hdf5` where a
/// creation property is none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateFile {
    /// Empties the file that is there. Those who watch it go on watching, and are told `file_changed`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub creation: FileCreation,
}

fn is_default(creation: &FileCreation) -> bool {
    *creation == FileCreation::default()
}

/// The size of a file and the properties that it was made with (`H5Fget_create_plist`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FileInfo {}

/// Lets go of a file that nobody watches, so that other programs may open it; it is opened again when somebody asks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CloseFile {}

/// Removes a file from disk. Those who watch it are told `file_closed`.
///
/// Errors: `read_only` where the server was not started with `--allow-delete-files`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteFile {}
