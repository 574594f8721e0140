//! The descriptors that a worker process is started with: how it gets files that it could not open itself.
#![expect(unsafe_code, reason = "a descriptor's number becomes a descriptor")]

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

/// The descriptor that this process was started with under `number`.
///
/// # Errors
/// When there is none.
pub fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: what was inherited has no owner in this process that could close it during the call, and the system
    // refuses to duplicate what is not open.
    unsafe { BorrowedFd::borrow_raw(number) }.try_clone_to_owned()
}
