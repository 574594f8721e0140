//! Why a request was refused or failed, as a word that programs decide on.

use serde::{Deserialize, Serialize};

/// Stable names; a client may meet one it does not know and then shows the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not a JSON object, or a binary frame that is cut off.
    InvalidMessage,
    UnknownCommand,
    /// A field is missing, has the wrong type, or is not known.
    InvalidRequest,
    /// No token, or a wrong one.
    Unauthorized,
    /// The file or the server is open for reading only.
    ReadOnly,
    /// `file` names nothing that is served, or is missing where several files are.
    FileNotFound,
    /// The file is not HDF5, is damaged, or cannot be opened.
    FileUnreadable,
    /// Another program or server has the file open, or has left a mark in it that says so.
    FileLocked,
    /// The log beside the file holds changes that cannot be put into it: it belongs to another file, or the file
    /// was changed by another program.
    LogUnusable,
    /// The file's worker crashed too often and is not started again for a while.
    FileQuarantined,
    /// Another program has changed the file while the request was under way, which is therefore not answered: send it
    /// again.
    FileChanged,
    /// No such object or attribute.
    NotFound,
    AlreadyExists,
    /// The object is of another kind than the command needs.
    WrongKind,
    InvalidSelection,
    InvalidDatatype,
    /// The predicate of a query cannot be read, or does not fit the dataset.
    InvalidQuery,
    /// With `if_seq`: the object was changed since.
    Conflict,
    /// A value does not fit the datatype.
    InvalidValue,
    /// The number or arrangement of values does not fit the selection or dataset.
    ShapeMismatch,
    /// The datatype is shown by `describe` but its values do not travel.
    UnsupportedDatatype,
    /// The path leads into another file, which this command does not follow.
    ExternalLink,
    /// A layout, filter or kind of link that the server does not handle.
    Unsupported,
    /// The answer would be larger than a limit; ask for a part, or for binary.
    TooLarge,
    /// The message is larger than `max_message_bytes`; the connection closes.
    MessageTooLarge,
    /// Too many requests or subscriptions at once.
    LimitExceeded,
    /// The file has more work waiting than it accepts; try again.
    Busy,
    Cancelled,
    /// The file's worker ended while the request was under way.
    WorkerLost,
    /// What a chunk holds cannot be decoded: a checksum does not fit, or a filter's data are broken.
    DataDamaged,
    /// The disk refused.
    StorageFailed,
    /// The disk is full; nothing can be changed until there is space.
    StorageFull,
    /// The HDF5 library refused.
    Hdf5,
    ShuttingDown,
    /// A fault of the server.
    Internal,
    /// A code that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What a failed request has done to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    NotApplied,
    Unknown,
}
