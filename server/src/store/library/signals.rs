//! Signals that would end a worker over something that it can answer for.
#![expect(unsafe_code, reason = "what a signal does is changed for the whole process")]

use std::io;

use nix::sys::signal::{SigHandler, Signal, signal};

/// A file that would become larger than files may be (`ulimit -f`) is an error of the write, as a full disk is; it does not
/// end the process any more. Neither does a program that opens a file for writing in the moment in which it is found out
/// whether one does.
///
/// # Errors
/// When the operating system refuses.
pub fn survive_signals() -> io::Result<()> {
    // SAFETY: a signal that is ignored runs no code.
    unsafe {
        signal(Signal::SIGXFSZ, SigHandler::SigIgn)?;
        signal(Signal::SIGIO, SigHandler::SigIgn)?;
    }
    Ok(())
}
