//! The handle that calls are made with; cheap to clone, all clones share one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use hdf5_async_protocol::message::command::Subscribe;
use hdf5_async_protocol::message::{Ask, Command, ErrorCode, Outcome, Position, Terms, reply};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::Message;

use crate::connection::{Connection, Order};
use crate::departures::{AbandonOnDrop, Departures, LeaveOnDrop};
use crate::error::{CallError, ConnectError};
use crate::file::File;
use crate::file_list::FileList;
use crate::handshake::{self, request_text};
use crate::keys::RequestKeys;
use crate::options::ConnectOptions;
use crate::pending::{PendingRequest, Waiter};
use crate::subscription::{EventStream, Subscription, feed};

/// Requests and subscriptions on their way to the connection.
const QUEUED_ORDERS: usize = 64;

/// A reply, and the file's event position that it already contains.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    pub reply: T,
    pub position: Option<Position>,
    /// The file that answered, where an external link led to another than the one that was asked; the position is
    /// that file's.
    pub file: Option<String>,
}

/// Whether there is a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum ConnectionState {
    Connected,
    /// The connection was lost for `reason`; the next attempt comes by itself.
    Reconnecting {
        reason: String,
    },
    /// There will be none.
    Closed {
        reason: String,
    },
}

/// Asks a server; see [`crate`].
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: ConnectOptions,
    orders: mpsc::Sender<Order>,
    in_flight: Arc<Semaphore>,
    next_id: Arc<AtomicI64>,
    next_subscription: AtomicU64,
    departures: Arc<Departures>,
    status: watch::Receiver<Status>,
    keys: RequestKeys,
}

/// What the connection lets its handles know.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) state: ConnectionState,
    pub(crate) hello: Arc<reply::Hello>,
    /// Counts how often the list of files may have become another.
    pub(crate) lists: u64,
}

impl Client {
    /// Connects and says hello. A lost connection is made again later, this first one is tried once.
    ///
    /// # Errors
    /// When there is no server, or it refuses.
    pub async fn connect(options: impl Into<ConnectOptions>) -> Result<Self, ConnectError> {
        let options = options.into();
        let (socket, hello) = handshake::open(&options).await?;
        let (orders, waiting) = mpsc::channel(QUEUED_ORDERS);
        let status = Status { state: ConnectionState::Connected, hello: Arc::new(hello), lists: 0 };
        let (sender, status) = watch::channel(status);
        let next_id = Arc::new(AtomicI64::new(1));
        let departures = Arc::new(Departures::default());
        let connection = Connection::new(
            options.clone(),
            waiting,
            Arc::clone(&next_id),
            Arc::clone(&departures),
            sender,
        );
        tokio::spawn(connection.run(socket));
        let in_flight = Arc::new(Semaphore::new(options.limits.requests_in_flight.max(1)));
        let next_subscription = AtomicU64::new(0);
        let shared = Shared {
            options,
            orders,
            in_flight,
            next_id,
            next_subscription,
            departures,
            status,
            keys: RequestKeys::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What the server said in this connection's `hello`.
    pub fn hello(&self) -> Arc<reply::Hello> {
        Arc::clone(&self.shared.status.borrow().hello)
    }

    pub fn state(&self) -> ConnectionState {
        self.shared.status.borrow().state.clone()
    }

    /// Waits until the state is another than `known`.
    pub async fn state_after(&self, known: &ConnectionState) -> ConnectionState {
        let mut status = self.shared.status.clone();
        // The sender lives in the connection's task, whose last word is `Closed`.
        match status.wait_for(|status| status.state != *known).await {
            Ok(status) => status.state.clone(),
            Err(_) => ConnectionState::Closed { reason: "the connection ended".to_owned() },
        }
    }

    pub fn options(&self) -> &ConnectOptions {
        &self.shared.options
    }

    /// The files that are served, now and whenever files appear or vanish.
    pub fn watch_files(&self) -> FileList {
        FileList::new(self.clone(), self.shared.status.clone())
    }

    /// Calls about the file `name`.
    pub fn file(&self, name: impl Into<String>) -> File {
        File::new(self.clone(), Some(name.into()))
    }

    /// Calls about the file in the address, or else the only one that the server has.
    pub fn default_file(&self) -> File {
        File::new(self.clone(), self.shared.options.address.file.clone())
    }

    /// Asks, about the default file where the command is about one.
    ///
    /// A dropped call is cancelled at the server, unless it makes a change.
    ///
    /// # Errors
    /// The server's refusal, or why no answer came.
    pub async fn call<C: Ask>(&self, command: C) -> Result<Answer<C::Reply>, CallError> {
        self.default_file().call(command).await
    }

    /// Closes the connection and waits until the server knows.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.shared.orders.send(Order::Close(done)).await.is_ok() {
            // The connection's task drops `done` when it ends, however it ends.
            drop(closed.await);
        }
    }

