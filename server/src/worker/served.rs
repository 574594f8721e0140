//! The worker's file: HDF5 above, the journal below, and the way back to the last commit.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdf5_async_protocol::message::{Change, ErrorCode, ErrorReply, Reason};

use super::job::Done;
use super::medium::{Journalled, SharedJournal, lock};
use super::outside::{Outside, Seen, Unlocked};
use super::refusal;
use super::repeated;
use super::settings::Settings;
use super::task::{Answered, LookAtFile, Performed, State, Task};
use crate::journal::{
    AppliedRequest, CommitOutcome, CommitSeq, CommitWork, DiskFile as _, Journal, JournalError,
    Lock, RealFile, Recovered,
};
use crate::store::{Access, Medium, Store, StoreError};

/// How long a checkpoint that somebody asks for waits for those who read or copy the file: longer than a block of a
/// virtual dataset takes.
const WAIT_FOR_READERS: Duration = Duration::from_millis(300);

/// Between two looks at them.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How often a full disk is tried again, at most.
const FULL_DISK_TRIED_EVERY: Duration = Duration::from_secs(1);

/// What the front has opened for a worker.
#[derive(Debug)]
pub struct Given {
    pub file: OwnedFd,
    /// The log beside the file; absent for a file that is only read and has none.
    pub log: Option<OwnedFd>,
}

/// Why a commit did not happen.
#[derive(Debug)]
pub(super) enum CommitError {
    /// HDF5 could not hand over what it holds, for this reason if it is not known yet; nothing is committed.
    Library(Option<ErrorReply>),
    /// The journal refused; whether the commit is in the log is open.
    Journal(JournalError),
}

/// Where the bytes of the file are.
#[derive(Debug)]
enum Bytes {
    Plain,
    Journal { journal: SharedJournal, medium: Arc<Journalled> },
}

#[derive(Debug)]
pub(super) struct ServedFile {
    given: Given,
    settings: Settings,
    /// Absent only while it is being opened again, and after that has failed.
    store: Option<Store>,
    bytes: Bytes,
    outside: Outside,
    /// The disk is full, and was tried at this time: the file is open for reading.
    full_since: Option<Instant>,
}

impl ServedFile {
    pub(super) fn open(given: Given, settings: Settings) -> Result<Self, ErrorReply> {
        let (opened, full_since) = match open(&given, &settings, settings.access) {
            // There is no space to bring what was committed into the file, or for a log: it is served for reading.
            Err(error)
                if error.code == ErrorCode::StorageFull && settings.access == Access::ReadWrite =>
            {
                tracing::error!(file = settings.name, error = error.message, "open for reading");
                (open(&given, &settings, Access::ReadOnly), Some(Instant::now()))
            }
            opened => (opened, None),
        };
        let (store, bytes, outside) = opened?;
        Ok(Self { given, settings, store: Some(store), bytes, outside, full_since })
    }

    /// What the front is told of other programs once the file is open.
    pub(super) fn opened_as(&self) -> Option<Reason> {
        self.outside.opened_as()
    }

    pub(super) fn perform(&mut self, task: &Task) -> Performed {
        if let Some(LookAtFile { displaced }) = task.as_look() {
            let (changes, outside) = self.look(displaced);
            let done = Done { changes, outside, ..Done::empty(task.job) };
            return Performed { answer: (done, Vec::new()), state: State::Whole };
        }
        if task.is_change() && self.full_since.is_some() && !self.has_space_again() {
            let error = refusal::storage_full(&self.settings.name);
            return Performed { answer: task.failed(error), state: State::Whole };
        }
        if let Some(error) = self.outside.refusal(&self.settings.name).filter(|_| task.is_change())
        {
            return Performed { answer: task.failed(error), state: State::Whole };
        }
        if let Some(because) = self.settings.read_only_because.as_ref().filter(|_| task.is_change())
        {
            let error = ErrorReply::new(ErrorCode::ReadOnly, because);
            return Performed { answer: task.failed(error), state: State::Whole };
        }
        let Some(store) = &mut self.store else {
            let error = refusal::not_open(&self.settings.name);
            return Performed { answer: task.failed(error), state: State::Whole };
        };
        let mut performed = task.perform(store);
        if let Bytes::Journal { medium, .. } = &self.bytes
            && let Some(error) = medium.take_refusal()
        {
            performed.answer = task.failed(refusal::of_journal(&self.settings.name, &error));
            let of_request = is_of_request(&error);
            performed.state = if of_request { State::HalfDone } else { State::DiskFailed(error) };
        }
        if self.outside.has_changed() {
            performed.answer = task.failed(refusal::file_changed(&self.settings.name));
            performed.answer.0.outside = Some(Reason::Written);
        }
        performed
    }

