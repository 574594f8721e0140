//! The blocking side: one HDF5 file, one thread, jobs in and outcomes out over one socket.
//!
//! [`run`] is the same whether it has a process of its own ([`process`]) or a thread of the server's
//! ([`thread`], for tests and embedding): it reads jobs, lets the [`Store`](crate::store::Store) do them, makes
//! what they changed safe in groups (`commits`), writes what came of it, until the socket closes.

mod carried;
pub mod channel;
mod commits;
mod disk_thread;
mod failing;
mod group;
mod incoming;
pub mod job;
pub mod lending;
mod medium;
mod outside;
pub mod process;
mod read_ahead;
pub mod refusal;
mod repeated;
mod served;
pub mod settings;
mod spares;
mod task;
pub mod thread;

#[cfg(test)]
mod tests;

use std::os::unix::net::UnixStream;

pub use commits::WorkerEnd;
pub use served::Given;
pub use settings::{CommitLimits, Settings};

use channel::write_frame;
use commits::Commits;
use incoming::{Incoming, Next};
use job::{Done, Work};
use served::ServedFile;
use spares::Spares;

/// Serves one file until `socket` closes or a `Close` job comes.
///
/// # Errors
/// When the socket breaks, or the disk. A file that cannot be opened is reported as the answer to job 0 instead.
pub fn run(socket: &UnixStream, given: Given, settings: Settings) -> Result<(), WorkerEnd> {
    let limits = settings.commits;
    let file = match ServedFile::open(given, settings) {
        Ok(file) => file,
        Err(error) => return Ok(write_frame(socket, &Done::failed(0, error), &[])?),
    };
    let opened = Done { outside: file.opened_as(), ..Done::empty(0) };
    write_frame(socket, &opened, &[])?;
    let spares = Spares::new(limits.max_group_bytes);
    let mut incoming = Incoming::new(socket, spares.clone()).map_err(WorkerEnd::Thread)?;
    let mut commits = Commits::new(socket, file, limits, spares)?;
    loop {
        match incoming.next(commits.patience(), commits.signal())? {
            Next::Job(job, _) if matches!(job.work, Work::Close {}) => {
                let done = Done { error: commits.close()?, ..Done::empty(job.job) };
                return Ok(write_frame(socket, &done, &[])?);
            }
            Next::Job(job, payload) => commits.take(job, payload)?,
            Next::Signal => commits.poll()?,
            Next::Nothing => commits.idle()?,
            Next::Closed => {
                if let Some(error) = commits.close()? {
                    tracing::error!(error = error.message, "the file could not be closed");
                }
                return Ok(());
            }
        }
    }
}
