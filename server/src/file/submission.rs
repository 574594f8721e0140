//! A job on its way to the worker of a file, and its answer on the way back.

use bytes::Bytes;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position};
use hdf5_async_protocol::model::ObjectPath;
use tokio::sync::oneshot;

use crate::hub::Author;
use crate::worker::job::{Done, Work};

/// How urgent a job is: small ones go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Small,
    /// Blocks of long reads and large writes.
    Bulk,
}

/// A job's outcome, and the file's position after the job's own events.
#[derive(Debug)]
pub struct Applied {
    pub done: Done,
    pub values: Vec<u8>,
    pub position: Position,
    /// Another one is another file's, or that of the file after another program has written to it.
    pub file_epoch: u64,
}

pub type JobResult = Result<Applied, ErrorReply>;

#[derive(Debug)]
pub struct Submission {
    pub work: Work,
    pub payload: Bytes,
    pub class: Class,
    /// Changes are carried out even if nobody waits for the answer any more.
    pub is_change: bool,
    pub author: Option<Author>,
    /// Of a change that is made only if nothing was changed since.
    pub condition: Option<Box<Condition>>,
    pub answer: oneshot::Sender<JobResult>,
}

/// What must not have changed for a change to be made.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Without one, the present one.
    pub epoch: Option<u64>,
    pub seq: u64,
    pub paths: Vec<ObjectPath>,
}

/// Where a job is answered.
#[derive(Debug)]
pub struct Answer(oneshot::Receiver<JobResult>);

impl Submission {
    /// A job that changes nothing and brings no values, and where it is answered.
    pub fn new(work: Work, class: Class) -> (Self, Answer) {
        let (answer, receiver) = oneshot::channel();
        let submission = Self {
            work,
            payload: Bytes::new(),
            class,
            is_change: false,
            author: None,
            condition: None,
            answer,
        };
        (submission, Answer(receiver))
    }
}

impl Answer {
    /// Waits for it.
    ///
    /// # Errors
    /// The refusal, or that the file was closed before.
    pub async fn come(self) -> JobResult {
        self.0.await.unwrap_or_else(|_| {
            let message = "the file was closed before the request was answered";
            Err(ErrorReply::new(ErrorCode::FileUnreadable, message))
        })
    }
}
