//! The envelope of everything a server sends.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Durability, ErrorCode, Event, Outcome, RequestId};

/// The answer to a request that worked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename = "success")]
pub struct Reply<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// The file that answers, where it is another than the one that was asked: the path leads there through an
    /// external link. Paths, `epoch` and `seq` of the answer are that file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The file's event position that this answer already contains; absent where no file is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Of a change: how safe it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durability: Option<Durability>,
    #[serde(flatten)]
    pub body: T,
}

/// The answer to a request that did not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "status", rename = "error")]
#[error("{message}")]
pub struct ErrorReply {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    pub code: ErrorCode,
    /// For a person: what was wrong, where, and what to do.
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Of a batch: the command that failed, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Of a query: where in the text of the predicate the mistake is, in characters from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

impl ErrorReply {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            id: None,
            code,
            message: message.into(),
            path: None,
            outcome: None,
            retry_after_ms: None,
            index: None,
            position: None,
        }
    }

    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    #[must_use]
    pub fn with_id(mut self, id: Option<RequestId>) -> Self {
        self.id = id;
        self
    }
}

/// A message as a client receives it, before it knows which request it answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// `body` holds the reply's own fields and `epoch`, `seq`.
    Success {
        id: Option<RequestId>,
        body: Map<String, Value>,
    },
    Error(ErrorReply),
    Event(Event),
}

impl Incoming {
    /// Reads a text message of the server, or the header of a binary one.
    ///
    /// # Errors
    /// When it is neither an answer nor an event.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let mut object: Map<String, Value> = serde_json::from_str(text)?;
        if object.contains_key("event") {
            return serde_json::from_value(Value::Object(object)).map(Self::Event);
        }
        match object.get("status").and_then(Value::as_str) {
            Some("success") => {
                object.remove("status");
                let id = object.remove("id").map(serde_json::from_value).transpose()?;
                Ok(Self::Success { id, body: object })
            }
            _ => serde_json::from_value(Value::Object(object)).map(Self::Error),
        }
    }
}

/// Gives the fields of a success their type.
///
/// # Errors
/// When the server's answer lacks a field or has another type for it.
pub fn typed<T: DeserializeOwned>(body: Map<String, Value>) -> Result<T, serde_json::Error> {
    serde_json::from_value(Value::Object(body))
}
