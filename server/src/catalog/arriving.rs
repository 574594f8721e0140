//! Files that arrive whole: written under a name that is not served, then renamed to the one they were sent for.

use std::fs::File;
use std::io::ErrorKind;

use cap_std::fs::{Dir, OpenOptions};
use hdf5_async_protocol::message::reply::FileInfo;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};

use super::{Catalog, Custody, abandoned, custody, is_hdf5, making};
use crate::journal::LOG_SUFFIX;
use crate::store::Access;

/// Names of files that are still arriving begin with this.
const PREFIX: &str = ".hdf5-async-upload-";

/// Bytes of a name that no other upload has.
const RANDOM_BYTES: usize = 8;

/// A file that is arriving; what has no place yet is removed with it.
#[derive(Debug)]
pub struct Incoming {
    /// As it is to be served.
    name: String,
    /// The folder that the file is in, and its names there.
    folder: Dir,
    leaf: String,
    temporary: String,
    file: File,
}

/// Whether `leaf`, the last part of a name, is that of a file that is still arriving.
pub(super) fn is_arriving(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|leaf| leaf.starts_with(PREFIX))
}

impl Catalog {
    /// Makes the file into which `name` is written until it is whole.
    ///
    /// # Errors
    /// `invalid_request` for a name that no file may have, `file_not_found` for a folder that is not there,
    /// `already_exists`, `read_only`, `storage_failed`.
    pub fn begin_upload(&self, name: &str, replace: bool) -> Result<Incoming, ErrorReply> {
        if self.read_only {
            let message = format!("{name:?} is not taken: the server is for reading only");
            return Err(ErrorReply::new(ErrorCode::ReadOnly, message));
        }
        let (served, name_there) = self.place_to_be(name, replace)?;
        let (folder, leaf) = match name_there.rsplit_once('/') {
            Some((folder, leaf)) => (served.open_dir(folder), leaf),
            None => (served.try_clone(), name_there),
        };
        let folder = folder.map_err(|_| making::no_folder(name))?;
        abandoned::remove_in(&folder);
        let (temporary, file) = make_temporary(&folder).map_err(|error| failed(name, &error))?;
        Ok(Incoming { name: name.to_owned(), leaf: leaf.to_owned(), folder, temporary, file })
    }

    /// Gives a file that is whole its place; one that is replaced has to be closed.
    ///
    /// # Errors
    /// `already_exists`, `file_locked` where another program has the file that is to be replaced, `read_only` where
    /// it cannot be written, `log_unusable`, `storage_failed`.
    pub fn place_upload(&self, incoming: Incoming, replace: bool) -> Result<FileInfo, ErrorReply> {
        let name = incoming.name.clone();
        let replaced = if replace { self.take_to_replace(&name)? } else { None };
        incoming.place(replaced.is_some())?;
        // Its log is empty, and goes with it.
        drop(replaced);
        let (folder, leaf) = self.place(&name)?;
        self.info(folder, leaf, &name).ok_or_else(|| super::not_found(&name))
    }

    /// Keeps other servers and programs from the file meanwhile, if it is there.
    fn take_to_replace(&self, name: &str) -> Result<Option<Custody>, ErrorReply> {
        let custody = match self.take(name, None) {
            Ok(custody) => custody,
            Err(error) if error.code == ErrorCode::FileNotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if custody.access == Access::ReadOnly {
            let message = format!("{name:?} is not replaced: it is there for reading only");
            return Err(ErrorReply::new(ErrorCode::ReadOnly, message));
        }
        if custody.is_used_elsewhere() {
            let message = format!("{name:?} is not replaced: another program has it open");
            return Err(ErrorReply::new(ErrorCode::FileLocked, message));
        }
        Ok(Some(custody))
    }

    /// The served folder that `name` is to be in, and its name there.
    fn place_to_be<'name>(
        &'name self,
        name: &'name str,
        replace: bool,
    ) -> Result<(&'name Dir, &'name str), ErrorReply> {
        check_name(name)?;
        match self.place(name) {
            Ok((folder, leaf)) if replace && is_replaceable(folder, leaf) => Ok((folder, leaf)),
            Ok(_) if replace => Err(exists(name, " and is no HDF5 file")),
            Ok(_) => Err(exists(name, "; ?replace=true (put --force) replaces it")),
            Err(_) => {
                let folder = self.folder_for_new(name)?;
                if self.folders.iter().any(|(folder, _)| folder.symlink_metadata(name).is_ok()) {
                    return Err(exists(name, " and is no file"));
                }
                if custody::has_log(folder, name) {
                    return Err(log_there(folder, name, name));
                }
                Ok((folder, name))
            }
        }
    }
}

