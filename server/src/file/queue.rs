//! The task of one open file: keeps requests in order, small ones before bulk, gives them to the worker,
//! publishes what changed, then answers.

mod emptying;
mod looking;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hdf5_async_protocol::message::{Change, ErrorCode, ErrorReply, Reason, reply};
use hdf5_async_protocol::model::FileCreation;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::link::WorkerLink;
use super::pending::{Answering, InWorker, Pending, SnapshotFields, answer};
use super::premises::Premises;
use super::waiting::Waiting;
use super::{Applied, Class, Message, Subscribing};
use crate::crashes::Crashes;
use crate::hub::Hub;
use crate::worker::job::{Done, Job, Work};
use emptying::Emptying;
use looking::Looking;

/// How often a lock that another server has is tried.
const LOCK_TRIED_EVERY: Duration = Duration::from_millis(20);

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
    /// How long a file is waited for that another server has: the worker of one that was killed needs a moment to
    /// let go of it.
    pub wait_for_lock: Duration,
    /// In which changes of other programs are taken together.
    pub gather: Duration,
    /// When a file is tried again that another program keeps from being opened.
    pub try_again: Duration,
}

#[expect(missing_debug_implementations, reason = "holds what starts workers")]
pub struct FileQueue {
    name: Arc<str>,
    limits: QueueLimits,
    messages: mpsc::Receiver<Message>,
    premises: Box<dyn Premises>,
    worker: Option<WorkerLink>,
    /// What the next worker is to make the file with.
    creation: Option<FileCreation>,
    hub: Hub,
    waiting: Waiting,
    /// A change with a condition, whose turn it is once the worker has answered the changes before it.
    held: Option<(Pending, Class)>,
    in_worker: VecDeque<InWorker>,
    next_job: u64,
    crashes: Crashes,
    last_use: Instant,
    closing: bool,
    emptying: Option<Emptying>,
    looking: Looking,
    /// What the worker said of other programs when it had the file open.
    opened_as: Option<Reason>,
    /// Why the file could not be opened.
    refusal: Option<ErrorReply>,
}

/// What the task waits for.
enum Event {
    Message(Option<Box<Message>>),
    Outcome(Option<Box<(Done, Vec<u8>)>>),
    DeadlinePassed,
    PaceDue,
    Idle,
    /// Another program may have changed the file.
    Stirred,
    LookDue,
}

impl FileQueue {
    pub fn new(
        name: Arc<str>,
        limits: QueueLimits,
        messages: mpsc::Receiver<Message>,
        premises: Box<dyn Premises>,
        creation: Option<FileCreation>,
        hub: Hub,
    ) -> Self {
        Self {
            name,
            limits,
            messages,
            premises,
            worker: None,
            creation,
            hub,
            waiting: Waiting::default(),
            held: None,
            in_worker: VecDeque::new(),
            next_job: 1,
            crashes: Crashes::default(),
            last_use: Instant::now(),
            closing: false,
            emptying: None,
            looking: Looking::new(),
            opened_as: None,
            refusal: None,
        }
    }

    /// Runs until the file is closed: when asked to, when idle, or when it cannot be opened.
    pub async fn run(mut self) {
        if let Err(error) = self.open_worker().await {
            self.refusal = Some(error.clone());
            self.begin_closing();
            self.refuse_everything(&error);
            return;
        }
        self.hub.publish(Change::FileOpened {}, None);
        while !(self.closing && self.is_drained()) {
            if self.is_emptying_due() {
                self.empty().await;
            }
            self.feed().await;
            match self.next_event().await {
                Event::Message(Some(message)) => self.accept(*message),
                Event::Message(None) | Event::Idle => self.begin_closing(),
                Event::Outcome(Some(outcome)) => self.complete(outcome.0, outcome.1),
                Event::Outcome(None) => self.worker_lost().await,
                Event::DeadlinePassed => {
                    tracing::error!(file = %self.name, "a request took too long; its worker is ended");
                    self.worker_lost().await;
                }
                Event::PaceDue => {}
                Event::Stirred => self.stirred(),
                Event::LookDue => self.look().await,
            }
            self.heed().await;
        }
        self.close().await;
    }

    fn is_drained(&self) -> bool {
        self.waiting.len() == 0
            && self.held.is_none()
            && self.in_worker.is_empty()
            && self.messages.is_empty()
    }

