//! The log as a file: its header, and the place where the next record goes.

use std::ops::Range;
use std::sync::Arc;

use super::JournalError;
use super::disk::DiskFile;
use super::error::{Doing, storage};
use super::header::Header;
use super::overlay::Overlay;
use super::protection::{Protection, holds};
use super::record;
use super::requests::{AppliedRequest, Remembered};

/// A log that is being written.
pub(super) struct Log {
    file: Arc<dyn DiskFile>,
    header: Header,
    /// Where the next record goes.
    position: u64,
    /// The length of the log file, with the space that is taken in advance.
    len: u64,
}

/// A record on its way into the log. It needs nothing of the log but the file.
pub(super) struct Append {
    file: Arc<dyn DiskFile>,
    header: Header,
    /// Where the record goes.
    bytes: Range<u64>,
    /// By what the file grows before.
    room: Option<Range<u64>>,
}

impl Append {
    /// Appends one commit and syncs.
    pub(super) fn run(
        &self,
        seq: u64,
        changes: &Overlay,
        requests: &[AppliedRequest],
    ) -> Result<(), JournalError> {
        if let Some(room) = &self.room {
            self.file.preallocate(room.clone()).map_err(storage(Doing::WritingLog))?;
        }
        record::write(&*self.file, self.bytes.start, &self.header, seq, changes, requests)
            .map_err(storage(Doing::WritingLog))?;
        if holds(Protection::SyncOfRecord) {
            self.file.sync_data().map_err(storage(Doing::SyncingLog))?;
        }
        Ok(())
    }
}

impl Log {
    /// Takes over a log whose header will be written next, with [`write_header`](Self::write_header).
    pub(super) fn new(file: Arc<dyn DiskFile>, header: Header) -> Result<Self, JournalError> {
        let len = file.status().map_err(storage(Doing::Reading))?.len;
        let position = header.records_start();
        Ok(Self { file, header, position, len })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes of records.
    pub(super) fn used(&self) -> u64 {
        self.position - self.header.records_start()
    }

    /// Where the record of a commit goes, and what room that takes. One record at a time:
    /// [`appended`](Self::appended) comes before the next plan.
    pub(super) fn plan(
        &self,
        changes: &Overlay,
        requests: &[AppliedRequest],
        preallocate: u64,
    ) -> Append {
        let bytes = self.position..self.position + record::len(changes, requests);
        let room = self.room(bytes.end, preallocate);
        Append { file: Arc::clone(&self.file), header: self.header.clone(), bytes, room }
    }

    /// The record is in the log.
    pub(super) fn appended(&mut self, append: &Append) {
        self.position = append.bytes.end;
        self.len = append.room.as_ref().map_or(self.len, |room| room.end);
    }

    /// What is missing up to `end`, and some more, so that syncing a record seldom means growing the file.
    fn room(&self, end: u64, preallocate: u64) -> Option<Range<u64>> {
        (end > self.len).then(|| self.len..end.max(self.len + preallocate))
    }

    /// Takes the space up to `end`.
    pub(super) fn make_room(&mut self, end: u64, preallocate: u64) -> Result<(), JournalError> {
        if let Some(room) = self.room(end, preallocate) {
            self.file.preallocate(room.clone()).map_err(storage(Doing::WritingLog))?;
            self.len = room.end;
        }
        Ok(())
    }

    /// Replaces the header by a newer one, and syncs if the protection that asks for it holds. With another
    /// `first_seq` the records are forgotten.
    pub(super) fn write_header(
        &mut self,
        header: Header,
        requests: &Remembered,
        protection: Protection,
    ) -> Result<(), JournalError> {
        header.write(&*self.file, requests).map_err(storage(Doing::WritingLog))?;
        if holds(protection) {
            self.sync()?;
        }
        if header.first_seq != self.header.first_seq {
            self.position = header.records_start();
        }
        self.header = header;
        Ok(())
    }

    /// Whether somebody copies the file and its log right now.
    pub(super) fn is_held(&self) -> bool {
        // An error says nothing about others; whoever copies notices a checkpoint.
        self.file.is_held().unwrap_or(false)
    }

    /// Gives space back that an unusually large transaction took.
    pub(super) fn shrink(&mut self, most: u64) -> Result<(), JournalError> {
        if self.len > most {
            self.file.set_len(most).map_err(storage(Doing::WritingLog))?;
            self.len = most;
        }
        Ok(())
    }

    /// Leaves a log of no bytes, which is as good as none.
    pub(super) fn clear(&mut self) -> Result<(), JournalError> {
        self.file.set_len(0).map_err(storage(Doing::WritingLog))?;
        self.len = 0;
        self.file.sync_all().map_err(storage(Doing::SyncingLog))
    }

    /// A server that was killed while it closed may have cut the log without a sync. Its old headers must not
    /// come back over the new one.
    pub(super) fn sync_cut(&self) -> Result<(), JournalError> {
        if holds(Protection::SyncOfCut) {
            self.file.sync_all().map_err(storage(Doing::SyncingLog))?;
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), JournalError> {
        self.file.sync_data().map_err(storage(Doing::SyncingLog))
    }
}
