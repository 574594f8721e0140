//! Which files are served, and under which names.
//!
//! Names resolve strictly beneath the served folders: `..`, absolute names and links that lead out are refused
//! by `cap-std`, which opens each component relative to the one before it.

mod abandoned;
mod arriving;
mod custody;
mod linked;
mod making;
pub mod sources;
mod survey;
mod written;

pub use arriving::Incoming;
pub use custody::Custody;
pub use survey::Seen;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use hdf5_async_protocol::message::reply::FileInfo;
use hdf5_async_protocol::message::{ErrorCode, ErrorReply};
use hdf5_async_protocol::model::FileCreation;
use rustix::fs::{Access as AccessMode, AtFlags, accessat};

use crate::clock;
use crate::store::Access;

/// The first bytes of an HDF5 file, at offset 0 or behind a user block of 512 bytes or a multiple that doubles.
const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";
const SIGNATURE_OFFSETS: [u64; 4] = [0, 512, 1024, 2048];

#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("{} cannot be served: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} does not exist; --create makes it", path.display())]
    Missing { path: PathBuf },
    #[error("{} has no file name that can be written as UTF-8", path.display())]
    NoName { path: PathBuf },
    #[error("two of the given files are called {name:?}; serve their common folder instead")]
    SameName { name: String },
}

/// A served file, and its log if there is one, opened for reading.
#[derive(Debug)]
pub struct FileToCopy {
    pub file: File,
    pub log: Option<File>,
}

#[derive(Debug)]
pub struct Catalog {
    read_only: bool,
    /// Named files that are empty are made into HDF5 files.
    create: bool,
    /// Files that were named one by one: served name -> the folder and its name there.
    files: BTreeMap<String, (Dir, String)>,
    /// With the absolute paths at which they were found.
    folders: Vec<(Dir, PathBuf)>,
    written: written::Written,
}

impl Catalog {
    /// Serves `paths`, each a file or a folder. Files that are missing are made where `create` says so.
    ///
    /// # Errors
    /// A path that is missing, cannot be opened, or has the name of another one.
    #[expect(clippy::fn_params_excessive_bools, reason = "named as the settings are")]
    pub fn new(paths: &[PathBuf], create: bool, read_only: bool) -> Result<Self, CatalogError> {
        let mut catalog = Self {
            read_only,
            create,
            files: BTreeMap::new(),
            folders: Vec::new(),
            written: written::Written::default(),
        };
        for path in paths {
            catalog.add(path)?;
        }
        Ok(catalog)
    }

    fn add(&mut self, path: &Path) -> Result<(), CatalogError> {
        let unreadable = |source| CatalogError::Unreadable { path: path.to_owned(), source };
        if path.is_dir() {
            let folder = Dir::open_ambient_dir(path, ambient_authority()).map_err(unreadable)?;
            self.folders.push((folder, path.canonicalize().map_err(unreadable)?));
            return Ok(());
        }
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let name = name.ok_or_else(|| CatalogError::NoName { path: path.to_owned() })?;
        let parent =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = Dir::open_ambient_dir(parent, ambient_authority()).map_err(unreadable)?;
        if !folder.exists(&name) {
            if !self.create {
                return Err(CatalogError::Missing { path: path.to_owned() });
            }
            folder.create(&name).map_err(unreadable)?;
        }
        if self.files.contains_key(&name) {
            return Err(CatalogError::SameName { name });
        }
        self.files.insert(name.clone(), (folder, name));
        Ok(())
    }

    /// Named files that are empty and can be written.
    pub fn new_files(&self) -> Vec<String> {
        let is_new = |name: &&String| {
            self.open(name).is_ok_and(|(_, access)| matches!(access, Access::Create(_)))
        };
        self.files.keys().filter(is_new).cloned().collect()
    }

    fn info(&self, folder: &Dir, leaf: &str, name: &str) -> Option<FileInfo> {
        let metadata = folder.metadata(leaf).ok().filter(cap_std::fs::Metadata::is_file)?;
        let modified = metadata.modified().map_or(0.0, |time| clock::seconds(time.into_std()));
        // Not by opening it: whoever watches the file would be told that somebody has written to it.
        let writable = accessat(folder, leaf, AccessMode::WRITE_OK, AtFlags::EACCESS);
        let read_only = self.read_only
            || writable.is_err()
            || folder.open(leaf).is_ok_and(|file| custody::is_written_beside_readers(&file));
        Some(FileInfo { name: name.to_owned(), bytes: metadata.len(), modified, read_only })
    }

