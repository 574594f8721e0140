//! A whole file over HTTP, piece by piece as it comes.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::{Response, StatusCode, header};

use crate::error::CallError;
use crate::http::{connect, encoded, lost, no_connection, refused, request};
use crate::options::ConnectOptions;

/// A file on its way, on a connection of its own.
#[derive(Debug)]
pub struct Download {
    /// Of what is sent, which begins at `offset`.
    length: Option<u64>,
    offset: u64,
    tag: Option<String>,
    received: u64,
    body: Incoming,
}

impl Download {
    /// Asks for the file `name`.
    ///
    /// # Errors
    /// The server's refusal, or why there is no connection.
    pub async fn begin(options: &ConnectOptions, name: &str) -> Result<Self, CallError> {
        Self::request(options, name, None).await
    }

    /// Asks for the rest of a file of which the first `have` bytes are there, from a download with this
    /// [`tag`](Self::tag). The server sends all of it where its content is another by now: see [`Self::offset`].
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn go_on(
        options: &ConnectOptions,
        name: &str,
        have: u64,
        tag: &str,
    ) -> Result<Self, CallError> {
        Self::request(options, name, Some((have, tag))).await
    }

    async fn request(
        options: &ConnectOptions,
        name: &str,
        rest: Option<(u64, &str)>,
    ) -> Result<Self, CallError> {
        let timeout = options.limits.connect_timeout;
        let response = tokio::time::timeout(timeout, ask(options, name, rest)).await;
        let response = response.map_err(|_| {
            let seconds = timeout.as_secs_f64();
            lost(format!("no answer from {} within {seconds} s", options.address))
        })??;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        let text = |name: header::HeaderName| response.headers().get(name)?.to_str().ok();
        let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let tag = text(header::ETAG).map(str::to_owned);
        let is_rest = response.status() == StatusCode::PARTIAL_CONTENT;
        let offset = rest.map_or(0, |(have, _)| if is_rest { have } else { 0 });
        let range = text(header::CONTENT_RANGE).unwrap_or_default();
        if is_rest && !range.starts_with(&format!("bytes {offset}-")) {
            return Err(lost(format!("the server sends another part than asked for: {range}")));
        }
        Ok(Self { length, offset, tag, received: 0, body: response.into_body() })
    }

    /// Of the whole file, in bytes.
    pub fn length(&self) -> Option<u64> {
        self.length.map(|length| self.offset + length)
    }

    /// Where in the file the first piece belongs; what is before it is there already.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// By which the server knows the same content again, if it will.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
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

async fn ask(
    options: &ConnectOptions,
    name: &str,
    rest: Option<(u64, &str)>,
) -> Result<Response<Incoming>, CallError> {
    let address = &options.address;
    let mut request = request(address, "GET", &format!("/download/{}", encoded(name)));
    if let Some((have, tag)) = rest {
        request =
            request.header(header::RANGE, format!("bytes={have}-")).header(header::IF_RANGE, tag);
    }
    let request =
        request.body(Empty::<Bytes>::new()).map_err(|error| no_connection(address, &error))?;
    let mut connection = connect(address).await?;
    connection.send_request(request).await.map_err(|error| no_connection(address, &error))
}
