//! What the journal asks of a disk: two files, read and written at offsets, synced when it matters.

use std::io;
use std::ops::Range;

/// One opened file. The journal opens nothing itself; whoever made it opened its files.
///
/// Writes are only safe after a sync: [`sync_data`](Self::sync_data) for bytes and growth,
/// [`sync_all`](Self::sync_all) also for a file that was cut shorter and for its times.
pub trait DiskFile: Send + Sync {
    /// Fills `buffer` from `offset`; bytes beyond the end of the file are zero.
    ///
    /// # Errors
    /// What the operating system said.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// What the operating system said; some of the bytes may be written.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Length, time of change and identity, now.
    ///
    /// # Errors
    /// What the operating system said.
    fn status(&self) -> io::Result<FileStatus>;

    /// Cuts the file, or makes it longer with zeros.
    ///
    /// # Errors
    /// What the operating system said.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Takes the space for these bytes, so that later writes there cannot fail for lack of it; the file grows if it
    /// ends before them.
    ///
    /// # Errors
    /// What the operating system said; `StorageFull` before a byte is written is the point of it.
    fn preallocate(&self, bytes: Range<u64>) -> io::Result<()>;

    /// Bytes and growth are on stable storage when this returns.
    ///
    /// # Errors
    /// What the operating system said; what was written since the last sync may be lost, and is not tried again.
    fn sync_data(&self) -> io::Result<()>;

    /// Bytes, length and times are on stable storage when this returns.
    ///
    /// # Errors
    /// As for [`sync_data`](Self::sync_data).
    fn sync_all(&self) -> io::Result<()>;

    /// Takes a lock that ends with the last descriptor of this opening, or says that somebody else has one.
    ///
    /// # Errors
    /// What the operating system said, other than that the lock is taken.
    fn try_lock(&self, lock: Lock) -> io::Result<bool>;

    /// Asks for checkpoints to wait, as those do who read a file and its log, or takes that back. It has nothing to do
    /// with the lock, and any number may ask at once.
    ///
    /// # Errors
    /// What the operating system said.
    fn hold(&self, hold: bool) -> io::Result<()>;

    /// Whether somebody asks for that through another opening of the file.
    ///
    /// # Errors
    /// What the operating system said.
    fn is_held(&self) -> io::Result<bool>;
}

/// Who else may use the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Others may share it: HDF5 takes such a lock to read.
    Shared,
    /// Nobody else may have one: HDF5 takes such a lock to write.
    Exclusive,
}

/// By what a file is told from another, and from itself at another time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileStatus {
    pub len: u64,
    /// The time of the last change: seconds and nanoseconds since 1970.
    pub modified: (i64, u32),
    /// The inode; it changes when a file is replaced by another of the same name.
    pub inode: u64,
}
