//! The write-ahead log of one file: what is committed survives a crash, and the file is never left half-written.
//!
//! A transaction is written into pages (`page`) in memory, a layer over the file (`overlay`). A `commit` appends them
//! as one `record` to the `log` and syncs it, while the next transaction may go on; only then may anybody be told. A `checkpoint` copies the pages into the
//! file and empties the log. [`Journal::open`] first recovers (`recovery`): whole records of the log are brought into
//! the file. `docs/log-format.md` has the bytes.
//!
//! The journal knows neither HDF5 nor sessions. It is used by one thread, and opens nothing: it is given two
//! [`DiskFile`]s. Everything that a caller may have to decide is a [`JournalError`]; after an error of the disk it
//! is poisoned, acknowledges nothing more, and has to be opened again.

mod borrowed;
mod bytes;
mod checkpoint;
mod commit;
mod copy;
mod disk;
mod error;
mod header;
mod log;
mod overlay;
mod page;
mod protection;
mod reading;
mod real_disk;
mod record;
mod recovery;
#[cfg(test)]
mod refusals;
mod requests;
#[cfg(test)]
mod simulation;
mod stamp;

use std::ops::Range;
use std::sync::Arc;

pub use borrowed::Borrowed;
pub use commit::{CommitOutcome, CommitWork};
pub use copy::{Copied, copy};
pub use disk::{DiskFile, FileStatus, Lock};
pub use error::{Difference, Doing, JournalError};
pub use header::{LOG_VERSION, MAGIC as LOG_MAGIC};
pub use real_disk::RealFile;
pub use recovery::{Recovered, inspect};
pub use requests::{AppliedRequest, MAX_KEY_BYTES, MAX_REPLY_BYTES};

use commit::Sealed;
use error::storage;
use log::Log;
use overlay::Overlay;
use page::{PAGE, PAGE_LEN, Ranges, pages_of, zero_page};
use protection::{Protection, holds};
use requests::Remembered;

/// The log of `experiment.h5` is `experiment.h5.log`, beside it.
pub const LOG_SUFFIX: &str = ".log";

/// HDF5's own limit of offsets.
const MAX_END: u64 = i64::MAX as u64;

/// How much of what.
#[derive(Clone, Debug)]
pub struct JournalLimits {
    /// Bytes of log, or of committed pages in memory, after which a checkpoint is due.
    pub checkpoint_bytes: u64,
    /// Bytes of pages that one transaction may change.
    pub max_uncommitted_bytes: u64,
    /// Writes beyond the old end with at least so many bytes go straight to the file, which saves writing them twice.
    pub direct_bytes: u64,
    /// Bytes by which the log grows.
    pub preallocate_bytes: u64,
    /// Applied requests that are remembered.
    pub max_remembered_requests: usize,
    /// Bytes of their keys and replies. A log keeps the number with which it was made.
    pub remembered_bytes: u64,
    /// Take a file whose length and sampled content are right but whose time of modification is not: a copy.
    pub accept_touched: bool,
}

impl Default for JournalLimits {
    fn default() -> Self {
        Self {
            checkpoint_bytes: 64 << 20,
            max_uncommitted_bytes: 256 << 20,
            direct_bytes: 64 << 10,
            preallocate_bytes: 16 << 20,
            max_remembered_requests: 4096,
            remembered_bytes: 512 << 10,
            accept_touched: false,
        }
    }
}

/// The number of a commit. It grows by one with each and never repeats in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitSeq(pub u64);

/// A file and its log.
pub struct Journal {
    main: Arc<dyn DiskFile>,
    /// `None` for a journal that only reads.
    log: Option<Log>,
    limits: JournalLimits,
    /// What is in the log and not in the file.
    committed: Overlay,
    /// Over it: a transaction that a commit is bringing into the log.
    sealed: Option<Sealed>,
    /// Over both: the transaction.
    pending: Overlay,
    /// Pages that were written straight to the file since the transaction began, whatever came over them later, rolled
    /// back or not. In all of them `pending` has something.
    written_direct: Ranges,
    /// At least the length of the file on the disk: bytes beyond are zero.
    main_len: u64,
    last_commit: CommitSeq,
    remembered: Remembered,
    poisoned: bool,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("end", &self.pending.end)
            .field("last_commit", &self.last_commit)
            .field("poisoned", &self.poisoned)
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// The length of the file, with what is not committed.
    pub fn len(&self) -> u64 {
        self.pending.end
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The newest acknowledged commit.
    pub fn last_commit(&self) -> CommitSeq {
        self.last_commit
    }

    /// Counts the openings for writing of this log; 0 when it is only read.
    pub fn epoch(&self) -> u64 {
        self.log.as_ref().map_or(0, |log| log.header().epoch)
    }

    /// Bytes of commits in the log.
    pub fn log_bytes(&self) -> u64 {
        self.log.as_ref().map_or(0, Log::used)
    }

    /// By what another program's change of the file shows, which this journal has not made.
    ///
    /// # Errors
    /// Errors of the disk.
    pub fn changed_outside(&self) -> Result<Option<Difference>, JournalError> {
        let Some(header) = self.log.as_ref().map(Log::header) else { return Ok(None) };
        // While the journal itself writes to the file, it cannot be told who else does.
        if header.state != header::State::Settled || self.poisoned {
            return Ok(None);
        }
        let found = header.stamp.check_settled(&*self.main, false);
        Ok(found.map_err(storage(Doing::Reading))?.map(|mismatch| mismatch.difference))
    }

    /// What was answered to a request that a commit contains, if it is still remembered.
    pub fn was_applied(&self, key: &[u8]) -> Option<&[u8]> {
        self.remembered.reply(key)
    }

    pub fn has_uncommitted(&self) -> bool {
        self.pending.is_change_of(self.base_end())
    }

    /// An error of the disk happened; nothing is acknowledged any more.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// Writes into the transaction; the file grows as needed.
    ///
    /// # Errors
    /// Read-only, poisoned, too large a transaction; errors of the disk. After any of them the transaction is to be rolled
    /// back.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), JournalError> {
        self.check_writable()?;
        let len = bytes.len() as u64;
        let end = offset.checked_add(len).filter(|end| *end <= MAX_END);
        let end = end.ok_or(JournalError::OutOfRange { offset, len })?;
        if bytes.is_empty() {
            return Ok(());
        }
        let direct = self.direct_part(offset..end);
        if direct.is_empty() {
            self.write_pages(offset, bytes)?;
        } else {
            let (start, stop) = (direct.start * PAGE_LEN, direct.end * PAGE_LEN);
            let (before, rest) = bytes.split_at(index(start - offset));
            let (middle, after) = rest.split_at(index(stop - start));
            self.write_pages(offset, before)?;
            self.write_direct(direct, middle)?;
            self.write_pages(stop, after)?;
        }
        self.pending.end = self.pending.end.max(end);
        Ok(())
    }

