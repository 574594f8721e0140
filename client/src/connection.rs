//! The task that owns the socket: it sends requests, hands out answers and events, and connects again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use hdf5_async_protocol::message::command::{Cancel, Unsubscribe};
use hdf5_async_protocol::message::{Command, RequestId, Terms};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Error as SocketError, Message};

use crate::backoff::Backoff;
use crate::client::{ConnectionState, Status};
use crate::departures::Departures;
use crate::error::CallError;
use crate::handshake::{self, Socket, request_text};
use crate::incoming::{Incoming, Kind};
use crate::options::{ConnectOptions, Reconnect};
use crate::pending::{Answered, PendingRequest, PendingRequests, Waiter};
use crate::subscription::{Subscription, Subscriptions};

/// Messages handed to the socket before it is flushed.
const BATCH: usize = 32;

/// How long a close may take before the socket is simply dropped.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What the handles ask of the connection.
#[derive(Debug)]
pub(crate) enum Order {
    Request { id: i64, message: Message, request: PendingRequest },
    Subscribe { key: u64, subscription: Box<Subscription> },
    Close(oneshot::Sender<()>),
}

/// Every cause of work.
enum Event {
    Message(Option<Result<Message, SocketError>>),
    Orders(usize),
    Flushed(Result<(), SocketError>),
    Departed,
    Keepalive,
}

/// Why serving a socket ended.
enum End {
    Lost(String),
    /// The client closed, or its last handle is gone.
    Finished(Option<oneshot::Sender<()>>),
}

pub(crate) struct Connection {
    options: ConnectOptions,
    orders: mpsc::Receiver<Order>,
    next_id: Arc<AtomicI64>,
    departures: Arc<Departures>,
    status: watch::Sender<Status>,
    pending: PendingRequests,
    subscriptions: Subscriptions,
    /// Messages for the socket; at most `BATCH` orders and one for each departure.
    outgoing: Vec<Message>,
}

impl Connection {
    pub(crate) fn new(
        options: ConnectOptions,
        orders: mpsc::Receiver<Order>,
        next_id: Arc<AtomicI64>,
        departures: Arc<Departures>,
        status: watch::Sender<Status>,
    ) -> Self {
        Self {
            options,
            orders,
            next_id,
            departures,
            status,
            pending: PendingRequests::default(),
            subscriptions: Subscriptions::default(),
            outgoing: Vec::new(),
        }
    }

    pub(crate) async fn run(mut self, socket: Socket) {
        let mut socket = Some(socket);
        let (reason, done) = loop {
            let Some(current) = socket.take() else {
                break ("no connection could be made again".to_owned(), None);
            };
            let reason = match self.serve(current).await {
                End::Finished(done) => break ("closed by the client".to_owned(), done),
                End::Lost(reason) => reason,
            };
            self.pending.fail_all(&reason);
            self.subscriptions.disconnected(&reason);
            if self.options.reconnect == Reconnect::Never {
                break (reason, None);
            }
            self.set_state(ConnectionState::Reconnecting { reason: reason.clone() });
            match self.reconnect().await {
                Ok(again) => socket = Some(again),
                Err(refusal) => break (refusal, None),
            }
        };
        self.set_state(ConnectionState::Closed { reason: reason.clone() });
        self.orders.close();
        self.pending.fail_all(&reason);
        self.subscriptions.end_all(&reason);
        // Whoever asked for the close waits for this.
        drop(done);
    }

    fn set_state(&self, state: ConnectionState) {
        self.status.send_modify(|status| status.state = state);
    }

