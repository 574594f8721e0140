//! A request on its way in: the id first, so that even an unusable one can be answered; then the command.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Command, ErrorCode, ErrorReply, RequestId, Terms};

/// A command, who waits for its answer, and the file it is for.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// May be left out where the server serves one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(flatten)]
    pub terms: Terms,
    #[serde(flatten)]
    pub command: Command,
}

/// Why a message is not a request.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("the message is not a JSON object with \"command\": {0}")]
    NotAnObject(#[source] serde_json::Error),
    #[error("{field:?} has the wrong type: {source}")]
    Envelope { field: &'static str, source: serde_json::Error },
    #[error("the field \"command\" is missing; it is one of {}", Command::NAMES.join(", "))]
    NoCommand,
    #[error("{name:?} is not a command; it is one of {}", Command::NAMES.join(", "))]
    UnknownCommand { name: String },
    #[error("{command}: {message}")]
    Field { command: String, message: String },
}

impl RequestError {
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotAnObject(_) => ErrorCode::InvalidMessage,
            Self::UnknownCommand { .. } => ErrorCode::UnknownCommand,
            Self::Envelope { .. } | Self::NoCommand | Self::Field { .. } => {
                ErrorCode::InvalidRequest
            }
        }
    }
}

/// A message that is no request, with the id that could still be read.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct UnusableRequest {
    pub id: Option<RequestId>,
    pub error: RequestError,
}

impl UnusableRequest {
    pub fn to_reply(&self) -> ErrorReply {
        ErrorReply::new(self.error.code(), self.error.to_string()).with_id(self.id.clone())
    }
}

/// The fields of a command, unread. They stay text, so that `data` is parsed once, by the one who knows its
/// datatype.
#[derive(Debug)]
pub struct Fields<'a> {
    command: &'a str,
    fields: BTreeMap<&'a str, &'a RawValue>,
}

impl Fields<'_> {
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, RequestError> {
        let deserializer = MapDeserializer::<_, serde_json::Error>::new(
            self.fields.iter().map(|(name, value)| (*name, RawField(value))),
        );
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let path = error.path().to_string();
            let place = if path == "." { String::new() } else { format!("in field {path:?}: ") };
            let message = format!("{place}{}", error.into_inner());
            RequestError::Field { command: self.command.to_owned(), message }
        })
    }
}

struct RawField<'a>(&'a RawValue);

impl<'de> serde::de::IntoDeserializer<'de, serde_json::Error> for RawField<'de> {
    type Deserializer = &'de RawValue;

    fn into_deserializer(self) -> Self::Deserializer {
        self.0
    }
}

impl Request {
    /// Reads a JSON message.
    ///
    /// # Errors
    /// Says what is wrong with it, and keeps the id if there is a usable one.
    pub fn parse(text: &str) -> Result<Self, UnusableRequest> {
        let fields: BTreeMap<std::borrow::Cow<'_, str>, &RawValue> = serde_json::from_str(text)
            .map_err(|error| UnusableRequest {
                id: None,
                error: RequestError::NotAnObject(error),
            })?;
        let mut fields: BTreeMap<&str, &RawValue> =
            fields.iter().map(|(name, value)| (&**name, *value)).collect();
        let (id, id_error) = match envelope::<RequestId>(&mut fields, "id") {
            Ok(id) => (id, None),
            Err(error) => (None, Some(error)),
        };
        let refuse = |error| UnusableRequest { id: id.clone(), error };
        if let Some(error) = id_error {
            return Err(refuse(error));
        }
        let file = envelope(&mut fields, "file").map_err(&refuse)?;
        let terms = Terms {
            durability: envelope(&mut fields, "durability").map_err(&refuse)?,
            request_key: envelope(&mut fields, "request_key").map_err(&refuse)?,
            if_seq: envelope(&mut fields, "if_seq").map_err(&refuse)?,
            if_epoch: envelope(&mut fields, "if_epoch").map_err(&refuse)?,
        };
        let command = command(fields).map_err(&refuse)?;
        Ok(Self { id: id.clone(), file, terms, command })
    }
}

/// Reads a command with its name among its fields.
pub(super) fn command(mut fields: BTreeMap<&str, &RawValue>) -> Result<Command, RequestError> {
    let name: Option<String> = envelope(&mut fields, "command")?;
    let name = name.ok_or(RequestError::NoCommand)?;
    let fields = Fields { command: &name, fields };
    Command::from_fields(&name, &fields).unwrap_or_else(|| {
        Err(RequestError::UnknownCommand { name: name.chars().take(64).collect() })
    })
}

