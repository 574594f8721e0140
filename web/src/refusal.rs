//! Why something that a person asked for did not happen, in words that can be shown.

use hdf5_async_protocol::message::ErrorReply;

/// `code` is the server's word for programs (`not_found`, `read_only`, ...) or one of this file's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

impl Refusal {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }

    /// A change was sent and its answer never came.
    pub fn connection_lost() -> Self {
        Self::new(
            "connection_lost",
            "The connection was lost before the server answered; whether the change was made shows once it is back.",
        )
    }

    /// Changes are not kept for later: by then the file may have become another one.
    pub fn offline() -> Self {
        Self::new("offline", "There is no connection to the server, so nothing was changed.")
    }

    pub fn too_many_requests() -> Self {
        Self::new(
            "limit_exceeded",
            "Too many requests are waiting for the server; try again shortly.",
        )
    }

    /// The server said something that this version does not understand.
    pub fn not_understood(what: impl std::fmt::Display) -> Self {
        Self::new("invalid_message", format!("The server's answer was not understood: {what}"))
    }
}

impl From<ErrorReply> for Refusal {
    fn from(reply: ErrorReply) -> Self {
        let code = serde_json::to_value(reply.code).ok();
        let code = code.as_ref().and_then(serde_json::Value::as_str).unwrap_or("unknown");
        Self::new(code, reply.message)
    }
}
