//! A worker on a thread of this process: for tests and for embedding the server.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};

use super::Settings;
use super::channel::ChannelError;

/// Starts the worker loop for `path`; the socket returned is the front's end.
///
/// # Errors
/// When the operating system gives no socket or thread.
pub fn spawn(
    path: PathBuf,
    settings: Settings,
) -> std::io::Result<(UnixStream, JoinHandle<Result<(), ChannelError>>)> {
    let (front, worker) = UnixStream::pair()?;
    let thread = Builder::new()
        .name("hdf5-worker".to_owned())
        .spawn(move || super::run(&worker, &path, &settings))?;
    Ok((front, thread))
}
