//! Uploads that ended with their server, killed before it could remove what had come: whoever comes next does.
//!
//! The lock of a file that is arriving ends with the process that writes it, so that one without a lock is nobody's.

use cap_std::fs::{Dir, File, MetadataExt as _, OpenOptions};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::Catalog;
use super::arriving::is_arriving;
use super::survey::{MAX_DEPTH, is_looked_into};

/// Locks a file that was just made, so that nobody takes it for an abandoned one; whether it was not taken before.
///
/// The lock is shared: it keeps off those who remove files, and no reader once the file has its place.
pub(super) fn claim(folder: &Dir, leaf: &str, file: &File) -> std::io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockShared) {
        // Without locks nothing is removed.
        Ok(()) | Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOLCK) => {}
        Err(Errno::WOULDBLOCK) => return Ok(false),
        Err(errno) => return Err(errno.into()),
    }
    let inode = file.metadata()?.ino();
    Ok(folder.metadata(leaf).is_ok_and(|there| there.ino() == inode))
}

impl Catalog {
    /// Removes what is left of uploads that nobody goes on with.
    pub fn remove_abandoned_uploads(&self) {
        if self.read_only {
            return;
        }
        for (folder, _) in &self.folders {
            remove_below(folder, MAX_DEPTH);
        }
        for (folder, _) in self.files.values() {
            remove_in(folder);
        }
    }
}

/// Removes what is left of uploads in the folder itself.
pub(super) fn remove_in(folder: &Dir) {
    remove_below(folder, 0);
}

fn remove_below(folder: &Dir, depth: usize) {
    let Ok(entries) = folder.entries() else { return };
    for entry in entries.flatten() {
        let Ok(leaf) = entry.file_name().into_string() else { continue };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_file() && is_arriving(&leaf) {
            match remove(folder, &leaf) {
                Ok(true) => tracing::info!(file = leaf, "an upload that broke off is removed"),
                Ok(false) => {}
                Err(error) => tracing::warn!(file = leaf, %error, "a part of an upload stays"),
            }
        } else if kind.is_dir()
            && depth > 0
            && is_looked_into(&leaf)
            && let Ok(below) = entry.open_dir()
        {
            remove_below(&below, depth - 1);
        }
    }
}

/// Removes the file unless somebody has it; whether it did. Its name leads to no other one meanwhile, because it is given
/// once.
fn remove(folder: &Dir, leaf: &str) -> std::io::Result<bool> {
    let file = folder.open_with(leaf, OpenOptions::new().read(true).write(true))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => folder.remove_file(leaf).map(|()| true),
        Err(Errno::WOULDBLOCK | Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOLCK) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    fn leaves(folder: &tempfile::TempDir) -> Vec<String> {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn only_what_nobody_writes_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("runs")).unwrap();
        let left = [".hdf5-async-upload-0", "runs/.hdf5-async-upload-1"];
        let left = left.map(|name| folder.path().join(name));
        for left in &left {
            std::fs::write(left, "a part").unwrap();
        }
        let serve = |read_only| Catalog::new(&[folder.path().to_owned()], false, read_only);
        serve(true).unwrap().remove_abandoned_uploads();
        assert!(left.iter().all(|left| left.exists()));
        let (catalog, other) = (serve(false).unwrap(), serve(false).unwrap());
        let arriving = catalog.begin_upload("a.h5", false).unwrap();
        assert!(!left[0].exists() && left[1].exists(), "an upload looks into its own folder");
        other.remove_abandoned_uploads();
        assert!(!left[1].exists());
        assert_eq!(leaves(&folder).len(), 2);
        drop(arriving);
        assert_eq!(leaves(&folder), ["runs"]);
    }

    #[test]
    fn what_is_claimed_is_not_removed_at_any_moment() {
        const TRIED: usize = 3000;
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::new(&[folder.path().to_owned()], false, false).unwrap();
        let (folder, done) = (&catalog.folders[0].0, AtomicBool::new(false));
        // One that was taken before it could be claimed is given up; another is made in its place.
        let is_kept = |number: &usize| {
            let name = format!(".hdf5-async-upload-{number}");
            let mut options = OpenOptions::new();
            let file = folder.open_with(&name, options.write(true).create_new(true)).unwrap();
            if !claim(folder, &name, &file).unwrap() {
                return true;
            }
            thread::yield_now();
            folder.remove_file(&name).is_ok()
        };
        let kept = thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        catalog.remove_abandoned_uploads();
                    }
                });
            }
            let kept = (0..TRIED).filter(is_kept).count();
            done.store(true, Ordering::Relaxed);
            kept
        });
        assert_eq!(kept, TRIED);
    }
}
