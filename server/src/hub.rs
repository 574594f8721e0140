//! Who watches a file, and what has happened to it: one ordered stream of events.
//!
//! Owned by the task that sees every outcome of the file's worker in order, so that order of events is order
//! of changes, and nothing falls between a snapshot and the first event after it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use hdf5_async_protocol::message::{
    Change, Durability, ErrorCode, ErrorReply, Event, Outcome, Position, Reason,
};
use hdf5_async_protocol::model::ObjectPath;

use crate::clock;
use crate::file::Condition;
use crate::outbox::Outbox;
use crate::pace::Pace;
use crate::published::Published;

/// The session that made a change.
#[derive(Clone, Debug)]
pub struct Author {
    pub session: u64,
    pub name: Arc<str>,
}

/// How many events are held for subscribers that come back.
#[derive(Clone, Copy, Debug)]
pub struct HistoryLimits {
    pub max_events: usize,
    pub max_bytes: usize,
}

/// What a session wants to be told of.
#[derive(Debug)]
pub struct Subscription {
    pub id: u64,
    pub path: ObjectPath,
    pub data: bool,
    /// Holds events back that come faster than the subscriber asked for.
    pub pace: Option<Pace>,
}

#[derive(Debug)]
struct Watcher {
    outbox: Arc<Outbox>,
    subscriptions: Vec<Subscription>,
}

#[derive(Debug)]
pub struct Hub {
    file: String,
    position: Position,
    /// The epoch in which the file was opened that it is now. The next worker after one that has died has the same.
    file_epoch: u64,
    limits: HistoryLimits,
    history: VecDeque<Arc<Published>>,
    history_bytes: usize,
    watchers: BTreeMap<u64, Watcher>,
    /// Some subscription has or had a pace.
    is_paced: bool,
}

impl Hub {
    pub fn new(file: &str, limits: HistoryLimits) -> Self {
        let epoch = clock::epoch();
        Self {
            file: file.to_owned(),
            position: Position { epoch, seq: 0 },
            file_epoch: epoch,
            limits,
            history: VecDeque::new(),
            history_bytes: 0,
            watchers: BTreeMap::new(),
            is_paced: false,
        }
    }

    /// Of the last event published.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Tells the file from others that had its name, or were written to by others, before.
    pub fn file_epoch(&self) -> u64 {
        self.file_epoch
    }

    pub fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    /// The stream cannot be continued: what was acknowledged before may not be there any more.
    pub fn new_epoch(&mut self, reason: Reason, message: Option<String>) {
        self.position.epoch = clock::epoch().max(self.position.epoch + 1);
        // One that could not be opened again is let go of.
        if reason != Reason::WorkerLost || message.is_some() {
            self.file_epoch = self.position.epoch;
        }
        self.history.clear();
        self.history_bytes = 0;
        self.publish(Change::FileChanged { reason: Some(reason), message }, None);
    }

    /// Gives the change, which is safe, its place in the stream and tells all whom it concerns.
    pub fn publish(&mut self, change: Change, author: Option<&Author>) {
        self.announce(change, author, Durability::Commit);
    }

    /// As [`Self::publish`], for a change that may not be safe yet.
    pub fn announce(&mut self, change: Change, author: Option<&Author>, durability: Durability) {
        self.position.seq += 1;
        let event = Event {
            file: self.file.clone(),
            epoch: self.position.epoch,
            seq: self.position.seq,
            by: author.map(|author| (*author.name).to_owned()).filter(|name| !name.is_empty()),
            session: author.map(|author| author.session),
            time: clock::now(),
            durability: Some(durability).filter(|durability| !durability.is_commit()),
            change,
        };
        let published = match Published::new(&event) {
            Ok(published) => Arc::new(published),
            Err(error) => {
                tracing::error!(file = self.file, %error, "an event could not be written as JSON");
                return;
            }
        };
        for watcher in self.watchers.values_mut() {
            watcher.tell(&published);
        }
        self.hold(published);
    }

    fn hold(&mut self, published: Arc<Published>) {
        self.history_bytes += published.bytes();
        self.history.push_back(published);
        while self.history.len() > self.limits.max_events
            || self.history_bytes > self.limits.max_bytes
        {
            let Some(oldest) = self.history.pop_front() else { return };
            self.history_bytes -= oldest.bytes();
        }
    }

    pub fn subscribe(&mut self, session: u64, outbox: Arc<Outbox>, subscription: Subscription) {
        self.is_paced |= subscription.pace.is_some();
        let watcher =
            self.watchers.entry(session).or_insert(Watcher { outbox, subscriptions: Vec::new() });
        watcher.subscriptions.push(subscription);
    }

