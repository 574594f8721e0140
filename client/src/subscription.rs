//! Changes of a file as a stream that goes on over reconnects.

mod feed;
mod table;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use hdf5_async_protocol::message::{Event, Position, reply};

pub(crate) use feed::{Feed, Readings, feed};
pub(crate) use table::{Subscription, Subscriptions};

use crate::client::{Answer, Client};
use crate::departures::Departures;
use crate::error::CallError;

/// What a subscriber is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    Event(Event),
    Resync(Resync),
}

/// Changes were missed: what was read before may be outdated, read it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resync {
    /// Later events continue from here; absent where only later events will tell.
    pub position: Option<Position>,
    pub cause: ResyncCause,
}

/// Why changes were missed. `from` and `to` are the first and the last `seq` concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResyncCause {
    /// The server dropped events because this client read too slowly.
    Lagged { from: u64, to: u64 },
    /// This client dropped events because the stream was not read.
    Overflow { from: u64, to: u64 },
    /// After a reconnect the server did not hold the events in between any more.
    HistoryLost,
    /// The stream of events began anew: the server or the file's worker was started again.
    NewEpoch,
}

/// The changes at or below one path, in order, each once.
///
/// Ends after an error, which says why there will be no more. Dropping it ends the subscription.
#[derive(Debug)]
pub struct EventStream {
    pub(crate) readings: Readings,
    pub(crate) start: Answer<reply::Subscribed>,
    pub(crate) key: u64,
    pub(crate) departures: Arc<Departures>,
    /// The connection lives as long as somebody listens.
    pub(crate) client: Client,
}

impl EventStream {
    /// The server's answer to `subscribe`, with the snapshot if one was asked for.
    pub fn start(&self) -> &Answer<reply::Subscribed> {
        &self.start
    }

    /// The client that this stream belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Stream for EventStream {
    type Item = Result<Update, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.readings.poll_next(context)
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.departures.leave_subscription(self.key);
    }
}
