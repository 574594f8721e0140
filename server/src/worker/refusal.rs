//! What clients are told when the disk, the log or a lock is in the way.

use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Outcome};

use crate::journal::JournalError;

/// When a client may try again on a full disk.
const FULL_DISK_RETRY_MS: u64 = 1000;

/// When a client may send a request again that was not answered because the file changed.
const CHANGED_RETRY_MS: u64 = 100;

/// The journal's refusal, about the file `name`.
pub fn of_journal(name: &str, error: &JournalError) -> ErrorReply {
    let code = match error {
        JournalError::StorageFull { .. } => return storage_full(name),
        JournalError::StorageFailed { .. } | JournalError::Poisoned => ErrorCode::StorageFailed,
        JournalError::ReadOnly => ErrorCode::ReadOnly,
        JournalError::TransactionTooLarge { .. } | JournalError::OutOfRange { .. } => {
            ErrorCode::TooLarge
        }
        JournalError::LogInUse | JournalError::FileInUse => ErrorCode::FileLocked,
        JournalError::NotALog
        | JournalError::LogVersion { .. }
        | JournalError::LogDamaged
        | JournalError::ForeignLog
        | JournalError::FileChanged { .. } => ErrorCode::LogUnusable,
        JournalError::CopyOvertaken { .. } => ErrorCode::Busy,
        JournalError::Uncommitted
        | JournalError::CommitUnderWay
        | JournalError::RequestTooLong { .. } => ErrorCode::Internal,
    };
    ErrorReply::new(code, format!("{name}: {error}"))
}

pub(super) fn storage_full(name: &str) -> ErrorReply {
    let message = format!(
        "the disk of {name} is full: nothing can be changed until there is space; what was acknowledged is safe"
    );
    let mut error = ErrorReply::new(ErrorCode::StorageFull, message);
    error.outcome = Some(Outcome::NotApplied);
    error.retry_after_ms = Some(FULL_DISK_RETRY_MS);
    error
}

/// The file could not be opened again after a failure.
pub(super) fn not_open(name: &str) -> ErrorReply {
    let message = format!("{name} could not be opened again after a failure; the log says why");
    let mut error = ErrorReply::new(ErrorCode::FileUnreadable, message);
    error.outcome = Some(Outcome::NotApplied);
    error
}

pub(super) fn no_log(name: &str) -> ErrorReply {
    ErrorReply::new(ErrorCode::Internal, format!("{name} was given for writing without a log"))
}

/// The answer may be a mixture of what the file was and what it has become.
pub fn file_changed(name: &str) -> ErrorReply {
    let message = format!(
        "{name} was changed by another program while it was read; it is opened again, send the request again"
    );
    let mut error = ErrorReply::new(ErrorCode::FileChanged, message);
    error.outcome = Some(Outcome::NotApplied);
    error.retry_after_ms = Some(CHANGED_RETRY_MS);
    error
}

pub(super) fn unreadable(name: &str, error: &std::io::Error) -> ErrorReply {
    ErrorReply::new(ErrorCode::FileUnreadable, format!("{name} cannot be read: {error}"))
}
