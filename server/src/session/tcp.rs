//! A session over plain TCP: each message is JSON behind its length, 4 bytes big-endian.

use std::sync::Arc;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use hdf5_async_protocol::message::{Command, ErrorCode, ErrorReply, Request};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

use super::dispatch::Dispatch;
use super::responder::Responder;
use super::websocket::refuse_too_large;
use super::{Session, SessionLimits, Sessions};
use crate::door::Token;
use crate::outbox::{Goodbye, Next, Outbox, Outgoing, Permits};

type Reader = FramedRead<OwnedReadHalf, LengthDelimitedCodec>;
type Writer = FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>;

/// Serves one connection until either side ends it.
pub async fn run(socket: TcpStream, sessions: Arc<Sessions>, token: Option<Arc<Token>>) {
    let Some(session) = sessions.open(false) else { return };
    tracing::info!(session = session.id, transport = "tcp", "connected");
    let (reader, writer) = socket.into_split();
    let codec = || {
        LengthDelimitedCodec::builder()
            .max_frame_length(sessions.limits.max_message_bytes)
            .new_codec()
    };
    // Answers may be longer than what clients may send.
    let unlimited = LengthDelimitedCodec::builder().max_frame_length(u32::MAX as usize).new_codec();
    let writing = tokio::spawn(write(
        FramedWrite::new(writer, unlimited),
        Arc::clone(&session.outbox),
        sessions.limits,
    ));
    read(FramedRead::new(reader, codec()), &session, token.as_deref()).await;
    if let Err(error) = writing.await {
        tracing::error!(session = session.id, %error, "the writing task failed");
    }
    session.end().await;
    tracing::info!(session = session.id, "disconnected");
}

async fn read(mut reader: Reader, session: &Arc<Session>, token: Option<&Token>) {
    let limits = session.server.limits;
    let mut dispatch = Dispatch::new(Arc::clone(session));
    let mut admitted = token.is_none();
    loop {
        let received = tokio::select! {
            received = reader.next() => received,
            () = tokio::time::sleep(limits.first_message_within), if !admitted => return session.outbox.disconnect(),
            () = session.server.shutdown.cancelled() => return session.finish().await,
            () = session.outbox.disconnected() => return,
        };
        let message = match received {
            Some(Ok(message)) => message,
            None => return session.outbox.disconnect(),
            Some(Err(error)) => {
                if error.kind() == std::io::ErrorKind::InvalidData {
                    refuse_too_large(session, limits.max_message_bytes);
                    return session.outbox.close(Goodbye::MessageTooLarge);
                }
                return session.outbox.disconnect();
            }
        };
        let Ok(text) = str::from_utf8(&message) else {
            refuse(session, ErrorCode::InvalidMessage, "a message on this port is JSON in UTF-8");
            continue;
        };
        if !admitted {
            if !token.is_none_or(|token| carries(text, token)) {
                refuse(
                    session,
                    ErrorCode::Unauthorized,
                    "the first message must be hello with the server's token",
                );
                return session.outbox.close(Goodbye::Unauthorized);
            }
            admitted = true;
        }
        dispatch.text(text).await;
    }
}

fn carries(text: &str, token: &Token) -> bool {
    match Request::parse(text).map(|request| request.command) {
        Ok(Command::Hello(hello)) => hello.token.is_some_and(|offered| token.is(&offered)),
        _ => false,
    }
}

fn refuse(session: &Arc<Session>, code: ErrorCode, message: &str) {
    Responder::new(session, None, Permits::new()).refuse(ErrorReply::new(code, message));
}

async fn write(mut writer: Writer, outbox: Arc<Outbox>, limits: SessionLimits) {
    loop {
        let (bytes, permits) = match outbox.next().await {
            Some(Next::Send(Outgoing::Text(text), permits)) => {
                (Bytes::copy_from_slice(text.as_bytes()), permits)
            }
            Some(Next::Send(Outgoing::Binary(_), _)) => continue,
            Some(Next::Close(_)) | None => return outbox.disconnect(),
        };
        let sent = timeout(limits.stalled_after, writer.send(bytes)).await;
        drop(permits);
        if !matches!(sent, Ok(Ok(()))) {
            return outbox.disconnect();
        }
    }
}
