//! Why a file could not be looked after, and the exit code that a script sees: the same as those of the other commands.

use std::io;
use std::path::PathBuf;

use serde_json::json;

use crate::journal::JournalError;

#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: this is no file", path.display())]
    NoFile { path: PathBuf },
    #[error("{} is there already; --overwrite replaces it", path.display())]
    TargetExists { path: PathBuf },
    #[error("{} is the file itself", path.display())]
    TargetIsFile { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Journal { path: PathBuf, source: JournalError },
    #[error("the library could not be started to read the file: {source}")]
    Worker { source: io::Error },
    #[error(
        "{} is marked as open for writing, and on this file system it cannot be found out whether a program still \
         writes to it; if none does, `h5clear -s` takes the mark away",
        path.display()
    )]
    WriterUnknown { path: PathBuf },
    /// The file cannot be opened for taking the mark away.
    #[error("{} is marked as open for writing, which cannot be changed: {reason}", path.display())]
    Marked { path: PathBuf, reason: String },
    /// What was copied is no HDF5 file that can be opened.
    #[error("{} was copied, but the copy cannot be read: {reason}", path.display())]
    CopyUnreadable { path: PathBuf, reason: String },
}

impl UpkeepError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    pub(super) fn journal(path: impl Into<PathBuf>) -> impl FnOnce(JournalError) -> Self {
        let path = path.into();
        move |source| Self::Journal { path, source }
    }

    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => 4,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => 5,
            Self::TargetExists { .. } | Self::TargetIsFile { .. } => 6,
            Self::Journal { source, .. } if is_passing(source) => 7,
            _ => 1,
        }
    }

    fn code(&self) -> &'static str {
        match self.exit() {
            4 => "not_found",
            5 => "not_allowed",
            6 => "does_not_fit",
            7 => "try_later",
            _ => "failed",
        }
    }

    pub fn to_json(&self) -> String {
        json!({"status": "error", "code": self.code(), "message": self.to_string()}).to_string()
    }
}

/// Whether the same may work later.
fn is_passing(error: &JournalError) -> bool {
    matches!(
        error,
        JournalError::LogInUse | JournalError::FileInUse | JournalError::CopyOvertaken { .. }
    )
}
