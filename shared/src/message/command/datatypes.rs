//! Commands about datatypes that are objects of their own.

use serde::{Deserialize, Serialize};

use crate::model::{Datatype, ObjectPath};

/// A named datatype, and the groups above it that are missing (`H5Tcommit_anon`, `H5Olink`).
///
/// Errors: `already_exists`, `invalid_datatype`, `unsupported_datatype`, `wrong_kind`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateNamedDatatype {
    pub path: ObjectPath,
    pub datatype: Datatype,
}
