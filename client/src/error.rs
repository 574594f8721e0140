//! Why connecting or a call failed: one variant per thing that a caller can do about it.

use hdf5_async_protocol::frame::FrameError;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Outcome};
use hdf5_async_protocol::model::{ObjectPathError, SelectionError};
use hdf5_async_protocol::values::ValueError;
use tokio_tungstenite::tungstenite;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server answered, but not with a WebSocket: 401 without the right token, 403 for a foreign origin.
    #[error("the server at {address} refused the connection with HTTP status {status}: {reason}")]
    Refused { address: String, status: u16, reason: String },
    /// `hello` was answered with an error.
    #[error("the server at {address} refused the session: {source}")]
    Hello { address: String, source: Box<CallError> },
    #[error("no connection to {address}: {source}")]
    Unreachable { address: String, source: Box<tungstenite::Error> },
    #[error("no connection to {address} within {seconds} s")]
    TimedOut { address: String, seconds: f64 },
    #[error("the token cannot stand in an HTTP header")]
    Token,
    #[error("the server speaks version {theirs} of the protocol, this client version {ours}")]
    Version { ours: u32, theirs: u32 },
}

impl ConnectError {
    /// Whether another attempt may work: the server is not there, or not yet.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::Hello { source, .. } => !matches!(**source, CallError::Refused(_)),
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Token | Self::Version { .. } => false,
        }
    }
}

/// Why a call has no reply.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// The server's answer, with its code.
    #[error("{0}")]
    Refused(ErrorReply),
    /// `outcome` is `Unknown` for a change that was sent: it may have been made.
    #[error("the connection was lost before the answer came: {reason}")]
    ConnectionLost { reason: String, outcome: Outcome },
    /// The client was closed, or may not reconnect.
    #[error("the connection is closed: {reason}")]
    Closed { reason: String },
    #[error("the message has {bytes} bytes; the server takes {limit}: write in parts")]
    MessageTooLarge { bytes: u64, limit: u64 },
    #[error(
        "the result has {bytes} bytes, more than the limit of {limit}: read in parts or by blocks"
    )]
    ResultTooLarge { bytes: u64, limit: u64 },
    #[error(transparent)]
    Path(#[from] ObjectPathError),
    #[error(transparent)]
    Selection(#[from] SelectionError),
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The server said something that this version of the protocol does not have.
    #[error("the server broke the protocol: {0}")]
    Protocol(#[from] ProtocolError),
}

impl CallError {
    /// The server's code, where it was the server that refused.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(reply) => Some(reply.code),
            _ => None,
        }
    }

    /// Whether the file may have been changed although the call failed.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Refused(reply) => reply.outcome.unwrap_or(Outcome::NotApplied),
            Self::ConnectionLost { outcome, .. } => *outcome,
            Self::Protocol(_) => Outcome::Unknown,
            _ => Outcome::NotApplied,
        }
    }
}

/// How the server broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    #[error("a message is neither an answer nor an event: {reason}")]
    NotAMessage { reason: String },
    #[error("the reply to {command} cannot be read: {reason}")]
    Reply { command: &'static str, reason: String },
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the reply to {command} came as {form}")]
    Form { command: &'static str, form: &'static str },
    #[error(
        "a block of values at {offset:?} of shape {shape:?} is outside the result of shape {result:?}"
    )]
    Place { offset: Vec<u64>, shape: Vec<u64>, result: Vec<u64> },
    #[error("the blocks of an answer disagree about its shape or datatype")]
    Inconsistent,
    #[error("the last block came after {received} of {expected} elements")]
    Incomplete { received: u64, expected: u64 },
    #[error("a block holds values that cannot be: {0}")]
    Values(ValueError),
}
