//! A whole file over HTTP, piece by piece as it comes.

use bytes::Bytes;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Outcome};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::error::CallError;
use crate::options::ConnectOptions;

/// A refusal is a sentence; more is not read.
const MAX_REFUSAL_BYTES: usize = 64 << 10;

/// A file on its way, on a connection of its own.
#[derive(Debug)]
pub struct Download {
    length: Option<u64>,
    received: u64,
    body: Incoming,
}

impl Download {
    /// Asks for the file `name`.
    ///
    /// # Errors
    /// The server's refusal, or why there is no connection.
    pub async fn begin(options: &ConnectOptions, name: &str) -> Result<Self, CallError> {
        let timeout = options.limits.connect_timeout;
        let response = tokio::time::timeout(timeout, ask(options, name)).await;
        let response = response.map_err(|_| {
            let seconds = timeout.as_secs_f64();
            lost(format!("no answer from {} within {seconds} s", options.address))
        })??;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        let length = response.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(Self { length, received: 0, body: response.into_body() })
    }

    /// Of the whole file, in bytes.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next piece; `None` behind the last.
    ///
    /// # Errors
    /// When the connection is lost before the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, CallError> {
        loop {
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    // Trailers say nothing of the content.
                    if let Ok(piece) = frame.into_data() {
                        self.received += piece.len() as u64;
                        return Ok(Some(piece));
                    }
                }
                Some(Err(error)) => return Err(lost(error.to_string())),
                None if self.length.is_some_and(|length| length != self.received) => {
                    return Err(lost(format!("the file broke off after {} bytes", self.received)));
                }
                None => return Ok(None),
            }
        }
    }
}

async fn ask(options: &ConnectOptions, name: &str) -> Result<Response<Incoming>, CallError> {
    let address = &options.address;
    let failed =
        |error: &dyn std::fmt::Display| lost(format!("no connection to {address}: {error}"));
    let stream = TcpStream::connect(address.authority()).await.map_err(|error| failed(&error))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection of a download ended");
        }
    });
    let mut request = Request::get(format!("/download/{}", encoded(name)))
        .header(header::HOST, address.authority());
    if let Some(token) = &address.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|error| failed(&error))?;
    sender.send_request(request).await.map_err(|error| failed(&error))
}

/// What the server says against it: the error in its JSON, or the status where there is none.
async fn refused(response: Response<Incoming>) -> CallError {
    let status = response.status();
    let mut text = Vec::new();
    let mut body = response.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(piece) = frame.into_data() {
            text.extend_from_slice(&piece);
        }
        if text.len() > MAX_REFUSAL_BYTES {
            break;
        }
    }
    CallError::Refused(serde_json::from_slice(&text).unwrap_or_else(|_| {
        ErrorReply::new(
            ErrorCode::Unknown,
            format!("the server answered with HTTP status {status}"),
        )
    }))
}

fn lost(reason: String) -> CallError {
    CallError::ConnectionLost { reason, outcome: Outcome::NotApplied }
}

/// A name as the path of a URL, with its slashes.
fn encoded(name: &str) -> String {
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
