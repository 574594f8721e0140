//! The bytes of one file, as the driver reads and writes them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// What is behind a file of the driver. Called by one thread at a time.
pub trait Medium: Send + Sync + std::fmt::Debug {
    /// Bytes.
    fn len(&self) -> io::Result<u64>;

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    fn is_writable(&self) -> bool;

    /// Fills `bytes` from the position `at`; what lies behind the end of the file is zero.
    ///
    /// # Errors
    /// When the disk refuses.
    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()>;

    /// Writes all of `bytes` at the position `at`, which may be behind the end of the file.
    ///
    /// # Errors
    /// When the disk refuses.
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file off, or lengthens it with zeros.
    ///
    /// # Errors
    /// When the disk refuses.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Whether all that was read is of one moment, although others may write to the file.
    ///
    /// # Errors
    /// When the disk refuses.
    fn is_whole(&self) -> io::Result<bool> {
        Ok(true)
    }
}

/// A file of the operating system, read and written in place.
#[derive(Debug)]
pub struct PlainFile {
    file: File,
    writable: bool,
}

impl PlainFile {
    pub fn read_only(file: File) -> Self {
        Self { file, writable: false }
    }

    /// What is written goes straight to the file, without protection against crashes.
    pub fn unprotected(file: File) -> Self {
        Self { file, writable: true }
    }
}

impl Medium for PlainFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn is_writable(&self) -> bool {
        self.writable
    }

    fn read(&self, mut at: u64, mut bytes: &mut [u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.file.read_at(bytes, at) {
                Ok(0) => {
                    bytes.fill(0);
                    return Ok(());
                }
                Ok(read) => {
                    at += read as u64;
                    bytes = &mut bytes[read..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, at)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }
}
