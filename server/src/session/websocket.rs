//! A session over a WebSocket: one task reads, one writes.

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};
use tokio::time::{Instant, interval_at, timeout};
use tokio_tungstenite::tungstenite;

use super::dispatch::Dispatch;
use super::responder::Responder;
use super::{Session, SessionLimits};
use crate::outbox::{Goodbye, Next, Outbox, Outgoing, Permits};

/// Serves one connection until either side ends it.
pub async fn run(socket: WebSocket, session: Arc<Session>) {
    tracing::info!(session = session.id, "connected");
    let (sink, stream) = socket.split();
    let writing = tokio::spawn(write(sink, Arc::clone(&session.outbox), session.server.limits));
    read(stream, &session).await;
    // What is queued, such as the reason for the end, still goes out; then the writer ends by itself.
    if let Err(error) = writing.await {
        tracing::error!(session = session.id, %error, "the writing task failed");
    }
    session.end().await;
    tracing::info!(session = session.id, "disconnected");
}

async fn read(mut stream: SplitStream<WebSocket>, session: &Arc<Session>) {
    let mut dispatch = Dispatch::new(Arc::clone(session));
    let SessionLimits { dead_after, max_message_bytes, .. } = session.server.limits;
    loop {
        let received = tokio::select! {
            received = timeout(dead_after, stream.next()) => received,
            () = session.server.shutdown.cancelled() => return session.finish().await,
            () = session.outbox.disconnected() => return,
        };
        match received {
            Ok(Some(Ok(Message::Text(text)))) => dispatch.text(text.as_str()).await,
            Ok(Some(Ok(Message::Binary(message)))) => dispatch.binary(message).await,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
            Ok(Some(Ok(Message::Close(_))) | None) => return session.outbox.disconnect(),
            Ok(Some(Err(error))) if is_too_large(&error) => {
                refuse_too_large(session, max_message_bytes);
                return session.outbox.close(Goodbye::MessageTooLarge);
            }
            Ok(Some(Err(error))) => {
                tracing::debug!(session = session.id, %error, "the connection broke");
                return session.outbox.disconnect();
            }
            Err(_) => {
                tracing::info!(session = session.id, "nothing came for too long");
                return session.outbox.disconnect();
            }
        }
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref());
    matches!(source, Some(tungstenite::Error::Capacity(_)))
}

pub(super) fn refuse_too_large(session: &Arc<Session>, max_message_bytes: usize) {
    let message =
        format!("the message is larger than {max_message_bytes} bytes; send the values in parts");
    let error = ErrorReply::new(ErrorCode::MessageTooLarge, message);
    Responder::new(session, None, Permits::new()).refuse(error);
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    outbox: Arc<Outbox>,
    limits: SessionLimits,
) {
    let mut pings = interval_at(Instant::now() + limits.ping_every, limits.ping_every);
    loop {
        let (message, permits) = tokio::select! {
            next = outbox.next() => match next {
                Some(Next::Send(Outgoing::Text(text), permits)) => (Message::Text(text), permits),
                Some(Next::Send(Outgoing::Binary(bytes), permits)) => (Message::Binary(bytes), permits),
                Some(Next::Close(goodbye)) => (close_message(goodbye), Permits::new()),
                None => return,
            },
            _ = pings.tick() => (Message::Ping(bytes::Bytes::new()), Permits::new()),
        };
        let closing = matches!(message, Message::Close(_));
        let sent = timeout(limits.stalled_after, sink.send(message)).await;
        drop(permits);
        if closing || !matches!(sent, Ok(Ok(()))) {
            return outbox.disconnect();
        }
    }
}

fn close_message(goodbye: Goodbye) -> Message {
    Message::Close(Some(CloseFrame { code: goodbye.code(), reason: goodbye.reason().into() }))
}
