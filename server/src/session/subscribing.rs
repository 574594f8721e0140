//! Answers `subscribe`: from then on the session is told what happens to an object, in whichever file it is.

use std::sync::Arc;

use hdf5_async_protocol::message::{ErrorReply, Position, command, reply};
use hdf5_async_protocol::model::ObjectPath;

use super::Session;
use super::crossing::reach;
use super::lane::note_file;
use super::responder::{Responder, cancelled_error};
use super::turns::Turn;
use crate::file::{Message, Subscribing};
use crate::files::Unsent;
use crate::hub::Subscription;
use crate::pace::Pace;

/// Hands the subscription to the file that its path leads to; that file's task answers.
pub async fn answer(
    session: &Arc<Session>,
    file: &Arc<str>,
    subscribe: command::Subscribe,
    turn: Turn,
    mut responder: Responder,
) {
    let command::Subscribe { path, data, snapshot, since, max_rate } = subscribe;
    let place = tokio::select! {
        place = watched(session, file, path, &turn) => place,
        () = responder.cancelled.cancelled() => Err(cancelled_error()),
    };
    let (answering, path) = match place {
        Ok(place) => place,
        Err(error) => return responder.refuse(error),
    };
    let id = match session.new_subscription(&answering) {
        Ok(id) => id,
        Err(error) => return responder.refuse(error),
    };
    note_file(file, &answering, &mut responder);
    let elsewhere = (answering != *file).then(|| path.clone());
    let subscription = Subscription { id, path, data, pace: max_rate.and_then(Pace::new) };
    let reply = reply_to(session, id, elsewhere, responder);
    let outbox = Arc::clone(&session.outbox);
    let subscribing =
        Subscribing { session: session.id, outbox, subscription, since, snapshot, reply };
    let message = Message::Subscribe(subscribing);
    if let Err(unsent) = session.server.files.send(&answering, message).await {
        let Unsent { message, error } = *unsent;
        if let Message::Subscribe(Subscribing { reply, .. }) = message {
            reply(Err(error), Position::default());
        }
    }
}

/// Where the events of what is at `path` are announced.
async fn watched(
    session: &Session,
    file: &Arc<str>,
    path: ObjectPath,
    turn: &Turn,
) -> Result<(Arc<str>, ObjectPath), ErrorReply> {
    // The root group is in its file, without asking the worker.
    if path == ObjectPath::root() {
        return Ok((Arc::clone(file), path));
    }
    reach(session, file, &path, turn).await
}

fn reply_to(
    session: &Arc<Session>,
    id: u64,
    elsewhere: Option<ObjectPath>,
    responder: Responder,
) -> crate::file::SubscribedReply {
    let session = Arc::clone(session);
    Box::new(move |result, position| match result {
        Ok(subscribed) => {
            let subscribed = reply::Subscribed { path: elsewhere, ..subscribed };
            responder.succeed_with(&subscribed, Some(position));
        }
        Err(error) => {
            session.end_subscription(id);
            responder.refuse(error);
        }
    })
}
