//! The requests of one session for one file, in the order in which they came.
//!
//! Requests are handed to the file in order; answers may overtake each other. A change waits for the reads
//! before it, so that a long read never sees it.

use std::sync::Arc;

use bytes::Bytes;
use hdf5_async_protocol::message::{Command, ErrorCode, ErrorReply, Position, command};
use serde_json::value::RawValue;
use tokio::sync::{OwnedRwLockReadGuard, RwLock, mpsc, oneshot};

use super::responder::{Responder, cancelled_error};
use super::scanning::{self, Scan};
use super::{Session, reading, reading_many, whole_file};
use crate::file::{Applied, Class, JobResult, Message, Submission, Subscribing};
use crate::files::Unsent;
use crate::hub::Subscription;
use crate::pace::Pace;
use crate::worker::job::Work;

/// A request for a file.
#[derive(Debug)]
pub struct Errand {
    pub command: Command,
    /// Of a binary message.
    pub values: Option<Bytes>,
    pub message_bytes: usize,
    pub responder: Responder,
}

struct Lane {
    session: Arc<Session>,
    file: Arc<str>,
    /// Held for reading by reads under way.
    reads: Arc<RwLock<()>>,
}

/// Starts the lane's task; it ends when the sender is dropped.
pub fn start(session: &Arc<Session>, file: &str) -> mpsc::Sender<Errand> {
    let (sender, errands) = mpsc::channel(session.server.limits.max_requests_in_flight);
    let lane = Lane { session: Arc::clone(session), file: file.into(), reads: Arc::default() };
    tokio::spawn(lane.run(errands));
    sender
}

impl Lane {
    async fn run(self, mut errands: mpsc::Receiver<Errand>) {
        while let Some(errand) = errands.recv().await {
            let cancelled = errand.responder.cancelled.clone();
            if cancelled.is_cancelled() {
                errand.responder.refuse(cancelled_error());
                continue;
            }
            match errand.command {
                Command::Subscribe(subscribe) => self.subscribe(subscribe, errand.responder).await,
                Command::Read(read) => self.read(read, errand.responder).await,
                Command::ReadMany(read) => self.read_many(read, errand.responder).await,
                Command::Stats(stats) => self.scan(stats.into(), errand.responder).await,
                Command::Sample(sample) => self.scan(sample.into(), errand.responder).await,
                Command::CreateFile(create) => {
                    drop(self.reads.write().await);
                    whole_file::create(&self.session, &self.file, create, errand.responder).await;
                }
                Command::CloseFile(_) => {
                    whole_file::close(&self.session, &self.file, errand.responder).await;
                }
                Command::DeleteFile(_) => {
                    drop(self.reads.write().await);
                    whole_file::delete(&self.session, &self.file, errand.responder).await;
                }
                command if command.is_change() => {
                    self.change(command, errand.values, errand.message_bytes, errand.responder)
                        .await;
                }
                command => self.ask(command, errand.responder).await,
            }
        }
    }

    async fn subscribe(&self, subscribe: command::Subscribe, responder: Responder) {
        let id = match self.session.new_subscription(&self.file) {
            Ok(id) => id,
            Err(error) => return responder.refuse(error),
        };
        let command::Subscribe { path, data, snapshot, since, max_rate } = subscribe;
        let subscription = Subscription { id, path, data, pace: max_rate.and_then(Pace::new) };
        let session = Arc::clone(&self.session);
        let reply =
            Box::new(move |result: Result<_, ErrorReply>, position: Position| match result {
                Ok(subscribed) => responder.succeed_with(&subscribed, Some(position)),
                Err(error) => {
                    session.end_subscription(id);
                    responder.refuse(error);
                }
            });
        let outbox = Arc::clone(&self.session.outbox);
        let subscribing =
            Subscribing { session: self.session.id, outbox, subscription, since, snapshot, reply };
        if let Err(unsent) =
            self.session.server.files.send(&self.file, Message::Subscribe(subscribing)).await
        {
            let Unsent { message, error } = *unsent;
            if let Message::Subscribe(Subscribing { reply, .. }) = message {
                reply(Err(error), Position::default());
            }
        }
    }

    async fn read(&self, read: command::Read, responder: Responder) {
        let guard = Arc::clone(&self.reads).read_owned().await;
        let answer = match self.submit(&read.clone().into(), None, Class::Small).await {
            Ok(answer) => answer,
            Err(error) => return responder.refuse(error),
        };
        let (session, file) = (Arc::clone(&self.session), Arc::clone(&self.file));
        tokio::spawn(async move {
            let _reading: OwnedRwLockReadGuard<()> = guard;
            match wait(answer, &responder).await {
                Ok(applied) => reading::answer(&session, &file, read, applied, responder).await,
                Err(error) => responder.refuse(error),
            }
        });
    }

