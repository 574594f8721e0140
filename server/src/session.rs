//! One client's connection, from its first message to its last: what it may do, what it has under way.
//!
//! A transport ([`websocket`], [`tcp`]) reads messages in order and hands them to [`dispatch`]; requests for a
//! file go down that file's [`lane`], long answers are sent by [`reading`], those about
//! much that are short come from [`scanning`], those about a whole file go to [`whole_file`], and every answer leaves through
//! [`responder`] and the session's outbox.

pub mod crossing;
pub mod departures;
pub mod describing_many;
pub mod dispatch;
pub mod lane;
pub mod querying;
pub mod reading;
pub mod reading_many;
pub mod responder;
pub mod scanning;
pub mod subscribing;
pub mod tcp;
pub mod turns;
pub mod walking;
pub mod websocket;
pub mod whole_file;
pub mod writing_through;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdf5_async_protocol::message::reply::Limits;
use hdf5_async_protocol::message::{Durability, ErrorCode, ErrorReply, RequestId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::file::Message;
use crate::files::Files;
use crate::hub::Author;
use crate::outbox::{Goodbye, Outbox, OutboxLimits, Permits};

/// Bounds of one session.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    pub max_message_bytes: usize,
    pub max_requests_in_flight: usize,
    /// Of the messages of one session that are not answered yet.
    pub max_queued_bytes: usize,
    /// Of the messages of all sessions that are not answered yet.
    pub max_queued_bytes_total: usize,
    pub max_connections: usize,
    pub max_subscriptions: usize,
    pub max_json_values_bytes: u64,
    pub max_inline_value_bytes: u64,
    /// Of the values that `stats` or `sample` looks at.
    pub max_scan_bytes: u64,
    pub max_list_page: u64,
    pub max_batch_commands: usize,
    /// Walks and searches of one session that wait to be gone on with.
    pub max_walks: usize,
    /// Of what one walk notes down.
    pub max_walk_bytes: usize,
    /// Values of at most this size are one block.
    pub block_bytes: u64,
    pub outbox: OutboxLimits,
    pub ping_every: Duration,
    /// A connection from which nothing comes for so long is dead.
    pub dead_after: Duration,
    /// A client that takes nothing from its socket for so long is cut off.
    pub stalled_after: Duration,
    /// For the first message on the TCP port of a server with a token.
    pub first_message_within: Duration,
    /// For the requests under way when the server stops.
    pub finish_within: Duration,
}

impl SessionLimits {
    /// As `hello` tells them.
    pub fn announced(&self) -> Limits {
        Limits {
            max_message_bytes: self.max_message_bytes as u64,
            max_json_values_bytes: self.max_json_values_bytes,
            max_inline_value_bytes: self.max_inline_value_bytes,
            max_requests_in_flight: self.max_requests_in_flight as u64,
            max_subscriptions: self.max_subscriptions as u64,
            max_list_page: self.max_list_page,
            max_batch_commands: self.max_batch_commands as u64,
        }
    }
}

/// What all sessions of a server share.
#[derive(Debug)]
pub struct Sessions {
    pub files: Arc<Files>,
    pub limits: SessionLimits,
    pub read_only: bool,
    /// Counts the sessions, so that stopping can wait for them.
    pub tracker: TaskTracker,
    /// Cancelled when the server stops.
    pub shutdown: CancellationToken,
    /// One for each session.
    places: Arc<Semaphore>,
    kibibytes: Arc<Semaphore>,
    next: AtomicU64,
}

impl Sessions {
    pub fn new(
        files: Arc<Files>,
        limits: SessionLimits,
        read_only: bool,
        tracker: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        let places = Arc::new(Semaphore::new(limits.max_connections));
        let kibibytes = Arc::new(Semaphore::new(limits.max_queued_bytes_total / 1024));
        Self {
            files,
            limits,
            read_only,
            tracker,
            shutdown,
            places,
            kibibytes,
            next: AtomicU64::new(1),
        }
    }

