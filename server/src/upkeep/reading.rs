//! Whether the HDF5 library can read a file: found out by a worker, which a damaged file may end.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::UpkeepError;
use crate::config::Config;
use crate::store::Access;
use crate::worker::channel::read_frame;
use crate::worker::job::Done;
use crate::worker::{Given, Settings, process};

/// Why the file cannot be read; `None` if it can. With a log, it is read as it will be after a recovery.
pub(super) async fn obstacle(
    path: &Path,
    file: &File,
    log: Option<&File>,
) -> Result<Option<String>, UpkeepError> {
    let copy = |file: &File| file.try_clone().map(OwnedFd::from).map_err(UpkeepError::io(path));
    let given = Given { file: copy(file)?, log: log.map(copy).transpose()? };
    let limits = Config::default().file_limits();
    let settings = Settings {
        name: path.display().to_string(),
        access: Access::ReadOnly,
        replaces: false,
        clears_marks: false,
        read_only_because: None,
        limits: limits.store,
        commits: limits.commits,
    };
    let failed = |source| UpkeepError::Worker { source };
    let (socket, mut worker) = process::spawn(given, None, &settings).map_err(failed)?;
    // The worker answers once it has opened the file, or ends.
    let opened = read_frame::<Done>(&mut &socket);
    let obstacle = match opened {
        Ok((Done { error: None, .. }, _)) => None,
        Ok((Done { error: Some(error), .. }, _)) => Some(error.message),
        Err(_) => {
            let ended = worker.wait().await.map_err(failed)?;
            return Ok(Some(format!("the HDF5 library broke down over it ({ended})")));
        }
    };
    drop(socket);
    worker.wait().await.map_err(failed)?;
    Ok(obstacle)
}
