//! On which terms a change is made: how safe it is when it is answered, and how it is known when it is sent again.

use serde::{Deserialize, Serialize};

/// When a request is answered.
///
/// A read is answered on the same terms: with `applied` it may show what is not safe yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// When the change survives a crash of the server and a loss of power.
    #[default]
    Commit,
    /// When the file has the change; it is safe at the next commit, a fraction of a second later.
    Applied,
}

impl Durability {
    pub fn is_commit(&self) -> bool {
        *self == Self::Commit
    }
}

/// The terms of one request; what is absent is as the session's `hello` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Terms {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durability: Option<Durability>,
    /// A change with a key that was applied before is answered as then, and not applied again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_key: Option<RequestKey>,
    /// A change is made only if what it is about was not changed by a later event than this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<u64>,
    /// The epoch of `if_seq`; without it the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_epoch: Option<u64>,
}

/// Chosen by the client, different for each of its requests and from those of all other clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct RequestKey(String);

/// Why a text is no request key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request key has 1 to {} bytes, this one has {bytes}", RequestKey::MAX_BYTES)]
pub struct RequestKeyError {
    pub bytes: usize,
}

impl RequestKey {
    pub const MAX_BYTES: usize = 128;

    /// # Errors
    /// When it is empty or too long.
    pub fn new(text: impl Into<String>) -> Result<Self, RequestKeyError> {
        let text = text.into();
        match text.len() {
            1..=Self::MAX_BYTES => Ok(Self(text)),
            bytes => Err(RequestKeyError { bytes }),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RequestKey {
    type Error = RequestKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<RequestKey> for String {
    fn from(key: RequestKey) -> Self {
        key.0
    }
}
