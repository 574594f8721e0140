//! The requests of one session for one file, in the order in which they came.
//!
//! Requests are handed to the file in order; answers may overtake each other. A change waits for the reads
//! before it, so that a long read never sees it.

use std::sync::Arc;

use bytes::Bytes;
use hdf5_async_protocol::message::{Command, Terms, command};
use serde_json::value::RawValue;
use tokio::sync::{OwnedRwLockReadGuard, RwLock, mpsc};

use super::crossing::{Asked, find_source, reach};
use super::responder::{Responder, cancelled_error};
use super::scanning::{self, Scan};
use super::turns::{Turn, Turns};
use super::walking::{self, Walking};
use super::{
    Session, describing_many, querying, reading, reading_many, subscribing, whole_file,
    writing_through,
};
use crate::file::{Answer, Applied, Class, JobResult};

/// A request for a file.
#[derive(Debug)]
pub struct Errand {
    pub command: Command,
    /// With the session's where the request has none.
    pub terms: Terms,
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
    turns: Arc<Turns>,
}

/// Starts the lane's task; it ends when the sender is dropped.
pub fn start(session: &Arc<Session>, file: &str) -> mpsc::Sender<Errand> {
    let (sender, errands) = mpsc::channel(session.server.limits.max_requests_in_flight);
    let lane = Lane {
        session: Arc::clone(session),
        file: file.into(),
        reads: Arc::default(),
        turns: Arc::default(),
    };
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
                Command::Subscribe(subscribe) => {
                    let (turn, responder) = (self.turns.take(), errand.responder);
                    subscribing::answer(&self.session, &self.file, subscribe, turn, responder)
                        .await;
                }
                command @ (Command::Read(_) | Command::ReadMany(_) | Command::DescribeMany(_)) => {
                    self.read(command, errand.terms, errand.responder).await;
                }
                Command::Query(query) => self.query(query, errand.responder).await,
                Command::Walk(walk) => self.walk(Walking::Walk(walk), errand.responder).await,
                Command::Search(search) => {
                    self.walk(Walking::Search(search), errand.responder).await;
                }
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
                    self.change(Errand { command, ..errand }).await;
                }
                command => self.ask(command, errand.terms, errand.responder).await,
            }
        }
    }

    /// Also several reads, or several objects, at once.
    async fn read(&self, read: Command, terms: Terms, mut responder: Responder) {
        let guard = Arc::clone(&self.reads).read_owned().await;
        let mut asked = self.asked(read, terms, None, Class::Small);
        let turn = self.turns.take();
        let first = match asked.submit(&self.session).await {
            Ok(first) => first,
            Err(error) => return responder.refuse(error),
        };
        let session = Arc::clone(&self.session);
        tokio::spawn(async move {
            let _reading: OwnedRwLockReadGuard<()> = guard;
            match (wait(&mut asked, first, &turn, &mut responder).await, asked.command) {
                (Ok(applied), Command::Read(read)) => {
                    drop(turn);
                    reading::answer(&session, &asked.file, read, applied, responder).await;
                }
                (Ok(applied), Command::ReadMany(read)) => {
                    reading_many::answer(&session, &asked.file, read, applied, turn, responder)
                        .await;
                }
                (Ok(applied), Command::DescribeMany(describe)) => {
                    describing_many::answer(
                        &session,
                        &asked.file,
                        describe,
                        applied,
                        turn,
                        responder,
                    )
                    .await;
                }
                (Ok(applied), _) => succeed(&applied, responder),
                (Err(error), _) => responder.refuse(error),
            }
        });
    }

    async fn query(&self, mut query: command::Query, mut responder: Responder) {
        let guard = Arc::clone(&self.reads).read_owned().await;
        let (session, file) = (Arc::clone(&self.session), Arc::clone(&self.file));
        let turn = self.turns.take();
        tokio::spawn(async move {
            let _reading: OwnedRwLockReadGuard<()> = guard;
            let (answering, path) = match reach(&session, &file, &query.path, &turn).await {
                Ok(place) => place,
                Err(error) => return responder.refuse(error),
            };
            drop(turn);
            query.path = path;
            note_file(&file, &answering, &mut responder);
            querying::answer(&session, &answering, query, responder).await;
        });
    }

    async fn scan(&self, mut scan: Scan, mut responder: Responder) {
        let guard = Arc::clone(&self.reads).read_owned().await;
        let (session, file) = (Arc::clone(&self.session), Arc::clone(&self.file));
        let turn = self.turns.take();
        tokio::spawn(async move {
            let _reading: OwnedRwLockReadGuard<()> = guard;
            let reached = reach(&session, &file, scan.path_mut(), &turn).await;
            drop(turn);
            let (answering, path) = match reached {
                Ok(place) => place,
                Err(error) => return responder.refuse(error),
            };
            *scan.path_mut() = path;
            note_file(&file, &answering, &mut responder);
            scanning::answer(&session, &answering, scan, responder).await;
        });
    }

    async fn walk(&self, walking: Walking, responder: Responder) {
        let guard = Arc::clone(&self.reads).read_owned().await;
        let (session, file) = (Arc::clone(&self.session), Arc::clone(&self.file));
        let turn = self.turns.take();
        tokio::spawn(async move {
            let _reading: OwnedRwLockReadGuard<()> = guard;
            walking::answer(&session, &file, walking, turn, responder).await;
        });
    }

    async fn change(&self, errand: Errand) {
        let Errand { mut command, terms, values, message_bytes, mut responder } = errand;
        tokio::select! {
            reads = self.reads.write() => drop(reads),
            () = responder.cancelled.cancelled() => return responder.refuse(cancelled_error()),
        }
        let turn = self.turns.take();
        if let Command::Copy(copy) = &mut command {
            let found = tokio::select! {
                found = find_source(&self.session, &self.file, copy, &turn) => found,
                () = responder.cancelled.cancelled() => Err(cancelled_error()),
            };
            if let Err(error) = found {
                return responder.refuse(error);
            }
        }
        let is_bulk = message_bytes as u64 > self.session.server.limits.block_bytes;
        let class = if is_bulk { Class::Bulk } else { Class::Small };
        let mut asked = self.asked(command, terms, values, class);
        let first = match asked.submit(&self.session).await {
            Ok(first) => first,
            Err(error) => return responder.refuse(error),
        };
        let (session, file) = (Arc::clone(&self.session), Arc::clone(&self.file));
        let finish = async move {
            let outcome = match asked.outcome(&session, first, &turn).await {
                Err(error) if writing_through::is_possible(&asked.command, &error) => {
                    writing_through::write(&session, &asked, &turn, error).await
                }
                outcome => outcome,
            };
            drop(turn);
            note_file(&file, &asked.file, &mut responder);
            match outcome {
                Ok(applied) => succeed(&applied, responder),
                Err(error) => responder.refuse(error),
            }
        };
        // A small request must not overtake a large change of its own session.
        if is_bulk {
            finish.await;
        } else {
            tokio::spawn(finish);
        }
    }

    async fn ask(&self, command: Command, terms: Terms, mut responder: Responder) {
        let encoding = command.encoding();
        let mut asked = self.asked(command, terms, None, Class::Small);
        let turn = self.turns.take();
        let first = match asked.submit(&self.session).await {
            Ok(first) => first,
            Err(error) => return responder.refuse(error),
        };
        tokio::spawn(async move {
            match wait(&mut asked, first, &turn, &mut responder).await {
                Ok(applied) if applied.done.values.is_some() => {
                    reading::answer_values(applied, encoding, responder);
                }
                Ok(applied) => succeed(&applied, responder),
                Err(error) => responder.refuse(error),
            }
        });
    }

    fn asked(&self, command: Command, terms: Terms, values: Option<Bytes>, class: Class) -> Asked {
        Asked { file: Arc::clone(&self.file), command, terms, values, class }
    }
}

/// Waits for the outcome of a job that changes nothing, unless it is cancelled.
async fn wait(
    asked: &mut Asked,
    first: Answer,
    turn: &Turn,
    responder: &mut Responder,
) -> JobResult {
    let (session, cancelled) = (Arc::clone(&responder.session), responder.cancelled.clone());
    let file = Arc::clone(&asked.file);
    let outcome = tokio::select! {
        outcome = asked.outcome(&session, first, turn) => outcome,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    note_file(&file, &asked.file, responder);
    outcome
}

/// Lets the answer say which file it comes from, if that is another than the one that was asked.
pub(super) fn note_file(asked: &str, answering: &Arc<str>, responder: &mut Responder) {
    if *asked != **answering {
        responder.answered_by(Some(answering));
    }
}

fn succeed(applied: &Applied, responder: Responder) {
    let fields = applied.done.fields.as_deref().map_or("{}", RawValue::get);
    responder.succeed_as(fields, Some(applied.position), applied.done.durability);
}
