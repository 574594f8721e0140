//! What other programs do to the worker's file, as far as the file itself tells.
//!
//! A file that is open for writing is kept from other programs by its lock; the journal sees what they do in spite of
//! it. One that is only read is not locked, so that nobody who wants to write is kept from it: it is read as long as
//! it stays what it was, or beside a writer that lets others read (SWMR).

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use hdf5_async_protocol::message::{Change, ErrorCode, ErrorReply, Reason};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::refusal;
use crate::journal::JournalError;
use crate::store::{Growable, Marks, PlainFile, Store, is_open_for_writing, marks};

/// How the file is kept from others, or watched.
#[derive(Debug)]
pub(super) enum Outside {
    /// By its lock, and by the journal.
    Guarded,
    /// It is read as long as it is what it was.
    Still { file: File, seen: Look },
    /// It is read beside the program that writes to it.
    Followed(Followed),
}

#[derive(Debug)]
pub(super) struct Followed {
    file: File,
    medium: Arc<PlainFile>,
    /// As it was at the last look, and whether it was the same at the one before.
    last: Look,
    is_quiet: bool,
    /// What may grow, and the shapes that were told last.
    datasets: Vec<Growable>,
    /// The program has ended without closing the file.
    is_abandoned: bool,
}

/// By what a change of the file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    len: u64,
    modified: (i64, i64),
}

/// What a look at the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    AsBefore,
    /// The program that writes to the file has gone on, or may have.
    Written,
    /// As `Written`, and the program has closed the file.
    Closed,
    /// As `Written`, and the program has ended without closing the file.
    Abandoned,
    /// What is open of the file is not what it is now.
    Other,
}

impl Look {
    fn at(file: &File) -> std::io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { len: metadata.len(), modified: (metadata.mtime(), metadata.mtime_nsec()) })
    }
}

/// A file that is about to be read without a lock: as it was before.
#[derive(Debug)]
pub(super) struct Unlocked {
    file: File,
    medium: Arc<PlainFile>,
    seen: Look,
}

impl Unlocked {
    /// Refuses a file that another program has locked for writing.
    pub(super) fn new(file: File, name: &str) -> Result<Self, ErrorReply> {
        let unreadable = |error: std::io::Error| refusal::unreadable(name, &error);
        let seen = Look::at(&file).map_err(unreadable)?;
        let medium = Arc::new(PlainFile::read_only(file.try_clone().map_err(unreadable)?));
        // Whoever writes so that others can read holds no lock, and is not to meet one.
        if marks(&*medium).map_err(unreadable)? != Some(Marks::Swmr) {
            match flock(&file, FlockOperation::NonBlockingLockShared) {
                Err(Errno::WOULDBLOCK) => {
                    return Err(refusal::of_journal(name, &JournalError::FileInUse));
                }
                // Given back at once: a program that wants to write is not kept from it.
                Ok(()) => drop(flock(&file, FlockOperation::Unlock)),
                // Some file systems have no locks.
                Err(_) => {}
            }
        }
        Ok(Self { file, medium, seen })
    }

    pub(super) fn medium(&self) -> Arc<PlainFile> {
        Arc::clone(&self.medium)
    }

    /// The library has it open, beside a writer or by itself.
    pub(super) fn opened(self, store: &mut Store, name: &str) -> Outside {
        let Self { file, medium, seen } = self;
        if store.is_beside_writer() {
            let datasets = match store.growable() {
                Ok((datasets, true)) => datasets,
                Ok((datasets, false)) => {
                    let followed = datasets.len();
                    tracing::warn!(
                        file = name,
                        followed,
                        "max_followed_datasets: others may grow unnoticed"
                    );
                    datasets
                }
                Err(error) => {
                    tracing::error!(file = name, %error, "no dataset is followed");
                    Vec::new()
                }
            };
            let is_abandoned = is_open_for_writing(&file) == Some(false);
            Outside::Followed(Followed {
                file,
                medium,
                last: seen,
                is_quiet: false,
                datasets,
                is_abandoned,
            })
        } else {
            Outside::Still { file, seen }
        }
    }
}

impl Outside {
    /// What the front is told once the file is open.
    pub(super) fn opened_as(&self) -> Option<Reason> {
        match self {
            Self::Followed(Followed { is_abandoned: true, .. }) => Some(Reason::WriterLost),
            Self::Followed(_) => Some(Reason::WriterOpened),
            Self::Guarded | Self::Still { .. } => None,
        }
    }

    /// Whether what was just read may be a mixture of what the file was and what it has become.
    pub(super) fn has_changed(&self) -> bool {
        match self {
            Self::Guarded => false,
            Self::Still { file, seen } => Look::at(file).ok() != Some(*seen),
            Self::Followed(followed) => followed.state().is_none(),
        }
    }

    /// Looks at the file once more.
    pub(super) fn look(&mut self) -> Seen {
        match self {
            Self::Followed(followed) => followed.look(),
            Self::Still { .. } if self.has_changed() => Seen::Other,
            Self::Guarded | Self::Still { .. } => Seen::AsBefore,
        }
    }

    /// Why the file cannot be changed here, if others are the reason.
    pub(super) fn refusal(&self, name: &str) -> Option<ErrorReply> {
        let Self::Followed(followed) = self else { return None };
        let message = if followed.is_abandoned {
            format!(
                "{name} is open for reading only: a program that wrote to it in SWMR mode has ended without closing it; \
                 `hdf5-async recover` takes its mark away (as `h5clear -s` does), then the file can be changed"
            )
        } else {
            format!(
                "{name} is open for reading only: another program writes to it in SWMR mode; it can be changed when that \
                 program has closed it"
            )
        };
        Some(ErrorReply::new(ErrorCode::ReadOnly, message))
    }
}

impl Followed {
    /// What has grown since the last time.
    pub(super) fn growth(&mut self, store: &mut Store, name: &str) -> Vec<Change> {
        let mut changes = Vec::new();
        for dataset in &mut self.datasets {
            match store.growth(dataset) {
                Ok(change) => changes.extend(change),
                Err(error) => tracing::warn!(file = name, %error, "a dataset is not followed"),
            }
        }
        changes
    }

    /// How the file looks, and whether its writer has closed it; `None` where it is not the file any more that was
    /// followed. A program that writes in this way never cuts it.
    fn state(&self) -> Option<(Look, bool)> {
        let now = Look::at(&self.file).ok().filter(|now| now.len >= self.last.len)?;
        match marks(&*self.medium) {
            Ok(Some(Marks::Swmr)) => Some((now, false)),
            Ok(Some(Marks::None)) => Some((now, true)),
            _ => None,
        }
    }

    fn look(&mut self) -> Seen {
        let Some((now, is_closed)) = self.state() else { return Seen::Other };
        let is_same = now == self.last;
        // Two writes of one moment may have one time, so that the file is looked at once more than it seems to change.
        let was_quiet = std::mem::replace(&mut self.is_quiet, is_same);
        self.last = now;
        if is_closed {
            return Seen::Closed;
        }
        if !self.is_abandoned && is_open_for_writing(&self.file) == Some(false) {
            self.is_abandoned = true;
            return Seen::Abandoned;
        }
        if is_same && was_quiet { Seen::AsBefore } else { Seen::Written }
    }
}
