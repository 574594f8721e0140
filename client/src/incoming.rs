//! What a server's message is, before its fields are given a type by the one who waits for it.

use bytes::Bytes;
use hdf5_async_protocol::frame;
use hdf5_async_protocol::message::{ErrorReply, Event, Position, RequestId, reply};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::error::{CallError, ProtocolError};

/// A text message, or the header of a binary one with its values.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) text: Text,
    /// Where the values start in a binary message, and the message.
    pub(crate) values: Option<Bytes>,
    pub(crate) head: Head,
}

/// The message's own bytes, shared with the socket's buffer.
#[derive(Clone, Debug)]
pub(crate) struct Text(Bytes);

impl Text {
    /// The caller has made sure that the bytes are UTF-8; others read as nothing and fail as JSON.
    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The envelope; everything else is skipped.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    #[serde(default)]
    pub(crate) id: Option<RequestId>,
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    event: Option<IgnoredAny>,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    epoch: Option<u64>,
    #[serde(default)]
    seq: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Success,
    Error,
}

/// The three kinds of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Success,
    Error,
    Event,
}

impl Incoming {
    pub(crate) fn from_text(text: Bytes) -> Result<Self, ProtocolError> {
        let text = Text(text);
        let head = parse(text.as_str())?;
        Ok(Self { text, values: None, head })
    }

    pub(crate) fn from_binary(message: &Bytes) -> Result<Self, ProtocolError> {
        let (header, values) = frame::decode(message)?;
        let head = parse(header)?;
        let text = Text(message.slice_ref(header.as_bytes()));
        Ok(Self { text, values: Some(message.slice_ref(values)), head })
    }

    pub(crate) fn kind(&self) -> Result<Kind, ProtocolError> {
        match (self.head.status, &self.head.event) {
            (Some(Status::Success), _) => Ok(Kind::Success),
            (Some(Status::Error), _) => Ok(Kind::Error),
            (None, Some(_)) => Ok(Kind::Event),
            (None, None) => Err(ProtocolError::NotAMessage {
                reason: "it has neither \"status\" nor \"event\"".to_owned(),
            }),
        }
    }

    pub(crate) fn position(&self) -> Option<Position> {
        Some(Position { epoch: self.head.epoch?, seq: self.head.seq? })
    }

    /// The file that answers, where it is not the one that was asked.
    pub(crate) fn file(&self) -> Option<String> {
        self.head.file.clone()
    }

    pub(crate) fn error(&self) -> CallError {
        match parse::<ErrorReply>(self.text.as_str()) {
            Ok(reply) => CallError::Refused(reply),
            Err(error) => error.into(),
        }
    }

    pub(crate) fn event(&self) -> Result<Event, ProtocolError> {
        parse(self.text.as_str())
    }

    /// The fields of a success.
    pub(crate) fn body<T: DeserializeOwned>(
        &self,
        command: &'static str,
    ) -> Result<T, ProtocolError> {
        if self.values.is_some() {
            return Err(ProtocolError::Form { command, form: "a binary message" });
        }
        fields(&self.text, command)
    }

    /// Some fields of the header of a binary answer.
    pub(crate) fn header<T: DeserializeOwned>(
        &self,
        command: &'static str,
    ) -> Result<T, ProtocolError> {
        fields(&self.text, command)
    }

    /// The header and the values of one block of a binary answer.
    pub(crate) fn block(&self) -> Result<(reply::Values, &Bytes), ProtocolError> {
        let Some(values) = &self.values else {
            return Err(ProtocolError::Form { command: "read", form: "text" });
        };
        Ok((fields(&self.text, "read")?, values))
    }
}

fn fields<T: DeserializeOwned>(text: &Text, command: &'static str) -> Result<T, ProtocolError> {
    serde_json::from_str(text.as_str())
        .map_err(|error| ProtocolError::Reply { command, reason: error.to_string() })
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, ProtocolError> {
    serde_json::from_str(text)
        .map_err(|error| ProtocolError::NotAMessage { reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &'static str) -> Incoming {
        Incoming::from_text(Bytes::from_static(text.as_bytes())).unwrap()
    }

    #[test]
    fn the_three_kinds_are_told_apart() {
        let success = text(r#"{"status":"success","id":3,"epoch":1,"seq":9,"time":0.5}"#);
        assert_eq!(success.kind(), Ok(Kind::Success));
        assert_eq!(success.head.id, Some(RequestId::Number(3)));
        assert_eq!(success.position(), Some(Position { epoch: 1, seq: 9 }));
        assert!((success.body::<reply::Pong>("ping").unwrap().time - 0.5).abs() < f64::EPSILON);

        let error = text(r#"{"status":"error","code":"not_found","message":"no /a"}"#);
        assert_eq!(error.kind(), Ok(Kind::Error));
        assert_eq!(error.error().to_string(), "no /a");

        let event =
            text(r#"{"event":"deleted","path":"/a","file":"f","epoch":1,"seq":2,"time":0.5}"#);
        assert_eq!(event.kind(), Ok(Kind::Event));
        assert_eq!(event.event().unwrap().seq, 2);

        assert!(text("{}").kind().is_err());
        assert!(Incoming::from_text(Bytes::from_static(b"5")).is_err());
        assert!(Incoming::from_text(Bytes::from_static(b"\xff")).is_err());
    }

    #[test]
    fn values_of_a_binary_message_are_found() {
        let message = Bytes::from(frame::encode(
            r#"{"status":"success","id":1,"shape":[2],"datatype":"|u1","last":true}"#,
            &[7, 8],
        ));
        let incoming = Incoming::from_binary(&message).unwrap();
        let (header, values) = incoming.block().unwrap();
        assert_eq!((header.shape, &values[..]), (Some(vec![2]), &[7_u8, 8][..]));
        assert!(incoming.body::<reply::Done>("flush").is_err());
        assert!(Incoming::from_binary(&Bytes::from_static(&[1, 2])).is_err());
    }

    #[test]
    fn values_in_json_keep_their_text() {
        let read = text(
            r#"{"status":"success","shape":[2],"datatype":"<u8","data":[18446744073709551615, 1]}"#,
        );
        let values: reply::Values = read.body("read").unwrap();
        assert_eq!(values.data.unwrap().get(), "[18446744073709551615, 1]");
    }
}
