//! What the server holds of a file as long as it has it open: the file, the log beside it, and their locks.
//!
//! One worker after another is lent the same two, so that no other server gets hold of them in between.

#[cfg(test)]
mod tests;

use std::io::{ErrorKind, Read as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use cap_std::fs::{Dir, MetadataExt as _, OpenOptions};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};
use hdf5_async_protocol::model::FileCreation;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, fsync, openat};
use rustix::io::Errno;

use super::written::Writing;
use super::{Catalog, open_error};
use crate::journal::{LOG_MAGIC, LOG_SUFFIX};
use crate::store::{Access, Marks, PlainFile, marks};
use crate::worker::Given;

/// An open file and its log. A log that holds nothing is removed at the end.
#[derive(Debug)]
pub struct Custody {
    file: OwnedFd,
    log: Option<Log>,
    /// Keeps other names of the file from writing.
    writing: Option<Writing>,
    pub access: Access,
    /// Why a file that could be written is open for reading only.
    pub read_only_because: Option<String>,
}

#[derive(Debug)]
struct Log {
    descriptor: OwnedFd,
    folder: Dir,
    name: String,
}

/// Whether `leaf` is the log of the file beside it.
pub(super) fn is_log(folder: &Dir, leaf: &str) -> bool {
    leaf.strip_suffix(LOG_SUFFIX).is_some_and(|file| !file.is_empty() && folder.exists(file))
}

