//! The blocking side: one HDF5 file, one thread, jobs in and outcomes out over one socket.
//!
//! [`run`] is the same whether it has a process of its own ([`process`]) or a thread of the server's
//! ([`thread`], for tests and embedding): it reads a job, lets the [`Store`] do it, writes what came of it,
//! until the socket closes.

pub mod channel;
pub mod job;
pub mod process;
pub mod thread;

use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use hdf5_async_protocol::message::command::{Describe, List, ListOrder};
use hdf5_async_protocol::message::{Command, ErrorCode, ErrorReply, Request};
use hdf5_async_protocol::model::ObjectPath;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::store::{Access, Answer, Outcome, Store, StoreLimits};
use channel::{ChannelError, read_frame, write_frame};
use job::{Done, Job, Work};

/// How long the worker waits for the next job before it hands written data to the operating system.
const FLUSH_WHEN_IDLE: Duration = Duration::from_millis(50);

/// What a worker is told when it starts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The served name of the file, for messages.
    pub name: String,
    pub access: Access,
    pub limits: StoreLimits,
}

/// Serves one file until `socket` closes or a `Close` job comes.
///
/// # Errors
/// When the socket breaks. A file that cannot be opened is reported as the answer to job 0 instead.
pub fn run(socket: &UnixStream, path: &Path, settings: &Settings) -> Result<(), ChannelError> {
    let mut store = match Store::open(path, &settings.name, settings.access, settings.limits) {
        Ok(store) => store,
        Err(error) => return write_frame(socket, &Done::failed(0, error.to_reply()), &[]),
    };
    write_frame(socket, &Done::empty(0), &[])?;
    let mut unflushed = false;
    loop {
        socket.set_read_timeout(unflushed.then_some(FLUSH_WHEN_IDLE)).map_err(ChannelError::Io)?;
        let (job, payload) = match read_frame::<Job>(socket) {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(ChannelError::Idle) => {
                flush(&mut store);
                unflushed = false;
                continue;
            }
            Err(error) => return Err(error),
        };
        let id = job.job;
        if matches!(job.work, Work::Close {}) {
            let closed = store.close().err().map(|error| error.to_reply());
            return write_frame(socket, &Done { error: closed, ..Done::empty(id) }, &[]);
        }
        let (done, values) = perform(&mut store, job, &payload);
        unflushed |= !done.changes.is_empty();
        write_frame(socket, &done, &values)?;
    }
    if let Err(error) = store.close() {
        tracing::error!(%error, "the file could not be closed");
    }
    Ok(())
}

fn flush(store: &mut Store) {
    if let Err(error) = store.flush() {
        tracing::error!(%error, "written data could not be flushed");
    }
}

/// Does one job; a bug in it is one error answer, not the end of the worker.
fn perform(store: &mut Store, job: Job, payload: &[u8]) -> (Done, Vec<u8>) {
    let id = job.job;
    let outcome = catch_unwind(AssertUnwindSafe(|| match job.work {
        Work::Command { command, binary } => match Request::parse(command.get()) {
            Ok(request) => execute(store, &request.command, binary.then_some(payload)),
            Err(error) => Err(error.to_reply()),
        },
        Work::Snapshot { path } => snapshot(store, &path),
        Work::Plan { path, selection } => store
            .plan(&path, &selection)
            .map(|plan| (Done { plan: Some(plan), ..Done::empty(id) }, Vec::new()))
            .map_err(|error| error.to_reply()),
        Work::Crossing { path, last } => store
            .crossing(&path, last)
            .map(|elsewhere| (Done { elsewhere, ..Done::empty(id) }, Vec::new()))
            .map_err(|error| error.to_reply()),
        Work::ReadBlock { path, selection } => store
            .read_block(&path, &selection)
            .map(|values| (Done::empty(id), values))
            .map_err(|error| error.to_reply()),
        Work::Close {} => Ok((Done::empty(id), Vec::new())),
    }));
    match outcome {
        Ok(Ok((done, values))) => (Done { job: id, ..done }, values),
        Ok(Err(error)) => (Done::failed(id, error), Vec::new()),
        Err(_) => {
            let error = ErrorReply::new(
                ErrorCode::Internal,
                "the server met a fault of its own in this request",
            );
            (Done::failed(id, error), Vec::new())
        }
    }
}

fn execute(
    store: &mut Store,
    command: &Command,
    payload: Option<&[u8]>,
) -> Result<(Done, Vec<u8>), ErrorReply> {
    let Outcome { answer, changes } =
        store.execute(command, payload).map_err(|error| error.to_reply())?;
    let done = Done { changes, ..Done::empty(0) };
    match answer {
        Answer::Fields(fields) => {
            let fields = RawValue::from_string(fields).map_err(|error| internal(&error))?;
            Ok((Done { fields: Some(fields), ..done }, Vec::new()))
        }
        Answer::Values { values, payload } => Ok((Done { values: Some(values), ..done }, payload)),
        Answer::Plan(plan) => Ok((Done { plan: Some(plan), ..done }, Vec::new())),
        Answer::Many { items, payload } => Ok((Done { items, ..done }, payload)),
    }
}

fn internal(error: &serde_json::Error) -> ErrorReply {
    ErrorReply::new(ErrorCode::Internal, error.to_string())
}

/// The parts of `subscribe`'s reply that a worker knows.
#[derive(Deserialize, Serialize)]
struct Snapshot {
    object: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    children: Option<Box<RawValue>>,
}

fn snapshot(store: &mut Store, path: &ObjectPath) -> Result<(Done, Vec<u8>), ErrorReply> {
    #[derive(Deserialize)]
    struct Children {
        children: Box<RawValue>,
    }
    let (described, _) = execute(store, &Describe { path: path.clone() }.into(), None)?;
    let fields = described.fields.as_deref().map_or("", RawValue::get);
    let mut snapshot: Snapshot = serde_json::from_str(fields).map_err(|error| internal(&error))?;
    let list = List { path: path.clone(), offset: 0, limit: None, order: ListOrder::Name };
    match execute(store, &list.into(), None) {
        Ok((listed, _)) => {
            let fields = listed.fields.as_deref().map_or("", RawValue::get);
            let Children { children } =
                serde_json::from_str(fields).map_err(|error| internal(&error))?;
            snapshot.children = Some(children);
        }
        Err(error) if error.code == ErrorCode::WrongKind => {}
        Err(error) => return Err(error),
    }
    let fields = serde_json::value::to_raw_value(&snapshot).map_err(|error| internal(&error))?;
    Ok((Done { fields: Some(fields), ..Done::empty(0) }, Vec::new()))
}