    /// The answer to a task that was applied before, of whose reply `reply` was kept.
    pub(super) fn answer_again(&mut self, task: &Task, reply: String) -> Answered {
        (repeated::answer(task.job, task.command(), reply, self.store.as_mut()), Vec::new())
    }

    /// What other programs have done: what has grown, and whether the file is to be opened again.
    fn look(&mut self, displaced: Option<Reason>) -> (Vec<Change>, Option<Reason>) {
        if displaced.is_some() {
            return (Vec::new(), displaced);
        }
        if let Bytes::Journal { journal, .. } = &self.bytes {
            let changed = lock(journal).changed_outside();
            return match changed {
                Ok(None) => (Vec::new(), None),
                Ok(Some(what)) => {
                    tracing::error!(file = self.settings.name, %what, "another program has changed the file");
                    (Vec::new(), Some(Reason::Written))
                }
                Err(error) => {
                    tracing::error!(file = self.settings.name, %error, "the file cannot be looked at");
                    (Vec::new(), None)
                }
            };
        }
        match self.outside.look() {
            Seen::AsBefore => (Vec::new(), None),
            Seen::Other => (Vec::new(), Some(Reason::Written)),
            Seen::Written => self.grown(None),
            Seen::Closed => self.grown(Some(Reason::WriterClosed)),
            Seen::Abandoned => self.grown(Some(Reason::WriterLost)),
        }
    }

    /// Reads the file's metadata anew, and compares the shapes of its datasets with those that were known.
    fn grown(&mut self, then: Option<Reason>) -> (Vec<Change>, Option<Reason>) {
        self.close_store();
        let opened = open_to_read(&self.given, &self.settings);
        let (Ok((store, _)), Outside::Followed(followed)) = (opened, &mut self.outside) else {
            return (Vec::new(), Some(Reason::Written));
        };
        let store = self.store.insert(store);
        (followed.growth(store, &self.settings.name), then)
    }

    /// The refusal of the front, unless the command is about another file, which decides about it by itself.
    pub(super) fn refuse(&mut self, task: &Task, refusal: &ErrorReply) -> Answered {
        let elsewhere = self.store.as_mut().and_then(|store| task.elsewhere(store));
        task.failed(elsewhere.unwrap_or_else(|| refusal.clone()))
    }

    /// The reply to a request that was applied before.
    pub(super) fn was_applied(&self, key: &str) -> Option<String> {
        let Bytes::Journal { journal, .. } = &self.bytes else { return None };
        let journal = lock(journal);
        let reply = journal.was_applied(key.as_bytes())?;
        Some(String::from_utf8_lossy(reply).into_owned())
    }

    /// Makes everything that was done safe.
    pub(super) fn commit(&mut self, requests: &[AppliedRequest]) -> Result<(), CommitError> {
        match self.begin_commit(requests)? {
            Some(work) => self.finish_commit(work.run()).map_err(CommitError::Journal),
            None => Ok(()),
        }
    }

    /// Hands everything that was done over to a commit, which is to be run and finished; `None` when there is nothing
    /// to make safe.
    pub(super) fn begin_commit(
        &mut self,
        requests: &[AppliedRequest],
    ) -> Result<Option<CommitWork>, CommitError> {
        let (Bytes::Journal { journal, medium }, Some(store)) = (&self.bytes, &mut self.store)
        else {
            return Ok(None);
        };
        let flushed = store.flush();
        match (medium.take_refusal(), flushed) {
            (Some(error), _) if is_of_request(&error) => {
                let told = refusal::of_journal(&self.settings.name, &error);
                return Err(CommitError::Library(Some(told)));
            }
            (Some(error), _) => return Err(CommitError::Journal(error)),
            (None, Err(error)) => return Err(CommitError::Library(Some(error.to_reply()))),
            (None, Ok(())) => {}
        }
        lock(journal).begin_commit(requests).map_err(CommitError::Journal)
    }

    pub(super) fn finish_commit(&mut self, outcome: CommitOutcome) -> Result<(), JournalError> {
        match &self.bytes {
            Bytes::Journal { journal, .. } => lock(journal).finish_commit(outcome).map(drop),
            Bytes::Plain => Ok(()),
        }
    }

