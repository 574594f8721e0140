//! The one way of an answer: the envelope around what a command returned, into the outbox, once.

use std::sync::Arc;

use bytes::Bytes;
use hdf5_async_protocol::frame;
use hdf5_async_protocol::message::{Durability, ErrorCode, ErrorReply, Position, RequestId};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Session, lock};
use crate::outbox::{Outgoing, Permits};

/// Holds the request's places in the session's limits until its last answer is on its way.
#[derive(Debug)]
pub struct Responder {
    pub session: Arc<Session>,
    pub cancelled: CancellationToken,
    id: Option<RequestId>,
    /// Set where another file answers than the one that was asked.
    file: Option<Arc<str>>,
    permits: Permits,
}

impl Responder {
    pub fn new(session: &Arc<Session>, id: Option<RequestId>, permits: Permits) -> Self {
        let cancelled = CancellationToken::new();
        if let Some(id) = &id {
            lock(&session.requests).insert(id.clone(), cancelled.clone());
        }
        Self { session: Arc::clone(session), cancelled, id, file: None, permits }
    }

    /// What is sent from now on comes from `file`, to which the path has led, or from the file that was asked.
    pub fn answered_by(&mut self, file: Option<&Arc<str>>) {
        self.file = file.cloned();
    }

    /// Sends the error as the answer.
    pub fn refuse(mut self, error: ErrorReply) {
        tracing::debug!(session = self.session.id, request = ?self.id, code = ?error.code, "refused");
        let error = error.with_id(self.id.clone());
        match serde_json::to_string(&error) {
            Ok(text) => self.last(Outgoing::Text(text.into())),
            Err(error) => {
                tracing::error!(session = self.session.id, %error, "an error could not be written as JSON");
            }
        }
    }

    /// Sends a success; `fields` is the JSON object of the reply's own fields.
    pub fn succeed(self, fields: &str, position: Option<Position>) {
        self.succeed_as(fields, position, None);
    }

    /// As [`Self::succeed`], saying how safe the change is that was asked for.
    pub fn succeed_as(
        mut self,
        fields: &str,
        position: Option<Position>,
        durability: Option<Durability>,
    ) {
        let text = self.success(fields, position, durability);
        self.last(Outgoing::Text(text.into()));
    }

    /// As [`Self::succeed`], for a reply that is not JSON yet.
    pub fn succeed_with<T: Serialize>(self, body: &T, position: Option<Position>) {
        match serde_json::to_string(body) {
            Ok(fields) => self.succeed(&fields, position),
            Err(error) => self.refuse(ErrorReply::new(ErrorCode::Internal, error.to_string())),
        }
    }

    /// Sends values in one JSON message; `data` is their JSON text.
    pub fn succeed_with_json(self, header: &impl Serialize, data: &str, position: Position) {
        match serde_json::to_string(header) {
            Ok(mut fields) => {
                fields.pop();
                fields.push_str(",\"data\":");
                fields.push_str(data);
                fields.push('}');
                self.succeed(&fields, Some(position));
            }
            Err(error) => self.refuse(ErrorReply::new(ErrorCode::Internal, error.to_string())),
        }
    }

    /// Sends a block of values; the last one takes the request's places with it.
    pub fn send_block(
        &mut self,
        header: &impl Serialize,
        last: bool,
        payload: &[u8],
        position: Position,
    ) {
        let fields = serde_json::to_string(header).unwrap_or_default();
        let header = self.success(&fields, Some(position), None);
        let message = Outgoing::Binary(Bytes::from(frame::encode(&header, payload)));
        if last {
            self.last(message);
        } else {
            self.session.outbox.answer(message, Permits::new());
        }
    }

    fn last(&mut self, message: Outgoing) {
        let permits = std::mem::take(&mut self.permits);
        self.session.outbox.answer(message, permits);
    }

    fn success(
        &self,
        fields: &str,
        position: Option<Position>,
        durability: Option<Durability>,
    ) -> String {
        let mut text = String::with_capacity(fields.len() + 96);
        text.push_str("{\"status\":\"success\"");
        if let Some(id) = &self.id {
            text.push_str(",\"id\":");
            text.push_str(&serde_json::to_string(id).unwrap_or_else(|_| "null".to_owned()));
        }
        if let Some(file) = &self.file {
            text.push_str(",\"file\":");
            text.push_str(&serde_json::to_string(&**file).unwrap_or_else(|_| "null".to_owned()));
        }
        if let Some(Position { epoch, seq }) = position {
            text.push_str(",\"epoch\":");
            text.push_str(&epoch.to_string());
            text.push_str(",\"seq\":");
            text.push_str(&seq.to_string());
        }
        text.push_str(match durability {
            Some(Durability::Commit) => ",\"durability\":\"commit\"",
            Some(Durability::Applied) => ",\"durability\":\"applied\"",
            None => "",
        });
        let inner = fields.strip_prefix('{').unwrap_or("}");
        if inner != "}" {
            text.push(',');
        }
        text.push_str(inner);
        text
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if let Some(id) = &self.id {
            lock(&self.session.requests).remove(id);
        }
    }
}

/// The answer to a request that its client took back.
pub(super) fn cancelled_error() -> ErrorReply {
    ErrorReply::new(ErrorCode::Cancelled, "the request was cancelled")
}
