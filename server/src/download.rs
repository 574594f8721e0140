//! Downloads: a served file as the answer to one HTTP request, at one commit, while others write to it.
//!
//! What the file and its log hold together is copied into a file without a name first, so that a slow client holds
//! up nobody. A file without a log is sent as it is; should a server begin to write to it, the answer ends early.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Json, Response};
use bytes::Bytes;
use futures::stream;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use crate::catalog::{Catalog, FileToCopy};
use crate::journal::{
    DiskFile as _, Doing, FileStatus, JournalError, JournalLimits, Lock, RealFile, copy,
};
use crate::worker::refusal;

/// Bytes that are read at once, and pieces of them that wait for the client.
const PIECE_BYTES: u64 = 256 << 10;
const PIECES: usize = 4;

/// When a client may try again while all places are taken.
const RETRY_MS: u64 = 1000;

/// All downloads of a server.
#[derive(Debug)]
pub struct Downloads {
    places: Arc<Semaphore>,
    /// Where copies are made; the system's folder for such files if none is named.
    folder: PathBuf,
    stalled_after: Duration,
}

/// A file that is ready to be sent.
#[derive(Debug)]
struct Ready {
    file: RealFile,
    len: u64,
    /// For a file that is no copy: how it was at the beginning.
    unchanged: Option<FileStatus>,
}

type Piece = io::Result<Bytes>;

impl Downloads {
    pub fn new(at_once: usize, folder: Option<PathBuf>, stalled_after: Duration) -> Self {
        let folder = folder.unwrap_or_else(std::env::temp_dir);
        Self { places: Arc::new(Semaphore::new(at_once)), folder, stalled_after }
    }

    /// Answers with the content of a served file, or with why it cannot be had.
    pub async fn respond(&self, catalog: Arc<Catalog>, name: String) -> Response {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let mut error = ErrorReply::new(
                ErrorCode::LimitExceeded,
                "as many downloads as the server allows (max_downloads) are under way",
            );
            error.retry_after_ms = Some(RETRY_MS);
            return refuse(error);
        };
        let (ready, readiness) = oneshot::channel();
        let (pieces, received) = mpsc::channel(PIECES);
        let shown = name.clone();
        let thread = Sending {
            catalog,
            name,
            folder: self.folder.clone(),
            stalled_after: self.stalled_after,
            runtime: Handle::current(),
            _place: place,
        };
        let started = std::thread::Builder::new()
            .name("download".to_owned())
            .spawn(move || thread.run(ready, &pieces));
        if let Err(error) = started {
            return refuse(ErrorReply::new(ErrorCode::Internal, error.to_string()));
        }
        match readiness.await {
            Ok(Ok(len)) => answer(&shown, len, received),
            Ok(Err(error)) => refuse(error),
            Err(_) => refuse(ErrorReply::new(ErrorCode::Internal, "the download was given up")),
        }
    }
}

/// What the thread of one download needs.
struct Sending {
    catalog: Arc<Catalog>,
    name: String,
    folder: PathBuf,
    stalled_after: Duration,
    runtime: Handle,
    _place: OwnedSemaphorePermit,
}

impl Sending {
    fn run(self, ready: oneshot::Sender<Result<u64, ErrorReply>>, pieces: &mpsc::Sender<Piece>) {
        let source = match self.prepare() {
            Ok(source) => source,
            // The client may have gone; then nobody is to be told.
            Err(error) => return drop(ready.send(Err(error))),
        };
        if ready.send(Ok(source.len)).is_err() {
            return;
        }
        let mut offset = 0;
        while offset < source.len {
            let piece = source.piece(offset);
            let failed = piece.as_ref().err().map(ToString::to_string);
            let sending = async { timeout(self.stalled_after, pieces.send(piece)).await };
            let sent = self.runtime.block_on(sending);
            if let Some(error) = failed {
                return tracing::warn!(file = self.name, error, "a download broke off");
            }
            if !matches!(sent, Ok(Ok(()))) {
                return tracing::info!(file = self.name, offset, "a download was not taken");
            }
            offset += PIECE_BYTES;
        }
    }

    fn prepare(&self) -> Result<Ready, ErrorReply> {
        let FileToCopy { file, log } = self.catalog.to_copy(&self.name)?;
        let main = RealFile::new(file);
        if !main.try_lock(Lock::Shared).map_err(|error| self.unreadable(&error))? {
            return Err(refusal::of_journal(&self.name, &JournalError::FileInUse));
        }
        let Some(log) = log else {
            let status = main.status().map_err(|error| self.unreadable(&error))?;
            return Ok(Ready { file: main, len: status.len, unchanged: Some(status) });
        };
        let log = RealFile::new(log);
        let target = tempfile::tempfile_in(&self.folder).map_err(|error| self.no_room(&error))?;
        let target = RealFile::new(target);
        match copy(&main, Some(&log), &target, &JournalLimits::default()) {
            Ok(copied) => Ok(Ready { file: target, len: copied.len, unchanged: None }),
            Err(
                JournalError::StorageFull { doing: Doing::WritingCopy, source }
                | JournalError::StorageFailed { doing: Doing::WritingCopy, source },
            ) => Err(self.no_room(&source)),
            Err(error) => Err(refusal::of_journal(&self.name, &error)),
        }
    }

    fn unreadable(&self, error: &io::Error) -> ErrorReply {
        ErrorReply::new(ErrorCode::FileUnreadable, format!("{}: {error}", self.name))
    }

    fn no_room(&self, error: &io::Error) -> ErrorReply {
        let message = format!(
            "{} cannot be copied into the server's folder for downloads (download_folder): {error}",
            self.name
        );
        ErrorReply::new(ErrorCode::StorageFull, message)
    }
}

impl Ready {
    fn piece(&self, offset: u64) -> Piece {
        let len = usize::try_from(PIECE_BYTES.min(self.len - offset)).map_err(io::Error::other)?;
        let mut bytes = vec![0; len];
        self.file.read_at(offset, &mut bytes)?;
        if self.unchanged.is_some_and(|before| self.file.status().ok() != Some(before)) {
            return Err(io::Error::other("the file was changed meanwhile"));
        }
        Ok(bytes.into())
    }
}

fn answer(name: &str, len: u64, received: mpsc::Receiver<Piece>) -> Response {
    let pieces = stream::unfold(received, |mut received| async move {
        received.recv().await.map(|piece| (piece, received))
    });
    let leaf = name.rsplit('/').next().unwrap_or(name);
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-hdf5"));
    headers.insert(header::CONTENT_LENGTH, len.into());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(disposition) = format!("attachment; filename*=UTF-8''{}", encoded(leaf)).parse() {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// As RFC 8187 wants it.
fn encoded(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::new(), |mut to, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            to.push(char::from(byte));
        } else if write!(to, "%{byte:02X}").is_err() {
            to.push('_');
        }
        to
    })
}

fn refuse(error: ErrorReply) -> Response {
    let status = match error.code {
        ErrorCode::FileNotFound => StatusCode::NOT_FOUND,
        ErrorCode::FileLocked | ErrorCode::LogUnusable => StatusCode::CONFLICT,
        ErrorCode::LimitExceeded | ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(error)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded() {
        assert_eq!(encoded("run_1.h5"), "run_1.h5");
        assert_eq!(encoded("ä \"x\"\r\n"), "%C3%A4%20%22x%22%0D%0A");
    }
}
