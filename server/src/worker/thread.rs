//! A worker on a thread of this process: for tests and for embedding the server.

use std::os::unix::net::UnixStream;
use std::thread::{Builder, JoinHandle};

use super::{Given, Settings, WorkerEnd};

/// Starts the worker loop on an opened file; the socket returned is the front's end.
///
/// # Errors
/// When the operating system gives no socket or thread.
pub fn spawn(
    given: Given,
    settings: Settings,
) -> std::io::Result<(UnixStream, JoinHandle<Result<(), WorkerEnd>>)> {
    let (front, worker) = UnixStream::pair()?;
    let thread = Builder::new()
        .name("hdf5-worker".to_owned())
        .spawn(move || super::run(&worker, given, settings))?;
    Ok((front, thread))
}
