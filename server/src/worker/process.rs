//! A worker in a process of its own: a crash or a hostile file costs one file's requests and nothing else.

use std::ffi::OsString;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;

use command_fds::{CommandFdExt as _, FdMapping};
use tokio::process::{Child, Command};

use super::channel::ChannelError;
use crate::store::{Access, StoreLimits};

/// The descriptor under which the worker finds its file.
const FILE_DESCRIPTOR: i32 = 3;

/// Reached by path because the HDF5 library's own driver opens paths only.
const FILE_PATH: &str = "/dev/fd/3";

/// Names the limits for the worker process, as JSON.
const LIMITS_VARIABLE: &str = "HDF5_ASYNC_WORKER_LIMITS";

/// Starts `hdf5-async worker` on an opened file. Its standard input is the socket; it inherits the file and
/// standard error, and no environment but what the log needs.
///
/// # Errors
/// When the operating system refuses a process, or the program cannot find itself.
pub fn spawn(
    name: &str,
    file: OwnedFd,
    access: Access,
    limits: StoreLimits,
) -> std::io::Result<(UnixStream, Child)> {
    let (front, worker) = UnixStream::pair()?;
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command
        .args(["worker", "--access", access.name(), "--name"])
        .arg(OsString::from(name))
        .env_clear()
        .env(LIMITS_VARIABLE, serde_json::to_string(&limits)?)
        .stdin(Stdio::from(OwnedFd::from(worker)))
        .stdout(Stdio::null())
        .kill_on_drop(true);
    if let Some(filter) = std::env::var_os(crate::LOG_VARIABLE) {
        command.env(crate::LOG_VARIABLE, filter);
    }
    command
        .as_std_mut()
        .fd_mappings(vec![FdMapping { parent_fd: file, child_fd: FILE_DESCRIPTOR }])
        .map_err(std::io::Error::other)?;
    let child = command.spawn()?;
    Ok((front, child))
}

/// The worker process's own main function.
///
/// # Errors
/// When standard input is no socket, the limits are missing, or the socket breaks.
pub fn main(access: Access) -> Result<(), WorkerError> {
    let socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let limits: StoreLimits = serde_json::from_str(&std::env::var(LIMITS_VARIABLE)?)?;
    super::run(&socket, Path::new(FILE_PATH), access, limits)?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("`hdf5-async worker` is started by the server, not by hand: {0}")]
    Environment(#[from] std::env::VarError),
    #[error("the limits handed over by the server cannot be read: {0}")]
    Limits(#[from] serde_json::Error),
    #[error("standard input is not the server's socket: {0}")]
    Socket(#[from] std::io::Error),
    #[error(transparent)]
    Channel(#[from] ChannelError),
}
