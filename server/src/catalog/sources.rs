//! Files that a served file refers to, such as the sources of a virtual dataset: found beneath the served folders,
//! opened for reading, or refused.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use cap_std::fs::Dir;

use super::{Catalog, custody};
use crate::store::SERVED_AS;

/// What a name inside a served file leads to.
#[derive(Debug)]
pub enum Source {
    Found {
        /// As it is served.
        name: String,
        file: OwnedFd,
        /// What is beside it under the name of its log.
        log: Option<OwnedFd>,
        /// Whether that may hold newer content of the file.
        has_log: bool,
    },
    Missing,
    Refused(String),
}

const OUTSIDE: &str = "it lies outside of the served folders";

impl Catalog {
    /// Opens a file by the name that the library asks for: behind [`SERVED_AS`] relative to the served folders, or
    /// an absolute name that leads into one of them.
    pub fn open_source(&self, asked: &str) -> Source {
        let name = match asked.strip_prefix(SERVED_AS) {
            Some(relative) => within(Path::new(relative)),
            None if asked.starts_with('/') => self.below_a_folder(Path::new(asked)),
            // The library tries relative names behind the folder of the file first, which is the one that counts.
            None => return Source::Missing,
        };
        let Some(name) = name else { return Source::Refused(OUTSIDE.to_owned()) };
        if let Some((folder, leaf)) = self.files.get(&name) {
            return open(folder, leaf, &name);
        }
        for (folder, _) in &self.folders {
            match open(folder, &name, &name) {
                Source::Missing => {}
                found => return found,
            }
        }
        Source::Missing
    }

    /// The served name of an absolute one.
    fn below_a_folder(&self, absolute: &Path) -> Option<String> {
        let relative = self.folders.iter().find_map(|(_, root)| absolute.strip_prefix(root).ok());
        relative.and_then(within)
    }
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

fn open(folder: &Dir, leaf: &str, name: &str) -> Source {
    // Looked at first: opening a pipe would wait for its other end.
    let metadata = match folder.metadata(leaf) {
        Ok(metadata) => metadata,
        Err(error) => return failed(&error),
    };
    if !metadata.is_file() {
        return Source::Refused("it is no file".to_owned());
    }
    match folder.open(leaf) {
        Ok(file) => Source::Found {
            name: name.to_owned(),
            file: file.into_std().into(),
            log: custody::open_log(folder, leaf),
            has_log: custody::has_log(folder, leaf),
        },
        Err(error) => failed(&error),
    }
}

fn failed(error: &std::io::Error) -> Source {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Source::Missing,
        // cap-std reports a name that would lead out of the folder as a missing permission.
        ErrorKind::PermissionDenied => {
            Source::Refused(format!("{OUTSIDE}, or may not be read ({error})"))
        }
        _ => Source::Refused(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(catalog: &Catalog, asked: &str) -> Result<Option<String>, String> {
        match catalog.open_source(asked) {
            Source::Found { name, .. } => Ok(Some(name)),
            Source::Missing => Ok(None),
            Source::Refused(reason) => Err(reason),
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
}