    /// Undoes everything since the last commit.
    pub(super) fn roll_back(&mut self) -> Result<(), ErrorReply> {
        let Bytes::Journal { journal, medium } = &self.bytes else { return Ok(()) };
        let journal = Arc::clone(journal);
        medium.cut_off();
        self.close_store();
        lock(&journal).rollback();
        let access = self.settings.access.once_made();
        let (store, bytes, _) = open_on_journal(journal, &self.settings, access)?;
        (self.store, self.bytes) = (Some(store), bytes);
        Ok(())
    }

    /// The disk is full: serves what is committed, for reading, until there is space. Says whether the commit that
    /// met the full disk is in the log all the same.
    pub(super) fn give_up_writing(&mut self) -> Result<bool, ErrorReply> {
        let before = self.last_commit();
        if let Bytes::Journal { medium, .. } = &self.bytes {
            medium.cut_off();
        }
        self.full_since = Some(Instant::now());
        self.open_again(Access::ReadOnly)?;
        Ok(self.last_commit() > before)
    }

    fn last_commit(&self) -> Option<CommitSeq> {
        match &self.bytes {
            Bytes::Journal { journal, .. } => Some(lock(journal).last_commit()),
            Bytes::Plain => None,
        }
    }

    fn has_space_again(&mut self) -> bool {
        if self.full_since.is_some_and(|tried| tried.elapsed() < FULL_DISK_TRIED_EVERY) {
            return false;
        }
        self.full_since = Some(Instant::now());
        let access = self.settings.access.once_made();
        if self.open_again(access).is_ok() {
            self.full_since = None;
            return true;
        }
        if let Err(error) = self.open_again(Access::ReadOnly) {
            tracing::error!(error = error.message, "the file cannot be opened again");
        }
        false
    }

    fn open_again(&mut self, access: Access) -> Result<(), ErrorReply> {
        self.close_store();
        // The journal lets go of the files before it is opened on them again.
        self.bytes = Bytes::Plain;
        let (store, bytes, outside) = open(&self.given, &self.settings, access)?;
        (self.store, self.bytes, self.outside) = (Some(store), bytes, outside);
        Ok(())
    }

    fn close_store(&mut self) {
        if let Some(Err(error)) = self.store.take().map(Store::close) {
            tracing::warn!(%error, "the library could not close the file");
        }
    }

    /// Whether the log is longer than it should get.
    pub(super) fn is_checkpoint_due(&self) -> bool {
        matches!(&self.bytes, Bytes::Journal { journal, .. } if lock(journal).needs_checkpoint())
    }

    /// Whether the log holds anything that the file does not.
    pub(super) fn has_log(&self) -> bool {
        self.full_since.is_none()
            && self.settings.access != Access::ReadOnly
            && matches!(&self.bytes, Bytes::Journal { journal, .. } if lock(journal).log_bytes() > 0)
    }

    /// Whether somebody copies the file and its log, and asks for the log to stay.
    pub(super) fn is_held(&self) -> bool {
        matches!(&self.bytes, Bytes::Journal { journal, .. } if lock(journal).is_held())
    }

