//! The real disk: an opened file of the operating system.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rustix::fs::{FallocateFlags, FlockOperation};
use rustix::io::Errno as RustixErrno;

use super::disk::{DiskFile, FileStatus, Lock};

/// A file that somebody else has opened, for reading and writing or for reading only.
#[derive(Debug)]
pub struct RealFile(File);

impl RealFile {
    pub fn new(file: File) -> Self {
        Self(file)
    }
}

impl DiskFile for RealFile {
    fn read_at(&self, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.0.read_at(buffer, offset) {
                Ok(0) => {
                    buffer.fill(0);
                    break;
                }
                Ok(n) => {
                    buffer = &mut buffer[n..];
                    offset += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn status(&self) -> io::Result<FileStatus> {
        let metadata = self.0.metadata()?;
        Ok(FileStatus {
            len: metadata.len(),
            modified: (metadata.mtime(), u32::try_from(metadata.mtime_nsec()).unwrap_or(0)),
            inode: metadata.ino(),
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn preallocate(&self, bytes: Range<u64>) -> io::Result<()> {
        let Range { start, end } = bytes;
        match rustix::fs::fallocate(&self.0, FallocateFlags::empty(), start, end - start) {
            Ok(()) => Ok(()),
            // Not every file system can reserve space; there a full disk is noticed later, by a write.
            Err(RustixErrno::OPNOTSUPP | RustixErrno::NOSYS | RustixErrno::INVAL) => {
                if self.0.metadata()?.len() < end { self.0.set_len(end) } else { Ok(()) }
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        let operation = match lock {
            Lock::Shared => FlockOperation::NonBlockingLockShared,
            Lock::Exclusive => FlockOperation::NonBlockingLockExclusive,
        };
        match rustix::fs::flock(&self.0, operation) {
            // A file system without locks has no other users to be kept out either.
            Ok(()) | Err(RustixErrno::NOSYS | RustixErrno::OPNOTSUPP) => Ok(true),
            Err(RustixErrno::WOULDBLOCK) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    fn hold(&self, hold: bool) -> io::Result<()> {
        let range = first_byte(if hold { libc::F_RDLCK } else { libc::F_UNLCK });
        match fcntl(&self.0, FcntlArg::F_OFD_SETLK(&range)) {
            // Without it, what a checkpoint has overtaken is read again.
            Ok(_) | Err(Errno::EAGAIN | Errno::EACCES) => Ok(()),
            Err(errno) if has_no_locks(errno) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    fn is_held(&self) -> io::Result<bool> {
        // Only asked for: a lock that was taken to find out would keep others from theirs meanwhile.
        let mut range = first_byte(libc::F_WRLCK);
        match fcntl(&self.0, FcntlArg::F_OFD_GETLK(&mut range)) {
            Ok(_) => Ok(range.l_type != as_short(libc::F_UNLCK)),
            Err(errno) if has_no_locks(errno) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// A lock of the first byte; unlike other such locks, one of this kind ends with its opening of the file.
fn first_byte(kind: libc::c_int) -> libc::flock {
    libc::flock {
        l_type: as_short(kind),
        l_whence: as_short(libc::SEEK_SET),
        l_start: 0,
        l_len: 1,
        l_pid: 0,
    }
}

fn has_no_locks(errno: Errno) -> bool {
    matches!(errno, Errno::EINVAL | Errno::ENOLCK | Errno::EOPNOTSUPP)
}

/// The system's constants are a size larger than the field they are for.
fn as_short(constant: libc::c_int) -> libc::c_short {
    libc::c_short::try_from(constant).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn file(folder: &tempfile::TempDir) -> File {
        let path = folder.path().join("file");
        File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap()
    }

    #[test]
    fn bytes_beyond_the_end_are_zero() {
        let folder = tempfile::tempdir().unwrap();
        let file = RealFile::new(file(&folder));
        file.write_at(2, b"abc").unwrap();
        let mut buffer = [7; 8];
        file.read_at(0, &mut buffer).unwrap();
        assert_eq!(&buffer, b"\0\0abc\0\0\0");
        file.preallocate(5..100).unwrap();
        assert_eq!(file.status().unwrap().len, 100);
        file.set_len(3).unwrap();
        file.read_at(0, &mut buffer).unwrap();
        assert_eq!(&buffer, b"\0\0a\0\0\0\0\0");
    }

    #[test]
    fn a_lock_keeps_others_out() {
        let folder = tempfile::tempdir().unwrap();
        let first = RealFile::new(file(&folder));
        let second = RealFile::new(file(&folder));
        assert!(first.try_lock(Lock::Shared).unwrap());
        assert!(second.try_lock(Lock::Shared).unwrap());
        assert!(!second.try_lock(Lock::Exclusive).unwrap());
        drop(first);
        assert!(second.try_lock(Lock::Exclusive).unwrap());
    }

    #[test]
    fn holding_is_another_lock() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second, third] = [(); 3].map(|()| RealFile::new(file(&folder)));
        assert!(first.try_lock(Lock::Exclusive).unwrap());
        second.hold(true).unwrap();
        third.hold(true).unwrap();
        second.hold(false).unwrap();
        assert!(first.is_held().unwrap() && !third.is_held().unwrap());
        drop(third);
        assert!(!first.is_held().unwrap());
    }

    #[test]
    fn whoever_asks_whether_it_is_held_keeps_nobody_from_holding() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second, third] = [(); 3].map(|()| RealFile::new(file(&folder)));
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    first.is_held().unwrap();
                }
            });
            let is_seen = |_: &i32| {
                second.hold(true).unwrap();
                let is_seen = third.is_held().unwrap();
                second.hold(false).unwrap();
                is_seen
            };
            let seen = (0..10_000).filter(is_seen).count();
            done.store(true, Ordering::Relaxed);
            assert_eq!(seen, 10_000);
        });
    }
}
