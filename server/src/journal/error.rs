//! What can go wrong with a journal, a variant per decision of whoever uses it.

use std::io;

use super::header::LOG_VERSION;

/// Why the journal refused, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// No space: the journal is poisoned. What was committed is safe; open again when there is space.
    #[error(
        "the disk is full ({doing}): nothing since the last commit is kept, and the file is read-only until there is space"
    )]
    StorageFull { doing: Doing, source: io::Error },
    /// The disk failed: the journal is poisoned. What was committed is safe; open again to recover to it.
    #[error(
        "the disk failed ({doing}): {source}; what was acknowledged before is in the file or its log"
    )]
    StorageFailed { doing: Doing, source: io::Error },
    /// An earlier call failed with one of the above.
    #[error(
        "the disk failed before; the file must be opened again, which recovers to the last commit"
    )]
    Poisoned,
    /// A journal opened for reading was asked to change something.
    #[error("the file is opened for reading only")]
    ReadOnly,
    /// Checkpoints and closing are possible only between transactions.
    #[error("there are uncommitted changes; commit them or roll them back first")]
    Uncommitted,
    /// One commit after the other, and nothing else that writes the log or the file meanwhile.
    #[error("a commit is under way; finish it first")]
    CommitUnderWay,
    /// The uncommitted pages would take too much memory. Roll back; the transaction is to be made in smaller parts.
    #[error(
        "the change touches more than {limit} bytes at once (max_uncommitted_bytes); make it in smaller parts"
    )]
    TransactionTooLarge { limit: u64 },
    /// Offsets are limited as HDF5 limits them.
    #[error("offset {offset} with {len} bytes is beyond what a file can hold")]
    OutOfRange { offset: u64, len: u64 },
    /// The keys or replies of the applied requests are longer than the log remembers.
    #[error("a request's key or reply has {len} bytes, at most {max} are remembered")]
    RequestTooLong { len: usize, max: usize },
    /// Checkpoints came faster than the file could be copied.
    #[error(
        "the file was brought up to date {times} times while it was copied; try again when less is written"
    )]
    CopyOvertaken { times: u32 },
    /// Another process has the log: another server, or a command of an operator.
    #[error("the log is in use by another process; is a second server running on this file?")]
    LogInUse,
    /// Another program has the file open for writing.
    #[error("the file is open for writing in another program; close it there first")]
    FileInUse,
    /// What lies at the log's place was not written by this software.
    #[error("the file at the log's place is not a log of HDF5 Async; move it away")]
    NotALog,
    /// The log was written by another version.
    #[error(
        "the log has format version {found}, this program writes version {LOG_VERSION}; \
         open the file once with the program that wrote the log and close it, then it has none"
    )]
    LogVersion { found: u32 },
    /// Both headers of the log are damaged, and it holds commits.
    #[error(
        "the log holds changes, but both its headers are damaged; keep both files and ask for help"
    )]
    LogDamaged,
    /// The log holds acknowledged changes of another file.
    #[error(
        "the log holds changes of another file than this one; bring the right file back, or move the log away to give \
         its changes up"
    )]
    ForeignLog,
    /// The log holds acknowledged changes, but the file is not what it was at the last checkpoint.
    #[error(
        "the file was changed by another program while its log held changes that are not in it ({what}); \
         bring the unchanged file back, or move the log away to give its changes up"
    )]
    FileChanged { what: Difference },
}

impl JournalError {
    /// Whether the disk said it, and not what is on it.
    pub(super) fn is_of_disk(&self) -> bool {
        matches!(self, Self::StorageFull { .. } | Self::StorageFailed { .. })
    }
}

/// What the journal was doing when the disk failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Reading,
    WritingLog,
    SyncingLog,
    WritingFile,
    SyncingFile,
    WritingCopy,
    Locking,
}

impl std::fmt::Display for Doing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Reading => "reading",
            Self::WritingLog => "writing the log",
            Self::SyncingLog => "syncing the log",
            Self::WritingFile => "writing the file",
            Self::SyncingFile => "syncing the file",
            Self::WritingCopy => "writing the copy",
            Self::Locking => "locking the files",
        })
    }
}

/// By what a change of the file was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    Length {
        expected: u64,
        found: u64,
    },
    Time,
    Content {
        page: u64,
    },
    /// It is another file, and nothing of its content says that it is a copy.
    Inode,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(f, "it has {found} bytes instead of {expected}")
            }
            Self::Time => f.write_str(
                "its time of modification is another; if it is only that, as after a copy, `hdf5-async recover \
                 --accept-touched` takes it",
            ),
            Self::Inode => f.write_str("it is another file of the same name"),
            Self::Content { page } => write!(f, "its content differs at byte {}", page * 4096),
        }
    }
}

/// Puts an error of the disk in the words of the journal.
pub(super) fn storage(doing: Doing) -> impl FnOnce(io::Error) -> JournalError {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            JournalError::StorageFull { doing, source }
        }
        _ => JournalError::StorageFailed { doing, source },
    }
}
