//! What a file is made with and keeps for good.

use serde::{Deserialize, Serialize};

/// How HDF5 manages the space of a file (`H5F_fspace_strategy_t`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SpaceStrategy {
    /// Free-space managers, aggregators and the file driver; HDF5's default.
    #[default]
    FreeSpaceManagers,
    /// Pages of one size, metadata and raw data apart.
    Pages,
    Aggregators,
    /// Only the file driver: space that becomes free is not used again.
    FileDriver,
}

/// The oldest library that can read all of a file, as far as nothing in it needs a newer one (the lower bound of
/// `H5Pset_libver_bounds`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum FileFormat {
    /// Any; what the file begins with is as HDF5 1.0 had it.
    #[serde(rename = "earliest")]
    Earliest,
    /// HDF5 1.8.
    #[default]
    #[serde(rename = "v18")]
    V18,
    /// HDF5 1.10, whose chunk indexes are faster. What later versions add leaves no mark in a file.
    #[serde(rename = "v110", alias = "v112", alias = "v114", alias = "v200", alias = "latest")]
    V110,
}

impl FileFormat {
    /// By the version of the superblock that a file begins with.
    pub fn of_superblock(version: u32) -> Self {
        match version {
            0 | 1 => Self::Earliest,
            2 => Self::V18,
            _ => Self::V110,
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The creation properties of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct FileCreation {
    /// Bytes before the HDF5 part that belong to somebody else: 0, or a power of 2 from 512 on.
    #[serde(skip_serializing_if = "is_zero")]
    pub user_block_bytes: u64,
    /// The root group keeps the order in which its links were made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub track_order: bool,
    pub space_strategy: SpaceStrategy,
    /// What is free is remembered when the file is closed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub space_persists: bool,
    /// Smaller pieces of free space are forgotten.
    pub space_threshold: u64,
    pub page_bytes: u64,
    #[serde(skip_serializing_if = "FileFormat::is_default")]
    pub format: FileFormat,
}

impl Default for FileCreation {
    /// As HDF5 has it.
    fn default() -> Self {
        Self {
            user_block_bytes: 0,
            track_order: false,
            space_strategy: SpaceStrategy::default(),
            space_persists: false,
            space_threshold: 1,
            page_bytes: 4096,
            format: FileFormat::default(),
        }
    }
}

#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
