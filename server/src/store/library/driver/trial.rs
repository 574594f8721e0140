//! The driver's trial: a small file is made and read again in memory before any real one is touched.
//!
//! It fails where the library is another one than the driver was made for, in a way that its version does not
//! tell; nothing else would, until a file is damaged.

use std::cell::Cell;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use hdf5_async_protocol::model::{FileCreation, FileFormat};

use super::super::file::{self, Opening};
use super::super::handle::CallError;
use super::{Medium, give};

thread_local! {
    /// Whether this thread is in the trial, or past it.
    static BEGUN: Cell<bool> = const { Cell::new(false) };
}

/// Tries the driver out, once a thread.
pub(super) fn passed() -> Result<(), CallError> {
    if BEGUN.replace(true) {
        return Ok(());
    }
    let result = try_out();
    BEGUN.set(result.is_ok());
    result
}

fn try_out() -> Result<(), CallError> {
    let memory = Arc::new(Memory::default());
    let given = give("/trial of the driver", Arc::<Memory>::clone(&memory))?;
    file::close(file::create(given.name(), &FileCreation::default())?)?;
    let length = memory.bytes().len();
    if length == 0 {
        return Err(CallError::new("trial", "the file driver was not asked to write"));
    }
    let reopened = file::open(given.name(), Opening::ReadWrite(FileFormat::default()))?;
    file::flush(&reopened)?;
    file::close(reopened)?;
    if memory.bytes().len() == length {
        Ok(())
    } else {
        Err(CallError::new("trial", "the file driver was asked for the wrong length"))
    }
}

/// A file in memory.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Vec<u8>>);

impl Memory {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn index(position: u64) -> io::Result<usize> {
    usize::try_from(position).map_err(|_| io::ErrorKind::FileTooLarge.into())
}

impl Medium for Memory {
    fn len(&self) -> io::Result<u64> {
        Ok(self.with(|held| held.len() as u64))
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        let at = index(at)?;
        self.with(|held| {
            bytes.fill(0);
            let there = held.get(at..).unwrap_or_default();
            let length = there.len().min(bytes.len());
            bytes[..length].copy_from_slice(&there[..length]);
        });
        Ok(())
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let at = index(at)?;
        let end = at.checked_add(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        self.with(|held| {
            if held.len() < end {
                held.resize(end, 0);
            }
            held[at..end].copy_from_slice(bytes);
        });
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = index(len)?;
        self.with(|held| held.resize(len, 0));
        Ok(())
    }
}