    /// Whether nobody waits for an answer.
    fn is_unused(&self) -> bool {
        let is_look = |job: &InWorker| matches!(job.answering, Answering::Look);
        self.waiting.len() == 0
            && self.held.is_none()
            && self.messages.is_empty()
            && self.in_worker.iter().all(is_look)
    }

    async fn next_event(&mut self) -> Event {
        let has_room = self.waiting.len() < self.limits.max_waiting && self.emptying.is_none();
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
        let look_due = self.looking.due.filter(|_| !self.closing);
        let listens = self.looking.listens() && !self.closing;
        let sight = self.premises.sight().filter(|_| listens);
        let stirred = async {
            match sight {
                Some(sight) => sight.stirred().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            outcome = outcome => Event::Outcome(outcome.map(Box::new)),
            message = self.messages.recv(), if has_room && !self.closing => Event::Message(message.map(Box::new)),
            () = sleep_until(deadline.unwrap_or(never)), if deadline.is_some() => Event::DeadlinePassed,
            () = sleep_until(pace_due.unwrap_or(never)), if pace_due.is_some() => Event::PaceDue,
            () = sleep_until(look_due.unwrap_or(never)), if look_due.is_some() => Event::LookDue,
            () = stirred => Event::Stirred,
            () = sleep_until(idle_at), if is_idle => Event::Idle,
        }
    }

    fn accept(&mut self, message: Message) {
        self.last_use = Instant::now();
        match message {
            Message::Job(submission) => self.waiting.push(Pending::Job(submission)),
            Message::Subscribe(subscribing) if subscribing.snapshot => {
                self.waiting.push(Pending::Snapshot(subscribing));
            }
            Message::Subscribe(subscribing) => self.subscribe(subscribing, None),
            Message::Unsubscribe { session, subscription, done } => {
                self.hub.unsubscribe(session, subscription);
                if done.send(self.hub.position()).is_err() {
                    tracing::debug!("the session ended before its subscription did");
                }
            }
            Message::Forget { session } => self.hub.forget(session),
            Message::Opened { done } => {
                let opened = self.refusal.clone().map_or_else(|| Ok(self.hub.position()), Err);
                if done.send(opened).is_err() {
                    tracing::debug!("whoever opened the file is gone");
                }
            }
            Message::Empty { creation, done } => self.emptying = Some(Emptying { creation, done }),
            Message::CloseIfUnused { done } => {
                let is_unused = !self.hub.is_watched() && self.is_unused();
                if is_unused {
                    self.begin_closing();
                }
                if done.send(is_unused).is_err() {
                    tracing::debug!("the session ended before the file was closed");
                }
            }
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
            let bulk_in_worker =
                self.in_worker.iter().filter(|job| job.class == Class::Bulk).count();
            let next = self.held.take().or_else(|| self.waiting.next(bulk_in_worker));
            let Some((mut pending, class)) = next else { return };
            if pending.is_abandoned() {
                continue;
            }
            if pending.condition().is_some() && self.in_worker.iter().any(|job| job.is_change) {
                self.held = Some((pending, class));
                return;
            }
            if self.worker.is_none() {
                if self.looking.closed_because.is_some() {
                    self.premises.let_go();
                }
                if let Err(error) = self.open_worker().await {
                    pending.refuse(&error, self.hub.position());
                    return self.refuse_everything(&error);
                }
                self.opened_again();
            }
            if let Some(conflict) = pending.condition().and_then(|known| self.hub.conflict(known)) {
                pending.refuse_in_worker(conflict);
            }
            self.send(pending, class).await;
        }
    }

    async fn send(&mut self, pending: Pending, class: Class) {
        let job = self.next_job;
        self.next_job += 1;
        let (work, payload, in_worker) = pending.into_job(job, class);
        self.in_worker.push_back(in_worker);
        if let Some(worker) = &mut self.worker
            && let Err(error) = worker.send(&Job { job, work }, &payload).await
        {
            // The answers of a lost worker end as well, which is where it is dealt with.
            tracing::warn!(file = %self.name, %error, "a job could not be handed to the worker");
        }
    }

    /// An outcome of the worker: publish, then answer.
    fn complete(&mut self, mut done: Done, values: Vec<u8>) {
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
        if let Some(reason) = done.outside {
            self.notice(reason);
        }
        let author = answered.author();
        for change in std::mem::take(&mut done.changes) {
            self.hub.announce(change, author.as_ref(), done.durability.unwrap_or_default());
        }
        match answered.answering {
            Answering::Job { answer: waiting, .. } => {
                let (position, file_epoch) = (self.hub.position(), self.hub.file_epoch());
                let result = match done.error.take() {
                    Some(error) => Err(error),
                    None => Ok(Applied { done, values, position, file_epoch }),
                };
                answer(waiting, result);
            }
            Answering::Snapshot(subscribing) => self.subscribe(subscribing, Some(done)),
            Answering::Look => return self.looked(),
        }
        self.last_use = Instant::now();
    }

    fn subscribe(&mut self, subscribing: Subscribing, snapshot: Option<Done>) {
        let Subscribing { session, outbox, subscription, since, reply, .. } = subscribing;
        let position = self.hub.position();
        let mut subscribed = reply::Subscribed {
            subscription: subscription.id,
            path: None,
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

    /// Starts the worker and waits until it has the file open; one that dies meanwhile is followed by another, but
    /// not for ever.
    async fn open_worker(&mut self) -> Result<(), ErrorReply> {
        let opened = self.try_to_open().await;
        self.creation = None;
        opened
    }

    async fn try_to_open(&mut self) -> Result<(), ErrorReply> {
        loop {
            let mut link = self.start_worker().await?;
            let opened = tokio::time::timeout(self.limits.job_deadline, link.outcome()).await;
            match opened {
                Ok(Some((Done { error: None, outside, .. }, _))) => {
                    tracing::info!(file = %self.name, worker = link.process_id(), "opened");
                    self.opened_as = outside;
                    if self.premises.sight().is_some() {
                        // What happened before the file was watched.
                        self.stirred();
                    }
                    self.worker = Some(link);
                    return Ok(());
                }
                Ok(Some((Done { error: Some(error), .. }, _))) => {
                    link.ended().await;
                    return Err(error);
                }
                Ok(None) | Err(_) => link.kill().await,
            }
            tracing::error!(file = %self.name, "the worker has died while it opened the file");
            self.crashes.note(Instant::now());
            if self.crashes.quarantine(&self.name, Instant::now()).is_some() {
                let message = format!(
                    "{} ended its worker while it was opened; it may be damaged",
                    self.name
                );
                return Err(ErrorReply::new(ErrorCode::FileUnreadable, message));
            }
        }
    }

    async fn start_worker(&mut self) -> Result<WorkerLink, ErrorReply> {
        let give_up_at = Instant::now() + self.limits.wait_for_lock;
        loop {
            match self.premises.start(self.creation) {
                Err(error)
                    if error.code == ErrorCode::FileLocked && Instant::now() < give_up_at =>
                {
                    tokio::time::sleep(LOCK_TRIED_EVERY).await;
                }
                started => return started,
            }
        }
    }

    /// The worker is gone or given up: its requests are lost, those that still wait go to the next one.
    async fn worker_lost(&mut self) {
        tracing::error!(file = %self.name, lost = self.in_worker.len(), "the worker is gone");
        if let Some(worker) = self.worker.take() {
            worker.kill().await;
        }
        self.looking = Looking::new();
        self.crashes.note(Instant::now());
        let position = self.hub.position();
        for lost in std::mem::take(&mut self.in_worker) {
            lost.lose(&self.name, position);
        }
        if self.crashes.quarantine(&self.name, Instant::now()).is_some() {
            return;
        }
        match self.open_worker().await {
            Ok(()) => self.hub.new_epoch(Reason::WorkerLost, None),
            Err(error) => self.stays_closed(Reason::WorkerLost, error),
        }
    }

    fn refuse_everything(&mut self, error: &ErrorReply) {
        let position = self.hub.position();
        let held = self.held.take().map(|(pending, _)| pending);
        for pending in held.into_iter().chain(self.waiting.drain()) {
            pending.refuse(error, position);
        }
    }

    async fn close(mut self) {
        if self.close_worker().await {
            self.hub.publish(Change::FileClosed {}, None);
        }
    }

    /// Has the worker close the file; whether it did.
    async fn close_worker(&mut self) -> bool {
        let Some(mut worker) = self.worker.take() else { return false };
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
                return false;
            }
        }
        worker.ended().await;
        true
    }
}
