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

    fn try_hold(&self, lock: Option<Lock>) -> io::Result<bool> {
        let kind = match lock {
            Some(Lock::Shared) => libc::F_RDLCK,
            Some(Lock::Exclusive) => libc::F_WRLCK,
            None => libc::F_UNLCK,
        };
        // Of the first byte; unlike other such locks, one of this kind ends with this opening of the file.
        let range = libc::flock {
            l_type: as_short(kind),
            l_whence: as_short(libc::SEEK_SET),
            l_start: 0,
            l_len: 1,
            l_pid: 0,
        };
        match fcntl(&self.0, FcntlArg::F_OFD_SETLK(&range)) {
            // Where there are no such locks, a copy is made again if a checkpoint came between.
            Ok(_) | Err(Errno::EINVAL | Errno::ENOLCK | Errno::EOPNOTSUPP) => Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// The system's constants are a size larger than the field they are for.
fn as_short(constant: libc::c_int) -> libc::c_short {
    libc::c_short::try_from(constant).unwrap_or_default()
}

#[cfg(test)]
mod tests {
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
        let first = RealFile::new(file(&folder));
        let second = RealFile::new(file(&folder));
        assert!(first.try_lock(Lock::Exclusive).unwrap());
        assert!(second.try_hold(Some(Lock::Shared)).unwrap());
        assert!(!first.try_hold(Some(Lock::Exclusive)).unwrap());
        assert!(second.try_hold(None).unwrap());
        assert!(first.try_hold(Some(Lock::Exclusive)).unwrap());
        assert!(!second.try_hold(Some(Lock::Shared)).unwrap());
        drop(first);
        assert!(second.try_hold(Some(Lock::Shared)).unwrap());
    }
}
