//! A whole file over HTTP, piece by piece as it comes.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::{Response, header};

use crate::error::CallError;
use crate::http::{connect, encoded, lost, no_connection, refused, request};
use crate::options::ConnectOptions;

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
    let request = request(address, "GET", &format!("/download/{}", encoded(name)))
        .body(Empty::<Bytes>::new())
        .map_err(|error| no_connection(address, &error))?;
    let mut connection = connect(address).await?;
    connection.send_request(request).await.map_err(|error| no_connection(address, &error))
}
