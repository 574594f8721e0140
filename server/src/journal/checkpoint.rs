//! A checkpoint: the committed pages go into the file, then the log forgets them. Never the other way round.

use std::ops::Range;

use super::disk::DiskFile;
use super::error::{Doing, storage};
use super::header::{Header, State};
use super::log::Log;
use super::overlay::Overlay;
use super::page::{PAGE_LEN, Ranges, pages_of};
use super::protection::{Protection, holds};
use super::stamp::Stamp;
use super::{Journal, JournalError, index};

/// A log that is being copied may get so many times as long as another.
const HELD_FACTOR: u64 = 4;

/// Bytes that are written to the file at once.
const WRITE_BYTES: u64 = 1 << 20;

impl Journal {
    /// Whether the log, or what is kept in memory because of it, is longer than it should get. Somebody who
    /// copies the file may make it grow some more.
    pub fn needs_checkpoint(&self) -> bool {
        let bytes = self.log_bytes().max(self.committed.page_bytes());
        let limit = self.limits.checkpoint_bytes;
        bytes > limit && (bytes > limit.saturating_mul(HELD_FACTOR) || !self.is_held())
    }

    /// Whether somebody copies the file and its log right now ([`copy`](super::copy())), and asks for checkpoints to
    /// wait.
    pub fn is_held(&self) -> bool {
        self.log.as_ref().is_some_and(Log::is_held)
    }

    /// Brings everything committed into the file and empties the log. The file is then an ordinary one that holds
    /// everything. Does nothing when there is nothing to bring.
    ///
    /// # Errors
    /// Read-only, poisoned, a commit under way, uncommitted changes; a file that another program has changed; errors of
    /// the disk.
    pub fn checkpoint(&mut self) -> Result<(), JournalError> {
        self.check_settled()?;
        if self.has_uncommitted() {
            return Err(JournalError::Uncommitted);
        }
        self.committed
            .absorb(std::mem::replace(&mut self.pending, Overlay::of_end(self.committed.end)));
        if self.log_bytes() == 0 && self.main_len == self.committed.end {
            return Ok(());
        }
        // Also where the log says so already: whoever reads the file meanwhile (`borrowed`) knows by it.
        self.mark()?;
        if holds(Protection::OrderOfCheckpoint) {
            self.bring_all()?;
            self.forget_records()
        } else {
            self.forget_records()?;
            self.bring_all()
        }
    }

    /// A checkpoint, and the end: leaves a log of no bytes, which may be removed.
    ///
    /// # Errors
    /// As for [`checkpoint`](Self::checkpoint). Nothing committed is lost by an error; opening again finds it.
    pub fn close(mut self) -> Result<(), JournalError> {
        if self.log.is_none() {
            return Ok(());
        }
        self.checkpoint()?;
        self.log.as_mut().ok_or(JournalError::ReadOnly)?.clear()
    }

    /// Brings the newest committed content of these bytes into the file, so that they can be read there. The log
    /// keeps it, too, until the next checkpoint.
    ///
    /// # Errors
    /// Read-only, poisoned, a commit under way; a file that another program has changed; errors of the disk.
    pub fn bring_to_file(&mut self, bytes: Range<u64>) -> Result<(), JournalError> {
        self.check_settled()?;
        let end = self.committed.end;
        let pages = pages_of(&(bytes.start..bytes.end.min(end)));
        if self.main_len >= bytes.end.min(end) && !self.committed.covers_any(&pages) {
            return Ok(());
        }
        self.mark_writing()?;
        // Beyond the end, but in its page, a file that was cut has old bytes, which the page has zeroed.
        let written = bring(&*self.main, &self.committed, &pages, end.max(self.main_len));
        self.keep(written.map_err(storage(Doing::WritingFile)))?;
        self.committed.forget(&pages);
        if self.main_len < end {
            let grown = self.main.set_len(end);
            self.keep(grown.map_err(storage(Doing::WritingFile)))?;
            self.main_len = end;
        }
        Ok(())
    }

    /// Says in the log that the file is being written; a record may be on its way into the log meanwhile. From then on a recovery cannot tell from its length and time whether
    /// somebody else changed it.
    pub(super) fn mark_writing(&mut self) -> Result<(), JournalError> {
        let log = self.log.as_ref().ok_or(JournalError::ReadOnly)?;
        if log.header().state == State::Writing { Ok(()) } else { self.mark() }
    }

    fn mark(&mut self) -> Result<(), JournalError> {
        let log = self.log.as_ref().ok_or(JournalError::ReadOnly)?;
        let header = log.header();
        let stamp = (header.state == State::Settled).then(|| header.stamp.clone());
        let marked = Header {
            generation: header.generation + 1,
            state: State::Writing,
            table_seq: self.last_commit.0,
            ..header.clone()
        };
        if let Some(stamp) = stamp {
            let unchanged = unchanged_since(&stamp, &*self.main, self.limits.accept_touched);
            self.keep(unchanged)?;
        }
        let log = self.log.as_mut().ok_or(JournalError::ReadOnly)?;
        let written = log.write_header(marked, &self.remembered, Protection::SyncOfMark);
        self.keep(written)
    }

