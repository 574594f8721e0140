//! A commit in three parts: the transaction is sealed, the disk is asked on whatever thread, and what came of it is
//! taken note of. In between the next transaction may go on.

use std::sync::Arc;

use super::disk::DiskFile;
use super::error::{Doing, storage};
use super::log::Append;
use super::overlay::Overlay;
use super::page::Ranges;
use super::protection::{Protection, holds};
use super::requests::AppliedRequest;
use super::{CommitSeq, Journal, JournalError};

/// A transaction that is on its way into the log. Nothing is written into it any more.
pub(super) struct Sealed {
    pub(super) changes: Arc<Overlay>,
    requests: Arc<[AppliedRequest]>,
    seq: CommitSeq,
    /// What `written_direct` was for it.
    written_direct: Ranges,
}

/// What a commit asks of the disk.
#[must_use = "the commit is under way until it is run and finished"]
pub struct CommitWork {
    /// The file, if bytes were written straight to it.
    main: Option<Arc<dyn DiskFile>>,
    append: Append,
    changes: Arc<Overlay>,
    requests: Arc<[AppliedRequest]>,
    seq: CommitSeq,
}

/// What came of it; for [`Journal::finish_commit`].
#[must_use = "a commit that is not finished is not acknowledged"]
pub struct CommitOutcome {
    append: Append,
    result: Result<(), JournalError>,
}

impl CommitWork {
    /// Does it; takes as long as the disk takes.
    pub fn run(self) -> CommitOutcome {
        let result = self.write();
        // The journal wants the pages back for itself.
        let Self { append, .. } = self;
        CommitOutcome { append, result }
    }

    fn write(&self) -> Result<(), JournalError> {
        if let Some(main) = &self.main {
            main.sync_data().map_err(storage(Doing::SyncingFile))?;
        }
        self.append.run(self.seq.0, &self.changes, &self.requests)
    }
}

impl std::fmt::Debug for CommitWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommitWork").field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for CommitOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommitOutcome").field("result", &self.result).finish_non_exhaustive()
    }
}

impl Journal {
    /// Makes the transaction, and the requests that it consists of, safe. When this returns, they may be answered.
    ///
    /// Without changes and requests it does nothing.
    ///
    /// # Errors
    /// As for [`begin_commit`](Self::begin_commit) and [`finish_commit`](Self::finish_commit).
    pub fn commit(&mut self, requests: &[AppliedRequest]) -> Result<CommitSeq, JournalError> {
        match self.begin_commit(requests)? {
            Some(work) => self.finish_commit(work.run()),
            None => Ok(self.last_commit),
        }
    }

    /// Seals the transaction. What is returned is to be run, on any thread, and then given to
    /// [`finish_commit`](Self::finish_commit); the next transaction may begin at once, and has to wait for it to
    /// be committed in its turn. `None` when there is nothing to commit.
    ///
    /// # Errors
    /// Read-only, poisoned, a commit under way.
    pub fn begin_commit(
        &mut self,
        requests: &[AppliedRequest],
    ) -> Result<Option<CommitWork>, JournalError> {
        self.check_settled()?;
        for request in requests {
            request.check()?;
        }
        if requests.is_empty() && !self.has_uncommitted() {
            return Ok(None);
        }
        let log = self.log.as_ref().ok_or(JournalError::ReadOnly)?;
        let append = log.plan(&self.pending, requests, self.limits.preallocate_bytes);
        let is_direct = !self.pending.direct.is_empty() && holds(Protection::SyncOfDirect);
        let main = is_direct.then(|| Arc::clone(&self.main));
        let next = Overlay::of_end(self.pending.end);
        let changes = Arc::new(std::mem::replace(&mut self.pending, next));
        let requests: Arc<[AppliedRequest]> = requests.into();
        let seq = CommitSeq(self.last_commit.0 + 1);
        self.sealed = Some(Sealed {
            changes: Arc::clone(&changes),
            requests: Arc::clone(&requests),
            seq,
            written_direct: std::mem::take(&mut self.written_direct),
        });
        Ok(Some(CommitWork { main, append, changes, requests, seq }))
    }

    /// Takes note of what came of a commit. When this returns the number of the commit, its requests may be answered.
    ///
    /// # Errors
    /// Errors of the disk. The outcome is then open: the commit is found, or not, by opening again.
    pub fn finish_commit(&mut self, outcome: CommitOutcome) -> Result<CommitSeq, JournalError> {
        let CommitOutcome { append, result } = outcome;
        self.keep(result)?;
        if let Some(log) = &mut self.log {
            log.appended(&append);
        }
        if let Some(sealed) = self.sealed.take() {
            self.committed.absorb(Arc::unwrap_or_clone(sealed.changes));
            for request in sealed.requests.iter() {
                self.remembered.insert(request.clone());
            }
            self.last_commit = sealed.seq;
        }
        Ok(self.last_commit)
    }

    /// Throws the transaction away; one that is sealed is kept, unless the disk has failed it. Needs no disk, so it
    /// is possible after an error, too.
    pub fn rollback(&mut self) {
        if self.poisoned
            && let Some(failed) = self.sealed.take()
        {
            for pages in failed.written_direct.iter() {
                self.written_direct.insert(pages);
            }
        }
        // What was written straight to the file reads as zeros should the file grow over it.
        self.pending = Overlay::of_end(self.base_end());
        for pages in self.written_direct.iter() {
            self.pending.put_zeros(pages);
        }
    }

    /// The end of what the transaction began with.
    pub(super) fn base_end(&self) -> u64 {
        self.sealed.as_ref().map_or(self.committed.end, |sealed| sealed.changes.end)
    }

    /// Writable, and no commit is under way.
    pub(super) fn check_settled(&self) -> Result<(), JournalError> {
        self.check_writable()?;
        if self.sealed.is_some() { Err(JournalError::CommitUnderWay) } else { Ok(()) }
    }
}
