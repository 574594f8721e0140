//! Everything a client may ask, one struct a command.
//!
//! Each struct says what it does, the HDF5 call it stands for and the errors of its own; errors that any
//! command may meet (`invalid_request`, `file_not_found`, `busy`, `worker_lost`, ...) are not repeated.

mod about;
mod analysis;
mod dataset;
mod datatypes;
mod elements;
mod files;
mod many;
mod query;
mod tree;
mod walking;

pub use analysis::{Sample, SampleMethod, Stats};
pub use dataset::CreateDataset;
pub use datatypes::CreateNamedDatatype;
pub use elements::{Fill, Insert, Points, Resize, WritePoints};
pub use files::{CloseFile, CreateFile, DeleteFile, FileInfo};
pub use many::{Batch, BatchStep, DescribeMany, ReadItem, ReadMany};
pub use query::Query;
pub use tree::{Copy, Link, LinkKind, Move, RenameAttribute};
pub use walking::{Search, Walk};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::reply;
use super::{Position, RequestId};
use crate::model::dataset::sent;
use crate::model::{Datatype, Fields, ObjectPath, Selection};

/// Ties a command to its place in [`Command`] and to the type of its reply.
pub trait Ask: Into<Command> {
    type Reply: DeserializeOwned;
}

macro_rules! commands {
    ($($(#[$doc:meta])* $wire:literal $variant:ident => $reply:ty,)+) => {
        /// A command with its fields; on the wire `command` is the variant in `snake_case`.
        #[derive(Clone, Debug, Serialize)]
        #[serde(tag = "command", rename_all = "snake_case")]
        pub enum Command {
            $($(#[$doc])* $variant($variant),)+
        }

        impl Command {
            /// The names of all commands, as they stand in `command`.
            pub const NAMES: &'static [&'static str] = &[$($wire),+];

            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $wire,)+
                }
            }

            /// The name of each command, with the schemas of its fields and of its reply's.
            #[cfg(feature = "schema")]
            pub fn schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, schemars::Schema, schemars::Schema)> {
                use schemars::JsonSchema;

                vec![$((
                    $wire,
                    <$variant as JsonSchema>::json_schema(generator),
                    <$reply as JsonSchema>::json_schema(generator),
                )),+]
            }

            /// Reads the fields of the command called `name`; `None` if there is no such command.
            pub(super) fn from_fields(
                name: &str,
                fields: &super::request::Fields<'_>,
            ) -> Option<Result<Self, super::RequestError>> {
                match name {
                    $($wire => Some(fields.read::<$variant>().map(Self::$variant)),)+
                    _ => None,
                }
            }
        }

        $(
            impl From<$variant> for Command {
                fn from(command: $variant) -> Self {
                    Self::$variant(command)
                }
            }

            impl Ask for $variant {
                type Reply = $reply;
            }
        )+
    };
}

commands! {
    "hello" Hello => reply::Hello,
    "ping" Ping => reply::Pong,
    "files" Files => reply::Files,
    "create_file" CreateFile => reply::Done,
    "file_info" FileInfo => reply::FileDetails,
    "close_file" CloseFile => reply::Closed,
    "delete_file" DeleteFile => reply::Done,
    "list" List => reply::List,
    "describe" Describe => reply::Describe,
    "describe_many" DescribeMany => reply::DescribeMany,
    "walk" Walk => reply::Walk,
    "search" Search => reply::Search,
    "read" Read => reply::Values,
    "read_many" ReadMany => reply::ReadMany,
    "query" Query => reply::Query,
    "stats" Stats => reply::Stats,
    "sample" Sample => reply::Sample,
    "create_group" CreateGroup => reply::Done,
    "create_dataset" CreateDataset => reply::Written,
    "create_named_datatype" CreateNamedDatatype => reply::Done,
    "write" Write => reply::Written,
    "update" Update => reply::Written,
    "append" Append => reply::Written,
    "insert" Insert => reply::Written,
    "resize" Resize => reply::Written,
    "fill" Fill => reply::Written,
    "points" Points => reply::Values,
    "write_points" WritePoints => reply::Written,
    "link" Link => reply::Done,
    "move" Move => reply::Done,
    "copy" Copy => reply::Done,
    "delete" Delete => reply::Done,
    "batch" Batch => reply::Batch,
    "attributes" Attributes => reply::Attributes,
    "read_attribute" ReadAttribute => reply::Values,
    "write_attribute" WriteAttribute => reply::Written,
    "rename_attribute" RenameAttribute => reply::Done,
    "delete_attribute" DeleteAttribute => reply::Done,
    "flush" Flush => reply::Done,
    "subscribe" Subscribe => reply::Subscribed,
    "unsubscribe" Unsubscribe => reply::Done,
    "cancel" Cancel => reply::Done,
}

/// How values come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    #[default]
    Json,
    /// Binary frames; see [`crate::frame`]. Not over the plain TCP port.
    Binary,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    #[default]
    Name,
    /// Where the group tracks it (`H5Pset_link_creation_order`), otherwise by name.
    Creation,
}

/// Says who the client is and learns what the server is; optional, at any time. The `durability` of this request is
/// that of all later ones that do not say it themselves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The protocol version the client speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Shown to others as the author of changes; at most 64 characters are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On the TCP port of a server with a token, the first message must carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Is the server there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ping {}

