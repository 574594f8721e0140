//! Uploads: a whole file as the body of one HTTP request, in its place only when all of it is there and on disk.
//!
//! What comes is written into a file beside the place, which nobody is served; it is renamed at the end, or removed
//! when anything goes wrong before.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Json, Response};
use bytes::Bytes;
use futures::StreamExt as _;
use hdf5_async_protocol::message::reply::FileInfo;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::catalog::Incoming;
use crate::files::Files;

/// When a client may try again while all places are taken.
const RETRY_MS: u64 = 1000;

/// All uploads of a server.
#[derive(Debug)]
pub struct Uploads {
    places: Semaphore,
    max_bytes: u64,
    /// How long the next piece of a body is waited for.
    stalled_after: Duration,
}

/// What one request asks for.
#[derive(Debug)]
pub struct Upload {
    pub name: String,
    /// Whether a file of that name may be replaced.
    pub replace: bool,
    /// What the client says of the length, if it does.
    pub length: Option<u64>,
}

impl Upload {
    /// Reads the request's query, which may say `replace=true`, and the length of its body.
    ///
    /// # Errors
    /// `invalid_request` for anything else in the query.
    pub fn new(name: String, query: Option<&str>, headers: &HeaderMap) -> Result<Self, ErrorReply> {
        let replace = match query {
            None | Some("" | "replace=false") => false,
            Some("replace=true") => true,
            Some(query) => {
                let message =
                    format!("\"?{query}\" is not understood; an upload takes ?replace=true");
                return Err(ErrorReply::new(ErrorCode::InvalidRequest, message));
            }
        };
        let length = headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(Self { name, replace, length })
    }
}

impl Uploads {
    pub fn new(at_once: usize, max_bytes: u64, stalled_after: Duration) -> Self {
        Self { places: Semaphore::new(at_once), max_bytes, stalled_after }
    }

    /// Takes a file in; what is refused before it comes is not read.
    ///
    /// # Errors
    /// Why it is not taken; nothing of it stays.
    pub async fn receive(
        &self,
        files: Arc<Files>,
        upload: Upload,
        body: Body,
    ) -> Result<FileInfo, ErrorReply> {
        let Upload { name, replace, length } = upload;
        if length.is_some_and(|length| length > self.max_bytes) {
            return Err(self.too_large(&name));
        }
        let Ok(_place) = self.places.try_acquire() else {
            let mut error = ErrorReply::new(
                ErrorCode::LimitExceeded,
                "as many uploads as the server allows (max_uploads) are under way",
            );
            error.retry_after_ms = Some(RETRY_MS);
            return Err(error);
        };
        if replace {
            files.check_may_delete(&name)?;
        }
        let catalog = files.catalog();
        let asked = name.clone();
        let incoming = blocking(move || catalog.begin_upload(&asked, replace)).await??;
        let incoming = self.write(&name, incoming, body).await?;
        let incoming = blocking(move || incoming.complete()).await??;
        // Once it is whole it gets its place, whether or not the client still waits for the answer.
        let placed = tokio::spawn(async move { files.place(&name, incoming, replace).await });
        placed.await.map_err(|error| fault(&error))?
    }

    /// Writes the body as it comes, a piece at a time.
    async fn write(
        &self,
        name: &str,
        mut incoming: Incoming,
        body: Body,
    ) -> Result<Incoming, ErrorReply> {
        let mut body = body.into_data_stream();
        let mut received = 0;
        loop {
            let Ok(piece) = timeout(self.stalled_after, body.next()).await else {
                let message = format!(
                    "the upload of {name:?} is given up: nothing came for {} s",
                    self.stalled_after.as_secs()
                );
                return Err(ErrorReply::new(ErrorCode::Cancelled, message));
            };
            let piece = match piece {
                None => return Ok(incoming),
                Some(Ok(piece)) => piece,
                Some(Err(error)) => {
                    let message =
                        format!("the upload of {name:?} broke off after {received} bytes: {error}");
                    return Err(ErrorReply::new(ErrorCode::Cancelled, message));
                }
            };
            received += piece.len() as u64;
            if received > self.max_bytes {
                return Err(self.too_large(name));
            }
            incoming = blocking(move || append(incoming, &piece)).await??;
        }
    }

    fn too_large(&self, name: &str) -> ErrorReply {
        let message = format!(
            "{name:?} is larger than the {} bytes that the server takes (max_upload_bytes)",
            self.max_bytes
        );
        ErrorReply::new(ErrorCode::TooLarge, message)
    }
}

fn append(mut incoming: Incoming, piece: &Bytes) -> Result<Incoming, ErrorReply> {
    match incoming.file().write_all(piece) {
        Ok(()) => Ok(incoming),
        Err(error) => Err(incoming.failed(&error)),
    }
}

/// Does what waits for the disk where it stops nobody else.
#[expect(clippy::disallowed_methods, reason = "a piece goes to a disk: no HDF5 is called")]
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ErrorReply> {
    tokio::task::spawn_blocking(work).await.map_err(|error| fault(&error))
}

fn fault(error: &tokio::task::JoinError) -> ErrorReply {
    ErrorReply::new(ErrorCode::Internal, format!("the upload was given up: {error}"))
}

/// The answer to the client.
pub fn answer(result: Result<FileInfo, ErrorReply>) -> Response {
    match result {
        Ok(file) => (StatusCode::CREATED, Json(file)).into_response(),
        Err(error) => {
            tracing::info!(error = error.message, "an upload was refused");
            (status(error.code), Json(error)).into_response()
        }
    }
}

fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorCode::ReadOnly => StatusCode::FORBIDDEN,
        ErrorCode::FileNotFound => StatusCode::NOT_FOUND,
        ErrorCode::Cancelled => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::AlreadyExists | ErrorCode::FileLocked | ErrorCode::LogUnusable => {
            StatusCode::CONFLICT
        }
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::FileUnreadable => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::LimitExceeded | ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_read_strictly() {
        let read = |query| Upload::new("a.h5".to_owned(), query, &HeaderMap::new());
        assert!(!read(None).unwrap().replace);
        assert!(read(Some("replace=true")).unwrap().replace);
        let error = read(Some("replace=yes")).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest);
        assert!(error.message.contains("replace=yes"), "{}", error.message);
    }
}