    /// Tries until there is a connection; the reason if there cannot be one.
    async fn reconnect(&mut self) -> Result<Socket, String> {
        let limits = &self.options.limits;
        let mut backoff = Backoff::new(limits.min_backoff, limits.max_backoff);
        loop {
            let wait = tokio::time::sleep(backoff.next_wait());
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    () = &mut wait => break,
                    () = self.departures.changed() => self.departed_while_down()?,
                }
            }
            match handshake::open(&self.options).await {
                Ok((socket, hello)) => {
                    self.resubscribe();
                    self.status.send_modify(|status| {
                        status.hello = Arc::new(hello);
                        status.state = ConnectionState::Connected;
                        status.lists += 1;
                    });
                    return Ok(socket);
                }
                Err(error) if error.is_transient() => {
                    tracing::debug!(%error, "not connected again yet");
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn departed_while_down(&mut self) -> Result<(), String> {
        let left = self.departures.take();
        for key in left.subscriptions {
            self.subscriptions.remove(key);
        }
        if left.client { Err("the last handle was dropped".to_owned()) } else { Ok(()) }
    }

    /// Asks again for every subscription, from its last event on.
    fn resubscribe(&mut self) {
        self.outgoing.clear();
        for (key, file, command) in self.subscriptions.requests() {
            self.request(file, command.into(), Waiter::Subscription(key));
        }
    }

    /// Sends a request of the connection's own.
    fn request(&mut self, file: Option<String>, command: Command, waiter: Waiter) {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.outgoing.push(Message::text(request_text(id, file, Terms::default(), command)));
        self.pending.insert(id, PendingRequest { is_change: false, waiter, permit: None });
    }

    async fn serve(&mut self, socket: Socket) -> End {
        let (mut sink, mut stream) = socket.split();
        let mut keepalive = interval(self.options.limits.keepalive);
        keepalive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_heard = Instant::now();
        let mut flushing = false;
        let mut orders = Vec::with_capacity(BATCH);
        loop {
            if !flushing && !self.outgoing.is_empty() {
                for message in self.outgoing.drain(..) {
                    // Goes into the socket's buffer; written by the flush below, while reading goes on.
                    if let Err(error) = sink.feed(message).await {
                        return End::Lost(error.to_string());
                    }
                }
                flushing = true;
            }
            let event = tokio::select! {
                message = stream.next() => Event::Message(message),
                flushed = sink.flush(), if flushing => Event::Flushed(flushed),
                count = self.orders.recv_many(&mut orders, BATCH), if !flushing => {
                    Event::Orders(count)
                }
                () = self.departures.changed() => Event::Departed,
                _ = keepalive.tick() => Event::Keepalive,
            };
            let end = match event {
                Event::Message(message) => {
                    last_heard = Instant::now();
                    self.message(message)
                }
                Event::Flushed(Ok(())) => {
                    flushing = false;
                    None
                }
                Event::Flushed(Err(error)) => Some(End::Lost(error.to_string())),
                Event::Orders(0) => Some(End::Finished(None)),
                Event::Orders(_) => self.orders(&mut orders),
                Event::Departed => self.departed(),
                Event::Keepalive => self.keepalive(last_heard),
            };
            match end {
                None => {}
                Some(End::Finished(done)) => {
                    close(&mut sink, &mut stream).await;
                    return End::Finished(done);
                }
                Some(lost) => return lost,
            }
        }
    }

    fn orders(&mut self, orders: &mut Vec<Order>) -> Option<End> {
        for order in orders.drain(..) {
            match order {
                Order::Request { id, message, request } => {
                    self.pending.insert(id, request);
                    self.outgoing.push(message);
                }
                Order::Subscribe { key, subscription } => {
                    let (file, command) = subscription.request();
                    self.subscriptions.insert(key, *subscription);
                    self.request(file, command.into(), Waiter::Subscription(key));
                }
                Order::Close(done) => return Some(End::Finished(Some(done))),
            }
        }
        None
    }

    fn message(&mut self, message: Option<Result<Message, SocketError>>) -> Option<End> {
        match handshake::read(message) {
            Ok(Some(incoming)) => self.incoming(incoming),
            Ok(None) => None,
            Err(CallError::ConnectionLost { reason, .. }) => Some(End::Lost(reason)),
            Err(error) => Some(End::Lost(error.to_string())),
        }
    }

    fn incoming(&mut self, incoming: Incoming) -> Option<End> {
        let kind = match incoming.kind() {
            Ok(kind) => kind,
            Err(error) => return Some(End::Lost(error.to_string())),
        };
        if kind == Kind::Event {
            match incoming.event() {
                // Of the list of files, which has an order of its own.
                Ok(event) if event.file.is_empty() => {
                    self.status.send_modify(|status| status.lists += 1);
                }
                Ok(event) => self.subscriptions.event(&event),
                // A kind of event that a newer server has.
                Err(error) => tracing::warn!(%error, "an event was ignored"),
            }
            return None;
        }
        if incoming.head.id.is_none() {
            tracing::warn!(error = %incoming.error(), "the server refused a message");
        }
        match self.pending.answer(kind, incoming) {
            Answered::Done => {}
            Answered::Subscription { key, answer } => {
                if let Some(number) = self.subscriptions.answered(key, answer) {
                    self.unsubscribe(number);
                }
            }
            Answered::Cancel { id } => self.cancel(id),
        }
        None
    }

    fn unsubscribe(&mut self, subscription: u64) {
        self.request(None, Unsubscribe { subscription }.into(), Waiter::Nobody);
    }

    fn cancel(&mut self, id: i64) {
        let request = RequestId::Number(id);
        self.request(None, Cancel { request }.into(), Waiter::Nobody);
    }

    fn departed(&mut self) -> Option<End> {
        let left = self.departures.take();
        for id in left.requests {
            if self.pending.abandon(id) {
                self.cancel(id);
            }
        }
        for key in left.subscriptions {
            if let Some(number) = self.subscriptions.remove(key) {
                self.unsubscribe(number);
            }
        }
        left.client.then_some(End::Finished(None))
    }

    fn keepalive(&mut self, last_heard: Instant) -> Option<End> {
        let silence = last_heard.elapsed();
        if silence > 2 * self.options.limits.keepalive {
            return Some(End::Lost(format!("nothing was heard for {} s", silence.as_secs())));
        }
        self.outgoing.push(Message::Ping(Bytes::new()));
        None
    }
}

/// Says goodbye and reads until the server has said it, too.
async fn close(sink: &mut SplitSink<Socket, Message>, stream: &mut SplitStream<Socket>) {
    let goodbye = async {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        if sink.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
        }
    };
    if tokio::time::timeout(CLOSE_TIMEOUT, goodbye).await.is_err() {
        tracing::debug!("the server did not answer the close");
    }
}
