//! A file that another process has open with its log, read as it was at one commit, without stopping anybody.
//!
//! Checkpoints wait while it is read, as far as they can. Those that do not are noticed: what was read of the file and is
//! about to be overwritten, or may have been, makes the reading worthless, and it is done again.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::disk::{DiskFile, FileStatus};
use super::error::{Doing, storage};
use super::header::{self, Found, Header};
use super::overlay::{Overlay, Place};
use super::page::{PAGE_LEN, Ranges, pages_of};
use super::record;
use super::recovery::{Contents, read_log};
use super::{JournalError, JournalLimits, index};

/// How often opening is tried while a checkpoint or the log's first header is under way.
const ATTEMPTS: u32 = 20;

/// Between two of them.
const WAIT: Duration = Duration::from_millis(5);

/// A file at one commit of its log, or as it is where it has none.
pub struct Borrowed {
    main: Box<dyn DiskFile>,
    log: Option<Box<dyn DiskFile>>,
    /// What the log has and the file has not.
    changes: Overlay,
    at: At,
    /// The pages that were read of the file itself.
    read: Mutex<Ranges>,
}

/// Which content it is.
#[derive(Debug)]
enum At {
    /// The log, as far as it is known: up to this place.
    Log(Box<Header>, record::Place),
    /// There is no log, or an empty one.
    Status(FileStatus),
}

impl std::fmt::Debug for Borrowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Borrowed")
            .field("end", &self.changes.end)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Borrowed {
    /// The file with all that is committed now.
    ///
    /// # Errors
    /// A log that cannot be applied, as for [`Journal::open`](super::Journal::open); errors of the disk.
    pub fn open(
        main: Box<dyn DiskFile>,
        log: Option<Box<dyn DiskFile>>,
        limits: &JournalLimits,
    ) -> Result<Self, JournalError> {
        if let Some(log) = &log {
            log.hold(true).map_err(storage(Doing::Locking))?;
        }
        let mut attempt = 1;
        let (changes, at) = loop {
            match contents(&*main, log.as_deref(), limits) {
                Err(error) if attempt < ATTEMPTS && !error.is_of_disk() => thread::sleep(WAIT),
                contents => break contents?,
            }
            attempt += 1;
        };
        Ok(Self { main, log, changes, at, read: Mutex::default() })
    }

    pub fn len(&self) -> u64 {
        self.changes.end
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` from `offset`; beyond the end with zeros.
    ///
    /// # Errors
    /// Errors of the disk.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), JournalError> {
        let len = buffer.len() as u64;
        let end = offset.checked_add(len).ok_or(JournalError::OutOfRange { offset, len })?;
        let inside = index(self.len().saturating_sub(offset).min(len));
        buffer[inside..].fill(0);
        let mut rest = &mut buffer[..inside];
        let pages = pages_of(&(offset..end.min(self.len())));
        let (mut position, mut number) = (offset, pages.start);
        while !rest.is_empty() {
            let run = (number..pages.end).take_while(|&page| self.is_of_file(page)).count() as u64;
            let run_end = (number + run.max(1)) * PAGE_LEN;
            let (part, after) = rest.split_at_mut(index(run_end - position).min(rest.len()));
            let begin = index(position % PAGE_LEN);
            match self.changes.find(number) {
                Place::Memory(page) => part.copy_from_slice(&page[begin..begin + part.len()]),
                Place::Zeros => part.fill(0),
                Place::File | Place::Below => {
                    let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
                    read.insert(number..number + run);
                    self.main.read_at(position, part).map_err(storage(Doing::Reading))?;
                }
            }
            rest = after;
            position = run_end;
            number += run.max(1);
        }
        Ok(())
    }

    fn is_of_file(&self, page: u64) -> bool {
        matches!(self.changes.find(page), Place::File | Place::Below)
    }

    /// Whether all that was read until now is of one commit.
    ///
    /// # Errors
    /// Errors of the disk.
    pub fn is_whole(&self) -> Result<bool, JournalError> {
        self.check().map_err(storage(Doing::Reading))
    }

    fn check(&self) -> std::io::Result<bool> {
        let (header, known, log) = match (&self.at, &self.log) {
            (At::Status(status), _) => return Ok(self.main.status()? == *status),
            (At::Log(header, known), Some(log)) => (header, *known, &**log),
            (At::Log(..), None) => return Ok(false),
        };
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut is_cut, mut is_about_read) = (false, false);
        record::each(log, header, known, |_, record| {
            let Overlay { pages, zeros, direct, end } = &record.changes;
            // Beyond a cut the file may have been written to without any record.
            is_cut |= *end < self.changes.end;
            is_about_read |= pages.keys().any(|&page| read.contains(page))
                || zeros.iter().chain(direct.iter()).any(|pages| read.intersects(&pages));
        })?;
        // Looked at last: what a checkpoint had brought before is in the records that were there until now. As long as
        // the header is the same, none has begun.
        let now = header::find(log)?;
        let is_untouched =
            matches!(&now, Found::Header(now, _) if now.generation == header.generation);
        Ok(is_same(header, &now) && !is_cut && (is_untouched || !is_about_read))
    }
}

/// Whether the log, which has this header now, still has the records that it had.
fn is_same(header: &Header, now: &Found) -> bool {
    let Found::Header(now, _) = now else { return false };
    (now.uuid, now.epoch, now.first_seq) == (header.uuid, header.epoch, header.first_seq)
}

fn contents(
    main: &dyn DiskFile,
    log: Option<&dyn DiskFile>,
    limits: &JournalLimits,
) -> Result<(Overlay, At), JournalError> {
    let status = main.status().map_err(storage(Doing::Reading))?;
    if let Some(log) = log {
        let Contents { header, changes, recovered, .. } = read_log(main, log, limits)?;
        if let Some(header) = header {
            let now = header::find(log).map_err(storage(Doing::Reading))?;
            if !is_same(&header, &now) {
                return Err(JournalError::CopyOvertaken { times: 1 });
            }
            let known = recovered.next_record(&header);
            return Ok((changes, At::Log(Box::new(header), known)));
        }
    }
    Ok((Overlay::of_end(status.len), At::Status(status)))
}

#[cfg(test)]
mod tests;
