//! The bounded way from the connection to one subscriber: events never wait, what does not fit is counted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use hdf5_async_protocol::message::{Event, Position};
use tokio::sync::mpsc;

use super::{Resync, ResyncCause, Update};
use crate::error::CallError;

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Feed {
    queue: mpsc::Sender<Result<Update, CallError>>,
    shared: Arc<Mutex<Overflow>>,
}

/// The subscriber's end.
#[derive(Debug)]
pub(crate) struct Readings {
    queue: mpsc::Receiver<Result<Update, CallError>>,
    shared: Arc<Mutex<Overflow>>,
}

/// What came after the queue was full; the subscriber learns of it behind what is in the queue.
#[derive(Debug, Default)]
struct Overflow {
    missed: Option<Resync>,
    ended: Option<CallError>,
}

pub(crate) fn feed(capacity: usize) -> (Feed, Readings) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    let shared = Arc::new(Mutex::new(Overflow::default()));
    let readings = Readings { queue: receiver, shared: Arc::clone(&shared) };
    (Feed { queue: sender, shared }, readings)
}

fn lock(shared: &Mutex<Overflow>) -> MutexGuard<'_, Overflow> {
    // Nothing that holds this lock can panic half-way through a change.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feed {
    pub(crate) fn event(&self, event: Event) {
        let position = Position { epoch: event.epoch, seq: event.seq };
        let cause = ResyncCause::Overflow { from: event.seq, to: event.seq };
        self.offer(Update::Event(event), Resync { position: Some(position), cause });
    }

    pub(crate) fn resync(&self, resync: Resync) {
        self.offer(Update::Resync(resync.clone()), resync);
    }

    fn offer(&self, update: Update, otherwise: Resync) {
        // Held over `try_send`, so that the subscriber cannot empty the queue and fall asleep in between.
        let mut overflow = lock(&self.shared);
        match &mut overflow.missed {
            Some(missed) => missed.extend(&otherwise),
            None if self.queue.try_send(Ok(update)).is_err() => overflow.missed = Some(otherwise),
            None => {}
        }
    }

    /// Nothing more will come.
    pub(crate) fn end(self, error: CallError) {
        let mut overflow = lock(&self.shared);
        if overflow.missed.is_some() || self.queue.try_send(Err(error.clone())).is_err() {
            overflow.ended = Some(error);
        }
    }
}

impl Resync {
    fn extend(&mut self, later: &Self) {
        self.position = later.position;
        if let (ResyncCause::Overflow { to, .. }, ResyncCause::Overflow { to: later, .. }) =
            (&mut self.cause, later.cause)
        {
            *to = later;
        }
    }
}

impl Readings {
    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Update, CallError>>> {
        let polled = self.queue.poll_recv(context);
        if let Poll::Ready(Some(item)) = polled {
            return Poll::Ready(Some(item));
        }
        let mut overflow = lock(&self.shared);
        if let Some(missed) = overflow.missed.take() {
            return Poll::Ready(Some(Ok(Update::Resync(missed))));
        }
        match overflow.ended.take() {
            Some(error) => Poll::Ready(Some(Err(error))),
            None => polled,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use hdf5_async_protocol::message::Change;

    use super::*;

    fn event(seq: u64) -> Event {
        Event::of_nobody(
            "f",
            Position { epoch: 1, seq },
            0.0,
            Change::file_changed(hdf5_async_protocol::message::Reason::Written),
        )
    }

    async fn next(readings: &mut Readings) -> Option<Result<Update, CallError>> {
        std::future::poll_fn(|context| readings.poll_next(context)).await
    }

    async fn seq(readings: &mut Readings) -> u64 {
        match next(readings).await {
            Some(Ok(Update::Event(event))) => event.seq,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_is_told_in_its_place() {
        let (feed, mut readings) = feed(2);
        for number in 1..=5 {
            feed.event(event(number));
        }
        assert_eq!(seq(&mut readings).await, 1);
        feed.event(event(6));
        assert_eq!(seq(&mut readings).await, 2);
        let Some(Ok(Update::Resync(resync))) = next(&mut readings).await else { panic!() };
        assert_eq!(resync.cause, ResyncCause::Overflow { from: 3, to: 6 });
        assert_eq!(resync.position, Some(Position { epoch: 1, seq: 6 }));
        feed.event(event(7));
        assert_eq!(seq(&mut readings).await, 7);
        assert!(next(&mut readings).now_or_never().is_none());
    }

    #[tokio::test]
    async fn the_reason_for_the_end_comes_last_even_when_full() {
        let (feed, mut readings) = feed(1);
        feed.event(event(1));
        feed.event(event(2));
        feed.end(CallError::Closed { reason: "gone".to_owned() });
        assert_eq!(seq(&mut readings).await, 1);
        assert!(matches!(next(&mut readings).await, Some(Ok(Update::Resync(_)))));
        assert!(matches!(next(&mut readings).await, Some(Err(CallError::Closed { .. }))));
        assert!(next(&mut readings).await.is_none());
    }
}
