//! Downloads: a served file as the answer to one HTTP request, at one commit, while others write to it.
//!
//! What the file and its log hold together is copied into a file without a name first, so that a slow client holds
//! up nobody. A file without a log is sent as it is; should a server begin to write to it, the answer ends early.

mod part;

use std::io;
use std::ops::Range;
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
use xxhash_rust::xxh3::Xxh3;

use crate::catalog::{Catalog, FileToCopy};
use crate::journal::{
    DiskFile as _, Doing, FileStatus, JournalError, JournalLimits, Lock, RealFile, copy,
};
use crate::worker::refusal;

pub use part::Wanted;

use part::Part;

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
    /// By which the same content is known again.
    tag: Option<String>,
}

/// What the headers of an answer say.
#[derive(Debug)]
struct Announced {
    len: u64,
    tag: Option<String>,
    part: Part,
}

type Piece = io::Result<Bytes>;

impl Downloads {
    pub fn new(at_once: usize, folder: Option<PathBuf>, stalled_after: Duration) -> Self {
        let folder = folder.unwrap_or_else(std::env::temp_dir);
        Self { places: Arc::new(Semaphore::new(at_once)), folder, stalled_after }
    }

    /// Answers with the content of a served file or a part of it, or with why it cannot be had.
    pub async fn respond(
        &self,
        catalog: Arc<Catalog>,
        name: String,
        wanted: Option<Wanted>,
    ) -> Response {
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
            wanted,
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
            Ok(Ok(announced)) => answer(&shown, &announced, received),
            Ok(Err(error)) => refuse(error),
            Err(_) => refuse(ErrorReply::new(ErrorCode::Internal, "the download was given up")),
        }
    }
}

/// What the thread of one download needs.
struct Sending {
    catalog: Arc<Catalog>,
    name: String,
    wanted: Option<Wanted>,
    folder: PathBuf,
    stalled_after: Duration,
    runtime: Handle,
    _place: OwnedSemaphorePermit,
}

impl Sending {
    fn run(
        self,
        ready: oneshot::Sender<Result<Announced, ErrorReply>>,
        pieces: &mpsc::Sender<Piece>,
    ) {
        let source = match self.prepare() {
            Ok(source) => source,
            // The client may have gone; then nobody is to be told.
            Err(error) => return drop(ready.send(Err(error))),
        };
        let Ready { len, tag, .. } = &source;
        let wanted = self.wanted.as_ref();
        let part = wanted.map_or(Part::Whole, |wanted| wanted.part(tag.as_deref(), *len));
        let Range { start: mut offset, end } = match &part {
            Part::Whole => 0..*len,
            Part::Bytes(bytes) => bytes.clone(),
            Part::None => 0..0,
        };
        if ready.send(Ok(Announced { len: *len, tag: tag.clone(), part })).is_err() {
            return;
        }
        while offset < end {
            let piece = source.piece(offset..end.min(offset + PIECE_BYTES));
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
            let tag = part::tag_of_status(&status);
            return Ok(Ready { file: main, len: status.len, unchanged: Some(status), tag });
        };
        let log = RealFile::new(log);
        let target = tempfile::tempfile_in(&self.folder).map_err(|error| self.no_room(&error))?;
        let target = RealFile::new(target);
        match copy(&main, Some(&log), &target, &JournalLimits::default()) {
            Ok(copied) => {
                let tag = checksum(&target, copied.len).map_err(|error| self.unreadable(&error))?;
                let tag = Some(part::tag_of_content(tag));
                Ok(Ready { file: target, len: copied.len, unchanged: None, tag })
            }
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
    fn piece(&self, range: Range<u64>) -> Piece {
        let bytes = read(&self.file, range)?;
        if self.unchanged.is_some_and(|before| self.file.status().ok() != Some(before)) {
            return Err(io::Error::other("the file was changed meanwhile"));
        }
        Ok(bytes.into())
    }
}

fn read(file: &RealFile, range: Range<u64>) -> io::Result<Vec<u8>> {
    let len = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    file.read_at(range.start, &mut bytes)?;
    Ok(bytes)
}

fn checksum(file: &RealFile, len: u64) -> io::Result<u128> {
    let mut checksum = Xxh3::new();
    let mut offset = 0;
    while offset < len {
        let end = len.min(offset + PIECE_BYTES);
        checksum.update(&read(file, offset..end)?);
        offset = end;
    }
    Ok(checksum.digest128())
}

fn answer(name: &str, announced: &Announced, received: mpsc::Receiver<Piece>) -> Response {
    let pieces = stream::unfold(received, |mut received| async move {
        received.recv().await.map(|piece| (piece, received))
    });
    let leaf = name.rsplit('/').next().unwrap_or(name);
    let Announced { len, tag, part } = announced;
    let mut response = match part {
        Part::None => {
            let message =
                format!("{name} has {len} bytes, and none in the range that is asked for");
            let error = ErrorReply::new(ErrorCode::InvalidRequest, message);
            (StatusCode::RANGE_NOT_SATISFIABLE, Json(error)).into_response()
        }
        Part::Whole | Part::Bytes(_) => whole_or_part(leaf, *len, part, Body::from_stream(pieces)),
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let range = match part {
        Part::Whole => None,
        Part::Bytes(Range { start, end }) => Some(format!("bytes {start}-{}/{len}", end - 1)),
        Part::None => Some(format!("bytes */{len}")),
    };
    for (name, text) in [(header::CONTENT_RANGE, range), (header::ETAG, tag.clone())] {
        if let Some(value) = text.and_then(|text| text.parse().ok()) {
            headers.insert(name, value);
        }
    }
    response
}

fn whole_or_part(leaf: &str, len: u64, part: &Part, body: Body) -> Response {
    let mut response = body.into_response();
    let mut sent = len;
    if let Part::Bytes(bytes) = part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        sent = bytes.end - bytes.start;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-hdf5"));
    headers.insert(header::CONTENT_LENGTH, sent.into());
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
