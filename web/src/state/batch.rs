//! Events that wait for the next frame of the screen.

use hdf5_async_protocol::message::Event;

/// In order; bounded, because a hidden tab draws no frames.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) events: Vec<Event>,
    /// Not everything that happened is in here: what is shown has to be read again.
    pub(super) resync: bool,
}

impl Batch {
    const MOST: usize = 20_000;

    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && !self.resync
    }

    pub fn push(&mut self, event: Event) {
        if self.events.len() == Self::MOST {
            self.events.clear();
            self.resync = true;
        }
        self.events.push(event);
    }

    pub fn resync(&mut self) {
        self.resync = true;
    }
}