    async fn read_many(&self, read: command::ReadMany, responder: Responder) {
        let guard = Arc::clone(&self.reads).read_owned().await;
        let answer = match self.submit(&read.clone().into(), None, Class::Small).await {
            Ok(answer) => answer,
            Err(error) => return responder.refuse(error),
        };
        let (session, file) = (Arc::clone(&self.session), Arc::clone(&self.file));
        tokio::spawn(async move {
            let _reading: OwnedRwLockReadGuard<()> = guard;
            match wait(answer, &responder).await {
                Ok(applied) => {
                    reading_many::answer(&session, &file, read, applied, responder).await;
                }
                Err(error) => responder.refuse(error),
            }
        });
    }

    async fn scan(&self, scan: Scan, responder: Responder) {
        let guard = Arc::clone(&self.reads).read_owned().await;
        let (session, file) = (Arc::clone(&self.session), Arc::clone(&self.file));
        tokio::spawn(async move {
            let _reading: OwnedRwLockReadGuard<()> = guard;
            scanning::answer(&session, &file, scan, responder).await;
        });
    }

    async fn change(
        &self,
        command: Command,
        values: Option<Bytes>,
        message_bytes: usize,
        responder: Responder,
    ) {
        tokio::select! {
            reads = self.reads.write() => drop(reads),
            () = responder.cancelled.cancelled() => return responder.refuse(cancelled_error()),
        }
        let is_bulk = message_bytes as u64 > self.session.server.limits.block_bytes;
        let class = if is_bulk { Class::Bulk } else { Class::Small };
        let answer = match self.submit(&command, values, class).await {
            Ok(answer) => answer,
            Err(error) => return responder.refuse(error),
        };
        let finish = async move {
            match answer.await {
                Ok(Ok(applied)) => succeed(&applied, responder),
                Ok(Err(error)) => responder.refuse(error),
                Err(_) => responder.refuse(closed_error()),
            }
        };
        // A small request must not overtake a large change of its own session.
        if is_bulk {
            finish.await;
        } else {
            tokio::spawn(finish);
        }
    }

    async fn ask(&self, command: Command, responder: Responder) {
        let answer = match self.submit(&command, None, Class::Small).await {
            Ok(answer) => answer,
            Err(error) => return responder.refuse(error),
        };
        let encoding = command.encoding();
        tokio::spawn(async move {
            match wait(answer, &responder).await {
                Ok(applied) if applied.done.values.is_some() => {
                    reading::answer_values(applied, encoding, responder);
                }
                Ok(applied) => succeed(&applied, responder),
                Err(error) => responder.refuse(error),
            }
        });
    }

    async fn submit(
        &self,
        command: &Command,
        values: Option<Bytes>,
        class: Class,
    ) -> Result<oneshot::Receiver<JobResult>, ErrorReply> {
        let command_text = serde_json::to_string(command).and_then(RawValue::from_string);
        let command_text = command_text
            .map_err(|error| ErrorReply::new(ErrorCode::Internal, error.to_string()))?;
        let (answer, receiver) = oneshot::channel();
        let submission = Submission {
            work: Work::Command { command: command_text, binary: values.is_some() },
            payload: values.unwrap_or_default(),
            class,
            is_change: command.is_change(),
            author: Some(self.session.author()),
            answer,
        };
        let sent = self.session.server.files.send(&self.file, Message::Job(submission)).await;
        sent.map_err(|unsent| unsent.error)?;
        Ok(receiver)
    }
}

/// Waits for the outcome of a job that changes nothing, unless it is cancelled.
async fn wait(answer: oneshot::Receiver<JobResult>, responder: &Responder) -> JobResult {
    tokio::select! {
        result = answer => result.unwrap_or_else(|_| Err(closed_error())),
        () = responder.cancelled.cancelled() => Err(cancelled_error()),
    }
}

fn succeed(applied: &Applied, responder: Responder) {
    let fields = applied.done.fields.as_deref().map_or("{}", RawValue::get);
    responder.succeed(fields, Some(applied.position));
}

fn closed_error() -> ErrorReply {
    ErrorReply::new(
        ErrorCode::FileUnreadable,
        "the file was closed before the request was answered",
    )
}
