//! How dropped handles, calls and streams tell the connection that nobody waits for them any more.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Who has gone since the connection last looked. Not a queue, because `drop` cannot wait for a place in one;
/// it holds at most one entry for each request in flight and each subscription.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    left: Mutex<Left>,
    changed: Notify,
}

#[derive(Debug, Default)]
pub(crate) struct Left {
    pub(crate) requests: Vec<i64>,
    pub(crate) subscriptions: Vec<u64>,
    /// The last handle is gone.
    pub(crate) client: bool,
}

impl Departures {
    fn leave(&self, note: impl FnOnce(&mut Left)) {
        note(&mut self.left.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    pub(crate) fn leave_subscription(&self, key: u64) {
        self.leave(|left| left.subscriptions.push(key));
    }

    pub(crate) fn leave_client(&self) {
        self.leave(|left| left.client = true);
    }

    /// Waits for the next departure.
    ///
    /// # Cancel safety
    /// A notification that nobody waits for is kept.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(crate) fn take(&self) -> Left {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let client = left.client;
        std::mem::replace(&mut left, Left { client, ..Left::default() })
    }
}

/// Tells the connection when a caller stops waiting.
#[derive(Debug)]
pub(crate) struct AbandonOnDrop {
    id: Option<i64>,
    departures: Arc<Departures>,
}

impl AbandonOnDrop {
    pub(crate) fn new(id: i64, departures: Arc<Departures>) -> Self {
        Self { id: Some(id), departures }
    }

    pub(crate) fn answered(mut self) {
        self.id = None;
    }
}

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.departures.leave(|left| left.requests.push(id));
        }
    }
}

/// Tells the connection when a caller gives up before its subscription has begun.
#[derive(Debug)]
pub(crate) struct LeaveOnDrop {
    key: Option<u64>,
    departures: Arc<Departures>,
}

impl LeaveOnDrop {
    pub(crate) fn new(key: u64, departures: Arc<Departures>) -> Self {
        Self { key: Some(key), departures }
    }

    pub(crate) fn stay(mut self) {
        self.key = None;
    }
}

impl Drop for LeaveOnDrop {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.departures.leave_subscription(key);
        }
    }
}
