//! The protections that make a commit safe, by name. In a test one of them can be taken out, and the simulation
//! has to notice; outside of tests they always hold.

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
    /// A log that was emptied by closing is empty on the disk, too, before a new one begins in it.
    SyncOfCut,
    /// What somebody else wrote to the file is synced before the log takes it as it is.
    SyncOfTaken,
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

#[cfg(not(test))]
pub(super) const fn holds(_: Protection) -> bool {
    true
}

#[cfg(test)]
pub(super) use removal::{holds, without};

#[cfg(test)]
mod removal {
    use std::cell::Cell;

    use super::Protection;

    thread_local! {
        static REMOVED: Cell<Option<Protection>> = const { Cell::new(None) };
    }

    pub(in super::super) fn holds(protection: Protection) -> bool {
        REMOVED.get() != Some(protection)
    }

    /// Runs `f` on this thread without the protection.
    pub(in super::super) fn without<T>(removed: Option<Protection>, f: impl FnOnce() -> T) -> T {
        REMOVED.set(removed);
        let result = f();
        REMOVED.set(None);
        result
    }
}
