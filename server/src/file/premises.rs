//! What a file's task needs of the world outside: workers, and word of what happens to the file.

use hdf5_async_protocol::message::{ErrorReply, Reason};
use hdf5_async_protocol::model::FileCreation;

use super::link::WorkerLink;
use crate::watch::Sight;

pub trait Premises: Send {
    /// Starts a worker for the file, which makes it where it is given what to make it with.
    ///
    /// # Errors
    /// When there is no such file, or the system refuses a process.
    fn start(&mut self, creation: Option<FileCreation>) -> Result<WorkerLink, ErrorReply>;

    /// Why the file cannot be made anew, if it cannot.
    fn keeps_from_creating(&self) -> Option<ErrorReply> {
        None
    }

    /// Lets go of the file: the next worker gets the one that has the name then.
    fn let_go(&mut self) {}

    /// What tells of changes of the file that is held.
    fn sight(&mut self) -> Option<&mut Sight> {
        None
    }

    /// Why the name does not lead to the file any more that is held.
    fn displaced(&self) -> Option<Reason> {
        None
    }
}

/// For workers of a file that nobody else touches.
impl<F> Premises for F
where
    F: FnMut(Option<FileCreation>) -> Result<WorkerLink, ErrorReply> + Send,
{
    fn start(&mut self, creation: Option<FileCreation>) -> Result<WorkerLink, ErrorReply> {
        self(creation)
    }
}
