//! The task of one open file: keeps requests in order, small ones before bulk, gives them to the worker,
//! publishes what changed, then answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hdf5_async_protocol::message::{Change, ErrorCode, ErrorReply, reply};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::link::WorkerLink;
use super::{Applied, Class, JobResult, Message, Submission, Subscribing};
use crate::crashes::Crashes;
use crate::hub::Hub;
use crate::worker::job::{Done, Job, Work};

/// Bounds of one file's task.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Requests that wait for the worker; more wait in the sessions.
    pub max_waiting: usize,
    /// Jobs that the worker is given at once.
    pub max_in_worker: usize,
    /// A job that takes longer ends its worker.
    pub job_deadline: Duration,
    /// A file that nobody watches or asks for is closed after this time.
    pub close_when_idle: Duration,
}

/// Jobs of the bulk class that the worker is given at once: one to do and one to follow it.
const MAX_BULK_IN_WORKER: usize = 2;

/// After so many small jobs in a row a waiting bulk job has its turn.
const SMALL_JOBS_PER_BULK: u32 = 64;

/// Starts a worker for the file, again after a crash.
pub type StartWorker = Box<dyn FnMut() -> Result<WorkerLink, ErrorReply> + Send>;

/// A request between its arrival and its answer.
#[derive(Debug)]
enum Pending {
    Job(Submission),
    Snapshot(Subscribing),
}

struct InWorker {
    job: u64,
    since: Instant,
    class: Class,
    is_change: bool,
    pending: Answering,
}

/// Who waits for a job that the worker has.
enum Answering {
    Job(tokio::sync::oneshot::Sender<JobResult>, Option<crate::hub::Author>),
    Snapshot(Subscribing),
}

#[expect(missing_debug_implementations, reason = "holds the closure that starts workers")]
pub struct FileQueue {
    name: Arc<str>,
    limits: QueueLimits,
    messages: mpsc::Receiver<Message>,
    start_worker: StartWorker,
    worker: Option<WorkerLink>,
    hub: Hub,
    small: VecDeque<Pending>,
    bulk: VecDeque<Submission>,
    in_worker: VecDeque<InWorker>,
    next_job: u64,
    small_in_a_row: u32,
    crashes: Crashes,
    last_use: Instant,
    closing: bool,
}

/// What the task waits for.
enum Event {
    Message(Option<Message>),
    Outcome(Option<Box<(Done, Vec<u8>)>>),
    DeadlinePassed,
    PaceDue,
    Idle,
}

impl FileQueue {
    pub fn new(
        name: Arc<str>,
        limits: QueueLimits,
        messages: mpsc::Receiver<Message>,
        start_worker: StartWorker,
        hub: Hub,
    ) -> Self {
        Self {
            name,
            limits,
            messages,
            start_worker,
            worker: None,
            hub,
            small: VecDeque::new(),
            bulk: VecDeque::new(),
            in_worker: VecDeque::new(),
            next_job: 1,
            small_in_a_row: 0,
            crashes: Crashes::default(),
            last_use: Instant::now(),
            closing: false,
        }
    }

    /// Runs until the file is closed: when asked to, when idle, or when it cannot be opened.
    pub async fn run(mut self) {
        if let Err(error) = self.open_worker().await {
            self.begin_closing();
            self.refuse_everything(&error);
            return;
        }
        self.hub.publish(Change::FileOpened {}, None);
        while !(self.closing && self.is_drained()) {
            self.feed().await;
            match self.next_event().await {
                Event::Message(Some(message)) => self.accept(message),
                Event::Message(None) | Event::Idle => self.begin_closing(),
                Event::Outcome(Some(outcome)) => self.complete(outcome.0, outcome.1),
                Event::Outcome(None) => self.worker_lost().await,
                Event::DeadlinePassed => {
                    tracing::error!(file = %self.name, "a request took too long; its worker is ended");
                    self.worker_lost().await;
                }
                Event::PaceDue => {}
            }
        }
        self.close().await;
    }

