//! A file that is made anew while others have it open: they stay, its content goes.

use hdf5_async_protocol::message::{ErrorReply, Position, Reason};
use hdf5_async_protocol::model::FileCreation;
use tokio::sync::oneshot;

use super::FileQueue;

/// Waits until everything that was asked before is done.
#[derive(Debug)]
pub(super) struct Emptying {
    pub(super) creation: FileCreation,
    pub(super) done: Done,
}

impl FileQueue {
    /// Whether the file is to be emptied and nothing stands before it any more.
    pub(super) fn is_emptying_due(&self) -> bool {
        self.emptying.is_some() && self.waiting.len() == 0 && self.in_worker.is_empty()
    }

    /// Ends the worker and starts another that makes the file; those who watch are told by a new epoch.
    pub(super) async fn empty(&mut self) {
        let Some(Emptying { creation, done }) = self.emptying.take() else { return };
        if let Some(error) = self.premises.keeps_from_creating() {
            return tell(done, Err(error));
        }
        self.close_worker().await;
        self.creation = Some(creation);
        let result = self.open_worker().await;
        self.hub.new_epoch(Reason::Emptied, None);
        tell(done, result.map(|()| self.hub.position()));
    }
}

type Done = oneshot::Sender<Result<Position, ErrorReply>>;

fn tell(done: Done, result: Result<Position, ErrorReply>) {
    if done.send(result).is_err() {
        tracing::debug!("whoever had a file emptied is gone");
    }
}