/// Takes a field that belongs to no command out of the others.
pub(super) fn envelope<'a, T: Deserialize<'a>>(
    fields: &mut BTreeMap<&str, &'a RawValue>,
    field: &'static str,
) -> Result<Option<T>, RequestError> {
    let Some(value) = fields.remove(field) else { return Ok(None) };
    Option::<T>::deserialize(value).map_err(|source| RequestError::Envelope { field, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Durability;
    use crate::message::command;

    fn refused(text: &str) -> ErrorReply {
        Request::parse(text).unwrap_err().to_reply()
    }

    #[test]
    fn reads_what_the_plainest_client_sends() {
        let request =
            Request::parse(r#"{"command": "write", "path": "/g/d", "data": [1, 2.5]}"#).unwrap();
        assert_eq!(request.id, None);
        let Command::Write(write) = request.command else { panic!("{:?}", request.command) };
        assert_eq!(write.path.as_str(), "/g/d");
        assert_eq!(write.data.unwrap().get(), "[1, 2.5]");
    }

    #[test]
    fn keeps_the_id_of_what_it_cannot_read() {
        assert_eq!(refused(r#"{"id": 7, "command": "nope"}"#).id, Some(RequestId::Number(7)));
        assert_eq!(
            refused(r#"{"id": "a", "command": 5}"#).id,
            Some(RequestId::Text("a".to_owned()))
        );
        assert_eq!(refused(r#"{"id": 7}"#).code, ErrorCode::InvalidRequest);
        assert_eq!(refused(r#"{"id": [7], "command": "ping"}"#).code, ErrorCode::InvalidRequest);
        assert_eq!(refused("[]").code, ErrorCode::InvalidMessage);
        assert_eq!(refused("{").code, ErrorCode::InvalidMessage);
    }

    #[test]
    fn names_the_field_that_is_wrong() {
        let message = refused(r#"{"command": "read"}"#).message;
        assert!(message.contains("missing field `path`"), "{message}");
        let message = refused(r#"{"command": "read", "path": 5}"#).message;
        assert!(message.contains("\"path\""), "{message}");
        let message = refused(r#"{"command": "read", "path": "/a", "selecton": "1"}"#).message;
        assert!(message.contains("unknown field `selecton`"), "{message}");
    }

    #[test]
    fn what_a_client_writes_the_server_reads() {
        let read = command::Read {
            fields: None,
            path: crate::model::ObjectPath::new("/a").unwrap(),
            selection: "1:2, 3".parse().unwrap(),
            encoding: command::Encoding::Binary,
        };
        let request = Request {
            id: Some(RequestId::Number(1)),
            file: None,
            terms: Terms::default(),
            command: read.into(),
        };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(
            text,
            r#"{"id":1,"command":"read","path":"/a","selection":"1:2, 3","encoding":"binary"}"#
        );
        assert!(Request::parse(&text).is_ok());
    }

    #[test]
    fn data_survives_both_ways_exactly() {
        let data = RawValue::from_string("[18446744073709551615, 0.1]".to_owned()).unwrap();
        let write = command::Write {
            fields: None,
            path: crate::model::ObjectPath::root(),
            selection: None,
            data: Some(data),
            datatype: None,
            shape: None,
        };
        let request = Request {
            id: None,
            file: Some("f.h5".to_owned()),
            terms: Terms::default(),
            command: write.into(),
        };
        let text = serde_json::to_string(&request).unwrap();
        let Command::Write(write) = Request::parse(&text).unwrap().command else {
            panic!("{text}")
        };
        assert_eq!(write.data.unwrap().get(), "[18446744073709551615, 0.1]");
    }

    #[test]
    fn the_terms_stand_beside_the_command() {
        let text = r#"{"durability":"applied","request_key":"k-1","command":"delete","path":"/a"}"#;
        let request = Request::parse(text).unwrap();
        assert_eq!(request.terms.durability, Some(Durability::Applied));
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        let message =
            refused(r#"{"durability": "perhaps", "command": "delete", "path": "/a"}"#).message;
        assert!(message.contains("\"durability\" has the wrong type"), "{message}");
        let long = "k".repeat(129);
        let message =
            refused(&format!(r#"{{"request_key": "{long}", "command": "ping"}}"#)).message;
        assert!(message.contains("129"), "{message}");
        assert_eq!(
            refused(r#"{"request_key": "", "command": "ping"}"#).code,
            ErrorCode::InvalidRequest
        );
    }

    #[test]
    fn null_data_is_not_absent_data() {
        for (text, sent) in [
            (r#"{"command": "write", "path": "/a", "data": null}"#, Some("null")),
            (r#"{"command": "write", "path": "/a"}"#, None),
        ] {
            let Command::Write(write) = Request::parse(text).unwrap().command else {
                panic!("{text}")
            };
            assert_eq!(write.data.as_ref().map(|data| data.get()), sent);
        }
    }
}
