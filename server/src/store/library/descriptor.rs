//! The descriptors that a worker process is started with, and who else has their files open.
#![expect(
    unsafe_code,
    reason = "a descriptor's number becomes a descriptor, and leases have no safe call"
)]

use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd, RawFd};

use nix::libc;

/// The descriptor that this process was started with under `number`.
///
/// # Errors
/// When there is none.
pub fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: what was inherited has no owner in this process that could close it during the call, and the system
    // refuses to duplicate what is not open.
    unsafe { BorrowedFd::borrow_raw(number) }.try_clone_to_owned()
}

/// Whether any program has the file open for writing; `None` where the system does not tell. `file` has to be open for
/// reading only.
pub fn is_open_for_writing(file: &impl AsFd) -> Option<bool> {
    let descriptor = file.as_fd().as_raw_fd();
    // A lease for reading is given only where nobody has the file open for writing. It is given back at once: whoever
    // opens the file in between waits for that moment.
    // SAFETY: the call takes and gives back a lease of a descriptor that is open, and touches no memory.
    let leased = unsafe { libc::fcntl(descriptor, libc::F_SETLEASE, libc::F_RDLCK) };
    if leased == 0 {
        // SAFETY: as above.
        unsafe { libc::fcntl(descriptor, libc::F_SETLEASE, libc::F_UNLCK) };
        return Some(false);
    }
    let refused = io::Error::last_os_error();
    (refused.raw_os_error() == Some(libc::EAGAIN)).then_some(true)
}
