//! A file and its log by their names on this machine.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::UpkeepError;
use crate::journal::{LOG_SUFFIX, RealFile};

/// The name of the log of `file`, which is beside what a symbolic link leads to.
pub(super) fn log_of(file: &Path) -> PathBuf {
    let real = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut name = real.into_os_string();
    name.push(LOG_SUFFIX);
    PathBuf::from(name)
}

/// The folder that a file is in.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Opens a regular file.
pub(super) fn open(path: &Path, writable: bool) -> Result<File, UpkeepError> {
    // A pipe would be waited for.
    if !fs::metadata(path).map_err(UpkeepError::io(path))?.is_file() {
        return Err(UpkeepError::NoFile { path: path.to_owned() });
    }
    File::options().read(true).write(writable).open(path).map_err(UpkeepError::io(path))
}

/// Opens a log, if there is one by this name that is not empty.
pub(super) fn open_log(path: &Path, writable: bool) -> Result<Option<File>, UpkeepError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > 0 => open(path, writable).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(UpkeepError::io(path)(error)),
    }
}

/// A second descriptor of the same opening, with the same locks.
pub(super) fn real(file: &File, path: &Path) -> Result<RealFile, UpkeepError> {
    file.try_clone().map(RealFile::new).map_err(UpkeepError::io(path))
}

/// Makes a change of names in the folder safe.
pub(super) fn sync_folder(folder: &Path) -> Result<(), UpkeepError> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems cannot, and need not.
        Err(error) if error.kind() != io::ErrorKind::InvalidInput => {
            Err(UpkeepError::io(folder)(error))
        }
        _ => Ok(()),
    }
}