    /// A new session, or `None` if there are as many as there may be. `binary` says whether its transport has
    /// binary messages.
    pub fn open(self: &Arc<Self>, binary: bool) -> Option<Arc<Session>> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Arc::new(Session {
            id: self.next.fetch_add(1, Ordering::Relaxed),
            binary,
            server: Arc::clone(self),
            outbox: Arc::new(Outbox::new(self.limits.outbox)),
            name: Mutex::new("".into()),
            durability: Mutex::default(),
            requests: Mutex::default(),
            subscriptions: Mutex::default(),
            next_subscription: AtomicU64::new(1),
            walks: Mutex::default(),
            places: Arc::new(Semaphore::new(self.limits.max_requests_in_flight)),
            kibibytes: Arc::new(Semaphore::new(self.limits.max_queued_bytes / 1024)),
            in_order: Arc::new(Semaphore::new(1)),
            _place: place,
        }))
    }
}

#[derive(Debug)]
pub struct Session {
    pub id: u64,
    pub binary: bool,
    pub server: Arc<Sessions>,
    pub outbox: Arc<Outbox>,
    name: Mutex<Arc<str>>,
    /// For requests that do not say it themselves.
    durability: Mutex<Durability>,
    /// Requests that can be cancelled: set when they come in, removed when they are answered.
    requests: Mutex<HashMap<RequestId, CancellationToken>>,
    /// Subscription id -> served name of its file.
    subscriptions: Mutex<BTreeMap<u64, String>>,
    next_subscription: AtomicU64,
    walks: Mutex<walking::Walks>,
    places: Arc<Semaphore>,
    kibibytes: Arc<Semaphore>,
    /// Held by a request without an id, so that the replies to such requests come in order.
    in_order: Arc<Semaphore>,
    _place: OwnedSemaphorePermit,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Waits until a message of `bytes` bytes may be taken on.
    async fn permits(&self, bytes: usize) -> Permits {
        let kibibytes = bytes.div_ceil(1024).clamp(1, self.server.limits.max_queued_bytes / 1024);
        let kibibytes = u32::try_from(kibibytes).unwrap_or(u32::MAX);
        let place = Arc::clone(&self.places).acquire_owned().await;
        let room = Arc::clone(&self.kibibytes).acquire_many_owned(kibibytes).await;
        let room_of_all = Arc::clone(&self.server.kibibytes).acquire_many_owned(kibibytes).await;
        // The semaphores are never closed, so that all are there.
        [place, room, room_of_all].into_iter().flatten().collect()
    }

    /// Waits until every request is answered, as long as stopping may take.
    async fn finish(&self) {
        let all = u32::try_from(self.server.limits.max_requests_in_flight).unwrap_or(u32::MAX);
        if timeout(self.server.limits.finish_within, self.places.acquire_many(all)).await.is_err() {
            tracing::warn!(
                session = self.id,
                "some requests were not answered before the server stopped"
            );
        }
        self.outbox.close(Goodbye::ShuttingDown);
    }

    pub fn author(&self) -> Author {
        Author { session: self.id, name: Arc::clone(&lock(&self.name)) }
    }

    /// Cancels the request, if it is still under way.
    fn cancel(&self, request: &RequestId) {
        if let Some(token) = lock(&self.requests).get(request) {
            token.cancel();
        }
    }

    fn new_subscription(&self, file: &str) -> Result<u64, ErrorReply> {
        let mut subscriptions = lock(&self.subscriptions);
        let max = self.server.limits.max_subscriptions;
        if subscriptions.len() >= max {
            let message = format!("a session can have {max} subscriptions; end one of them first");
            return Err(ErrorReply::new(ErrorCode::LimitExceeded, message));
        }
        let id = self.next_subscription.fetch_add(1, Ordering::Relaxed);
        subscriptions.insert(id, file.to_owned());
        Ok(id)
    }

    fn end_subscription(&self, id: u64) -> Option<String> {
        lock(&self.subscriptions).remove(&id)
    }

    /// The connection has ended: nothing is sent any more, requests that can be are cancelled.
    pub async fn end(&self) {
        self.outbox.disconnect();
        for token in lock(&self.requests).values() {
            token.cancel();
        }
        self.server.files.listing().forget(self.id);
        let files: std::collections::BTreeSet<String> =
            std::mem::take(&mut *lock(&self.subscriptions)).into_values().collect();
        for file in files {
            if let Some(handle) = self.server.files.if_open(&file)
                && handle.send(Message::Forget { session: self.id }).await.is_err()
            {
                tracing::debug!(session = self.id, file, "a subscription ends with its file");
            }
        }
    }
}
