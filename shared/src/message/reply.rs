//! The fields of each command's success.

mod described;
mod files;
mod walking;

pub use described::{DescribeMany, DescribeResult, Described};
pub use files::{Closed, FileDetails};
pub use walking::{Found, Search, Walk, WalkedGroup};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Position;
use crate::model::{AttributeInfo, Child, Datatype, Number, ObjectInfo, ObjectPath};

/// `hello`: the server, this session, and the limits a client must keep to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hello {
    /// `hdf5-async`.
    pub server: String,
    pub server_version: String,
    /// The protocol version the server speaks.
    pub version: u32,
    /// The number of this session, as events name it.
    pub session: u64,
    pub name: String,
    /// No command of this session changes anything.
    pub read_only: bool,
    /// The commands that the server knows.
    pub commands: Vec<String>,
    /// `binary`, `subscribe`, ...: what a client may rely on.
    pub capabilities: Vec<String>,
    pub limits: Limits,
}

/// Sizes in bytes, counts per session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// Of one message from a client.
    pub max_message_bytes: u64,
    /// Of the values of one answer in JSON; larger reads ask for binary or a part.
    pub max_json_values_bytes: u64,
    /// Of an attribute's value inside a `describe` or `attributes` reply.
    pub max_inline_value_bytes: u64,
    /// Requests that a session may have unanswered; more wait in its socket.
    pub max_requests_in_flight: u64,
    pub max_subscriptions: u64,
    pub max_list_page: u64,
    /// Commands of one `batch`, reads of one `read_many`, paths of one `describe_many`.
    pub max_batch_commands: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pong {
    /// Seconds since 1970-01-01 UTC, by the server's clock.
    pub time: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Files {
    /// In order of name.
    pub files: Vec<FileInfo>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileInfo {
    /// As `file` names it in requests: relative, with `/` between folders.
    pub name: String,
    pub bytes: u64,
    /// Last change, in seconds since 1970-01-01 UTC.
    pub modified: f64,
    pub read_only: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct List {
    pub path: ObjectPath,
    /// How many links the group holds; `children` are those from `offset` on.
    pub total: u64,
    pub offset: u64,
    pub children: Vec<Child>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Describe {
    pub object: ObjectInfo,
}

/// `read` and `read_attribute`: what the values are, and in JSON the values.
///
/// In binary this is the header of each frame, the values follow it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Values {
    /// Of the whole result; absent for a null dataspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    pub datatype: Datatype,
    /// Nested lists in the shape of the result; `null` for a null dataspace; absent in binary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// Binary: where this frame's values lie in the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Binary: whether this is the last frame of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<bool>,
}

/// `read_many`: for each read an object with `status`, and with the fields of [`Values`] or of an error.
///
/// In binary there is no such list: each frame has its read's number in `item` beside the fields of [`Values`], or
/// `error` instead of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadMany {
    pub results: Vec<Box<RawValue>>,
}

/// `query`: the rows that pass, and where they are.
///
/// In binary this is the header of each frame, which has some rows, one after another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// Of the rows in this message.
    pub shape: Vec<u64>,
    pub datatype: Datatype,
    /// The row's indices in the dataset.
    pub indices: Vec<u64>,
    /// How many rows were looked at so far.
    pub scanned: u64,
    /// The search ended at `limit`, with rows that it has not looked at.
    pub more: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// Binary: whether this is the last frame of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<bool>,
}

/// `batch`: the fields of each command's reply.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Batch {
    /// Absent where `shortened` is true.
    #[serde(default)]
    pub replies: Vec<Box<RawValue>>,
    /// The batch was done when it was sent before with its `request_key`, and its replies were too long to be kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shortened: bool,
}

/// A box of the result: its first element and its dims, in the result's rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    pub offset: Vec<u64>,
    pub shape: Vec<u64>,
}

/// `stats`: counts of all numbers, and the rest of the finite ones; `null` where there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stats {
    pub count: u64,
    pub finite: u64,
    pub nan: u64,
    pub positive_infinity: u64,
    pub negative_infinity: u64,
    pub min: Option<Number>,
    pub max: Option<Number>,
    /// Of integers exact up to 64 bits, beyond them the nearest double.
    pub sum: Option<Number>,
    pub mean: Option<Number>,
    /// Of the whole population, as `numpy.std`.
    pub std: Option<Number>,
}

/// `sample`: as [`Values`], with the width of a bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sample {
    /// `min_max` has an axis of two more: the smallest and the largest of each bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    pub datatype: Datatype,
    /// Elements per bucket along each axis of the selection; the last bucket of an axis may have fewer.
    pub step: Vec<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<bool>,
}

/// What a dataset or attribute is after it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<u64>>,
    pub datatype: Datatype,
    /// Of a virtual dataset with elements in other files: the files that were written, each by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<WrittenSource>,
}

/// A file that elements of a virtual dataset lie in, and its position with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WrittenSource {
    pub file: String,
    #[serde(flatten)]
    pub position: Position,
}

/// Nothing more to say than `success`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Done {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attributes {
    /// In the order in which they were made where the object tracks it, otherwise by name.
    pub attributes: Vec<AttributeInfo>,
}

/// `subscribe`: events after the reply's `epoch` and `seq` will come, and those before it if `since` asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscribed {
    pub subscription: u64,
    /// Where the path leads into another file: the path there, under which the events are announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<ObjectPath>,
    /// `since` could not be honoured: events were lost, read again what you show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resync: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectInfo>,
    /// With `snapshot` of a group: its first page of links, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<Child>>,
}