    fn is_drained(&self) -> bool {
        self.small.is_empty()
            && self.bulk.is_empty()
            && self.in_worker.is_empty()
            && self.messages.is_empty()
    }

    async fn next_event(&mut self) -> Event {
        let has_room = self.small.len() + self.bulk.len() < self.limits.max_waiting;
        let deadline = self.in_worker.front().map(|job| job.since + self.limits.job_deadline);
        let pace_due = self.hub.release_due(Instant::now());
        let is_idle = self.in_worker.is_empty() && !self.hub.is_watched();
        let idle_at = self.last_use + self.limits.close_when_idle;
        let never = Instant::now() + Duration::from_secs(3600);
        let worker = &mut self.worker;
        let outcome = async {
            match worker {
                Some(link) => link.outcome().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            outcome = outcome => Event::Outcome(outcome.map(Box::new)),
            message = self.messages.recv(), if has_room && !self.closing => Event::Message(message),
            () = sleep_until(deadline.unwrap_or(never)), if deadline.is_some() => Event::DeadlinePassed,
            () = sleep_until(pace_due.unwrap_or(never)), if pace_due.is_some() => Event::PaceDue,
            () = sleep_until(idle_at), if is_idle => Event::Idle,
        }
    }

    fn accept(&mut self, message: Message) {
        self.last_use = Instant::now();
        match message {
            Message::Job(submission) => match submission.class {
                Class::Small => self.small.push_back(Pending::Job(submission)),
                Class::Bulk => self.bulk.push_back(submission),
            },
            Message::Subscribe(subscribing) if subscribing.snapshot => {
                self.small.push_back(Pending::Snapshot(subscribing));
            }
            Message::Subscribe(subscribing) => self.subscribe(subscribing, None),
            Message::Unsubscribe { session, subscription, done } => {
                self.hub.unsubscribe(session, subscription);
                if done.send(self.hub.position()).is_err() {
                    tracing::debug!("the session ended before its subscription did");
                }
            }
            Message::Forget { session } => self.hub.forget(session),
            Message::Close => self.begin_closing(),
        }
    }

    /// Takes no more messages; those that are there are still dealt with.
    fn begin_closing(&mut self) {
        self.closing = true;
        self.messages.close();
        while let Ok(message) = self.messages.try_recv() {
            self.accept(message);
        }
    }

    /// Gives the worker what it has room for.
    async fn feed(&mut self) {
        if let Some(error) = self.crashes.quarantine(&self.name, Instant::now()) {
            return self.refuse_everything(&error);
        }
        while self.in_worker.len() < self.limits.max_in_worker {
            let Some((pending, class)) = self.next_pending() else { return };
            if let Pending::Job(submission) = &pending
                && !submission.is_change
                && submission.answer.is_closed()
            {
                continue;
            }
            if self.worker.is_none() {
                if let Err(error) = self.open_worker().await {
                    refuse(pending, &error, self.hub.position());
                    return self.refuse_everything(&error);
                }
                self.hub.new_epoch();
            }
            self.send(pending, class).await;
        }
    }

    fn next_pending(&mut self) -> Option<(Pending, Class)> {
        let bulk_in_worker = self.in_worker.iter().filter(|job| job.class == Class::Bulk).count();
        let bulk_may_go = !self.bulk.is_empty() && bulk_in_worker < MAX_BULK_IN_WORKER;
        let bulk_has_its_turn = self.small.is_empty() || self.small_in_a_row >= SMALL_JOBS_PER_BULK;
        if bulk_may_go && bulk_has_its_turn {
            self.small_in_a_row = 0;
            return self.bulk.pop_front().map(|submission| (Pending::Job(submission), Class::Bulk));
        }
        self.small_in_a_row = self.small_in_a_row.saturating_add(1);
        self.small.pop_front().map(|pending| (pending, Class::Small))
    }

    async fn send(&mut self, pending: Pending, class: Class) {
        let job = self.next_job;
        self.next_job += 1;
        let (work, payload, is_change, pending) = match pending {
            Pending::Job(Submission { work, payload, is_change, author, answer, .. }) => {
                (work, payload, is_change, Answering::Job(answer, author))
            }
            Pending::Snapshot(subscribing) => {
                let work = Work::Snapshot { path: subscribing.subscription.path.clone() };
                (work, Bytes::new(), false, Answering::Snapshot(subscribing))
            }
        };
        self.in_worker.push_back(InWorker {
            job,
            since: Instant::now(),
            class,
            is_change,
            pending,
        });
        if let Some(worker) = &mut self.worker
            && let Err(error) = worker.send(&Job { job, work }, &payload).await
        {
            // The answers of a lost worker end as well, which is where it is dealt with.
            tracing::warn!(file = %self.name, %error, "a job could not be handed to the worker");
        }
    }

    /// An outcome of the worker: publish, then answer.
    fn complete(&mut self, mut done: Done, values: Vec<u8>) {
        self.last_use = Instant::now();
        let Some(answered) = self.in_worker.pop_front() else {
            tracing::error!(file = %self.name, job = done.job, "the worker answered what it was not asked");
            return;
        };
        if answered.job != done.job {
            tracing::error!(file = %self.name, job = done.job, "the worker answered out of order");
        }
        // The worker begins the next job when it has finished this one.
        if let Some(next) = self.in_worker.front_mut() {
            next.since = Instant::now();
        }
        let author = match &answered.pending {
            Answering::Job(_, author) => author.clone(),
            Answering::Snapshot(_) => None,
        };
        for change in std::mem::take(&mut done.changes) {
            self.hub.publish(change, author.as_ref());
        }
        match answered.pending {
            Answering::Job(answer, _) => {
                let position = self.hub.position();
                let result = match done.error.take() {
                    Some(error) => Err(error),
                    None => Ok(Applied { done, values, position }),
                };
                if answer.send(result).is_err() {
                    tracing::debug!(file = %self.name, "nobody waits for an answer any more");
                }
            }
            Answering::Snapshot(subscribing) => self.subscribe(subscribing, Some(done)),
        }
    }

    fn subscribe(&mut self, subscribing: Subscribing, snapshot: Option<Done>) {
        let Subscribing { session, outbox, subscription, since, reply, .. } = subscribing;
        let position = self.hub.position();
        let mut subscribed = reply::Subscribed {
            subscription: subscription.id,
            resync: false,
            object: None,
            children: None,
        };
        if let Some(done) = snapshot {
            if let Some(error) = done.error {
                return reply(Err(error), position);
            }
            let fields = done.fields.as_deref().map_or("{}", serde_json::value::RawValue::get);
            match serde_json::from_str(fields) {
                Ok(SnapshotFields { object, children }) => {
                    (subscribed.object, subscribed.children) = (object, children);
                }
                Err(error) => {
                    return reply(
                        Err(ErrorReply::new(ErrorCode::Internal, error.to_string())),
                        position,
                    );
                }
            }
        }
        let since = since.filter(|since| {
            subscribed.resync = !self.hub.holds_since(*since);
            !subscribed.resync
        });
        reply(Ok(subscribed), position);
        if let Some(since) = since {
            self.hub.replay(since, &subscription.path, subscription.data, &outbox);
        }
        self.hub.subscribe(session, outbox, subscription);
    }

    /// Starts the worker and waits until it has the file open.
    async fn open_worker(&mut self) -> Result<(), ErrorReply> {
        let mut link = (self.start_worker)()?;
        let opened = tokio::time::timeout(self.limits.job_deadline, link.outcome()).await;
        match opened {
            Ok(Some((Done { error: None, .. }, _))) => {
                tracing::info!(file = %self.name, worker = link.process_id(), "opened");
                self.worker = Some(link);
                Ok(())
            }
            Ok(Some((Done { error: Some(error), .. }, _))) => {
                link.ended().await;
                Err(error)
            }
            Ok(None) | Err(_) => {
                link.kill().await;
                let message = format!(
                    "{} ended its worker while it was opened; it may be damaged",
                    self.name
                );
                Err(ErrorReply::new(ErrorCode::FileUnreadable, message))
            }
        }
    }

    /// The worker is gone or given up: its requests are lost, those that still wait go to the next one.
    async fn worker_lost(&mut self) {
        tracing::error!(file = %self.name, lost = self.in_worker.len(), "the worker is gone");
        if let Some(worker) = self.worker.take() {
            worker.kill().await;
        }
        self.crashes.note(Instant::now());
        let position = self.hub.position();
        for lost in std::mem::take(&mut self.in_worker) {
            let error = worker_lost_error(&self.name, lost.is_change);
            match lost.pending {
                Answering::Job(answer, _) => {
                    if answer.send(Err(error)).is_err() {
                        tracing::debug!("nobody waits for an answer any more");
                    }
                }
                Answering::Snapshot(subscribing) => (subscribing.reply)(Err(error), position),
            }
        }
        if self.crashes.quarantine(&self.name, Instant::now()).is_some() {
            return;
        }
        match self.open_worker().await {
            Ok(()) => self.hub.new_epoch(),
            Err(error) => {
                tracing::error!(file = %self.name, error = error.message, "the file cannot be opened again");
                self.refuse_everything(&error);
                self.hub.publish(Change::FileClosed {}, None);
            }
        }
    }

    fn refuse_everything(&mut self, error: &ErrorReply) {
        let position = self.hub.position();
        for pending in std::mem::take(&mut self.small) {
            refuse(pending, error, position);
        }
        for submission in std::mem::take(&mut self.bulk) {
            refuse(Pending::Job(submission), error, position);
        }
    }

    async fn close(mut self) {
        let Some(mut worker) = self.worker.take() else { return };
        let job = Job { job: self.next_job, work: Work::Close {} };
        let closed = match worker.send(&job, &Bytes::new()).await {
            Ok(()) => tokio::time::timeout(self.limits.job_deadline, worker.outcome())
                .await
                .ok()
                .flatten(),
            Err(_) => None,
        };
        match closed {
            Some((Done { error: None, .. }, _)) => tracing::info!(file = %self.name, "closed"),
            Some((Done { error: Some(error), .. }, _)) => {
                tracing::error!(file = %self.name, error = error.message, "closing failed");
            }
            None => {
                tracing::error!(file = %self.name, "the worker ended before it had closed the file");
                worker.kill().await;
                return;
            }
        }
        worker.ended().await;
        self.hub.publish(Change::FileClosed {}, None);
    }
}

#[derive(serde::Deserialize)]
struct SnapshotFields {
    object: Option<hdf5_async_protocol::model::ObjectInfo>,
    children: Option<Vec<hdf5_async_protocol::model::Child>>,
}

fn refuse(pending: Pending, error: &ErrorReply, position: hdf5_async_protocol::message::Position) {
    match pending {
        Pending::Job(submission) => {
            if submission.answer.send(Err(error.clone())).is_err() {
                tracing::debug!("nobody waits for an answer any more");
            }
        }
        Pending::Snapshot(subscribing) => (subscribing.reply)(Err(error.clone()), position),
    }
}

fn worker_lost_error(name: &str, is_change: bool) -> ErrorReply {
    use hdf5_async_protocol::message::Outcome;
    let (outcome, advice) = if is_change {
        (Outcome::Unknown, "read again to see whether the change was made")
    } else {
        (Outcome::NotApplied, "send the request again")
    };
    let message = format!("the worker of {name} ended while it had this request; {advice}");
    let mut error = ErrorReply::new(ErrorCode::WorkerLost, message);
    error.outcome = Some(outcome);
    error.retry_after_ms = Some(100);
    error
}