/// The name of a file without symbolic links; of one that is not there, the name itself.
fn real_leaf(folder: &Dir, leaf: &str) -> std::io::Result<String> {
    match folder.canonicalize(leaf) {
        Ok(real) => real.into_os_string().into_string().map_err(|_| ErrorKind::InvalidData.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(leaf.to_owned()),
        Err(error) => Err(error),
    }
}

/// The name of a file's log. It is beside the file itself: all symbolic links to a file lead to one log.
pub(super) fn log_name(folder: &Dir, leaf: &str) -> std::io::Result<String> {
    real_leaf(folder, leaf).map(|real| real + LOG_SUFFIX)
}

/// Whether a log was left beside the file that may hold all of it.
pub(super) fn has_log(folder: &Dir, leaf: &str) -> bool {
    log_name(folder, leaf).is_ok_and(|log| folder.metadata(log).is_ok_and(|log| log.len() > 0))
}

/// Opens the log of a file for reading, by itself, if there is one.
pub(super) fn open_log(folder: &Dir, leaf: &str) -> std::io::Result<Option<OwnedFd>> {
    let name = log_name(folder, leaf)?;
    // Looked at first: opening a pipe would wait for its other end.
    let is_file = folder.metadata(&name).is_ok_and(|log| log.is_file());
    let log = is_file.then(|| folder.open(&name).ok()).flatten();
    Ok(log.map(|log| log.into_std().into()))
}

/// Removes the log of a file that is gone; what is not ours stays.
pub(super) fn remove_log(folder: &Dir, leaf: &str) -> std::io::Result<()> {
    let name = format!("{leaf}{LOG_SUFFIX}");
    let mut start = [0; LOG_MAGIC.len()];
    let is_ours = match folder.open(&name) {
        Ok(mut log) => log.read_exact(&mut start).is_ok() && start == LOG_MAGIC,
        Err(_) => false,
    };
    if is_ours { folder.remove_file(&name) } else { Ok(()) }
}

impl Catalog {
    /// Opens a served file and its log, for a worker; one that is to be made with `creation` may be empty.
    ///
    /// # Errors
    /// As [`Self::open`] or [`Self::open_to_create`], and `file_locked` where another server has the file.
    pub fn take(&self, name: &str, creation: Option<FileCreation>) -> Result<Custody, ErrorReply> {
        if let Some(creation) = creation {
            let (folder, leaf) = self.place(name)?;
            let file = self.open_to_create(name)?;
            let custody = self.own(folder, leaf, name, file, Access::Create(creation))?;
            return match &custody.read_only_because {
                Some(because) => Err(ErrorReply::new(ErrorCode::ReadOnly, because)),
                None => Ok(custody),
            };
        }
        self.find(name, |folder, leaf, named| {
            let (file, access) = self.open_in(folder, leaf, name, named)?;
            if access == Access::ReadOnly {
                return Custody::of(folder, leaf, name, file, access);
            }
            if access == Access::ReadWrite && is_written_beside_readers(&file) {
                let because = format!("{name} is written by another program in SWMR mode");
                let log_name = log_name(folder, leaf).map_err(|error| open_error(name, &error))?;
                let log = existing_log(folder, &log_name, name)?;
                return Custody::to_read(folder, leaf, name, because, log);
            }
            self.own(folder, leaf, name, file, access)
        })
    }

    /// Takes a file that is to be written; if it is open for writing by another name, for reading only.
    fn own(
        &self,
        folder: &Dir,
        leaf: &str,
        name: &str,
        file: OwnedFd,
        access: Access,
    ) -> Result<Custody, ErrorReply> {
        let identity = identity(&file).map_err(|error| open_error(name, &error))?;
        let writing = match self.written.begin(identity, name) {
            Ok(writing) => Some(writing),
            Err(other) if other != name => {
                let because = format!("{name} is open for writing by another name, {other}");
                // The log is the other's: until it is in the file, this name shows what was there before.
                return Custody::to_read(folder, leaf, name, because, None);
            }
            // The lock of its log says so.
            Err(_) => None,
        };
        let mut custody = Custody::of(folder, leaf, name, file, access)?;
        custody.writing = writing.filter(|_| custody.access != Access::ReadOnly);
        Ok(custody)
    }

    /// Device and inode of the file that the name leads to now.
    ///
    /// # Errors
    /// `file_not_found`, `file_unreadable`.
    pub fn identity(&self, name: &str) -> Result<(u64, u64), ErrorReply> {
        self.find(name, |folder, leaf, _| {
            let metadata = folder.metadata(leaf).map_err(|error| open_error(name, &error))?;
            Ok((metadata.dev(), metadata.ino()))
        })
    }
}

/// Whether a program has the file open in SWMR mode, or has left it so.
pub(super) fn is_written_beside_readers(file: &impl AsFd) -> bool {
    let medium = file.as_fd().try_clone_to_owned().map(|file| PlainFile::read_only(file.into()));
    medium.and_then(|medium| marks(&medium)).is_ok_and(|found| found == Some(Marks::Swmr))
}

enum LogError {
    /// Another server has it.
    Locked,
    Io(std::io::Error),
}

impl From<std::io::Error> for LogError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// The log of a file that is only read, if it was left there.
fn existing_log(folder: &Dir, log: &str, name: &str) -> Result<Option<Log>, ErrorReply> {
    let descriptor: OwnedFd = match folder.open(log) {
        Ok(file) if file.metadata().is_ok_and(|log| log.is_file()) => file.into_std().into(),
        // What is no file is no log.
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("the log of {name} cannot be opened: {error}");
            return Err(ErrorReply::new(ErrorCode::FileUnreadable, message));
        }
    };
    let folder = folder.try_clone();
    let folder = folder.map_err(|error| ErrorReply::new(ErrorCode::Internal, error.to_string()))?;
    match try_lock(&descriptor, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(Some(Log { descriptor, folder, name: log.to_owned() })),
        Err(LogError::Locked) => Err(locked(name)),
        Err(LogError::Io(error)) => {
            let message = format!("the log of {name} cannot be locked: {error}");
            Err(ErrorReply::new(ErrorCode::FileUnreadable, message))
        }
    }
}

/// Opens the log, or makes it, and locks it.
fn writable_log(folder: &Dir, name: &str) -> Result<Log, LogError> {
    loop {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        let file = folder.open_with(name, &options)?;
        // The new name has to survive a loss of power, too.
        match Path::new(name).parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => sync(&folder.open_dir(parent)?)?,
            None => sync(folder)?,
        }
        let inode = file.metadata()?.ino();
        let descriptor: OwnedFd = file.into_std().into();
        try_lock(&descriptor, FlockOperation::NonBlockingLockExclusive)?;
        // Whoever had it before may have removed it before it could be locked.
        if folder.metadata(name).is_ok_and(|there| there.ino() == inode) {
            return Ok(Log { descriptor, folder: folder.try_clone()?, name: name.to_owned() });
        }
    }
}