impl Incoming {
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// The error of a disk that does not take it.
    pub fn failed(&self, error: &std::io::Error) -> ErrorReply {
        failed(&self.name, error)
    }

    /// Makes sure that it is an HDF5 file and on disk.
    ///
    /// # Errors
    /// `file_unreadable` for what is none, `storage_failed`.
    pub fn complete(self) -> Result<Self, ErrorReply> {
        if !is_hdf5(&self.folder, &self.temporary) {
            let message = format!("what was sent as {:?} is not an HDF5 file", self.name);
            return Err(ErrorReply::new(ErrorCode::FileUnreadable, message));
        }
        self.file.sync_all().map_err(|error| self.failed(&error))?;
        Ok(self)
    }

    /// Gives it the name under which it is served, all at once.
    ///
    /// # Errors
    /// `already_exists` where somebody was faster, `log_unusable`, `storage_failed`.
    pub(super) fn place(self, replace: bool) -> Result<(), ErrorReply> {
        if custody::has_log(&self.folder, &self.leaf) {
            return Err(log_there(&self.folder, &self.leaf, &self.name));
        }
        let placed = if replace {
            self.folder.rename(&self.temporary, &self.folder, &self.leaf)
        } else {
            // Unlike a rename, this never takes the place of another file.
            self.folder.hard_link(&self.temporary, &self.folder, &self.leaf)
        };
        match placed.and_then(|()| custody::sync(&self.folder)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(exists(&self.name, " since a moment ago"))
            }
            Err(error) => Err(self.failed(&error)),
        }
    }
}

/// Makes the file that is written until it is whole, and locks it as long as it is open.
fn make_temporary(folder: &Dir) -> std::io::Result<(String, File)> {
    loop {
        let mut random = [0; RANDOM_BYTES];
        getrandom::fill(&mut random).map_err(|error| std::io::Error::other(error.to_string()))?;
        let temporary = format!("{PREFIX}{:016x}", u64::from_le_bytes(random));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let file = folder.open_with(&temporary, &options)?;
        // Somebody who tidies up may have come between.
        if abandoned::claim(folder, &temporary, &file)? {
            return Ok((temporary, file.into_std()));
        }
    }
}

/// What a file that is to be replaced needs: it is HDF5, and no log.
fn is_replaceable(folder: &Dir, leaf: &str) -> bool {
    is_hdf5(folder, leaf) && !custody::is_log(folder, leaf)
}

/// Refuses names that lead elsewhere or mean something else; of links, the folder itself takes care.
fn check_name(name: &str) -> Result<(), ErrorReply> {
    let wrong = if name.starts_with('/') {
        "it is absolute"
    } else if name.chars().any(char::is_control) {
        "it has a control character"
    } else if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        "a part of it names no file"
    } else if name.ends_with(LOG_SUFFIX) {
        "it is that of a log"
    } else if is_arriving(name) {
        "it is that of a file that is arriving"
    } else {
        return Ok(());
    };
    let message = format!("no file can be called {name:?}: {wrong}");
    Err(ErrorReply::new(ErrorCode::InvalidRequest, message))
}

fn exists(name: &str, more: &str) -> ErrorReply {
    ErrorReply::new(ErrorCode::AlreadyExists, format!("{name:?} exists{more}"))
}

fn log_there(folder: &Dir, leaf: &str, name: &str) -> ErrorReply {
    let log = custody::log_name(folder, leaf).unwrap_or_else(|_| format!("{leaf}{LOG_SUFFIX}"));
    let message = format!(
        "beside {name:?} lies a log with changes ({log}): `hdf5-async recover` brings them into its file"
    );
    ErrorReply::new(ErrorCode::LogUnusable, message)
}

fn failed(name: &str, error: &std::io::Error) -> ErrorReply {
    let code = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => ErrorCode::ReadOnly,
        ErrorKind::InvalidFilename => ErrorCode::InvalidRequest,
        _ => ErrorCode::StorageFailed,
    };
    ErrorReply::new(code, format!("{name:?} cannot be written: {error}"))
}

impl Drop for Incoming {
    fn drop(&mut self) {
        match self.folder.remove_file(&self.temporary) {
            Ok(()) => {}
            // Renamed.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(file = self.temporary, %error, "a part of an upload stays");
            }
        }
    }
}
