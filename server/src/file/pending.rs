//! A request between its arrival and its answer: waiting, in the worker, refused.

use bytes::Bytes;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Outcome, Position};
use hdf5_async_protocol::model::{Child, ObjectInfo};
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Class, Condition, JobResult, Submission, Subscribing};
use crate::hub::Author;
use crate::worker::job::Work;

/// A request that waits for the worker.
#[derive(Debug)]
pub(super) enum Pending {
    Job(Submission),
    Snapshot(Subscribing),
}

impl Pending {
    /// Whether nobody would miss it.
    pub(super) fn is_abandoned(&self) -> bool {
        matches!(self, Self::Job(submission) if !submission.is_change && submission.answer.is_closed())
    }

    pub(super) fn condition(&self) -> Option<&Condition> {
        match self {
            Self::Job(submission) => submission.condition.as_deref(),
            Self::Snapshot(_) => None,
        }
    }

    /// Lets the worker refuse the command, unless it was done before and is only asked for again.
    pub(super) fn refuse_in_worker(&mut self, error: ErrorReply) {
        if let Self::Job(Submission { work: Work::Command { refusal, .. }, .. }) = self {
            *refusal = Some(Box::new(error));
        }
    }

    /// What the worker gets of it, and what stays here until the worker has answered.
    pub(super) fn into_job(self, job: u64, class: Class) -> (Work, Bytes, InWorker) {
        let since = Instant::now();
        match self {
            Self::Job(Submission { work, payload, is_change, author, answer, .. }) => {
                let answering = Answering::Job { answer, author };
                (work, payload, InWorker { job, since, class, is_change, answering })
            }
            Self::Snapshot(subscribing) => {
                let work = Work::Snapshot { path: subscribing.subscription.path.clone() };
                let answering = Answering::Snapshot(subscribing);
                (work, Bytes::new(), InWorker { job, since, class, is_change: false, answering })
            }
        }
    }

    pub(super) fn refuse(self, error: &ErrorReply, position: Position) {
        match self {
            Self::Job(submission) => answer(submission.answer, Err(error.clone())),
            Self::Snapshot(subscribing) => (subscribing.reply)(Err(error.clone()), position),
        }
    }
}

/// A request that the worker has.
#[derive(Debug)]
pub(super) struct InWorker {
    pub(super) job: u64,
    /// When the worker can have begun it.
    pub(super) since: Instant,
    pub(super) class: Class,
    pub(super) is_change: bool,
    pub(super) answering: Answering,
}

#[derive(Debug)]
pub(super) enum Answering {
    Job {
        answer: oneshot::Sender<JobResult>,
        author: Option<Author>,
    },
    Snapshot(Subscribing),
    /// The task itself wants to know.
    Look,
}

impl InWorker {
    pub(super) fn author(&self) -> Option<Author> {
        match &self.answering {
            Answering::Job { author, .. } => author.clone(),
            Answering::Snapshot(_) | Answering::Look => None,
        }
    }

    /// It cannot be answered.
    pub(super) fn refuse(self, error: &ErrorReply, position: Position) {
        match self.answering {
            Answering::Job { answer: waiting, .. } => answer(waiting, Err(error.clone())),
            Answering::Snapshot(subscribing) => (subscribing.reply)(Err(error.clone()), position),
            Answering::Look => {}
        }
    }

    /// The worker of `file` is gone: whether a change was made cannot be known.
    pub(super) fn lose(self, file: &str, position: Position) {
        let (outcome, advice) = if self.is_change {
            (
                Outcome::Unknown,
                "send it again with the same request_key, or read to see whether it was made",
            )
        } else {
            (Outcome::NotApplied, "send the request again")
        };
        let message = format!("the worker of {file} ended while it had this request; {advice}");
        let mut error = ErrorReply::new(ErrorCode::WorkerLost, message);
        error.outcome = Some(outcome);
        error.retry_after_ms = Some(100);
        self.refuse(&error, position);
    }
}

/// A session may have ended, or the request may have been cancelled, before its answer came.
pub(super) fn answer(waiting: oneshot::Sender<JobResult>, result: JobResult) {
    if waiting.send(result).is_err() {
        tracing::debug!("nobody waits for an answer any more");
    }
}

/// What the worker answers to a snapshot.
#[derive(Deserialize)]
pub(super) struct SnapshotFields {
    pub(super) object: Option<ObjectInfo>,
    pub(super) children: Option<Vec<Child>>,
}