    pub fn unsubscribe(&mut self, session: u64, subscription: u64) {
        if let Some(watcher) = self.watchers.get_mut(&session) {
            watcher.subscriptions.retain(|held| held.id != subscription);
            if watcher.subscriptions.is_empty() {
                self.watchers.remove(&session);
            }
        }
    }

    pub fn forget(&mut self, session: u64) {
        self.watchers.remove(&session);
    }

    /// Whether every event after `since` is held.
    pub fn holds_since(&self, since: Position) -> bool {
        let oldest =
            self.history.front().map_or(self.position.seq + 1, |published| published.event.seq);
        since.epoch == self.position.epoch
            && since.seq <= self.position.seq
            && since.seq + 1 >= oldest
    }

    /// Why a change may not be made that is bound to nothing having changed.
    pub fn conflict(&self, condition: &Condition) -> Option<ErrorReply> {
        let Condition { epoch, seq, paths } = condition;
        let since = Position { epoch: epoch.unwrap_or(self.position.epoch), seq: *seq };
        let refused = |message: String| {
            let mut error = ErrorReply::new(ErrorCode::Conflict, message);
            error.outcome = Some(Outcome::NotApplied);
            paths.iter().take(1).fold(error, |error, path| error.with_path(path.as_str()))
        };
        if !self.holds_since(since) {
            let message = format!(
                "what has changed since event {seq} is not known any more; read again and decide anew"
            );
            return Some(refused(message));
        }
        let later = self.history.iter().filter(|published| published.event.seq > since.seq);
        let concerns = |published: &&Arc<Published>| {
            paths.iter().any(|path| published.event.change.concerns(path))
        };
        let changed = later.rev().find(concerns)?;
        let what = changed.event.change.path().map_or("the file", ObjectPath::as_str);
        let by = changed.event.seq;
        Some(refused(format!(
            "{what} was changed by event {by}, after {seq}; read it again and decide anew"
        )))
    }

    /// Offers the events after `since` that concern `path`.
    pub fn replay(&self, since: Position, path: &ObjectPath, data: bool, outbox: &Outbox) {
        for published in self.history.iter().filter(|published| published.event.seq > since.seq) {
            if published.event.change.concerns(path) {
                outbox.offer(&published.event, published.text(data));
            }
        }
    }

    /// Hands out what paced subscriptions held back and is due; the time of the next, if any.
    pub fn release_due(&mut self, now: tokio::time::Instant) -> Option<tokio::time::Instant> {
        let mut next = None;
        // This is asked before every wait, and most files have no subscriber that wants to be paced.
        if !self.is_paced {
            return next;
        }
        for watcher in self.watchers.values_mut() {
            for subscription in &mut watcher.subscriptions {
                let Some(pace) = &mut subscription.pace else { continue };
                for published in pace.due(now) {
                    watcher.outbox.offer(&published.event, published.text(subscription.data));
                }
                next = [next, pace.next_due()].into_iter().flatten().min();
            }
        }
        next
    }
}

impl Watcher {
    /// An event that several subscriptions ask for is sent once, with values if any of them wants values, and at
    /// the pace of the fastest.
    fn tell(&mut self, published: &Arc<Published>) {
        let concerned =
            |subscription: &&mut Subscription| published.event.change.concerns(&subscription.path);
        let mut data = false;
        let fastest = self
            .subscriptions
            .iter_mut()
            .filter(concerned)
            .inspect(|subscription| data |= subscription.data)
            .min_by_key(|subscription| subscription.pace.as_ref().map(Pace::interval));
        let Some(Subscription { pace, .. }) = fastest else { return };
        let now = tokio::time::Instant::now();
        if pace.as_mut().is_none_or(|pace| pace.admits(published, now)) {
            self.outbox.offer(&published.event, published.text(data));
        }
    }
}

#[cfg(test)]
mod tests {
    use hdf5_async_protocol::model::Selection;

    use super::*;
    use crate::outbox::{Next, OutboxLimits, Outgoing};

    fn hub() -> Hub {
        Hub::new("f.h5", HistoryLimits { max_events: 3, max_bytes: 1 << 20 })
    }

    fn path(text: &str) -> ObjectPath {
        ObjectPath::new(text).unwrap()
    }

    fn outbox() -> Arc<Outbox> {
        Arc::new(Outbox::new(OutboxLimits { max_event_bytes: 1 << 20, max_answer_bytes: 1 << 20 }))
    }

    fn subscription(id: u64, at: &str, data: bool) -> Subscription {
        Subscription { id, path: path(at), data, pace: None }
    }

