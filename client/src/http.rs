//! What downloads and uploads share: one HTTP request on a connection of its own, and how a refusal is read.

use bytes::Bytes;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Outcome};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::http::request::Builder;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::address::Address;
use crate::error::CallError;

/// A refusal is a sentence; more is not read.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// Opens a connection for one request.
pub(crate) async fn connect<B>(address: &Address) -> Result<http1::SendRequest<B>, CallError>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let stream = TcpStream::connect(address.authority())
        .await
        .map_err(|error| no_connection(address, &error))?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| no_connection(address, &error))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection of a transfer ended");
        }
    });
    Ok(sender)
}

/// The beginning of a request, with the token if there is one.
pub(crate) fn request(address: &Address, method: &str, path: &str) -> Builder {
    let request =
        Request::builder().method(method).uri(path).header(header::HOST, address.authority());
    match &address.token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}

pub(crate) fn no_connection(address: &Address, error: &dyn std::fmt::Display) -> CallError {
    lost(format!("no connection to {address}: {error}"))
}

pub(crate) fn lost(reason: String) -> CallError {
    CallError::ConnectionLost { reason, outcome: Outcome::NotApplied }
}

/// What the server says against it: the error in its JSON, or the status where there is none.
pub(crate) async fn refused(response: Response<Incoming>) -> CallError {
    let status = response.status();
    let text = text(response).await;
    CallError::Refused(serde_json::from_slice(&text).unwrap_or_else(|_| {
        ErrorReply::new(
            ErrorCode::Unknown,
            format!("the server answered with HTTP status {status}"),
        )
    }))
}

/// The body of a short answer.
pub(crate) async fn text(response: Response<Incoming>) -> Vec<u8> {
    let mut text = Vec::new();
    let mut body = response.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(piece) = frame.into_data() {
            text.extend_from_slice(&piece);
        }
        if text.len() > MAX_ANSWER_BYTES {
            break;
        }
    }
    text
}

/// A name as the path of a URL, with its slashes.
pub(crate) fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            format!("{text}%{byte:02X}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_folders() {
        assert_eq!(encoded("runs/run 1#2.h5"), "runs/run%201%232.h5");
        assert_eq!(encoded("ä%"), "%C3%A4%25");
    }
}