    fn bring_all(&mut self) -> Result<(), JournalError> {
        let brought = bring_all(&*self.main, &self.committed, self.main_len);
        self.keep(brought)?;
        self.main_len = self.committed.end;
        self.committed = Overlay::of_end(self.committed.end);
        self.written_direct = Ranges::default();
        Ok(())
    }

    fn forget_records(&mut self) -> Result<(), JournalError> {
        let stamp = Stamp::take(&*self.main).map_err(storage(Doing::Reading));
        let stamp = self.keep(stamp)?;
        let first_seq = self.last_commit.0 + 1;
        let log = self.log.as_mut().ok_or(JournalError::ReadOnly)?;
        let header = log.header();
        let settled = Header {
            generation: header.generation + 1,
            state: State::Settled,
            first_seq,
            table_seq: self.last_commit.0,
            stamp,
            ..header.clone()
        };
        let most = settled.records_start() + 2 * self.limits.checkpoint_bytes;
        let written = log
            .write_header(settled, &self.remembered, Protection::SyncOfHeader)
            .and_then(|()| log.shrink(most));
        self.keep(written)
    }
}

fn unchanged_since(stamp: &Stamp, file: &dyn DiskFile, touched: bool) -> Result<(), JournalError> {
    match stamp.check_settled(file, touched).map_err(storage(Doing::Reading))? {
        None => Ok(()),
        Some(mismatch) => Err(JournalError::FileChanged { what: mismatch.difference }),
    }
}

/// Brings a whole overlay into the file, whose bytes beyond `main_len` are zero, and syncs it.
pub(super) fn bring_all(
    main: &dyn DiskFile,
    overlay: &Overlay,
    main_len: u64,
) -> Result<(), JournalError> {
    let written = write_all(main, overlay, main_len);
    written.map_err(storage(Doing::WritingFile))?;
    if holds(Protection::SyncOfFile) {
        main.sync_all().map_err(storage(Doing::SyncingFile))?;
    }
    Ok(())
}

fn write_all(main: &dyn DiskFile, overlay: &Overlay, main_len: u64) -> std::io::Result<()> {
    let end_page = overlay.end.div_ceil(PAGE_LEN);
    // A full disk is noticed before anything is written, so that the file by itself stays what it was.
    for (offset, run) in runs(overlay, &(0..end_page), overlay.end) {
        main.preallocate(offset..offset + run)?;
    }
    // Zeros up to the end of the file need not be written: it is cut where they begin, and grows again.
    let main_pages = main_len.div_ceil(PAGE_LEN);
    let last_zeros = overlay.zeros.iter().last().filter(|zeros| zeros.end >= main_pages);
    let cut = last_zeros.map_or(overlay.end, |zeros| (zeros.start * PAGE_LEN).min(overlay.end));
    if cut < main_len {
        main.set_len(cut)?;
    }
    let last_page = overlay.pages.keys().next_back().map_or(0, |page| page + 1);
    let kept = cut.div_ceil(PAGE_LEN).max(last_page);
    bring(main, overlay, &(0..kept.min(end_page)), overlay.end)?;
    if main.status()?.len == overlay.end { Ok(()) } else { main.set_len(overlay.end) }
}

/// Offset and length of what lies together of the overlay's pages in this range, never beyond `end`.
fn runs(overlay: &Overlay, pages: &Range<u64>, end: u64) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for (&number, _) in overlay.pages.range(pages.clone()) {
        let offset = number * PAGE_LEN;
        let inside = end.saturating_sub(offset).min(PAGE_LEN);
        match runs.last_mut() {
            Some((start, len)) if *start + *len == offset && *len < WRITE_BYTES => *len += inside,
            _ => runs.push((offset, inside)),
        }
    }
    runs
}

/// Writes the overlay's pages and zeros in this range into the file, never beyond `end`.
fn bring(
    main: &dyn DiskFile,
    overlay: &Overlay,
    pages: &Range<u64>,
    end: u64,
) -> std::io::Result<()> {
    for zeros in overlay.zeros.within(pages) {
        let zeros_end = (zeros.end * PAGE_LEN).min(end);
        let mut offset = zeros.start * PAGE_LEN;
        while offset < zeros_end {
            let len = (zeros_end - offset).min(WRITE_BYTES);
            main.write_at(offset, &vec![0; index(len)])?;
            offset += len;
        }
    }
    for (start, len) in runs(overlay, pages, end) {
        let mut bytes = Vec::with_capacity(index(len));
        let numbers = start / PAGE_LEN..(start + len).div_ceil(PAGE_LEN);
        for page in overlay.pages.range(numbers).map(|(_, page)| page) {
            bytes.extend_from_slice(page.as_slice());
        }
        bytes.truncate(index(len));
        main.write_at(start, &bytes)?;
    }
    Ok(())
}
