//! A whole file to the server over HTTP, piece by piece as the caller has it.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use hdf5_async_protocol::message::Outcome;
use hdf5_async_protocol::message::reply::FileInfo;
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyper::header;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::error::CallError;
use crate::http::{connect, encoded, lost, no_connection, refused, request, text};
use crate::options::ConnectOptions;

/// Pieces that wait for the connection.
const PIECES: usize = 4;

/// A file on its way to the server, which has it only after [`Self::finish`].
#[derive(Debug)]
pub struct Upload {
    pieces: mpsc::Sender<Bytes>,
    answer: Answer,
}

type Answer = JoinHandle<Result<FileInfo, CallError>>;

impl Upload {
    /// Announces `length` bytes as the file `name`; one that is there is replaced if `replace` says so, which a
    /// server allows that lets clients delete files.
    ///
    /// # Errors
    /// The server's refusal, before anything was sent, or why there is no connection.
    pub async fn begin(
        options: &ConnectOptions,
        name: &str,
        length: u64,
        replace: bool,
    ) -> Result<Self, CallError> {
        let (pieces, body) = mpsc::channel(PIECES);
        let wanted = Arc::new(Notify::new());
        let sending =
            send(options.clone(), name.to_owned(), length, replace, body, Arc::clone(&wanted));
        let mut answer: Answer = tokio::spawn(sending);
        let timeout = options.limits.connect_timeout;
        let begun = async {
            tokio::select! {
                () = wanted.notified() => Ok(()),
                answer = &mut answer => Err(too_early(answer)),
            }
        };
        let Ok(begun) = tokio::time::timeout(timeout, begun).await else {
            answer.abort();
            let seconds = timeout.as_secs_f64();
            return Err(lost(format!("no answer from {} within {seconds} s", options.address)));
        };
        begun?;
        Ok(Self { pieces, answer })
    }

    /// Sends the next piece, as soon as the connection takes it.
    ///
    /// # Errors
    /// When the server refuses the rest, or the connection is lost.
    pub async fn send(mut self, piece: Bytes) -> Result<Self, CallError> {
        let sent = tokio::select! {
            sent = self.pieces.send(piece) => sent.is_ok(),
            answer = &mut self.answer => return Err(too_early(answer)),
        };
        if sent { Ok(self) } else { Err(too_early(self.answer.await)) }
    }

    /// Waits until the server has the whole file on its disk, under its name.
    ///
    /// # Errors
    /// The server's refusal, or that the connection was lost, when it may have the file or not.
    pub async fn finish(self) -> Result<FileInfo, CallError> {
        let Self { pieces, answer } = self;
        drop(pieces);
        let answer = answer.await.map_err(|error| lost(error.to_string()));
        answer.and_then(|answer| answer).map_err(|error| match error {
            CallError::ConnectionLost { reason, .. } => {
                CallError::ConnectionLost { reason, outcome: Outcome::Unknown }
            }
            other => other,
        })
    }
}

/// Why an answer came before the file was sent.
fn too_early(answer: Result<Result<FileInfo, CallError>, tokio::task::JoinError>) -> CallError {
    match answer {
        Ok(Err(error)) => error,
        Ok(Ok(_)) => lost("the server answered before it had the file".to_owned()),
        Err(error) => lost(error.to_string()),
    }
}

async fn send(
    options: ConnectOptions,
    name: String,
    length: u64,
    replace: bool,
    body: mpsc::Receiver<Bytes>,
    wanted: Arc<Notify>,
) -> Result<FileInfo, CallError> {
    let address = &options.address;
    let query = if replace { "?replace=true" } else { "" };
    let pieces = stream::unfold(body, |mut body| async move {
        let piece = body.recv().await?;
        Some((Ok::<_, Infallible>(Frame::data(piece)), body))
    });
    let mut request = request(address, "PUT", &format!("/upload/{}{query}", encoded(&name)))
        .header(header::CONTENT_LENGTH, length)
        .header(header::CONTENT_TYPE, "application/x-hdf5")
        .header(header::EXPECT, "100-continue")
        .body(StreamBody::new(pieces))
        .map_err(|error| no_connection(address, &error))?;
    // The server says that it wants the file, or why not, before any of it is sent.
    hyper::ext::on_informational(&mut request, move |response| {
        if response.status() == hyper::StatusCode::CONTINUE {
            wanted.notify_one();
        }
    });
    let mut connection = connect(address).await?;
    let response = connection.send_request(request).await;
    let response = response.map_err(|error| lost(error.to_string()))?;
    if !response.status().is_success() {
        return Err(refused(response).await);
    }
    let text = text(response).await;
    serde_json::from_slice(&text)
        .map_err(|error| lost(format!("the server's answer cannot be read: {error}")))
}
