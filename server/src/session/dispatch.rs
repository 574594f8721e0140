//! A message becomes a request, and goes where it belongs: answered here, or down its file's lane.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use hdf5_async_protocol::message::{
    Command, ErrorCode, ErrorReply, Position, Request, Terms, command, reply,
};
use hdf5_async_protocol::{PROTOCOL_VERSION, frame};
use tokio::sync::{mpsc, oneshot};

use super::lane::{self, Errand};
use super::responder::Responder;
use super::turns::Turns;
use super::{Session, lock};
use crate::clock;
use crate::file::Message;

/// Characters of a session's name that are kept.
const MAX_NAME_CHARS: usize = 64;

/// Routes the messages of one session; owned by the task that reads its socket, so that order is kept.
#[derive(Debug)]
pub struct Dispatch {
    session: Arc<Session>,
    /// By served name: requests for one file stay in order.
    lanes: HashMap<String, mpsc::Sender<Errand>>,
    /// Of requests that begin or end the watching of the list of files.
    watches: Arc<Turns>,
}

impl Dispatch {
    pub fn new(session: Arc<Session>) -> Self {
        Self { session, lanes: HashMap::new(), watches: Arc::default() }
    }

    /// Takes a text message on; waits while the session has as many under way as it may.
    pub async fn text(&mut self, text: &str) {
        self.message(text, None, text.len()).await;
    }

    /// Takes a binary message on: a request and its values.
    pub async fn binary(&mut self, message: Bytes) {
        match frame::decode(&message) {
            Ok((header, values)) => {
                let values = message.slice_ref(values);
                self.message(header, Some(values), message.len()).await;
            }
            Err(error) => {
                let permits = self.session.permits(message.len()).await;
                let error = ErrorReply::new(ErrorCode::InvalidMessage, error.to_string());
                Responder::new(&self.session, None, permits).refuse(error);
            }
        }
    }

    async fn message(&mut self, text: &str, values: Option<Bytes>, bytes: usize) {
        let mut permits = self.session.permits(bytes).await;
        let request = match Request::parse(text) {
            Ok(request) => request,
            Err(unusable) => {
                let responder = Responder::new(&self.session, unusable.id.clone(), permits);
                return responder.refuse(unusable.to_reply());
            }
        };
        if request.id.is_none() {
            permits.extend(Arc::clone(&self.session.in_order).acquire_owned().await);
        }
        let responder = Responder::new(&self.session, request.id.clone(), permits);
        tracing::debug!(
            session = self.session.id,
            request = ?request.id,
            command = request.command.name(),
            file = request.file,
            bytes,
            "request"
        );
        match request.command {
            Command::Hello(hello) => self.hello(&hello, &request.terms, responder),
            Command::Ping(_) => responder.succeed_with(&reply::Pong { time: clock::now() }, None),
            Command::Cancel(command::Cancel { request }) => {
                self.session.cancel(&request);
                responder.succeed("{}", None);
            }
            Command::Files(files) => self.files(&files, responder),
            Command::Unsubscribe(unsubscribe) => self.unsubscribe(&unsubscribe, responder).await,
            command => {
                let durability =
                    request.terms.durability.unwrap_or(*lock(&self.session.durability));
                let terms = Terms { durability: Some(durability), ..request.terms };
                let errand = Errand { command, terms, values, message_bytes: bytes, responder };
                self.errand(request.file.as_deref(), errand).await;
            }
        }
    }

    fn hello(&self, hello: &command::Hello, terms: &Terms, responder: Responder) {
        let session = &self.session;
        if let Some(version) = hello.version.filter(|&version| version != PROTOCOL_VERSION) {
            let message =
                format!("this server speaks protocol version {PROTOCOL_VERSION}, not {version}");
            return responder.refuse(ErrorReply::new(ErrorCode::Unsupported, message));
        }
        if let Some(name) = &hello.name {
            *lock(&session.name) = name.chars().take(MAX_NAME_CHARS).collect::<String>().into();
        }
        if let Some(durability) = terms.durability {
            *lock(&session.durability) = durability;
        }
        let mut capabilities = vec![
            "subscribe",
            "snapshot",
            "replay",
            "cancel",
            "durability",
            "request_key",
            "if_seq",
        ];
        if session.binary {
            capabilities.push("binary");
        }
        if session.server.files.may_delete() {
            capabilities.push("delete_file");
        }
        let body = reply::Hello {
            server: "hdf5-async".to_owned(),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            version: PROTOCOL_VERSION,
            session: session.id,
            name: session.author().name.to_string(),
            read_only: session.server.read_only,
            commands: Command::NAMES.iter().map(|&name| name.to_owned()).collect(),
            capabilities: capabilities.into_iter().map(str::to_owned).collect(),
            limits: session.server.limits.announced(),
        };
        responder.succeed_with(&body, None);
    }