    /// The served name that a request means: the one it gives, or the only one there is.
    ///
    /// # Errors
    /// `file_not_found` when no name is given and there is not exactly one file.
    pub fn choose(&self, file: Option<&str>) -> Result<String, ErrorReply> {
        if let Some(file) = file {
            return Ok(file.to_owned());
        }
        if self.folders.is_empty() && self.files.len() == 1 {
            return Ok(self.files.keys().next().cloned().unwrap_or_default());
        }
        let mut names: Vec<String> = self.list().into_iter().map(|file| file.name).collect();
        if names.len() == 1 {
            return Ok(names.remove(0));
        }
        let message = match names.len() {
            0 => "no file is served".to_owned(),
            count => format!(
                "the request needs \"file\": {count} files are served, such as {:?}",
                names[0]
            ),
        };
        Err(ErrorReply::new(ErrorCode::FileNotFound, message))
    }

    /// Opens a served file, for writing if that is possible and allowed.
    ///
    /// # Errors
    /// `file_not_found`, or `file_unreadable` where the operating system refuses.
    pub fn open(&self, name: &str) -> Result<(OwnedFd, Access), ErrorReply> {
        self.find(name, |folder, leaf, named| self.open_in(folder, leaf, name, named))
    }

    /// Opens `name` where it is: in the folder of a file that was named, or in the first served folder that has it.
    fn find<T>(
        &self,
        name: &str,
        open: impl Fn(&Dir, &str, bool) -> Result<T, ErrorReply>,
    ) -> Result<T, ErrorReply> {
        if let Some((folder, leaf)) = self.files.get(name) {
            return open(folder, leaf, true);
        }
        for (folder, _) in &self.folders {
            match open(folder, name, false) {
                Err(error) if error.code == ErrorCode::FileNotFound => {}
                other => return other,
            }
        }
        Err(not_found(name))
    }

    /// Opens a served file and the log beside it for reading, whoever is writing to them.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn to_copy(&self, name: &str) -> Result<FileToCopy, ErrorReply> {
        self.find(name, |folder, leaf, _| {
            let is_file =
                folder.metadata(leaf).map_err(|error| open_error(name, &error))?.is_file();
            if !is_file || is_internal(folder, leaf) || !is_hdf5(folder, leaf) {
                return Err(not_found(name));
            }
            let file = folder.open(leaf).map_err(|error| open_error(name, &error))?.into_std();
            let log_name =
                custody::log_name(folder, leaf).map_err(|error| open_error(name, &error))?;
            let log = match folder.open(log_name) {
                Ok(log) => Some(log.into_std()),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(open_error(name, &error)),
            };
            Ok(FileToCopy { file, log })
        })
    }

    fn open_in(
        &self,
        folder: &Dir,
        leaf: &str,
        name: &str,
        named: bool,
    ) -> Result<(OwnedFd, Access), ErrorReply> {
        if is_internal(folder, leaf) {
            return Err(not_found(name));
        }
        let mut access = if self.read_only { Access::ReadOnly } else { Access::ReadWrite };
        let mut opened =
            folder.open_with(leaf, OpenOptions::new().read(true).write(!self.read_only));
        let refused =
            |kind| matches!(kind, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem);
        if opened.as_ref().is_err_and(|error| refused(error.kind())) && !self.read_only {
            access = Access::ReadOnly;
            opened = folder.open(leaf);
        }
        let file = opened.map_err(|error| open_error(name, &error))?;
        let metadata = file.metadata().map_err(|error| open_error(name, &error))?;
        if !metadata.is_file() {
            return Err(not_found(name));
        }
        if metadata.len() == 0 && named && self.create && matches!(access, Access::ReadWrite) {
            if !custody::has_log(folder, leaf) {
                access = Access::Create(FileCreation::default());
            }
        } else if metadata.len() == 0 && !custody::has_log(folder, leaf) {
            let message = format!("{name:?} is empty; it is not an HDF5 file");
            return Err(ErrorReply::new(ErrorCode::FileUnreadable, message));
        }
        Ok((file.into_std().into(), access))
    }
}

