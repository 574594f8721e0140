//! The protections that make a commit safe, by name.

/// Each line of defence of which the simulation shows that it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// The log is synced before a commit is acknowledged.
    SyncOfRecord,
    /// Bytes written straight to the file are synced before the record that counts on them.
    SyncOfDirect,
    /// The log says that the file is being written before it is.
    SyncOfMark,
    /// The file is synced before the log forgets what was copied.
    SyncOfFile,
    /// The emptied log is synced before the next commit goes into it.
    SyncOfHeader,
    /// The copying comes before the forgetting.
    OrderOfCheckpoint,
    /// A record that is not whole is not applied.
    ChecksumOfRecord,
    /// A header that is not whole is not believed.
    ChecksumOfHeader,
    /// A record of an earlier round of the log is not applied.
    SequenceOfRecord,
    /// A record of an earlier log at the same place is not applied.
    IdentityOfRecord,
    /// A log whose file was exchanged or changed is not applied.
    StampOfFile,
    /// What was cut off and grown again reads as zeros.
    ZerosOfRegrowth,
}

pub(super) const fn holds(_: Protection) -> bool {
    true
}
