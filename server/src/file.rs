//! The front's side of one open file: a handle that sessions share, and the task behind it.
//!
//! The task ([`queue`]) keeps the order of requests (`waiting`), feeds the worker ([`link`]) and publishes what
//! the worker changed.

pub mod link;
mod pending;
pub mod premises;
pub mod queue;
mod submission;
mod waiting;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position, reply};
use hdf5_async_protocol::model::FileCreation;
use tokio::sync::{mpsc, oneshot};

pub use submission::{Answer, Applied, Class, Condition, JobResult, Submission};

use crate::hub::Subscription;
use crate::outbox::Outbox;

/// Sends the reply of a subscription: called by the file's task, so that the reply stands before the events.
pub type SubscribedReply = Box<dyn FnOnce(Result<reply::Subscribed, ErrorReply>, Position) + Send>;

pub struct Subscribing {
    pub session: u64,
    pub outbox: Arc<Outbox>,
    pub subscription: Subscription,
    pub since: Option<Position>,
    pub snapshot: bool,
    pub reply: SubscribedReply,
}

impl std::fmt::Debug for Subscribing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Subscribing")
            .field("subscription", &self.subscription)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub enum Message {
    Job(Submission),
    Subscribe(Subscribing),
    Unsubscribe {
        session: u64,
        subscription: u64,
        done: oneshot::Sender<Position>,
    },
    /// The session has ended.
    Forget {
        session: u64,
    },
    /// Tell whether the file could be opened.
    Opened {
        done: oneshot::Sender<Result<Position, ErrorReply>>,
    },
    /// Make the file anew, after what is queued.
    Empty {
        creation: FileCreation,
        done: oneshot::Sender<Result<Position, ErrorReply>>,
    },
    /// As `Close`, unless somebody watches the file or has asked for something; tells which.
    CloseIfUnused {
        done: oneshot::Sender<bool>,
    },
    /// Finish what is queued, close the file, end.
    Close,
}

/// Shared by all sessions that use the file.
#[derive(Clone, Debug)]
pub struct FileHandle {
    name: Arc<str>,
    messages: mpsc::Sender<Message>,
    busy_after: Duration,
}

/// A message that could not be queued comes back to its sender.
#[derive(Debug)]
pub enum SendError {
    /// For the next handle of the file.
    Closed(Message),
    Busy(Message),
}

impl FileHandle {
    pub fn new(name: Arc<str>, messages: mpsc::Sender<Message>, busy_after: Duration) -> Self {
        Self { name, messages, busy_after }
    }

    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub fn is_closed(&self) -> bool {
        self.messages.is_closed()
    }

    /// Queues a message, waiting for a place for as long as the server is configured to.
    ///
    /// # Errors
    /// `Busy` when there was no place in time, `Closed` when the file was closed meanwhile.
    pub async fn send(&self, message: Message) -> Result<(), SendError> {
        self.messages.send_timeout(message, self.busy_after).await.map_err(|error| match error {
            mpsc::error::SendTimeoutError::Closed(message) => SendError::Closed(message),
            mpsc::error::SendTimeoutError::Timeout(message) => SendError::Busy(message),
        })
    }

    /// The refusal of a message that found no place.
    pub fn busy_error(&self) -> ErrorReply {
        let text = format!("{} has more requests waiting than it accepts; try again", self.name);
        let mut error = ErrorReply::new(ErrorCode::Busy, text);
        error.retry_after_ms = u64::try_from(self.busy_after.as_millis()).ok();
        error
    }

    /// Ends the file's task after what is queued.
    pub async fn close(&self) {
        // An error means that the task has ended already.
        if self.messages.send(Message::Close).await.is_ok() {
            self.messages.closed().await;
        }
    }
}