    /// The whole pages of a large write beyond the committed end of the file, and beyond that of a commit under way. No
    /// state that a crash could lead back to has anything there.
    fn direct_part(&self, bytes: Range<u64>) -> Range<u64> {
        let base_end = self.committed.end.max(self.base_end());
        let first = bytes.start.max(base_end).div_ceil(PAGE_LEN);
        let end = bytes.end / PAGE_LEN;
        let large = end.saturating_sub(first) * PAGE_LEN >= self.limits.direct_bytes.max(1);
        if large { first..end } else { 0..0 }
    }

    fn write_pages(&mut self, offset: u64, bytes: &[u8]) -> Result<(), JournalError> {
        let range = offset..offset + bytes.len() as u64;
        let more = (bytes.len() as u64).next_multiple_of(PAGE_LEN);
        let limit = self.limits.max_uncommitted_bytes;
        if self.pending.page_bytes() + more > limit {
            return Err(JournalError::TransactionTooLarge { limit });
        }
        let mut rest = bytes;
        for number in pages_of(&range) {
            let inside = index(range.start.saturating_sub(number * PAGE_LEN));
            let (part, after) = rest.split_at(rest.len().min(PAGE - inside));
            rest = after;
            if let Some(page) = self.pending.pages.get_mut(&number) {
                page[inside..inside + part.len()].copy_from_slice(part);
                continue;
            }
            let mut page = zero_page();
            if part.len() < PAGE {
                self.read_page(number, &mut page)?;
            }
            page[inside..inside + part.len()].copy_from_slice(part);
            self.pending.put_page(number, page);
        }
        Ok(())
    }

    fn write_direct(&mut self, pages: Range<u64>, bytes: &[u8]) -> Result<(), JournalError> {
        self.mark_writing()?;
        self.written_direct.insert(pages.clone());
        self.main_len = self.main_len.max(pages.end * PAGE_LEN);
        let written = self.main.write_at(pages.start * PAGE_LEN, bytes);
        self.keep(written.map_err(storage(Doing::WritingFile)))?;
        self.pending.put_direct(pages);
        Ok(())
    }

    /// Cuts the file, or makes it longer with zeros, as part of the transaction.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn set_len(&mut self, len: u64) -> Result<(), JournalError> {
        self.check_writable()?;
        if len > MAX_END {
            return Err(JournalError::OutOfRange { offset: len, len: 0 });
        }
        let end = self.pending.end;
        if len < end {
            let inside = index(len % PAGE_LEN);
            if inside != 0 {
                let number = len / PAGE_LEN;
                let mut page = zero_page();
                self.read_page(number, &mut page)?;
                page[inside..].fill(0);
                self.pending.put_page(number, page);
            }
            let cut = len.div_ceil(PAGE_LEN)..end.max(self.main_len).div_ceil(PAGE_LEN);
            if holds(Protection::ZerosOfRegrowth) {
                self.pending.put_zeros(cut);
            } else {
                self.pending.forget(&cut);
            }
        }
        self.pending.end = len;
        Ok(())
    }

    fn check_writable(&self) -> Result<(), JournalError> {
        match (&self.log, self.poisoned) {
            (None, _) => Err(JournalError::ReadOnly),
            (_, true) => Err(JournalError::Poisoned),
            _ => Ok(()),
        }
    }

    /// Nothing is acknowledged after an error of the disk.
    fn keep<T>(&mut self, result: Result<T, JournalError>) -> Result<T, JournalError> {
        self.poisoned |= result.is_err();
        result
    }
}

/// A length inside of something that is in memory.
fn index(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