    fn deleted(at: &str) -> Change {
        Change::Deleted { path: path(at) }
    }

    fn written(at: &str) -> Change {
        Change::Written {
            path: path(at),
            region: Selection::all(),
            old_shape: None,
            shape: vec![1],
            values: None,
        }
    }

    /// The sequence numbers of the events that wait in the outbox.
    async fn sequence(outbox: &Outbox) -> Vec<u64> {
        outbox.close(crate::outbox::Goodbye::ShuttingDown);
        let mut sequence = Vec::new();
        while let Some(Next::Send(Outgoing::Text(text), _)) = outbox.next().await {
            let event: Event = serde_json::from_str(text.as_str()).unwrap();
            sequence.push(event.seq);
        }
        sequence
    }

    #[tokio::test]
    async fn a_session_is_told_once_of_what_concerns_it() {
        let (mut hub, outbox) = (hub(), outbox());
        hub.subscribe(1, Arc::clone(&outbox), subscription(1, "/a", false));
        hub.subscribe(1, Arc::clone(&outbox), subscription(2, "/a/b", true));
        for at in ["/a/b", "/c", "/a", "/ab"] {
            hub.publish(deleted(at), None);
        }
        assert_eq!(hub.position().seq, 4);
        assert_eq!(sequence(&outbox).await, [1, 3]);
    }

    #[tokio::test]
    async fn values_go_to_those_who_asked() {
        let (mut hub, with, without) = (hub(), outbox(), outbox());
        hub.subscribe(1, Arc::clone(&with), subscription(1, "/", true));
        hub.subscribe(2, Arc::clone(&without), subscription(1, "/", false));
        let data = serde_json::value::RawValue::from_string("[7]".to_owned()).unwrap();
        let values =
            hdf5_async_protocol::message::event::Written { datatype: "<i8".parse().unwrap(), data };
        let change = Change::AttributeWritten {
            path: path("/"),
            name: "n".to_owned(),
            values: Some(values),
        };
        hub.publish(change, None);
        for (outbox, expected) in [(with, true), (without, false)] {
            let Some(Next::Send(Outgoing::Text(text), _)) = outbox.next().await else { panic!() };
            assert_eq!(text.as_str().contains("[7]"), expected);
        }
    }

    #[tokio::test]
    async fn subscriptions_of_different_pace_do_not_double_an_event() {
        let (mut hub, outbox) = (hub(), outbox());
        let slow = Subscription { pace: Pace::new(0.001), ..subscription(1, "/", false) };
        hub.subscribe(1, Arc::clone(&outbox), slow);
        hub.subscribe(1, Arc::clone(&outbox), subscription(2, "/a", false));
        for at in ["/a", "/a", "/b", "/b"] {
            hub.publish(written(at), None);
        }
        let due = hub.release_due(tokio::time::Instant::now()).unwrap();
        hub.release_due(due);
        assert_eq!(sequence(&outbox).await, [1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn what_is_held_is_replayed_and_what_is_not_is_said() {
        let (mut hub, outbox) = (hub(), outbox());
        for at in ["/a", "/b", "/a", "/a", "/b"] {
            hub.publish(deleted(at), None);
        }
        let at = |seq| Position { seq, ..hub.position() };
        assert!(!hub.holds_since(at(1)));
        assert!(hub.holds_since(at(2)) && hub.holds_since(at(5)) && !hub.holds_since(at(6)));
        assert!(!hub.holds_since(Position { epoch: 0, seq: 3 }));
        hub.replay(at(2), &path("/a"), false, &outbox);
        assert_eq!(sequence(&outbox).await, [3, 4]);
    }

    #[tokio::test]
    async fn a_new_epoch_is_announced_and_forgets_the_history() {
        let (mut hub, outbox) = (hub(), outbox());
        hub.subscribe(1, Arc::clone(&outbox), subscription(1, "/x", false));
        hub.publish(deleted("/a"), None);
        let before = hub.position();
        hub.new_epoch(Reason::WorkerLost, None);
        assert!(hub.position().epoch > before.epoch);
        assert_eq!(hub.file_epoch(), before.epoch);
        assert!(!hub.holds_since(before));
        hub.unsubscribe(1, 1);
        hub.publish(Change::file_changed(Reason::Written), None);
        assert_eq!(sequence(&outbox).await, [2]);
        assert!(!hub.is_watched());
        for (reason, message) in [(Reason::Replaced, None), (Reason::WorkerLost, Some("gone"))] {
            hub.new_epoch(reason, message.map(str::to_owned));
            assert_eq!(hub.file_epoch(), hub.position().epoch);
        }
    }
}
