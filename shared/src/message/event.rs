//! What the server announces: one ordered stream per file.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{Durability, Position};
use crate::model::{Datatype, Link, ObjectKind, ObjectPath, Selection};

/// A change, its place in the stream, and who made it.
///
/// Nothing in it depends on the receiver, so that one text serves all subscribers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    pub file: String,
    pub epoch: u64,
    pub seq: u64,
    /// The name that the session gave in `hello`; absent for changes that no session made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The number of that session on this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<u64>,
    /// Seconds since 1970-01-01 UTC.
    pub time: f64,
    /// `applied` where the change was announced before it was safe; absent where it is safe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durability: Option<Durability>,
    #[serde(flatten)]
    pub change: Change,
}

impl Event {
    /// A change that no session made, and that is safe; `time` in seconds since 1970-01-01 UTC.
    pub fn of_nobody(
        file: impl Into<String>,
        position: Position,
        time: f64,
        change: Change,
    ) -> Self {
        let Position { epoch, seq } = position;
        let file = file.into();
        Self { file, epoch, seq, by: None, session: None, time, durability: None, change }
    }
}

/// Values that ride along with an event for subscribers that asked for `data`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Written {
    pub datatype: Datatype,
    #[serde(deserialize_with = "raw_value")]
    pub data: Box<RawValue>,
}

/// Any JSON value as text. `RawValue` itself cannot be read inside a tagged enum, which is where `Written` is.
fn raw_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    serde_json::value::to_raw_value(&value).map_err(D::Error::custom)
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.datatype == other.datatype && self.data.get() == other.data.get()
    }
}

/// What happened, in the past tense.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Change {
    /// There is a link at `path`.
    Created {
        path: ObjectPath,
        /// Of the object that the link leads to; absent where it leads nowhere or to another file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ObjectKind>,
        /// Absent for a hard link.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<Link>,
    },
    /// The link at `path` is gone, and all below it.
    Deleted {
        path: ObjectPath,
    },
    /// The link at `path`, and all below it, is at `to` now.
    Moved {
        path: ObjectPath,
        to: ObjectPath,
    },
    /// Elements changed inside `region`, a selection of slices; `shape` is the one after the write.
    Written {
        path: ObjectPath,
        region: Selection,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old_shape: Option<Vec<u64>>,
        shape: Vec<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        values: Option<Written>,
    },
    Resized {
        path: ObjectPath,
        old_shape: Vec<u64>,
        shape: Vec<u64>,
    },
    AttributeWritten {
        path: ObjectPath,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        values: Option<Written>,
    },
    AttributeDeleted {
        path: ObjectPath,
        name: String,
    },
    FileOpened {},
    FileClosed {},
    /// Something changed that the server did not do itself, or cannot tell in detail: read again.
    FileChanged {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// What stands in the way, and what an operator can do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// There are files that were not there before, and others are not there any more; where neither is said they are
    /// too many to name. Of the list of files, which has an order of its own; `file` is empty.
    FilesChanged {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        appeared: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        vanished: Vec<String>,
    },
    /// Events `from` to `to` (seq, inclusive) did not reach this subscriber: read again.
    Lagged {
        from: u64,
        to: u64,
    },
}

/// Why a file is to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The process of the server that had the file open has ended; another one has it now.
    WorkerLost,
    /// A client has had the file made anew.
    Emptied,
    /// Another program has written to the file.
    Written,
    /// The name leads to another file.
    Replaced,
    /// There is no file of the name any more.
    Deleted,
    /// A program writes to the file in SWMR mode: it is read beside that program and cannot be changed, and what
    /// grows is told.
    WriterOpened,
    /// That program has closed the file.
    WriterClosed,
    /// That program has ended without closing the file.
    WriterLost,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Change {
    /// The file is to be read again.
    pub fn file_changed(reason: Reason) -> Self {
        Self::FileChanged { reason: Some(reason), message: None }
    }

    /// The object concerned; `None` for the whole file.
    pub fn path(&self) -> Option<&ObjectPath> {
        match self {
            Self::Created { path, .. }
            | Self::Deleted { path }
            | Self::Moved { path, .. }
            | Self::Written { path, .. }
            | Self::Resized { path, .. }
            | Self::AttributeWritten { path, .. }
            | Self::AttributeDeleted { path, .. } => Some(path),
            Self::FileOpened {}
            | Self::FileClosed {}
            | Self::FileChanged { .. }
            | Self::FilesChanged { .. }
            | Self::Lagged { .. } => None,
        }
    }

    /// Whether a subscriber to `prefix` is told: what lies at or below it, and what removes it.
    pub fn concerns(&self, prefix: &ObjectPath) -> bool {
        match self {
            Self::Moved { path, to } => {
                path.is_within(prefix)
                    || to.is_within(prefix)
                    || prefix.is_within(path)
                    || prefix.is_within(to)
            }
            Self::Created { path, .. } | Self::Deleted { path } => {
                path.is_within(prefix) || prefix.is_within(path)
            }
            Self::FilesChanged { .. } => false,
            other => other.path().is_none_or(|path| path.is_within(prefix)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::message::Incoming;

    #[test]
    fn values_that_ride_along_are_read_exactly() {
        let text = r#"{"file":"f","epoch":1,"seq":2,"time":0.5,"event":"written","path":"/a","region":"0:2","shape":[2],"values":{"datatype":"<f8","data":[18446744073709551615,0.1]}}"#;
        let Ok(Incoming::Event(event)) = Incoming::parse(text) else { panic!("no event") };
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
    }
}
