//! The marks "open for writing" that a program leaves in a file when it dies: taken away by a worker, through a log,
//! so that a crash in between leaves the file as it was or as it is to be.

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::Path;

use super::{UpkeepError, local};
use crate::config::Config;
use crate::journal::JournalError;
use crate::store::{Access, Marks, PlainFile, is_open_for_writing, marks, survive_signals};
use crate::worker::channel::{read_frame, write_frame};
use crate::worker::job::{Done, Job, Work};
use crate::worker::{Given, Settings, process};

/// Takes the marks away, if there are any and nobody writes to the file; says whether there were.
pub(super) async fn clear(path: &Path) -> Result<bool, UpkeepError> {
    let file = local::open(path, false)?;
    let io = || UpkeepError::io(path);
    let medium = PlainFile::read_only(file.try_clone().map_err(io())?);
    if !matches!(marks(&medium).map_err(io())?, Some(Marks::Writing | Marks::Swmr)) {
        return Ok(false);
    }
    survive_signals().map_err(io())?;
    match is_open_for_writing(&file) {
        Some(false) => {}
        Some(true) => return Err(UpkeepError::journal(path)(JournalError::FileInUse)),
        None => return Err(UpkeepError::WriterUnknown { path: path.to_owned() }),
    }
    drop((file, medium));
    let file = local::open(path, true)?;
    let log_name = local::log_of(path);
    let log = File::options().read(true).write(true).create(true).truncate(false).open(&log_name);
    let log = log.map_err(UpkeepError::io(&log_name))?;
    let kept = log.try_clone().map_err(io())?;
    let cleared = by_worker(path, file, log).await;
    // `kept` keeps the lock until the name is gone, so that no server gets hold of a log without one.
    if cleared.is_ok() {
        fs::remove_file(&log_name).map_err(UpkeepError::io(&log_name))?;
    }
    drop(kept);
    local::sync_folder(local::folder_of(&log_name))?;
    cleared.map(|()| true)
}

async fn by_worker(path: &Path, file: File, log: File) -> Result<(), UpkeepError> {
    let given = Given { file: OwnedFd::from(file), log: Some(OwnedFd::from(log)) };
    let limits = Config::default().file_limits();
    let settings = Settings {
        name: path.display().to_string(),
        access: Access::ReadWrite,
        replaces: false,
        clears_marks: true,
        read_only_because: None,
        limits: limits.store,
        commits: limits.commits,
    };
    let failed = |source| UpkeepError::Worker { source };
    let refused = |reason| UpkeepError::Marked { path: path.to_owned(), reason };
    let (socket, mut worker) = process::spawn(given, None, &settings).map_err(failed)?;
    let close = Job { job: 1, work: Work::Close {} };
    for job in [None, Some(close)] {
        if let Some(job) = job {
            write_frame(&socket, &job, &[]).map_err(|error| refused(error.to_string()))?;
        }
        match read_frame::<Done>(&mut &socket) {
            Ok((Done { error: None, .. }, _)) => {}
            Ok((Done { error: Some(error), .. }, _)) => return Err(refused(error.message)),
            Err(_) => {
                let ended = worker.wait().await.map_err(failed)?;
                return Err(refused(format!("the HDF5 library broke down over it ({ended})")));
            }
        }
    }
    drop(socket);
    worker.wait().await.map_err(failed)?;
    Ok(())
}