/// The files that are served.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Whether the session is told by `files_changed` of files that appear and vanish from now on; absent leaves it
    /// as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<bool>,
}

/// The links of a group, a page at a time (`H5Literate2`).
///
/// Errors: `not_found`, `wrong_kind`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct List {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
    #[serde(default)]
    pub offset: u64,
    /// At most the server's `max_list_page`, which is also the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    #[serde(default)]
    pub order: ListOrder,
}

/// Everything about one object.
///
/// Errors: `not_found`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Describe {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
}

/// Elements of a dataset (`H5Dread`).
///
/// Errors: `not_found`, `wrong_kind`, `invalid_selection`, `unsupported_datatype`, `unsupported`, `too_large`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Read {
    pub path: ObjectPath,
    #[serde(default, skip_serializing_if = "is_all")]
    pub selection: Selection,
    /// Of compounds, the members that are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
    #[serde(default)]
    pub encoding: Encoding,
}

/// A group, and the groups above it that are missing (`H5Gcreate2`).
///
/// Errors: `already_exists`, `wrong_kind`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateGroup {
    pub path: ObjectPath,
    /// With `true` a group that is already there is a success.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exist_ok: bool,
    /// The group remembers the order in which its links and attributes are made (`H5Pset_link_creation_order`,
    /// `H5Pset_attr_creation_order`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub track_order: bool,
}

/// Values into a dataset (`H5Dwrite`).
///
/// With a `selection` the dataset must exist; the values are broadcast to it as in numpy. Without one the
/// dataset becomes the values: written in place where shape and datatype allow, resized where `max_shape`
/// allows, otherwise replaced, its attributes kept; made, with missing groups, where it does not exist.
///
/// In a binary frame `datatype` and `shape` describe the values and `data` is absent.
///
/// Errors: `not_found`, `wrong_kind`, `invalid_selection`, `shape_mismatch`, `invalid_value`,
/// `unsupported_datatype`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Write {
    pub path: ObjectPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// Of compounds, the members that are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// Of the values; inferred from JSON where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
}

/// As [`Write`], for a dataset that must exist.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Update {
    pub path: ObjectPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// Of compounds, the members that are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
}

/// Values behind the last along one axis (`H5Dset_extent`, `H5Dwrite`).
///
/// The values have the dataset's rank, or one less for a single row. A dataset that does not exist is made,
/// resizable along `axis`.
///
/// Errors: `wrong_kind`, `shape_mismatch` (also where `max_shape` does not allow to grow), `invalid_value`,
/// `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Append {
    pub path: ObjectPath,
    #[serde(default)]
    pub axis: u32,
    /// A member of the rows: those that are there with the key of a new one are replaced, and the dataset is kept in
    /// the order of its keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_on: Option<String>,
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
}

/// Removes the link at `path`, and with the last link the object (`H5Ldelete`).
///
/// Errors: `not_found`, `invalid_request` for the root group, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Delete {
    pub path: ObjectPath,
}

/// The attributes of an object, with their values where they are small (`H5Aiterate2`).
///
/// In the order in which they were made where the object tracks it, otherwise by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
}

/// The value of an attribute, whatever its size (`H5Aread`).
///
/// Errors: `not_found` (object or attribute), `unsupported_datatype`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadAttribute {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
    pub name: String,
    #[serde(default)]
    pub encoding: Encoding,
}

/// Makes an attribute or replaces it (`H5Acreate2`, `H5Awrite`).
///
/// An attribute that is there keeps its datatype where `datatype` is absent and the values fit.
///
/// Errors: `not_found`, `invalid_value`, `shape_mismatch`, `unsupported_datatype`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WriteAttribute {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
    pub name: String,
    #[serde(default, deserialize_with = "sent", skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datatype: Option<Datatype>,
    /// Of the named datatype that the attribute is to share; `datatype` says what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_datatype: Option<ObjectPath>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
}

/// Removes an attribute (`H5Adelete`).
///
/// Errors: `not_found`, `read_only`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteAttribute {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
    pub name: String,
}

/// Hands everything that HDF5 holds in memory to the operating system (`H5Fflush`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Flush {}

/// Announces every later change at or below `path` to this session.
///
/// An event that several subscriptions of a session ask for comes once.
///
/// Errors: `limit_exceeded`, `not_found` with `snapshot`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    #[serde(default = "ObjectPath::root")]
    pub path: ObjectPath,
    /// Small written values ride along with the events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub data: bool,
    /// The reply holds the object as it is at exactly the reply's position, and a group's first children.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub snapshot: bool,
    /// Also the events after this position. If they are not held any more the reply says `resync`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Position>,
    /// Events per second and path; more are merged, the newest one delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rate: Option<f64>,
}

/// Ends a subscription.
///
/// Errors: `not_found`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Unsubscribe {
    pub subscription: u64,
}

/// Stops a request of this session that is waiting or sending a long answer; it ends with `cancelled`.
///
/// A change that has begun is completed. Cancelling what is already answered is a success.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    pub request: RequestId,
}

fn is_all(selection: &Selection) -> bool {
    selection.axes.is_empty()
}
