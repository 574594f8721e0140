//! Opening: what the log has and the file has not is brought into it, before anybody reads it.
//!
//! Recovery can itself be interrupted at any moment: until the log's new header is whole, the next opening does the same again.

use std::sync::Arc;

use super::checkpoint::bring_all;
use super::disk::{DiskFile, Lock};
use super::error::{Difference, Doing, storage};
use super::header::{self, Found, Header, State};
use super::log::Log;
use super::overlay::Overlay;
use super::page::{PAGE_LEN, Ranges};
use super::protection::{Protection, holds};
use super::record;
use super::requests::{AppliedRequest, Remembered};
use super::stamp::{Mismatch, Stamp};
use super::{CommitSeq, Journal, JournalError, JournalLimits};

/// What was found at opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// There was a log that was not closed: the server before this one did not end in order.
    pub log_was_left: bool,
    /// Commits that were in the log and are in the file now, or in memory when it is opened for reading.
    pub commits: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// The newest of them, or the newest before.
    pub last_commit: u64,
    /// The requests that are known to be applied, oldest first.
    pub requests: Vec<AppliedRequest>,
}

impl Recovered {
    /// Of the record after these, should it come.
    pub(super) fn next_record(&self, header: &Header) -> record::Place {
        let offset = header.records_start() + self.bytes;
        record::Place { offset, seq: self.last_commit + 1 }
    }
}

/// The content of a log, read and checked against its file.
pub(super) struct Contents {
    /// `None`: an empty log.
    pub(super) header: Option<Header>,
    pub(super) changes: Overlay,
    /// All pages that the records are about.
    pub(super) touched: Ranges,
    /// Whether the file is the one that the log knows.
    is_same_file: bool,
    pub(super) recovered: Recovered,
}

impl Journal {
    /// Opens a file for writing: takes the locks, recovers, and leaves an empty log with its own header.
    ///
    /// Whoever made the log file must have synced the folder that it is in.
    ///
    /// # Errors
    /// In use elsewhere; a log that is none, damaged, of another version or another file; a file that was changed
    /// while its log held changes; errors of the disk. Nothing is changed then that a later opening would miss.
    pub fn open(
        main: Box<dyn DiskFile>,
        log: Box<dyn DiskFile>,
        limits: JournalLimits,
    ) -> Result<(Self, Recovered), JournalError> {
        lock(&*log, Lock::Exclusive, JournalError::LogInUse)?;
        lock(&*main, Lock::Shared, JournalError::FileInUse)?;
        let mut contents = read_log(&*main, &*log, &limits)?;
        let header = match contents.header.clone() {
            Some(header) => header,
            None => fresh_header(limits.remembered_bytes)?,
        };
        let remembered = remembered(&limits, header.table_bytes, &mut contents.recovered);
        let (main, log) = (Arc::from(main), Arc::from(log));
        let mut log = Log::new(log, header)?;
        if contents.header.is_none() {
            log.sync_cut()?;
        }
        log.make_room(log.header().records_start(), limits.preallocate_bytes)?;
        recover(&*main, &mut log, &contents, &remembered)?;
        let main_len = main.status().map_err(storage(Doing::Reading))?.len;
        let journal = Self {
            main,
            log: Some(log),
            limits,
            committed: Overlay::of_end(main_len),
            sealed: None,
            pending: Overlay::of_end(main_len),
            written_direct: Ranges::default(),
            main_len,
            last_commit: CommitSeq(contents.recovered.last_commit),
            remembered,
            poisoned: false,
        };
        Ok((journal, contents.recovered))
    }

    /// Opens a file for reading: what the log has is laid over it in memory, and nothing is written.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_read_only(
        main: Box<dyn DiskFile>,
        log: &dyn DiskFile,
        limits: JournalLimits,
    ) -> Result<(Self, Recovered), JournalError> {
        lock(log, Lock::Shared, JournalError::LogInUse)?;
        let Contents { changes, mut recovered, header, .. } = read_log(&*main, log, &limits)?;
        let main_len = main.status().map_err(storage(Doing::Reading))?.len;
        let table_bytes = header.map_or(limits.remembered_bytes, |header| header.table_bytes);
        let journal = Self {
            main: Arc::from(main),
            log: None,
            remembered: remembered(&limits, table_bytes, &mut recovered),
            limits,
            sealed: None,
            pending: Overlay::of_end(changes.end),
            committed: changes,
            written_direct: Ranges::default(),
            main_len,
            last_commit: CommitSeq(recovered.last_commit),
            poisoned: false,
        };
        Ok((journal, recovered))
    }
}

/// What a log holds, without a lock and without changing anything: a server may be at work.
///
/// # Errors
/// As for [`Journal::open`], without those of locks.
pub fn inspect(
    main: &dyn DiskFile,
    log: &dyn DiskFile,
    limits: &JournalLimits,
) -> Result<Recovered, JournalError> {
    Ok(read_log(main, log, limits)?.recovered)
}

fn lock(file: &dyn DiskFile, lock: Lock, refused: JournalError) -> Result<(), JournalError> {
    if file.try_lock(lock).map_err(storage(Doing::Locking))? { Ok(()) } else { Err(refused) }
}

