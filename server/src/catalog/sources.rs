//! Files that a served file refers to, such as the sources of a virtual dataset: found beneath the served folders,
//! opened for reading, or refused.

use std::io::{Error, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use cap_std::fs::{Dir, MetadataExt as _};

use super::{Catalog, custody};
use crate::store::SERVED_AS;

/// A served file that a name inside another leads to.
#[derive(Debug)]
pub struct Source {
    /// As it is served. All names of one file lead to the same one: that by which it is open for writing, otherwise the
    /// one that is no symbolic link.
    pub name: String,
    /// Whether what is beside it under the name of its log may hold newer content.
    pub has_log: bool,
}

/// A source, opened for reading.
#[derive(Debug)]
pub struct OpenedSource {
    pub file: OwnedFd,
    /// What is beside it under the name of its log.
    pub log: Option<OwnedFd>,
}

/// Why a name inside a served file leads to no source.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSource {
    #[error("it is not there")]
    Missing,
    #[error("{0}")]
    Refused(String),
}

const OUTSIDE: &str = "it lies outside of the served folders";

/// Where a file is, and as what it is served.
struct Place<'a> {
    folder: &'a Dir,
    leaf: String,
    name: String,
    /// Device and inode.
    identity: (u64, u64),
}

impl Catalog {
    /// The file by the name that the library asks for: behind [`SERVED_AS`] relative to the served folders, or an
    /// absolute name that leads into one of them. It is not opened.
    ///
    /// # Errors
    /// When there is none, or it may not be read.
    pub fn source(&self, asked: &str) -> Result<Source, NoSource> {
        let Place { folder, leaf, name, .. } = self.source_place(asked)?;
        Ok(Source { name, has_log: custody::has_log(folder, &leaf) })
    }

    /// The same, opened.
    ///
    /// # Errors
    /// As [`Self::source`].
    pub fn open_source(&self, asked: &str) -> Result<OpenedSource, NoSource> {
        let Place { folder, leaf, .. } = self.source_place(asked)?;
        let file = folder.open(&leaf)?.into_std().into();
        Ok(OpenedSource { file, log: custody::open_log(folder, &leaf)? })
    }

    fn source_place(&self, asked: &str) -> Result<Place<'_>, NoSource> {
        let place = match asked.strip_prefix(SERVED_AS) {
            Some(relative) => self.served(&within(Path::new(relative)).ok_or_else(outside)?)?,
            None if asked.starts_with('/') => self.served_absolute(Path::new(asked))?,
            // The library tries relative names behind the folder of the file first, which is the one that counts.
            None => return Err(NoSource::Missing),
        };
        self.as_one(place)
    }

    /// The one name of all that a file has.
    fn as_one<'a>(&'a self, place: Place<'a>) -> Result<Place<'a>, NoSource> {
        let real = match self.written.name(place.identity) {
            Some(name) => name.into(),
            None => place.folder.canonicalize(&place.leaf)?,
        };
        match real.to_str().map(|real| self.served(real)) {
            Some(Ok(real)) if real.identity == place.identity => Ok(real),
            // What it is a link to is not served, or another file is under that name.
            _ => Ok(place),
        }
    }

    /// The name of a served file that all of its names are told by.
    pub(super) fn one_name(&self, name: String) -> String {
        let one = self.served(&name).and_then(|place| self.as_one(place));
        one.map_or(name, |place| place.name)
    }

    fn served(&self, name: &str) -> Result<Place<'_>, NoSource> {
        if let Some((folder, leaf)) = self.files.get(name) {
            return Place::new(folder, leaf, name);
        }
        for (folder, _) in &self.folders {
            match Place::new(folder, name, name) {
                Err(NoSource::Missing) => {}
                found => return found,
            }
        }
        Err(NoSource::Missing)
    }

    fn served_absolute(&self, absolute: &Path) -> Result<Place<'_>, NoSource> {
        let below = |(folder, root)| Some((folder, within(absolute.strip_prefix(root).ok()?)?));
        let mut folders = self.folders.iter().map(|(folder, root)| (folder, root));
        let (folder, name) = folders.find_map(below).ok_or_else(outside)?;
        let meant = Place::new(folder, &name, &name)?;
        let place = self.served(&name)?;
        if place.identity == meant.identity {
            return Ok(place);
        }
        Err(NoSource::Refused(format!("another file is served as {name:?}")))
    }
}

