//! The bounded way to one client: answers wait, events never do.
//!
//! Answers are bounded by the requests a session may have in flight and, for long ones, by
//! [`Outbox::room`]. Events are offered; when a client reads too slowly for them they are dropped and it is
//! told once, with the range that it lost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use hdf5_async_protocol::message::{Change, Event, Position};
use tokio::sync::{Notify, OwnedSemaphorePermit};

use crate::clock;

/// Why the server closes a connection: the code and reason of RFC 6455.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    ShuttingDown,
    MessageTooLarge,
    TooSlow,
    Unauthorized,
}

impl Goodbye {
    pub fn code(self) -> u16 {
        match self {
            Self::ShuttingDown => 1001,
            Self::Unauthorized | Self::TooSlow => 1008,
            Self::MessageTooLarge => 1009,
        }
    }

    pub fn reason(self) -> &'static str {
        match self {
            Self::ShuttingDown => "the server is shutting down",
            Self::MessageTooLarge => "the message is larger than the server's max_message_bytes",
            Self::TooSlow => "the client did not read for too long",
            Self::Unauthorized => "the token is missing or wrong",
        }
    }
}

#[derive(Debug)]
pub enum Outgoing {
    Text(Utf8Bytes),
    Binary(Bytes),
}

impl Outgoing {
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// What a request holds on to until its last answer is on its way: its places among the requests in flight.
pub type Permits = Vec<OwnedSemaphorePermit>;

#[derive(Debug)]
enum Entry {
    Answer(Outgoing, Permits),
    Event(Utf8Bytes),
}

/// Bytes that may wait, per client.
#[derive(Clone, Copy, Debug)]
pub struct OutboxLimits {
    pub max_event_bytes: usize,
    /// Long answers wait for room when more than this is queued.
    pub max_answer_bytes: usize,
}

#[derive(Debug)]
pub struct Outbox {
    limits: OutboxLimits,
    state: Mutex<State>,
    /// Something is queued, or the end has come.
    filled: Notify,
    /// Answers have left the queue.
    drained: Notify,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Entry>,
    event_bytes: usize,
    answer_bytes: usize,
    /// By file: the events lost since the client was last told.
    lost: BTreeMap<String, Lost>,
    goodbye: Option<Goodbye>,
    /// The connection is gone; nothing is queued any more.
    disconnected: bool,
}

#[derive(Debug)]
struct Lost {
    epoch: u64,
    from: u64,
    to: u64,
}

/// The connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client is gone")]
pub struct Disconnected;

/// What the writer does next.
#[derive(Debug)]
pub enum Next {
    /// The permits are dropped once the message is on its way.
    Send(Outgoing, Permits),
    Close(Goodbye),
}

impl Outbox {
    pub fn new(limits: OutboxLimits) -> Self {
        Self { limits, state: Mutex::default(), filled: Notify::new(), drained: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an answer; never waits, because requests in flight are bounded.
    pub fn answer(&self, message: Outgoing, permits: Permits) {
        let mut state = self.state();
        if state.disconnected {
            return;
        }
        state.answer_bytes += message.bytes();
        state.queue.push_back(Entry::Answer(message, permits));
        drop(state);
        self.filled.notify_one();
    }

    /// Waits until another block of a long answer may be queued.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn room(&self) -> Result<(), Disconnected> {
        loop {
            let drained = self.drained.notified();
            tokio::pin!(drained);
            // Registered before the look, so that a wake-up in between is not missed.
            drained.as_mut().enable();
            {
                let state = self.state();
                if state.disconnected {
                    return Err(Disconnected);
                }
                if state.answer_bytes < self.limits.max_answer_bytes {
                    return Ok(());
                }
            }
            drained.await;
        }
    }

    /// Queues an event, or notes that it is lost.
    pub fn offer(&self, event: &Event, text: &Utf8Bytes) {
        let mut state = self.state();
        if state.disconnected {
            return;
        }
        if let Some(lost) = state.lost.get_mut(&event.file).filter(|lost| lost.epoch == event.epoch)
        {
            lost.to = event.seq;
        } else if state.event_bytes + text.len() > self.limits.max_event_bytes {
            let lost = Lost { epoch: event.epoch, from: event.seq, to: event.seq };
            state.lost.insert(event.file.clone(), lost);
        } else {
            state.event_bytes += text.len();
            state.queue.push_back(Entry::Event(text.clone()));
        }
        drop(state);
        self.filled.notify_one();
    }

    /// Ends the connection after what is queued now.
    pub fn close(&self, goodbye: Goodbye) {
        self.state().goodbye.get_or_insert(goodbye);
        self.filled.notify_one();
    }

    /// The connection has ended: drops everything and lets nobody wait.
    pub fn disconnect(&self) {
        let mut state = self.state();
        state.disconnected = true;
        state.queue.clear();
        drop(state);
        self.filled.notify_one();
        self.drained.notify_waiters();
    }

    /// Whether the connection has ended.
    pub fn is_disconnected(&self) -> bool {
        self.state().disconnected
    }

    /// Waits until the connection has ended.
    pub async fn disconnected(&self) {
        // Room is waited for by long answers only; this wakes with them and looks again.
        loop {
            let drained = self.drained.notified();
            tokio::pin!(drained);
            drained.as_mut().enable();
            if self.state().disconnected {
                return;
            }
            drained.await;
        }
    }

    /// The next message for the socket; `None` once the connection has ended.
    ///
    /// # Cancel safety
    /// Nothing is taken from the queue unless it is returned.
    pub async fn next(&self) -> Option<Next> {
        loop {
            let filled = self.filled.notified();
            tokio::pin!(filled);
            filled.as_mut().enable();
            if let Poll::Ready(next) = self.take() {
                return next;
            }
            filled.await;
        }
    }

    /// Pending when there is nothing yet; ready with `None` once the connection has ended.
    fn take(&self) -> Poll<Option<Next>> {
        let mut state = self.state();
        if state.disconnected {
            return Poll::Ready(None);
        }
        self.tell_losses(&mut state);
        match state.queue.pop_front() {
            Some(Entry::Answer(message, permits)) => {
                state.answer_bytes -= message.bytes();
                drop(state);
                self.drained.notify_waiters();
                Poll::Ready(Some(Next::Send(message, permits)))
            }
            Some(Entry::Event(text)) => {
                state.event_bytes -= text.len();
                Poll::Ready(Some(Next::Send(Outgoing::Text(text), Permits::new())))
            }
            None => match state.goodbye {
                Some(goodbye) => Poll::Ready(Some(Next::Close(goodbye))),
                None => Poll::Pending,
            },
        }
    }

    /// Once half of the room for events is free again, one `lagged` per file ends the gap.
    fn tell_losses(&self, state: &mut State) {
        if state.lost.is_empty() || state.event_bytes > self.limits.max_event_bytes / 2 {
            return;
        }
        for (file, Lost { epoch, from, to }) in std::mem::take(&mut state.lost) {
            let change = Change::Lagged { from, to };
            let position = Position { epoch, seq: to };
            let event = Event::of_nobody(file, position, clock::now(), change);
            if let Ok(text) = serde_json::to_string(&event) {
                state.event_bytes += text.len();
                state.queue.push_back(Entry::Event(text.into()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(max_event_bytes: usize) -> Outbox {
        Outbox::new(OutboxLimits { max_event_bytes, max_answer_bytes: 10 })
    }

    fn event(seq: u64) -> Event {
        Event::of_nobody(
            "f",
            Position { epoch: 1, seq },
            0.0,
            Change::file_changed(hdf5_async_protocol::message::Reason::Written),
        )
    }

    async fn next_text(outbox: &Outbox) -> String {
        match outbox.next().await {
            Some(Next::Send(Outgoing::Text(text), _)) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_slow_client_is_told_once_what_it_lost() {
        let outbox = outbox(10);
        for seq in 1..=5 {
            outbox.offer(&event(seq), &"12345".into());
        }
        assert_eq!(next_text(&outbox).await, "12345");
        let text = next_text(&outbox).await;
        assert_eq!(text, "12345");
        let lagged: Event = serde_json::from_str(&next_text(&outbox).await).unwrap();
        assert_eq!(lagged.change, Change::Lagged { from: 3, to: 5 });
        outbox.offer(&event(6), &"678".into());
        assert_eq!(next_text(&outbox).await, "678");
    }

    #[tokio::test]
    async fn long_answers_wait_for_room_and_short_ones_do_not() {
        let outbox = outbox(10);
        outbox.answer(Outgoing::Binary(Bytes::from_static(&[0; 20])), Permits::new());
        outbox.answer(Outgoing::Text("short".into()), Permits::new());
        {
            let room = outbox.room();
            tokio::pin!(room);
            assert!(futures::poll!(room.as_mut()).is_pending());
            assert!(matches!(outbox.next().await, Some(Next::Send(Outgoing::Binary(_), _))));
            assert_eq!(room.await, Ok(()));
        }
        assert_eq!(next_text(&outbox).await, "short");
    }

    #[tokio::test]
    async fn the_end_comes_after_what_is_queued_and_wakes_everybody() {
        let outbox = outbox(10);
        outbox.answer(Outgoing::Text("last".into()), Permits::new());
        outbox.close(Goodbye::ShuttingDown);
        assert_eq!(next_text(&outbox).await, "last");
        assert!(matches!(outbox.next().await, Some(Next::Close(Goodbye::ShuttingDown))));
        outbox.answer(Outgoing::Binary(Bytes::from_static(&[0; 20])), Permits::new());
        let room = outbox.room();
        tokio::pin!(room);
        assert!(futures::poll!(room.as_mut()).is_pending());
        outbox.disconnect();
        assert_eq!(room.await, Err(Disconnected));
        assert!(outbox.next().await.is_none());
    }
}
