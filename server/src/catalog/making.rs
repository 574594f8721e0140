//! Files that clients make and remove, beneath the served folders as everything else.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use cap_std::fs::{Dir, OpenOptions};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};

use super::arriving::is_arriving;
use super::{Catalog, custody, open_error};

impl Catalog {
    /// Puts an empty file where there is none.
    ///
    /// # Errors
    /// `already_exists`; `file_not_found` where the name leads nowhere, `storage_failed` where the disk refuses.
    pub fn make(&self, name: &str) -> Result<(), ErrorReply> {
        if self.files.contains_key(name) {
            return Err(exists(name));
        }
        let folder = self.folder_for_new(name)?;
        if self.folders.iter().any(|(folder, _)| folder.exists(name)) {
            return Err(exists(name));
        }
        match folder.open_with(name, OpenOptions::new().write(true).create_new(true)) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists(name)),
            Err(error) if is_lack_of_place(&error) => Err(ErrorReply::new(
                ErrorCode::StorageFailed,
                format!("{name:?} cannot be made: {error}"),
            )),
            Err(_) => Err(no_folder(name)),
        }
    }

    /// The folder that takes in new files.
    pub(super) fn folder_for_new(&self, name: &str) -> Result<&Dir, ErrorReply> {
        self.folders.first().map(|(folder, _)| folder).ok_or_else(|| {
            let message = format!(
                "{name:?} cannot be made: the server serves single files, and a new one needs a served folder"
            );
            ErrorReply::new(ErrorCode::FileNotFound, message)
        })
    }

    /// Opens a served file, empty or not, that is to be made anew.
    ///
    /// # Errors
    /// As `open`; `read_only` where it cannot be written.
    pub fn open_to_create(&self, name: &str) -> Result<OwnedFd, ErrorReply> {
        let (folder, leaf) = self.place(name)?;
        let options = OpenOptions::new().read(true).write(true).clone();
        match folder.open_with(leaf, &options) {
            Ok(file) => Ok(file.into_std().into()),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                let message = format!("{name:?} cannot be written: {error}");
                Err(ErrorReply::new(ErrorCode::ReadOnly, message))
            }
            Err(error) => Err(open_error(name, &error)),
        }
    }

    /// Removes a file from disk, and the log that a crash may have left beside it.
    ///
    /// # Errors
    /// `file_not_found`; `storage_failed` where the operating system refuses.
    pub fn remove(&self, name: &str) -> Result<(), ErrorReply> {
        let (folder, leaf) = self.place(name)?;
        let removed = folder.remove_file(leaf).and_then(|()| custody::remove_log(folder, leaf));
        removed.map_err(|error| {
            let message = format!("{name:?} cannot be removed: {error}");
            ErrorReply::new(ErrorCode::StorageFailed, message)
        })
    }

    /// Whether a served file has no bytes.
    pub fn is_empty(&self, name: &str) -> bool {
        self.place(name).is_ok_and(|(folder, leaf)| {
            folder.metadata(leaf).is_ok_and(|metadata| metadata.len() == 0)
        })
    }

    /// The folder that holds a served file, and its name there.
    pub(super) fn place<'name>(
        &'name self,
        name: &'name str,
    ) -> Result<(&'name Dir, &'name str), ErrorReply> {
        if let Some((folder, leaf)) = self.files.get(name) {
            return Ok((folder, leaf));
        }
        let holds = |(folder, _): &&(Dir, PathBuf)| {
            !is_arriving(name) && folder.metadata(name).is_ok_and(|found| found.is_file())
        };
        match self.folders.iter().find(holds) {
            Some((folder, _)) => Ok((folder, name)),
            None => Err(super::not_found(name)),
        }
    }
}

pub(super) fn no_folder(name: &str) -> ErrorReply {
    ErrorReply::new(
        ErrorCode::FileNotFound,
        format!("{name:?} cannot be made: its folder does not exist or is not served"),
    )
}

fn is_lack_of_place(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidFilename
    )
}

fn exists(name: &str) -> ErrorReply {
    let message = format!("{name:?} exists; with \"replace\" it is emptied");
    ErrorReply::new(ErrorCode::AlreadyExists, message)
}
