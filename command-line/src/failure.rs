//! Why a command ended early, what a person is told of it, and the exit code that a script sees.

use std::io;
use std::path::PathBuf;

use hdf5_async_client::location::LocationError;
use hdf5_async_client::protocol::message::ErrorCode;
use hdf5_async_client::protocol::values::ValueError;
use hdf5_async_client::watch::WatchError;
use hdf5_async_client::{CallError, ConnectError};
use serde_json::{Value, json};

use crate::npy::NpyError;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Location(#[from] LocationError),
    /// The arguments are each right, but not together.
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("{path}: {source}")]
    LocalFile { path: PathBuf, source: io::Error },
    #[error("standard output does not take more: {0}")]
    Print(#[from] io::Error),
    /// What is to be sent cannot be read.
    #[error("{origin}: {reason}")]
    Input { origin: String, reason: String },
    #[error("npy: {0}")]
    Npy(#[from] NpyError),
    /// Another client changed the object while it was read or written in parts.
    #[error("{path} was changed by somebody else meanwhile: {what}")]
    Changed { path: String, what: String },
}

/// The exit codes, as `hdf5-async help` and the documentation list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The server or this machine failed: the disk, the HDF5 library, a fault.
    Failed = 1,
    /// The command line cannot be understood.
    Usage = 2,
    /// There is no server, or it does not speak with us.
    NoConnection = 3,
    /// No such file, object or attribute.
    NotFound = 4,
    /// Not allowed: no token, or for reading only.
    NotAllowed = 5,
    /// What was asked does not fit what is there: kind, selection, datatype, value, shape, size.
    DoesNotFit = 6,
    /// Not now; the same command may work later.
    TryLater = 7,
}

impl Failure {
    pub fn local(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::LocalFile { path, source }
    }

    /// Whether whoever read the output has seen enough; that is no failure.
    pub fn is_broken_pipe(&self) -> bool {
        let (Self::Print(error) | Self::LocalFile { source: error, .. }) = self else {
            return false;
        };
        error.kind() == io::ErrorKind::BrokenPipe
    }

    pub fn exit(&self) -> Exit {
        match self {
            Self::Location(_) | Self::Usage(_) => Exit::Usage,
            Self::Connect(
                ConnectError::Refused { status: 401 | 403, .. } | ConnectError::Token,
            ) => Exit::NotAllowed,
            Self::Connect(ConnectError::Hello { source, .. }) => exit_of_call(source),
            Self::Connect(_) => Exit::NoConnection,
            Self::Call(error) => exit_of_call(error),
            Self::LocalFile { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Exit::NotFound
            }
            Self::LocalFile { .. } | Self::Print(_) => Exit::Failed,
            Self::Input { .. } | Self::Npy(_) => Exit::DoesNotFit,
            Self::Changed { .. } => Exit::TryLater,
        }
    }

    /// The form for programs: as the server's own errors, with words of the client's where it never asked.
    pub fn to_json(&self) -> Value {
        if let Self::Call(CallError::Refused(reply)) = self {
            return json!({"status": "error", "code": reply.code, "message": reply.message, "path": reply.path});
        }
        let code = match self.exit() {
            Exit::Failed => "failed",
            Exit::Usage => "usage",
            Exit::NoConnection => "no_connection",
            Exit::NotFound => "not_found",
            Exit::NotAllowed => "not_allowed",
            Exit::DoesNotFit => "does_not_fit",
            Exit::TryLater => "try_later",
        };
        json!({"status": "error", "code": code, "message": self.to_string()})
    }
}

/// Whether the server says that there is no such thing.
pub fn is_not_found(error: &hdf5_async_client::protocol::message::ErrorReply) -> bool {
    error.code == ErrorCode::NotFound
}

fn exit_of_call(error: &CallError) -> Exit {
    match error {
        CallError::Refused(reply) => exit_of_code(reply.code),
        CallError::ConnectionLost { .. } | CallError::Closed { .. } => Exit::NoConnection,
        CallError::MessageTooLarge { .. }
        | CallError::ResultTooLarge { .. }
        | CallError::Value(_) => Exit::DoesNotFit,
        CallError::Path(_) | CallError::Selection(_) => Exit::Usage,
        CallError::Protocol(_) => Exit::Failed,
    }
}

fn exit_of_code(code: ErrorCode) -> Exit {
    match code {
        ErrorCode::NotFound | ErrorCode::FileNotFound => Exit::NotFound,
        ErrorCode::Unauthorized | ErrorCode::ReadOnly => Exit::NotAllowed,
        ErrorCode::AlreadyExists
        | ErrorCode::WrongKind
        | ErrorCode::InvalidRequest
        | ErrorCode::InvalidSelection
        | ErrorCode::InvalidDatatype
        | ErrorCode::InvalidValue
        | ErrorCode::ShapeMismatch
        | ErrorCode::UnsupportedDatatype
        | ErrorCode::Unsupported
        | ErrorCode::UnknownCommand
        | ErrorCode::TooLarge
        | ErrorCode::MessageTooLarge => Exit::DoesNotFit,
        ErrorCode::Busy
        | ErrorCode::FileLocked
        | ErrorCode::LimitExceeded
        | ErrorCode::FileQuarantined
        | ErrorCode::FileChanged
        | ErrorCode::Cancelled
        | ErrorCode::WorkerLost
        | ErrorCode::ShuttingDown => Exit::TryLater,
        _ => Exit::Failed,
    }
}

impl From<ValueError> for Failure {
    fn from(error: ValueError) -> Self {
        Self::Call(error.into())
    }
}

impl From<hdf5_async_client::protocol::model::SelectionError> for Failure {
    fn from(error: hdf5_async_client::protocol::model::SelectionError) -> Self {
        // The server's own word for it, so that it does not matter who noticed.
        let reply = hdf5_async_client::protocol::message::ErrorReply::new(
            ErrorCode::InvalidSelection,
            error.to_string(),
        );
        Self::Call(CallError::Refused(reply))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Print(error.into())
    }
}

impl From<WatchError> for Failure {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::Connect(error) => error.into(),
            WatchError::Call(error) => error.into(),
            WatchError::Output(error) => error.into(),
        }
    }
}