pub(super) fn sync(folder: &Dir) -> std::io::Result<()> {
    // The folder's own descriptor only names it.
    let opened = openat(folder, ".", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
    match fsync(opened) {
        // Some file systems cannot, and need not.
        Ok(()) | Err(Errno::INVAL) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

fn try_lock(descriptor: &OwnedFd, operation: FlockOperation) -> Result<(), LogError> {
    match flock(descriptor, operation) {
        // Some file systems have no locks; there nobody is kept out.
        Ok(()) | Err(Errno::NOSYS | Errno::OPNOTSUPP) => Ok(()),
        Err(Errno::WOULDBLOCK) => Err(LogError::Locked),
        Err(errno) => Err(LogError::Io(errno.into())),
    }
}

fn locked(name: &str) -> ErrorReply {
    let message = format!("{name} is open in another server; its log is locked");
    ErrorReply::new(ErrorCode::FileLocked, message)
}

impl Custody {
    fn new(file: OwnedFd, log: Option<Log>, access: Access) -> Self {
        Self { file, log, writing: None, access, read_only_because: None }
    }

    fn of(
        folder: &Dir,
        leaf: &str,
        name: &str,
        file: OwnedFd,
        access: Access,
    ) -> Result<Self, ErrorReply> {
        let real = real_leaf(folder, leaf).map_err(|error| open_error(name, &error))?;
        let log_name = format!("{real}{LOG_SUFFIX}");
        if access == Access::ReadOnly {
            let log = existing_log(folder, &log_name, name)?;
            return Ok(Self::new(file, log, access));
        }
        match writable_log(folder, &log_name) {
            Ok(log) => {
                let custody = Self::new(file, Some(log), access);
                let there = folder.metadata(&real).map(|there| (there.dev(), there.ino()));
                if there.ok() == custody.identity() {
                    return Ok(custody);
                }
                let message = format!("{name} became another file while it was opened; try again");
                Err(ErrorReply::new(ErrorCode::Busy, message))
            }
            Err(LogError::Locked) => Err(locked(name)),
            Err(LogError::Io(error)) => {
                let because = format!(
                    "{name} is open for reading only: its log {log_name} cannot be made beside it ({error})"
                );
                tracing::warn!(file = name, "{because}");
                let log = existing_log(folder, &log_name, name)?;
                let mut custody = Self::new(file, log, Access::ReadOnly);
                custody.read_only_because = Some(because);
                Ok(custody)
            }
        }
    }

    /// Of a file that could be written: opened for reading only, so that it shows when no program has it open for
    /// writing any more.
    fn to_read(
        folder: &Dir,
        leaf: &str,
        name: &str,
        because: String,
        log: Option<Log>,
    ) -> Result<Self, ErrorReply> {
        let file = folder.open(leaf).map_err(|error| open_error(name, &error))?;
        let mut custody = Self::new(file.into_std().into(), log, Access::ReadOnly);
        custody.read_only_because = Some(because);
        Ok(custody)
    }

    pub fn file(&self) -> &OwnedFd {
        &self.file
    }

    /// Device and inode of the file.
    pub fn identity(&self) -> Option<(u64, u64)> {
        identity(&self.file).ok()
    }

    /// Whether a program that is no server of ours has locked the file, as the HDF5 library does.
    pub(super) fn is_used_elsewhere(&self) -> bool {
        flock(&self.file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
    }

    /// Lends a worker the file and its log.
    ///
    /// # Errors
    /// When the process has no descriptors left.
    pub fn lend(&self) -> std::io::Result<Given> {
        let log = self.log.as_ref().map(|log| log.descriptor.try_clone()).transpose()?;
        Ok(Given { file: self.file.try_clone()?, log })
    }
}

fn identity(file: &OwnedFd) -> std::io::Result<(u64, u64)> {
    let status = rustix::fs::fstat(file)?;
    Ok((status.st_dev, status.st_ino))
}

impl Drop for Custody {
    fn drop(&mut self) {
        let Some(log) = &self.log else { return };
        let is_empty = rustix::fs::fstat(&log.descriptor).is_ok_and(|status| status.st_size == 0);
        if is_empty
            && self.access != Access::ReadOnly
            && let Err(error) = log.folder.remove_file(&log.name)
        {
            tracing::warn!(log = log.name, %error, "an empty log could not be removed");
        }
    }
}
