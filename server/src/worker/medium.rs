//! The journal as HDF5's file driver sees it: one opening of the file, which can be cut off from it.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::journal::{Journal, JournalError};
use crate::store::Medium;

/// Bytes that are compared at once: a page of the journal.
const COMPARED: usize = 4096;

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

/// Writes what differs from what is there. The library writes whole chunks, of which an append changes a row; only
/// pages that are other than before need to go into the log.
fn write_changed(journal: &mut Journal, at: u64, bytes: &[u8]) -> Result<(), JournalError> {
    let known = journal.len().saturating_sub(at).min(bytes.len() as u64);
    let known = usize::try_from(known).unwrap_or(bytes.len());
    if known < 2 * COMPARED {
        return journal.write(at, bytes);
    }
    let mut old = vec![0; known];
    journal.read(at, &mut old)?;
    let mut differing = 0..0;
    for part in parts(at, known) {
        let is_other = bytes[part.clone()] != old[part.clone()];
        if is_other && differing.end == part.start && !differing.is_empty() {
            differing.end = part.end;
        } else if is_other {
            write_part(journal, at, bytes, &differing)?;
            differing = part;
        }
    }
    // What lies behind the end of the file is new, whatever it is.
    if known < bytes.len() && differing.end == known && !differing.is_empty() {
        differing.end = bytes.len();
    } else if known < bytes.len() {
        write_part(journal, at, bytes, &(known..bytes.len()))?;
    }
    write_part(journal, at, bytes, &differing)
}

fn write_part(
    journal: &mut Journal,
    at: u64,
    bytes: &[u8],
    part: &Range<usize>,
) -> Result<(), JournalError> {
    if part.is_empty() {
        Ok(())
    } else {
        journal.write(at + part.start as u64, &bytes[part.clone()])
    }
}

/// Divides `len` bytes that begin at `at` where the file's pages do.
fn parts(at: u64, len: usize) -> impl Iterator<Item = Range<usize>> {
    let inside = usize::try_from(at % COMPARED as u64).unwrap_or(0);
    let mut start = 0;
    std::iter::from_fn(move || {
        let end = (start + COMPARED - if start == 0 { inside } else { 0 }).min(len);
        let part = start..end;
        start = end;
        (!part.is_empty()).then_some(part)
    })
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
        self.change(|journal| write_changed(journal, at, bytes))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(|journal| journal.set_len(len))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::journal::{JournalLimits, RealFile};

    /// A journal on two files in `folder`.
    pub(in super::super) fn journal(folder: &tempfile::TempDir) -> Journal {
        let open = |name: &str| {
            let mut options = std::fs::File::options();
            options.read(true).write(true).create(true).truncate(false);
            Box::new(RealFile::new(options.open(folder.path().join(name)).unwrap()))
        };
        Journal::open(open("main"), open("log"), JournalLimits::default()).unwrap().0
    }

    #[test]
    fn what_is_written_is_read_wherever_it_begins_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = journal(&folder);
        let mut expected: Vec<u8> = Vec::new();
        let mut state = 1_u64;
        let mut choose = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % below
        };
        for round in 0..300_usize {
            let at = choose(expected.len() + 3000);
            let len = 1 + choose(40_000);
            expected.resize(expected.len().max(at + len), 0);
            let mut bytes = expected[at..at + len].to_vec();
            for _ in 0..choose(4) {
                let place = choose(len);
                bytes[place] = u8::try_from(round % 256).unwrap();
            }
            write_changed(&mut journal, at as u64, &bytes).unwrap();
            expected[at..at + len].copy_from_slice(&bytes);
            let mut found = vec![0; expected.len()];
            journal.read(0, &mut found).unwrap();
            assert!(found == expected && journal.len() == expected.len() as u64, "round {round}");
        }
    }

    #[test]
    fn only_pages_that_change_go_into_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = journal(&folder);
        let mut chunk = vec![1_u8; 256 << 10];
        write_changed(&mut journal, 100, &chunk).unwrap();
        journal.commit(&[]).unwrap();
        let before = journal.log_bytes();
        chunk[130_000] = 2;
        write_changed(&mut journal, 100, &chunk).unwrap();
        journal.commit(&[]).unwrap();
        assert!(journal.log_bytes() - before < 3 * 4096, "{}", journal.log_bytes() - before);
    }
}
