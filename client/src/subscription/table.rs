//! The subscriptions of one client: which event is for whom, and where each goes on after a reconnect.

use std::collections::HashMap;

use hdf5_async_protocol::message::command::Subscribe;
use hdf5_async_protocol::message::{Change, Event, Outcome, Position, reply};
use hdf5_async_protocol::model::ObjectPath;
use tokio::sync::oneshot;

use super::{Feed, Resync, ResyncCause};
use crate::client::Answer;
use crate::error::{CallError, ProtocolError};
use crate::incoming::Incoming;

/// One subscriber as the connection sees it.
#[derive(Debug)]
pub(crate) struct Subscription {
    file: Option<String>,
    command: Subscribe,
    /// The file and the path of the events, where the path has led into another file.
    elsewhere: Option<(String, ObjectPath)>,
    feed: Feed,
    /// The last event delivered, or where the subscription began.
    position: Option<Position>,
    /// The server's number for it on this connection; absent until the answer.
    number: Option<u64>,
    /// Events that overtook the answer; at most `max_early`.
    early: Vec<Event>,
    max_early: usize,
    /// Waits for the first answer.
    first: Option<oneshot::Sender<Result<Answer<reply::Subscribed>, CallError>>>,
}

impl Subscription {
    pub(crate) fn new(
        file: Option<String>,
        command: Subscribe,
        feed: Feed,
        max_early: usize,
        first: oneshot::Sender<Result<Answer<reply::Subscribed>, CallError>>,
    ) -> Self {
        let position = command.since;
        let early = Vec::new();
        let (elsewhere, number, first) = (None, None, Some(first));
        Self { file, command, elsewhere, feed, position, number, early, max_early, first }
    }

    /// What to send: the first time as it was asked for, afterwards from the last event on.
    pub(crate) fn request(&self) -> (Option<String>, Subscribe) {
        let mut command = self.command.clone();
        if self.first.is_none() {
            command.snapshot = false;
        }
        command.since = self.position;
        (self.file.clone(), command)
    }

    fn concerns(&self, event: &Event) -> bool {
        if let Some((file, path)) = &self.elsewhere {
            return *file == event.file && event.change.concerns(path);
        }
        self.file.as_ref().is_none_or(|file| *file == event.file)
            && event.change.concerns(&self.command.path)
    }

    fn event(&mut self, event: &Event) {
        if self.number.is_none() {
            // Which events are for this subscriber is known for certain once the answer is there.
            let is_elsewhere = self.file.as_ref().is_none_or(|file| *file != event.file);
            if (is_elsewhere || self.concerns(event)) && self.early.len() < self.max_early {
                self.early.push(event.clone());
            }
        } else if self.concerns(event) {
            self.deliver(event);
        }
    }

    fn deliver(&mut self, event: &Event) {
        let here = Position { epoch: event.epoch, seq: event.seq };
        if let Some(position) = self.position {
            if position.epoch == here.epoch && here.seq <= position.seq {
                return;
            }
            if position.epoch != here.epoch {
                let cause = ResyncCause::NewEpoch;
                self.feed.resync(Resync { position: Some(here), cause });
            }
        }
        self.position = Some(here);
        match event.change {
            Change::Lagged { from, to } => {
                let cause = ResyncCause::Lagged { from, to };
                self.feed.resync(Resync { position: Some(here), cause });
            }
            _ => self.feed.event(event.clone()),
        }
    }

    fn begin(&mut self, answer: &Answer<reply::Subscribed>) {
        self.number = Some(answer.reply.subscription);
        self.elsewhere = answer.file.clone().zip(answer.reply.path.clone());
        if answer.reply.resync {
            let cause = ResyncCause::HistoryLost;
            self.feed.resync(Resync { position: answer.position, cause });
        }
        if answer.reply.resync || self.position.is_none() {
            self.position = answer.position;
        }
        let overflowed = self.early.len() >= self.max_early;
        for event in std::mem::take(&mut self.early) {
            if self.concerns(&event) {
                self.deliver(&event);
            }
        }
        if overflowed {
            let seq = self.position.map_or(0, |position| position.seq);
            let cause = ResyncCause::Overflow { from: seq + 1, to: seq + 1 };
            self.feed.resync(Resync { position: self.position, cause });
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    by_key: HashMap<u64, Subscription>,
}

impl Subscriptions {
    pub(crate) fn insert(&mut self, key: u64, subscription: Subscription) {
        self.by_key.insert(key, subscription);
    }

    /// What to send for each after a reconnect.
    pub(crate) fn requests(&self) -> Vec<(u64, Option<String>, Subscribe)> {
        let mut requests: Vec<_> = self
            .by_key
            .iter()
            .map(|(key, subscription)| {
                let (file, command) = subscription.request();
                (*key, file, command)
            })
            .collect();
        requests.sort_by_key(|(key, ..)| *key);
        requests
    }

    pub(crate) fn event(&mut self, event: &Event) {
        for subscription in self.by_key.values_mut() {
            subscription.event(event);
        }
    }

    /// Takes the answer to `subscribe`; the number to unsubscribe if the subscriber is gone meanwhile.
    pub(crate) fn answered(
        &mut self,
        key: u64,
        answer: Result<Incoming, CallError>,
    ) -> Option<u64> {
        let answer = answer.and_then(|incoming| Ok(typed(&incoming)?));
        let Some(mut subscription) = self.by_key.remove(&key) else {
            return answer.ok().map(|answer| answer.reply.subscription);
        };
        match answer {
            Ok(answer) => {
                subscription.begin(&answer);
                // A caller that is gone has left a departure, too.
                if let Some(first) = subscription.first.take() {
                    drop(first.send(Ok(answer)));
                }
                self.by_key.insert(key, subscription);
            }
            Err(error) => match subscription.first.take() {
                Some(first) => drop(first.send(Err(error))),
                None => subscription.feed.end(error),
            },
        }
        None
    }

    /// The subscriber is gone; the number to unsubscribe, if the server has given one.
    pub(crate) fn remove(&mut self, key: u64) -> Option<u64> {
        self.by_key.remove(&key)?.number
    }

    /// The connection is gone. Whoever still waits for the first answer is told, the others go on later.
    pub(crate) fn disconnected(&mut self, reason: &str) {
        let waiting = self.by_key.extract_if(|_, subscription| subscription.first.is_some());
        for (_, mut subscription) in waiting {
            let error = CallError::ConnectionLost {
                reason: reason.to_owned(),
                outcome: Outcome::NotApplied,
            };
            if let Some(first) = subscription.first.take() {
                drop(first.send(Err(error)));
            }
        }
        for subscription in self.by_key.values_mut() {
            subscription.number = None;
            subscription.early.clear();
        }
    }

    /// There will be no other connection.
    pub(crate) fn end_all(&mut self, reason: &str) {
        for (_, subscription) in self.by_key.drain() {
            subscription.feed.end(CallError::Closed { reason: reason.to_owned() });
        }
    }
}

fn typed(incoming: &Incoming) -> Result<Answer<reply::Subscribed>, ProtocolError> {
    let reply = incoming.body("subscribe")?;
    Ok(Answer { reply, position: incoming.position(), file: incoming.file() })
}

#[cfg(test)]
mod tests;
