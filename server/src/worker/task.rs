//! What a job asks of the store, read once, so that it can be done again after others had to be undone.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hdf5_async_protocol::message::command::{Describe, List, ListOrder, Query};
use hdf5_async_protocol::message::{
    Command, Durability, ErrorCode, ErrorReply, Reason, Request, RequestKey, Terms,
};
use hdf5_async_protocol::model::{Fields, ObjectPath, ResolvedSelection, Selection};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::job::{Done, Job, Work};
use crate::journal::JournalError;
use crate::store::query::QueryBlock;
use crate::store::search::Wanted;
use crate::store::walk::Spot;
use crate::store::{Answer, Outcome, Store};

/// A job on its way through the store.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) job: u64,
    pub(super) terms: Terms,
    /// Why it may not be done, if it was not done before.
    pub(super) refusal: Option<Box<ErrorReply>>,
    kind: Kind,
    payload: Vec<u8>,
    /// Of the command as it came, and of its values.
    bytes: usize,
}

#[derive(Debug)]
enum Kind {
    Command {
        command: Box<Command>,
        binary: bool,
    },
    Snapshot(ObjectPath),
    Plan {
        path: ObjectPath,
        selection: Selection,
        fields: Option<Fields>,
    },
    Block {
        path: ObjectPath,
        selection: ResolvedSelection,
        fields: Option<Fields>,
    },
    PlanQuery(Box<Query>),
    Query(Box<QueryBlock>),
    Crossing {
        path: ObjectPath,
        last: bool,
    },
    Walk {
        spots: Vec<Spot>,
        wanted: Option<Wanted>,
        limit: u64,
    },
    /// A change that was made elsewhere, with its answer.
    Remember(Box<RawValue>),
    Settle,
    Divide {
        command: Box<Command>,
        binary: bool,
    },
    /// Done by the file, not by the store.
    Look {
        displaced: Option<Reason>,
    },
}

/// To find out what other programs have done.
#[derive(Clone, Copy, Debug)]
pub(super) struct LookAtFile {
    /// Why the name does not lead to the file any more.
    pub(super) displaced: Option<Reason>,
}

/// The answer to a job: its header, and the values that follow it.
pub(super) type Answered = (Done, Vec<u8>);

/// What came of a task.
#[derive(Debug)]
pub(super) struct Performed {
    pub(super) answer: Answered,
    pub(super) state: State,
}

/// How a task has left the file.
#[derive(Debug)]
pub(super) enum State {
    /// With all of it, or nothing.
    Whole,
    /// It failed after it had changed something.
    HalfDone,
    /// Nothing can be written any more.
    DiskFailed(JournalError),
}

impl Task {
    /// # Errors
    /// The answer to a job that cannot be read.
    pub(super) fn read(job: Job, payload: Vec<u8>) -> Result<Self, Box<Done>> {
        let id = job.job;
        let mut refused = None;
        let mut bytes = payload.len();
        let (kind, terms) = match job.work {
            Work::Command { command, binary, terms, refusal } => {
                match Request::parse(command.get()) {
                    Ok(request) => {
                        refused = refusal;
                        bytes += command.get().len();
                        (Kind::Command { command: Box::new(request.command), binary }, terms)
                    }
                    Err(error) => return Err(Box::new(Done::failed(id, error.to_reply()))),
                }
            }
            Work::Snapshot { path } => (Kind::Snapshot(path), Terms::default()),
            Work::Plan { path, selection, fields } => {
                (Kind::Plan { path, selection, fields }, Terms::default())
            }
            Work::ReadBlock { path, selection, fields } => {
                (Kind::Block { path, selection, fields }, Terms::default())
            }
            Work::PlanQuery(query) => (Kind::PlanQuery(query), Terms::default()),
            Work::Query(block) => (Kind::Query(block), Terms::default()),
            Work::Crossing { path, last } => (Kind::Crossing { path, last }, Terms::default()),
            Work::Walk { spots, wanted, limit } => {
                (Kind::Walk { spots, wanted, limit }, Terms::default())
            }
            Work::Divide { command, binary } => match Request::parse(command.get()) {
                Ok(Request { command, .. }) => {
                    (Kind::Divide { command: Box::new(command), binary }, Terms::default())
                }
                Err(error) => return Err(Box::new(Done::failed(id, error.to_reply()))),
            },
            Work::Remember { terms, fields } => (Kind::Remember(fields), terms),
            Work::Settle {} => (Kind::Settle, Terms::default()),
            Work::Look { displaced } => (Kind::Look { displaced }, Terms::default()),
            Work::Close {} => return Err(Box::new(Done::empty(id))),
        };
        Ok(Self { job: id, terms, refusal: refused, kind, payload, bytes })
    }

    pub(super) fn is_change(&self) -> bool {
        match &self.kind {
            Kind::Command { command, .. } => command.is_change(),
            Kind::Remember(_) => true,
            _ => false,
        }
    }

    pub(super) fn command(&self) -> Option<&Command> {
        match &self.kind {
            Kind::Command { command, .. } => Some(command),
            _ => None,
        }
    }

    pub(super) fn as_look(&self) -> Option<LookAtFile> {
        match &self.kind {
            Kind::Look { displaced } => Some(LookAtFile { displaced: *displaced }),
            _ => None,
        }
    }

    pub(super) fn is_flush(&self) -> bool {
        matches!(&self.kind, Kind::Command { command, .. } if matches!(**command, Command::Flush(_)))
    }

