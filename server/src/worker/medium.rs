//! The journal as HDF5's file driver sees it: one opening of the file, which can be cut off from it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::journal::{Journal, JournalError};
use crate::store::Medium;

/// Shared by the worker, which commits, and the library, which reads and writes.
pub(super) type SharedJournal = Arc<Mutex<Journal>>;

pub(super) fn lock(journal: &SharedJournal) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the library has open. After a failure it is cut off and closed, and the library opens another one.
#[derive(Debug)]
pub(super) struct Journalled {
    journal: SharedJournal,
    writable: bool,
    /// Nothing that the library writes reaches the journal any more.
    cut_off: AtomicBool,
    /// The first refusal of the journal, for which the library has no words.
    refusal: Mutex<Option<JournalError>>,
}

impl Journalled {
    pub(super) fn new(journal: SharedJournal, writable: bool) -> Self {
        Self { journal, writable, cut_off: AtomicBool::new(false), refusal: Mutex::new(None) }
    }

    pub(super) fn cut_off(&self) {
        self.cut_off.store(true, Ordering::Relaxed);
    }

    pub(super) fn take_refusal(&self) -> Option<JournalError> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn change(&self, act: impl FnOnce(&mut Journal) -> Result<(), JournalError>) -> io::Result<()> {
        if self.cut_off.load(Ordering::Relaxed) {
            return Ok(());
        }
        act(&mut lock(&self.journal)).map_err(|error| {
            let told = io::Error::other(error.to_string());
            let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
            refusal.get_or_insert(error);
            told
        })
    }
}

impl Medium for Journalled {
    fn len(&self) -> io::Result<u64> {
        Ok(lock(&self.journal).len())
    }

    fn is_writable(&self) -> bool {
        self.writable
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        lock(&self.journal).read(at, bytes).map_err(io::Error::other)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(|journal| journal.write(at, bytes))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(|journal| journal.set_len(len))
    }
}