impl<'a> Place<'a> {
    fn new(folder: &'a Dir, leaf: &str, name: &str) -> Result<Self, NoSource> {
        // Opening a pipe would wait for its other end.
        let metadata = folder.metadata(leaf)?;
        if !metadata.is_file() {
            return Err(NoSource::Refused("it is no file".to_owned()));
        }
        let identity = (metadata.dev(), metadata.ino());
        Ok(Self { folder, leaf: leaf.to_owned(), name: name.to_owned(), identity })
    }
}

impl From<Error> for NoSource {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Missing,
            // cap-std reports a name that would lead out of the folder as a missing permission.
            ErrorKind::PermissionDenied => {
                Self::Refused(format!("{OUTSIDE}, or may not be read ({error})"))
            }
            _ => Self::Refused(error.to_string()),
        }
    }
}

fn outside() -> NoSource {
    NoSource::Refused(OUTSIDE.to_owned())
}

/// A relative name without `.` and `..`, if it does not lead out.
fn within(relative: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in relative.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use rustix::fs::inotify;
    use rustix::io::Errno;

    use super::*;

    fn found(catalog: &Catalog, asked: &str) -> Result<Option<String>, String> {
        match catalog.source(asked) {
            Ok(source) => {
                catalog.open_source(asked).unwrap();
                Ok(Some(source.name))
            }
            Err(NoSource::Missing) => Ok(None),
            Err(NoSource::Refused(reason)) => Err(reason),
        }
    }

    #[test]
    fn sources_are_found_beneath_the_folders_only() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("x.h5"), "x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("sub")).unwrap();
        std::fs::write(root.join("sub/a.h5"), "a").unwrap();
        std::os::unix::fs::symlink(outside.path().join("x.h5"), root.join("link.h5")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.join("linked")).unwrap();
        let catalog = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
        let served = |name: &str| format!("{SERVED_AS}{name}");
        let a = Ok(Some("sub/a.h5".to_owned()));
        assert_eq!(found(&catalog, &served("sub/a.h5")), a);
        assert_eq!(found(&catalog, &served("sub/../sub/./a.h5")), a);
        assert_eq!(found(&catalog, &root.join("sub/a.h5").display().to_string()), a);
        for missing in [&*served("b.h5"), &served("no/b.h5"), "sub/a.h5"] {
            assert_eq!(found(&catalog, missing), Ok(None), "{missing}");
        }
        let absolute = outside.path().join("x.h5").display().to_string();
        let up = root.join("../x.h5").display().to_string();
        for refused in [
            &*served("../x.h5"),
            &served("sub/../../x.h5"),
            &served("link.h5"),
            &served("linked/x.h5"),
            &served("sub"),
            &absolute,
            &up,
            "/etc/passwd",
        ] {
            assert!(found(&catalog, refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn every_name_of_a_source_leads_to_the_one_under_which_it_is_served() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = one.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("sub")).unwrap();
        std::fs::write(root.join("sub/a.h5"), "a").unwrap();
        std::os::unix::fs::symlink("sub/a.h5", root.join("link.h5")).unwrap();
        std::os::unix::fs::symlink("sub", root.join("linked")).unwrap();
        std::fs::write(two.path().join("link.h5"), "another").unwrap();
        std::fs::write(two.path().join("b.h5"), "b").unwrap();
        let folders = [one.path().to_owned(), two.path().to_owned()];
        let catalog = Catalog::new(&folders, false, false).unwrap();
        let served = |name: &str| format!("{SERVED_AS}{name}");
        let absolute = root.join("link.h5").display().to_string();
        for asked in [&*served("link.h5"), &served("linked/a.h5"), &served("sub/a.h5"), &absolute] {
            assert_eq!(found(&catalog, asked), Ok(Some("sub/a.h5".to_owned())), "{asked}");
        }
        let hidden = two.path().canonicalize().unwrap().join("link.h5").display().to_string();
        assert!(found(&catalog, &hidden).is_err(), "another file is served under that name");
        assert_eq!(found(&catalog, &served("b.h5")), Ok(Some("b.h5".to_owned())));
    }

    #[test]
    fn nothing_is_opened_for_a_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.h5"), "a").unwrap();
        std::fs::write(folder.path().join("a.h5.log"), "a").unwrap();
        let catalog = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
        let asked = format!("{SERVED_AS}a.h5");
        let opened = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
        for name in ["a.h5", "a.h5.log"] {
            let path = folder.path().join(name);
            inotify::add_watch(&opened, path, inotify::WatchFlags::OPEN).unwrap();
        }
        let mut events = [0; 256];
        assert!(catalog.source(&asked).unwrap().has_log);
        assert_eq!(rustix::io::read(&opened, &mut events), Err(Errno::AGAIN));
        catalog.open_source(&asked).unwrap();
        assert!(rustix::io::read(&opened, &mut events).is_ok());
    }
}
