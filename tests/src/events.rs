//! What tests of events need again and again.

use futures::StreamExt as _;
use hdf5_async_client::protocol::message::command::Subscribe;
use hdf5_async_client::protocol::message::{Event, Position};
use hdf5_async_client::protocol::model::ObjectPath;
use hdf5_async_client::{EventStream, File, Update, Values};

use crate::deadline::within;

/// A plain subscription to everything at and below `path`, for options to be added.
pub fn subscribe(path: &str) -> Subscribe {
    let path = ObjectPath::new(path).unwrap();
    Subscribe { path, data: false, snapshot: false, since: None, max_rate: None }
}

/// What a stream brings next.
pub async fn next_update(events: &mut EventStream) -> Update {
    within("an update", events.next()).await.unwrap().unwrap()
}

/// What a stream brings next, which must be an event.
pub async fn next_event(events: &mut EventStream) -> Event {
    match next_update(events).await {
        Update::Event(event) => event,
        Update::Resync(resync) => panic!("{resync:?} instead of an event"),
    }
}

/// Makes the dataset `[number]`; returns the position of that change.
pub async fn write_number(file: &File, path: &str, number: i64) -> Position {
    let values = Values::from_slice(&[1], &[number]).unwrap();
    file.write(path, &values).await.unwrap().position.unwrap()
}
