//! What a worker is told when it starts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::journal::JournalLimits;
use crate::store::{Access, StoreLimits};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The served name of the file, for messages.
    pub name: String,
    pub access: Access,
    /// With `Access::Create`: whether the file is made even if there is one, or only if it is empty.
    #[serde(default)]
    pub replaces: bool,
    /// The marks of a program that has died while it had the file open are taken away.
    #[serde(default)]
    pub clears_marks: bool,
    /// Why it is open for reading only, if that has a reason of its own.
    #[serde(default)]
    pub read_only_because: Option<String>,
    pub limits: StoreLimits,
    pub commits: CommitLimits,
}

/// Writes beyond the end of the file with at least so many bytes go straight to it. Smaller ones are cheaper in the
/// log, because a commit with any of the others has to sync two files.
const DIRECT_BYTES: u64 = 512 << 10;

/// When changes are made safe, and when they go from the log into the file.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CommitLimits {
    /// Requests that share a commit, at most.
    pub max_requests: usize,
    /// Bytes of their values, at most.
    pub max_group_bytes: usize,
    /// How long a commit waits for more requests while some come.
    pub gather: Duration,
    /// After this time a change is safe even if nobody waits for it.
    pub applied_within: Duration,
    /// Bytes of the log after which it is brought into the file.
    pub checkpoint_bytes: u64,
    /// It is also brought into the file when no request has come for this time.
    pub checkpoint_idle: Duration,
    /// Bytes of the file that one commit may change.
    pub max_commit_bytes: u64,
}

impl CommitLimits {
    pub(super) fn journal_limits(&self) -> JournalLimits {
        JournalLimits {
            checkpoint_bytes: self.checkpoint_bytes,
            max_uncommitted_bytes: self.max_commit_bytes,
            direct_bytes: DIRECT_BYTES,
            ..JournalLimits::default()
        }
    }
}

impl Default for CommitLimits {
    fn default() -> Self {
        Self {
            max_requests: 256,
            max_group_bytes: 16 << 20,
            gather: Duration::from_millis(2),
            applied_within: Duration::from_millis(100),
            checkpoint_bytes: 64 << 20,
            checkpoint_idle: Duration::from_secs(1),
            max_commit_bytes: 256 << 20,
        }
    }
}
