//! Requests about a whole file: to make it, to let go of it, to remove it.
//!
//! They run inside the session's lane, so that what is asked of the file afterwards finds it made.

use hdf5_async_protocol::message::{ErrorReply, Position, command, reply};

use super::Session;
use super::responder::Responder;

pub async fn create(
    session: &Session,
    file: &str,
    create: command::CreateFile,
    responder: Responder,
) {
    let command::CreateFile { replace, creation } = create;
    let position = session.server.files.create(file, creation, replace).await;
    done(position.map(Some), responder);
}

pub async fn close(session: &Session, file: &str, responder: Responder) {
    let closed = session.server.files.close_unused(file).await;
    responder.succeed_with(&reply::Closed { closed }, None);
}

pub async fn delete(session: &Session, file: &str, responder: Responder) {
    done(session.server.files.delete(file).await.map(|()| None), responder);
}

fn done(result: Result<Option<Position>, ErrorReply>, responder: Responder) {
    match result {
        Ok(position) => responder.succeed_with(&reply::Done {}, position),
        Err(error) => responder.refuse(error),
    }
}
