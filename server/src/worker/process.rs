//! A worker in a process of its own: a crash or a hostile file costs one file's requests and nothing else.

use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;

use command_fds::{CommandFdExt as _, FdMapping};
use tokio::process::{Child, Command};

use super::Settings;
use super::channel::ChannelError;

/// The descriptor under which the worker finds its file.
const FILE_DESCRIPTOR: i32 = 3;

/// Reached by path because the HDF5 library's own driver opens paths only.
const FILE_PATH: &str = "/dev/fd/3";

/// Carries the worker's [`Settings`], as JSON.
const SETTINGS_VARIABLE: &str = "HDF5_ASYNC_WORKER";

/// Starts `hdf5-async worker` on an opened file. Its standard input is the socket; it inherits the file and
/// standard error, and no environment but what the log needs.
///
/// # Errors
/// When the operating system refuses a process, or the program cannot find itself.
pub fn spawn(file: OwnedFd, settings: &Settings) -> std::io::Result<(UnixStream, Child)> {
    let (front, worker) = UnixStream::pair()?;
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command
        .args(["worker", "--name"])
        .arg(&settings.name)
        .env_clear()
        .env(SETTINGS_VARIABLE, serde_json::to_string(settings)?)
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
/// When standard input is no socket, the settings are missing, or the socket breaks.
pub fn main() -> Result<(), WorkerError> {
    let socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let settings: Settings = serde_json::from_str(&std::env::var(SETTINGS_VARIABLE)?)?;
    super::run(&socket, Path::new(FILE_PATH), &settings)?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("`hdf5-async worker` is started by the server, not by hand: {0}")]
    Environment(#[from] std::env::VarError),
    #[error("the settings handed over by the server cannot be read: {0}")]
    Settings(#[from] serde_json::Error),
    #[error("standard input is not the server's socket: {0}")]
    Socket(#[from] std::io::Error),
    #[error(transparent)]
    Channel(#[from] ChannelError),
}