/// Keeps of the recovered requests as many as the limits say.
fn remembered(limits: &JournalLimits, table_bytes: u64, recovered: &mut Recovered) -> Remembered {
    let bytes = usize::try_from(table_bytes).unwrap_or(usize::MAX);
    let mut remembered = Remembered::new(limits.max_remembered_requests, bytes);
    for request in std::mem::take(&mut recovered.requests) {
        remembered.insert(request);
    }
    recovered.requests = remembered.iter().cloned().collect();
    remembered
}

fn fresh_header(table_bytes: u64) -> Result<Header, JournalError> {
    Ok(Header {
        generation: 0,
        uuid: fresh_uuid()?,
        epoch: 0,
        first_seq: 1,
        state: State::Settled,
        stamp: Stamp::default(),
        table_seq: 0,
        table_bytes: table_bytes.next_multiple_of(PAGE_LEN),
    })
}

fn fresh_uuid() -> Result<[u8; 16], JournalError> {
    let mut uuid = [0; 16];
    getrandom::fill(&mut uuid)
        .map_err(|error| std::io::Error::other(error.to_string()))
        .map_err(storage(Doing::Reading))?;
    Ok(uuid)
}

/// Reads the whole log and compares it with the file.
pub(super) fn read_log(
    main: &dyn DiskFile,
    log: &dyn DiskFile,
    limits: &JournalLimits,
) -> Result<Contents, JournalError> {
    let reading = || storage(Doing::Reading);
    let main_len = main.status().map_err(reading())?.len;
    let (header, requests) = match header::find(log).map_err(reading())? {
        Found::Header(header, requests) => (*header, requests),
        Found::Version(found) => return Err(JournalError::LogVersion { found }),
        Found::Foreign => return Err(JournalError::NotALog),
        Found::Damaged => return Err(JournalError::LogDamaged),
        Found::Nothing => {
            let (changes, recovered) = (Overlay::of_end(main_len), Recovered::default());
            let touched = Ranges::default();
            return Ok(Contents { header: None, changes, touched, is_same_file: false, recovered });
        }
    };
    let mut contents = Contents {
        changes: Overlay::of_end(header.stamp.status.len),
        touched: Ranges::default(),
        is_same_file: true,
        recovered: Recovered {
            log_was_left: true,
            last_commit: header.first_seq - 1,
            requests,
            ..Recovered::default()
        },
        header: None,
    };
    read_records(log, &header, &mut contents).map_err(reading())?;
    let mismatch = match header.state {
        State::Settled => header.stamp.check_settled(main, limits.accept_touched),
        State::Writing => {
            header.stamp.check_writing(main, limits.accept_touched, &contents.touched)
        }
    };
    contents.header = Some(header);
    match mismatch.map_err(reading())? {
        None => {}
        Some(mismatch) if contents.recovered.commits > 0 => return Err(refusal(&mismatch)),
        Some(_) => {
            // The log holds nothing, so nothing is lost by taking the file as it is.
            contents.is_same_file = false;
            contents.changes = Overlay::of_end(main_len);
        }
    }
    Ok(contents)
}

fn refusal(mismatch: &Mismatch) -> JournalError {
    // A copy of the right file has another inode and time, and is told from any other file by its content.
    if mismatch.replaced && mismatch.difference != Difference::Time {
        JournalError::ForeignLog
    } else {
        JournalError::FileChanged { what: mismatch.difference }
    }
}

fn read_records(
    log: &dyn DiskFile,
    header: &Header,
    contents: &mut Contents,
) -> std::io::Result<()> {
    record::each(log, header, contents.recovered.next_record(header), |seq, record| {
        for pages in record.changes.zeros.iter().chain(record.changes.direct.iter()) {
            contents.touched.insert(pages);
        }
        for &page in record.changes.pages.keys() {
            contents.touched.insert(page..page + 1);
        }
        contents.changes.absorb(record.changes);
        if seq > header.table_seq {
            contents.recovered.requests.extend(record.requests);
        }
        contents.recovered.commits += 1;
        contents.recovered.bytes += record.len;
        contents.recovered.last_commit = seq;
    })
}

/// Brings the log's changes into the file, then starts the log anew.
fn recover(
    main: &dyn DiskFile,
    log: &mut Log,
    contents: &Contents,
    remembered: &Remembered,
) -> Result<(), JournalError> {
    let old = log.header().clone();
    let len = main.status().map_err(storage(Doing::Reading))?.len;
    let mut generation = old.generation;
    if contents.recovered.commits > 0 || (contents.is_same_file && len != contents.changes.end) {
        if old.state == State::Settled {
            generation += 1;
            let table_seq = contents.recovered.last_commit;
            let marked = Header { generation, state: State::Writing, table_seq, ..old.clone() };
            log.write_header(marked, remembered, Protection::SyncOfMark)?;
        }
        bring_all(main, &contents.changes, len)?;
    } else if holds(Protection::SyncOfTaken) {
        // Whoever wrote the file before may not have synced it, and its stamp must stay true.
        main.sync_all().map_err(storage(Doing::SyncingFile))?;
    }
    let settled = Header {
        generation: generation + 1,
        uuid: if contents.is_same_file { old.uuid } else { fresh_uuid()? },
        epoch: old.epoch + 1,
        first_seq: contents.recovered.last_commit + 1,
        state: State::Settled,
        stamp: Stamp::take(main).map_err(storage(Doing::Reading))?,
        table_seq: contents.recovered.last_commit,
        table_bytes: old.table_bytes,
    };
    log.write_header(settled, remembered, Protection::SyncOfHeader)
}