    fn files(&self, files: &command::Files, responder: Responder) {
        let session = Arc::clone(&self.session);
        let Some(watch) = files.watch else {
            return drop(tokio::spawn(list_files(session, None, responder)));
        };
        let turn = self.watches.take();
        tokio::spawn(async move {
            turn.come().await;
            if watch {
                watch_files(session, responder).await;
            } else {
                let left = session.server.files.listing().forget(session.id);
                list_files(session, Some(left), responder).await;
            }
        });
    }

    async fn unsubscribe(&self, unsubscribe: &command::Unsubscribe, responder: Responder) {
        let subscription = unsubscribe.subscription;
        let Some(file) = self.session.end_subscription(subscription) else {
            let message = format!("this session has no subscription {subscription}");
            return responder.refuse(ErrorReply::new(ErrorCode::NotFound, message));
        };
        let (done, ended) = oneshot::channel();
        let message = Message::Unsubscribe { session: self.session.id, subscription, done };
        let position = match self.session.server.files.if_open(&file) {
            Some(handle) if handle.send(message).await.is_ok() => ended.await.ok(),
            _ => None,
        };
        responder.succeed("{}", position);
    }

    async fn errand(&mut self, file: Option<&str>, errand: Errand) {
        if let Some(error) = self.refusal(&errand.command, &errand.terms, errand.values.as_ref()) {
            return errand.responder.refuse(error);
        }
        let file = match self.session.server.files.choose(file) {
            Ok(file) => file,
            Err(error) => return errand.responder.refuse(error),
        };
        let lane =
            self.lanes.entry(file).or_insert_with_key(|file| lane::start(&self.session, file));
        // A lane has as many places as the session may have requests, and ends only after this sender.
        if let Err(mpsc::error::SendError(errand)) = lane.send(errand).await {
            errand
                .responder
                .refuse(ErrorReply::new(ErrorCode::Internal, "the way to the file is closed"));
        }
    }

    fn refusal(
        &self,
        command: &Command,
        terms: &Terms,
        values: Option<&Bytes>,
    ) -> Option<ErrorReply> {
        if terms.if_seq.is_some() && !command.is_change() {
            let message = format!("{} changes nothing, \"if_seq\" is for changes", command.name());
            return Some(ErrorReply::new(ErrorCode::InvalidRequest, message));
        }
        if command.is_change() && self.session.server.read_only {
            return Some(ErrorReply::new(
                ErrorCode::ReadOnly,
                "the server is read-only; nothing can be changed",
            ));
        }
        if command.encoding() == command::Encoding::Binary && !self.session.binary {
            let message = "binary messages need the WebSocket; on this port values travel as JSON";
            return Some(ErrorReply::new(ErrorCode::Unsupported, message));
        }
        if values.is_some_and(|values| !values.is_empty()) && !command.is_change() {
            let message =
                format!("{} takes no values, but the message carries some", command.name());
            return Some(ErrorReply::new(ErrorCode::InvalidRequest, message));
        }
        None
    }
}

async fn list_files(session: Arc<Session>, position: Option<Position>, responder: Responder) {
    let files = Arc::clone(&session.server.files);
    #[expect(
        clippy::disallowed_methods,
        reason = "lists folders, which may block; no HDF5 is called"
    )]
    let listing = tokio::task::spawn_blocking(move || files.list());
    match listing.await {
        Ok(files) => responder.succeed_with(&reply::Files { files }, position),
        Err(error) => responder.refuse(ErrorReply::new(ErrorCode::Internal, error.to_string())),
    }
}

/// Tells the session of files that appear and vanish from now on.
async fn watch_files(session: Arc<Session>, responder: Responder) {
    let mut waiting = Some(responder);
    let outbox = Arc::clone(&session.outbox);
    let reply = |files, position| {
        if let Some(responder) = waiting.take() {
            responder.succeed_with(&reply::Files { files }, Some(position));
        }
    };
    let watched = session.server.files.listing().watch(session.id, outbox, reply).await;
    if let (Err(error), Some(responder)) = (watched, waiting) {
        responder.refuse(error);
    }
    // The session may have ended before its list came.
    if session.outbox.is_disconnected() {
        session.server.files.listing().forget(session.id);
    }
}
