//! Changes that other programs make: noticed, looked at by the worker, announced, and the file opened again where it
//! has become another.

use std::time::Duration;

use hdf5_async_protocol::message::{Change, ErrorCode, ErrorReply, Reason};
use tokio::time::Instant;

use super::FileQueue;
use crate::file::Class;
use crate::file::pending::{Answering, InWorker};
use crate::worker::job::{Job, Work};
use crate::worker::refusal::file_changed;

/// A look that takes long is taken less often: it may take this part of the worker's time.
const SHARE: u32 = 4;

/// Where looking at the file stands.
#[derive(Debug)]
pub(super) struct Looking {
    /// When the next look is due, if something may have happened.
    pub(super) due: Option<Instant>,
    /// The worker looks since then.
    since: Option<Instant>,
    /// No look before this.
    rest_until: Instant,
    /// What the worker has noticed and nobody has dealt with.
    noticed: Option<Reason>,
    /// Why the file was closed that could not be opened again.
    pub(super) closed_because: Option<Reason>,
}

impl Looking {
    pub(super) fn new() -> Self {
        Self {
            due: None,
            since: None,
            rest_until: Instant::now(),
            noticed: None,
            closed_because: None,
        }
    }

    /// Whether it is of use to hear that something may have happened.
    pub(super) fn listens(&self) -> bool {
        self.due.is_none() && self.since.is_none()
    }
}

impl FileQueue {
    /// Something may have happened to the file.
    pub(super) fn stirred(&mut self) {
        self.looking.due = Some(Instant::now().max(self.looking.rest_until));
    }

    /// Has the worker look at the file, or tries to open one that could not be opened.
    pub(super) async fn look(&mut self) {
        self.looking.due = None;
        if let (None, Some(reason)) = (&self.worker, self.looking.closed_because) {
            if self.hub.is_watched() {
                return self.open_anew(reason).await;
            }
            self.looking.due = Some(Instant::now() + self.limits.try_again);
            return;
        }
        let job = self.next_job;
        let Some(worker) = &mut self.worker else { return };
        self.next_job += 1;
        let since = Instant::now();
        self.looking.since = Some(since);
        let work = Work::Look { displaced: self.premises.displaced() };
        let answering = Answering::Look;
        let class = Class::Small;
        self.in_worker.push_back(InWorker { job, since, class, is_change: false, answering });
        if let Err(error) = worker.send(&Job { job, work }, &bytes::Bytes::new()).await {
            tracing::warn!(file = %self.name, %error, "the worker could not be asked to look at the file");
        }
    }

    /// The worker has looked.
    pub(super) fn looked(&mut self) {
        let now = Instant::now();
        let took = self.looking.since.take().map_or(Duration::ZERO, |since| now - since);
        self.looking.rest_until = now + self.limits.gather.max(took * SHARE);
    }

    pub(super) fn notice(&mut self, reason: Reason) {
        self.looking.noticed = Some(reason);
    }

    /// Does what is called for by what the worker has noticed.
    pub(super) async fn heed(&mut self) {
        match self.looking.noticed.take() {
            None => {}
            Some(Reason::WriterLost) => {
                self.hub.publish(Change::file_changed(Reason::WriterLost), None);
            }
            Some(reason) => self.open_anew(reason).await,
        }
    }

    /// Opens the file that has the name now, and tells everybody to read again.
    async fn open_anew(&mut self, reason: Reason) {
        tracing::info!(file = %self.name, ?reason, "another program has changed the file");
        let was_open = self.worker.is_some();
        if let Some(worker) = self.worker.take() {
            // There is nothing that it would have to write: what is acknowledged is in the log.
            worker.kill().await;
        }
        let (error, position) = (file_changed(&self.name), self.hub.position());
        for interrupted in std::mem::take(&mut self.in_worker) {
            if interrupted.is_change {
                interrupted.lose(&self.name, position);
            } else {
                interrupted.refuse(&error, position);
            }
        }
        self.looking =
            Looking { rest_until: Instant::now() + self.limits.gather, ..Looking::new() };
        self.premises.let_go();
        let opened = self.open_worker().await;
        self.looking.closed_because = Some(reason).filter(|_| !was_open);
        match opened {
            Ok(()) if was_open => self.hub.new_epoch(self.opened_as.unwrap_or(reason), None),
            Ok(()) => self.opened_again(),
            Err(error) if was_open => self.stays_closed(reason, error),
            Err(error) => {
                tracing::debug!(file = %self.name, error = error.message, "it still cannot be opened");
                self.looking.due = Some(Instant::now() + self.limits.try_again);
                self.refuse_everything(&error);
            }
        }
    }

    /// There is a worker again, after the file was lost.
    pub(super) fn opened_again(&mut self) {
        let reason = self.looking.closed_because.take();
        if reason.is_some() {
            self.hub.publish(Change::FileOpened {}, None);
        }
        let reason = self.opened_as.or(reason).unwrap_or(Reason::WorkerLost);
        self.hub.new_epoch(reason, None);
    }

    /// The file that was open cannot be opened again. It is tried later, as long as somebody watches.
    pub(super) fn stays_closed(&mut self, reason: Reason, error: ErrorReply) {
        tracing::error!(file = %self.name, error = error.message, "the file cannot be opened again");
        // Of a changed file the worker has only learned when it wrote to it.
        let is_changed = error.code == ErrorCode::LogUnusable && reason == Reason::WorkerLost;
        let reason = if is_changed { Reason::Written } else { reason };
        self.looking.closed_because = Some(reason);
        self.looking.due = Some(Instant::now() + self.limits.try_again);
        self.refuse_everything(&error);
        self.hub.new_epoch(reason, Some(error.message));
        self.hub.publish(Change::FileClosed {}, None);
    }
}
