//! A worker in a process of its own: a crash or a hostile file costs one file's requests and nothing else.

use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::rc::Rc;

use command_fds::{CommandFdExt as _, FdMapping};
use tokio::process::{Child, Command};

use super::lending::Borrower;
use super::{Given, Settings, WorkerEnd};
use crate::store::{inherited, set_lender, survive_signals};

/// The descriptors under which the worker finds its file and, if it was given one, the log beside it.
const FILE_DESCRIPTOR: i32 = 3;
const LOG_DESCRIPTOR: i32 = 4;

/// Present when there is a log.
const LOG_VARIABLE: &str = "HDF5_ASYNC_WORKER_HAS_LOG";

/// Carries the worker's [`Settings`], as JSON.
const SETTINGS_VARIABLE: &str = "HDF5_ASYNC_WORKER";

/// Starts `hdf5-async worker` on an opened file. Its standard input is the socket, its standard output the end of
/// another one over which it asks for further files ([`lending`](super::lending)), if somebody answers; it inherits the file, its log and
/// standard error, and no environment but what it needs.
///
/// # Errors
/// When the operating system refuses a process, or the program cannot find itself.
pub fn spawn(
    given: Given,
    desk: Option<UnixStream>,
    settings: &Settings,
) -> std::io::Result<(UnixStream, Child)> {
    let (front, worker) = UnixStream::pair()?;
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command
        .args(["worker", "--name"])
        .arg(&settings.name)
        .env_clear()
        .env(SETTINGS_VARIABLE, serde_json::to_string(settings)?)
        .stdin(Stdio::from(OwnedFd::from(worker)))
        .stdout(desk.map_or_else(Stdio::null, |desk| Stdio::from(OwnedFd::from(desk))))
        .kill_on_drop(true);
    if let Some(filter) = std::env::var_os(crate::LOG_VARIABLE) {
        command.env(crate::LOG_VARIABLE, filter);
    }
    let Given { file, log } = given;
    let mut mappings = vec![FdMapping { parent_fd: file, child_fd: FILE_DESCRIPTOR }];
    if let Some(log) = log {
        command.env(LOG_VARIABLE, "1");
        mappings.push(FdMapping { parent_fd: log, child_fd: LOG_DESCRIPTOR });
    }
    command.as_std_mut().fd_mappings(mappings).map_err(std::io::Error::other)?;
    let child = command.spawn()?;
    Ok((front, child))
}

/// The worker process's own main function.
///
/// # Errors
/// When something is missing that the server hands over, or the socket or the disk breaks.
pub fn main() -> Result<(), WorkerError> {
    survive_signals()?;
    let socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let settings: Settings = serde_json::from_str(&std::env::var(SETTINGS_VARIABLE)?)?;
    let log = match std::env::var_os(LOG_VARIABLE) {
        Some(_) => Some(inherited(LOG_DESCRIPTOR)?),
        None => None,
    };
    let given = Given { file: inherited(FILE_DESCRIPTOR)?, log };
    let desk = UnixStream::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    set_lender(Rc::new(Borrower::new(desk)));
    super::run(&socket, given, settings)?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("`hdf5-async worker` is started by the server, not by hand: {0}")]
    Environment(#[from] std::env::VarError),
    #[error("the settings handed over by the server cannot be read: {0}")]
    Settings(#[from] serde_json::Error),
    #[error(
        "a descriptor that the server hands over is missing, or a signal cannot be ignored: {0}"
    )]
    System(#[from] std::io::Error),
    #[error(transparent)]
    End(#[from] WorkerEnd),
}