    pub(super) fn is_settle(&self) -> bool {
        matches!(self.kind, Kind::Settle)
    }

    pub(super) fn durability(&self) -> Durability {
        self.terms.durability.unwrap_or_default()
    }

    /// Of a change.
    pub(super) fn key(&self) -> Option<&RequestKey> {
        self.terms.request_key.as_ref().filter(|_| self.is_change())
    }

    /// Bytes that keeping the task takes, beside its fixed size.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    pub(super) fn failed(&self, error: ErrorReply) -> Answered {
        (Done::failed(self.job, error), Vec::new())
    }

    /// That a path of the command leads into another file, if it does.
    pub(super) fn elsewhere(&self, store: &mut Store) -> Option<ErrorReply> {
        let Kind::Command { command, .. } = &self.kind else { return None };
        let ways = match &**command {
            Command::Batch(batch) => {
                batch.commands.iter().flat_map(|step| step.command.ways()).collect()
            }
            command => command.ways(),
        };
        let elsewhere =
            ways.iter().find_map(|(path, last)| store.crossing(path, *last).ok().flatten())?;
        let message = format!("{} leads into {:?}", elsewhere.link, elsewhere.file);
        Some(ErrorReply::new(ErrorCode::ExternalLink, message))
    }

    /// Lets the store do it; a bug in it is one error answer, not the end of the worker.
    pub(super) fn perform(&self, store: &mut Store) -> Performed {
        store.forget_changes();
        let result = catch_unwind(AssertUnwindSafe(|| self.ask(store)));
        let is_panic = result.is_err();
        let (answer, failed) = match result {
            Ok(Ok((done, values))) => ((Done { job: self.job, ..done }, values), false),
            Ok(Err(error)) => (self.failed(error), true),
            Err(_) => {
                let message = "the server met a fault of its own in this request";
                (self.failed(ErrorReply::new(ErrorCode::Internal, message)), true)
            }
        };
        let is_half_done = self.is_change() && failed && (is_panic || store.has_changes());
        Performed { answer, state: if is_half_done { State::HalfDone } else { State::Whole } }
    }

    fn ask(&self, store: &mut Store) -> Result<Answered, ErrorReply> {
        match &self.kind {
            Kind::Command { command, binary } => {
                execute(store, command, binary.then_some(&self.payload))
            }
            Kind::Divide { command, binary } => {
                let divided = store.divide(command, binary.then_some(&self.payload));
                let divided = divided.map_err(|error| error.to_reply())?;
                let (division, values) = divided.unzip();
                Ok((Done { division, ..Done::empty(self.job) }, values.unwrap_or_default()))
            }
            Kind::Snapshot(path) => snapshot(store, path),
            Kind::Plan { path, selection, fields } => store
                .plan(path, selection, fields.as_ref())
                .map(|plan| (Done { plan: Some(plan), ..Done::empty(self.job) }, Vec::new()))
                .map_err(|error| error.to_reply()),
            Kind::Crossing { path, last } => store
                .crossing(path, *last)
                .map(|elsewhere| (Done { elsewhere, ..Done::empty(self.job) }, Vec::new()))
                .map_err(|error| error.to_reply()),
            Kind::Walk { spots, wanted, limit } => store
                .walk(spots, wanted.as_ref(), *limit)
                .map(|stretches| (Done { stretches, ..Done::empty(self.job) }, Vec::new()))
                .map_err(|error| error.to_reply()),
            Kind::PlanQuery(query) => store
                .plan_query(query)
                .map(|plan| (Done { query_plan: Some(plan), ..Done::empty(self.job) }, Vec::new()))
                .map_err(|error| error.to_reply()),
            Kind::Query(block) => store
                .query_block(block)
                .map(|(found, rows)| (Done { matches: Some(found), ..Done::empty(self.job) }, rows))
                .map_err(|error| error.to_reply()),
            Kind::Remember(fields) => {
                Ok((Done { fields: Some(fields.clone()), ..Done::empty(self.job) }, Vec::new()))
            }
            Kind::Settle | Kind::Look { .. } => Ok((Done::empty(self.job), Vec::new())),
            Kind::Block { path, selection, fields } => store
                .read_block(path, selection, fields.as_ref())
                .map(|values| (Done::empty(self.job), values))
                .map_err(|error| error.to_reply()),
        }
    }
}

fn execute(
    store: &mut Store,
    command: &Command,
    payload: Option<&Vec<u8>>,
) -> Result<Answered, ErrorReply> {
    let Outcome { answer, changes } =
        store.execute(command, payload.map(Vec::as_slice)).map_err(|error| error.to_reply())?;
    let done = Done { changes, ..Done::empty(0) };
    match answer {
        Answer::Fields(fields) => {
            let fields = RawValue::from_string(fields).map_err(|error| internal(&error))?;
            Ok((Done { fields: Some(fields), ..done }, Vec::new()))
        }
        Answer::Values { values, payload } => Ok((Done { values: Some(values), ..done }, payload)),
        Answer::Plan(plan) => Ok((Done { plan: Some(plan), ..done }, Vec::new())),
        Answer::Many { items, payload } => Ok((Done { items, ..done }, payload)),
        Answer::Descriptions(descriptions) => Ok((Done { descriptions, ..done }, Vec::new())),
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

fn snapshot(store: &mut Store, path: &ObjectPath) -> Result<Answered, ErrorReply> {
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