    /// Lets those who read or copy the file now come to an end, for a while; what they read after that is read again.
    pub(super) fn wait_for_readers(&self) {
        let began = Instant::now();
        while self.is_held() && began.elapsed() < WAIT_FOR_READERS {
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Brings everything that is committed into the file.
    pub(super) fn checkpoint(&mut self) -> Result<(), JournalError> {
        match &self.bytes {
            Bytes::Journal { journal, .. } if self.has_log() => lock(journal).checkpoint(),
            _ => Ok(()),
        }
    }

    /// Closes the file; everything done is safe and in it, and its log is empty.
    pub(super) fn close(mut self) -> Result<(), ErrorReply> {
        let name = self.settings.name.clone();
        let Some(store) = self.store.take() else { return Ok(()) };
        store.close().map_err(|error| error.to_reply())?;
        let Bytes::Journal { journal, medium } = self.bytes else { return Ok(()) };
        drop(medium);
        if self.settings.access == Access::ReadOnly || self.full_since.is_some() {
            return Ok(());
        }
        let refused = |error: JournalError| refusal::of_journal(&name, &error);
        lock(&journal).commit(&[]).map_err(refused)?;
        close_journal(journal).map_err(refused)
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }
}

type Opened = (Store, Bytes, Outside);

/// Opens a file that has no log, to be read without keeping others from it.
fn open_to_read(given: &Given, settings: &Settings) -> Result<(Store, Unlocked), ErrorReply> {
    let unlocked = Unlocked::new(duplicate(&given.file, settings)?, &settings.name)?;
    let store = open_store(unlocked.medium(), settings, Access::ReadOnly)?;
    Ok((store, unlocked))
}

/// Whether there is a log that holds anything.
fn has_log(given: &Given) -> bool {
    given
        .log
        .as_ref()
        .is_some_and(|log| rustix::fs::fstat(log).map_or(true, |status| status.st_size > 0))
}

/// Opens the file as what was given allows, after what a log holds was brought into it.
fn open(given: &Given, settings: &Settings, access: Access) -> Result<Opened, ErrorReply> {
    if settings.access == Access::ReadOnly && !has_log(given) {
        let (mut store, unlocked) = open_to_read(given, settings)?;
        let outside = unlocked.opened(&mut store, &settings.name);
        return Ok((store, Bytes::Plain, outside));
    }
    let main = duplicate(&given.file, settings)?;
    if access == Access::ReadOnly {
        let held = RealFile::new(duplicate(&given.file, settings)?).try_lock(Lock::Shared);
        if matches!(held, Ok(false)) {
            return Err(refusal::of_journal(&settings.name, &JournalError::FileInUse));
        }
    }
    let Some(log) = &given.log else {
        return Err(refusal::no_log(&settings.name));
    };
    let (main, log) = (RealFile::new(main), RealFile::new(duplicate(log, settings)?));
    let limits = settings.commits.journal_limits();
    let opened = match access {
        Access::ReadOnly => Journal::open_read_only(Box::new(main), &log, limits),
        Access::ReadWrite | Access::Create(_) => {
            Journal::open(Box::new(main), Box::new(log), limits)
        }
    };
    let (journal, recovered) =
        opened.map_err(|error| refusal::of_journal(&settings.name, &error))?;
    tell(&settings.name, &recovered);
    let is_new = matches!(access, Access::Create(_)) && (settings.replaces || journal.is_empty());
    let journal = Arc::new(Mutex::new(journal));
    if settings.clears_marks {
        let medium = Arc::new(Journalled::new(Arc::clone(&journal), true));
        Store::clear_marks(medium, &settings.name).map_err(|error| error.to_reply())?;
    }
    if !is_new {
        let opened = open_on_journal(Arc::clone(&journal), settings, access.once_made());
        if opened.is_err()
            && access != Access::ReadOnly
            && let Err(error) = close_journal(journal)
        {
            tracing::warn!(file = settings.name, %error, "the log could not be closed");
        }
        return opened;
    }
    let (mut store, bytes, outside) = open_on_journal(Arc::clone(&journal), settings, access)?;
    // An empty file is not one that could be rolled back to.
    store.flush().map_err(|error| error.to_reply())?;
    let made = {
        let mut journal = lock(&journal);
        journal.commit(&[]).and_then(|_| journal.checkpoint())
    };
    made.map_err(|error| refusal::of_journal(&settings.name, &error))?;
    Ok((store, bytes, outside))
}

/// Leaves an empty log.
fn close_journal(journal: SharedJournal) -> Result<(), JournalError> {
    match Arc::try_unwrap(journal) {
        Ok(journal) => journal.into_inner().unwrap_or_else(PoisonError::into_inner).close(),
        // The library still has it open, after an error of its own.
        Err(shared) => lock(&shared).checkpoint(),
    }
}

fn open_on_journal(
    journal: SharedJournal,
    settings: &Settings,
    access: Access,
) -> Result<Opened, ErrorReply> {
    let medium = Arc::new(Journalled::new(Arc::clone(&journal), access != Access::ReadOnly));
    let store = open_store(Arc::<Journalled>::clone(&medium), settings, access)?;
    Ok((store, Bytes::Journal { journal, medium }, Outside::Guarded))
}

fn open_store(
    medium: Arc<dyn Medium>,
    settings: &Settings,
    access: Access,
) -> Result<Store, ErrorReply> {
    Store::open_on(medium, &settings.name, access, settings.limits)
        .map_err(|error: StoreError| error.to_reply())
}

fn duplicate(descriptor: &OwnedFd, settings: &Settings) -> Result<File, ErrorReply> {
    descriptor.try_clone().map(File::from).map_err(|error| {
        let message = format!("{} cannot be opened: {error}", settings.name);
        ErrorReply::new(ErrorCode::FileUnreadable, message)
    })
}

fn tell(name: &str, recovered: &Recovered) {
    if recovered.commits > 0 {
        tracing::info!(
            file = name,
            commits = recovered.commits,
            bytes = recovered.bytes,
            "what was acknowledged before the server ended is in the file"
        );
    }
}

/// Whether another request might have been taken.
fn is_of_request(error: &JournalError) -> bool {
    matches!(error, JournalError::TransactionTooLarge { .. } | JournalError::OutOfRange { .. })
}