/// Whether it is no file of its own: the log of another, or one that is still arriving.
fn is_internal(folder: &Dir, leaf: &str) -> bool {
    custody::is_log(folder, leaf) || arriving::is_arriving(leaf)
}

fn not_found(name: &str) -> ErrorReply {
    ErrorReply::new(
        ErrorCode::FileNotFound,
        format!("no file {name:?} is served; \"files\" lists those that are"),
    )
}

fn open_error(name: &str, error: &std::io::Error) -> ErrorReply {
    match error.kind() {
        // cap-std reports a name that would lead out of the folder as a missing permission.
        ErrorKind::NotFound
        | ErrorKind::PermissionDenied
        | ErrorKind::InvalidInput
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory => not_found(name),
        _ => ErrorReply::new(
            ErrorCode::FileUnreadable,
            format!("{name:?} cannot be opened: {error}"),
        ),
    }
}

fn is_hdf5(folder: &Dir, leaf: &str) -> bool {
    let Ok(mut file) = folder.open(leaf) else { return false };
    SIGNATURE_OFFSETS.iter().any(|&offset| {
        let mut start = [0; SIGNATURE.len()];
        file.seek(SeekFrom::Start(offset)).is_ok()
            && file.read_exact(&mut start).is_ok()
            && start == SIGNATURE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with_files() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("a.h5"), SIGNATURE).unwrap();
        std::fs::write(folder.path().join("sub/b.nxs"), [&[0; 512][..], &SIGNATURE].concat())
            .unwrap();
        std::fs::write(folder.path().join("notes.txt"), "text").unwrap();
        folder
    }

    fn names(catalog: &Catalog) -> Vec<String> {
        catalog.list().into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn a_folder_serves_its_hdf5_files() {
        let folder = folder_with_files();
        let catalog = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
        assert_eq!(names(&catalog), ["a.h5", "sub/b.nxs"]);
        assert!(matches!(catalog.open("sub/b.nxs"), Ok((_, Access::ReadWrite))));
        assert_eq!(catalog.choose(None).unwrap_err().code, ErrorCode::FileNotFound);
        assert_eq!(catalog.choose(Some("a.h5")).unwrap(), "a.h5");
    }

    #[test]
    fn nothing_leads_out_of_a_folder() {
        let outside = folder_with_files();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path().join("a.h5"), folder.path().join("link.h5"))
            .unwrap();
        let catalog = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
        let absolute = outside.path().join("a.h5").display().to_string();
        let upward = format!("../{}/a.h5", outside.path().file_name().unwrap().display());
        for name in ["link.h5", &absolute, &upward, "", ".", "a\0b"] {
            assert_eq!(catalog.open(name).unwrap_err().code, ErrorCode::FileNotFound, "{name}");
        }
        assert!(names(&catalog).is_empty());
    }

    #[test]
    fn named_files_are_made_if_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.h5");
        let paths = [path.clone()];
        assert!(matches!(Catalog::new(&paths, false, false), Err(CatalogError::Missing { .. })));
        let catalog = Catalog::new(&paths, true, false).unwrap();
        assert_eq!(catalog.choose(None).unwrap(), "new.h5");
        assert!(matches!(catalog.open("new.h5"), Ok((_, Access::Create(_)))));
        let without = Catalog::new(&paths, false, false).unwrap();
        assert_eq!(without.open("new.h5").unwrap_err().code, ErrorCode::FileUnreadable);
        let both = [path.clone(), path];
        assert!(matches!(Catalog::new(&both, true, false), Err(CatalogError::SameName { .. })));
    }

    #[test]
    fn read_only_is_read_only() {
        let folder = folder_with_files();
        let catalog = Catalog::new(&[folder.path().to_owned()], false, true).unwrap();
        assert!(matches!(catalog.open("a.h5"), Ok((_, Access::ReadOnly))));
        assert!(catalog.list().iter().all(|file| file.read_only));
    }
}
