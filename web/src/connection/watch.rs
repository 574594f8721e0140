//! The subscription to the file on screen, and how far its events have been heard.

use hdf5_async_protocol::message::{Change, Event, Position};

/// The whole file is watched: one subscription to its root group.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) file: String,
    /// The last event heard; absent until the first subscription is answered.
    pub(super) position: Option<Position>,
    /// The number of the subscription in the present session.
    pub(super) subscription: Option<u64>,
}

/// What an event means for the order of events.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The next one.
    InOrder,
    /// It was told before.
    Again,
    /// Others before it were missed.
    AfterGap,
}

impl Watch {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), position: None, subscription: None }
    }

    /// Takes note of an event of this file.
    pub(super) fn hear(&mut self, event: &Event) -> Heard {
        let position = Position { epoch: event.epoch, seq: event.seq };
        if let Change::Lagged { to, .. } = event.change {
            let seq = position.seq.max(to);
            self.position = Some(Position { seq, ..position });
            return Heard::AfterGap;
        }
        let known = self.position.replace(position);
        match known {
            None => Heard::InOrder,
            Some(known) if known.epoch != position.epoch => Heard::AfterGap,
            Some(known) if position.seq <= known.seq => {
                self.position = Some(known);
                Heard::Again
            }
            Some(known) if position.seq == known.seq + 1 => Heard::InOrder,
            Some(_) => Heard::AfterGap,
        }
    }

    /// The server answered a subscription at `position`.
    pub(super) fn subscribed(
        &mut self,
        subscription: u64,
        position: Option<Position>,
        resync: bool,
    ) {
        self.subscription = Some(subscription);
        // With `since` honoured the events in between still come, so that the place heard stays.
        if resync || self.position.is_none() {
            self.position = position;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(epoch: u64, seq: u64, change: Change) -> Event {
        Event::of_nobody("f", Position { epoch, seq }, 0.0, change)
    }

    fn hear(watch: &mut Watch, epoch: u64, seq: u64) -> Heard {
        watch.hear(&event(
            epoch,
            seq,
            Change::file_changed(hdf5_async_protocol::message::Reason::Written),
        ))
    }

    #[test]
    fn gaps_and_repeats_are_noticed() {
        let mut watch = Watch::new("f");
        watch.subscribed(1, Some(Position { epoch: 7, seq: 10 }), false);
        assert_eq!(hear(&mut watch, 7, 11), Heard::InOrder);
        assert_eq!(hear(&mut watch, 7, 11), Heard::Again);
        assert_eq!(hear(&mut watch, 7, 12), Heard::InOrder);
        assert_eq!(hear(&mut watch, 7, 14), Heard::AfterGap);
        assert_eq!(hear(&mut watch, 7, 15), Heard::InOrder);
        assert_eq!(hear(&mut watch, 8, 1), Heard::AfterGap);
        assert_eq!(hear(&mut watch, 8, 2), Heard::InOrder);
    }

    #[test]
    fn lagging_goes_on_behind_what_was_lost() {
        let mut watch = Watch::new("f");
        watch.subscribed(1, Some(Position { epoch: 1, seq: 3 }), false);
        let lagged = event(1, 9, Change::Lagged { from: 4, to: 9 });
        assert_eq!(watch.hear(&lagged), Heard::AfterGap);
        assert_eq!(hear(&mut watch, 1, 10), Heard::InOrder);
    }

    #[test]
    fn a_resumed_subscription_keeps_the_place_heard() {
        let mut watch = Watch::new("f");
        watch.subscribed(1, Some(Position { epoch: 1, seq: 3 }), false);
        watch.subscribed(2, Some(Position { epoch: 1, seq: 8 }), false);
        assert_eq!(hear(&mut watch, 1, 4), Heard::InOrder);
        watch.subscribed(3, Some(Position { epoch: 2, seq: 1 }), true);
        assert_eq!(hear(&mut watch, 2, 2), Heard::InOrder);
    }
}