    pub(crate) async fn ask<C: Ask>(
        &self,
        file: Option<String>,
        command: C,
        values: Option<&[u8]>,
    ) -> Result<Answer<C::Reply>, CallError> {
        self.ask_on(file, command, Terms::default(), values).await
    }

    /// As [`Self::ask`], on terms of its own.
    pub(crate) async fn ask_on<C: Ask>(
        &self,
        file: Option<String>,
        command: C,
        terms: Terms,
        values: Option<&[u8]>,
    ) -> Result<Answer<C::Reply>, CallError> {
        let command = command.into();
        let is_change = command.is_change();
        let knows_keys = || self.hello().capabilities.iter().any(|known| known == "request_key");
        let key = (is_change && knows_keys()).then(|| self.shared.keys.next()).flatten();
        let mut retries = self.shared.options.limits.worker_lost_retries;
        let mut in_doubt = false;
        loop {
            let terms = Terms { request_key: key.clone(), ..terms.clone() };
            match self.ask_once(file.clone(), command.clone(), terms, values).await {
                // With its key the change is made once, whether or not it was made before.
                Err(CallError::Refused(lost))
                    if lost.code == ErrorCode::WorkerLost && key.is_some() && retries > 0 =>
                {
                    retries -= 1;
                    in_doubt |= lost.outcome == Some(Outcome::Unknown);
                    let wait = lost.retry_after_ms.unwrap_or_default();
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                }
                // It was sent before, even if it could not be sent again.
                Err(CallError::ConnectionLost { reason, .. } | CallError::Closed { reason })
                    if in_doubt =>
                {
                    let outcome = Outcome::Unknown;
                    return Err(CallError::ConnectionLost { reason, outcome });
                }
                other => return other,
            }
        }
    }

    async fn ask_once<R: DeserializeOwned>(
        &self,
        file: Option<String>,
        command: Command,
        terms: Terms,
        values: Option<&[u8]>,
    ) -> Result<Answer<R>, CallError> {
        let name = command.name();
        let (reply, answer) = oneshot::channel();
        let guard = self.send(file, command, terms, values, Waiter::Reply(reply)).await?;
        let incoming = answer.await.unwrap_or_else(|_| Err(self.closed()));
        guard.answered();
        let incoming = incoming?;
        let (position, file) = (incoming.position(), incoming.file());
        Ok(Answer { reply: incoming.body(name)?, position, file })
    }

    /// Sends a request; until the guard is told of the answer, dropping it abandons the request.
    pub(crate) async fn send(
        &self,
        file: Option<String>,
        command: Command,
        terms: Terms,
        values: Option<&[u8]>,
        waiter: Waiter,
    ) -> Result<AbandonOnDrop, CallError> {
        let is_change = command.is_change();
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let text = request_text(id, file, terms, command);
        let message = match values {
            None => Message::text(text),
            Some(values) => Message::binary(hdf5_async_protocol::frame::encode(&text, values)),
        };
        let limit = self.hello().limits.max_message_bytes;
        if message.len() as u64 > limit {
            return Err(CallError::MessageTooLarge { bytes: message.len() as u64, limit });
        }
        let in_flight = Arc::clone(&self.shared.in_flight);
        let permit = in_flight.acquire_owned().await.map_err(|_| self.closed())?;
        let request = PendingRequest { is_change, waiter, permit: Some(permit) };
        let order = Order::Request { id, message, request };
        self.shared.orders.send(order).await.map_err(|_| self.closed())?;
        Ok(AbandonOnDrop::new(id, Arc::clone(&self.shared.departures)))
    }

    pub(crate) async fn subscribe(
        &self,
        file: Option<String>,
        command: Subscribe,
    ) -> Result<EventStream, CallError> {
        let queued_events = self.shared.options.limits.queued_events;
        let (feed, readings) = feed(queued_events);
        let key = self.shared.next_subscription.fetch_add(1, Ordering::Relaxed);
        let (first, answer) = oneshot::channel();
        let subscription = Subscription::new(file, command, feed, queued_events, first);
        let order = Order::Subscribe { key, subscription: Box::new(subscription) };
        self.shared.orders.send(order).await.map_err(|_| self.closed())?;
        let departures = Arc::clone(&self.shared.departures);
        let leave = LeaveOnDrop::new(key, Arc::clone(&departures));
        let start = answer.await.unwrap_or_else(|_| Err(self.closed()))?;
        leave.stay();
        Ok(EventStream { readings, start, key, departures, client: self.clone() })
    }

    pub(crate) fn closed(&self) -> CallError {
        let reason = match self.state() {
            ConnectionState::Closed { reason } => reason,
            ConnectionState::Connected | ConnectionState::Reconnecting { .. } => {
                "the client was closed".to_owned()
            }
        };
        CallError::Closed { reason }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.departures.leave_client();
    }
}
