//! What becomes of a group when a task fails half-way, or the library or the disk refuses its commit.

use hdf5_async_protocol::message::{ErrorReply, Outcome};

use super::commits::{Commits, WorkerEnd};
use super::group::Member;
use super::refusal;
use super::served::CommitError;
use super::task::{Performed, State};
use crate::journal::JournalError;

impl Commits<'_> {
    /// The last task of the group has failed after it had changed something: undoes the group and does the others
    /// again.
    pub(super) fn redo(&mut self) -> Result<(), WorkerEnd> {
        self.file.roll_back()?;
        let mut members = self.group.take();
        let mut all_done = true;
        for member in members.iter_mut().filter(|member| member.is_applied) {
            let Performed { answer, state } = self.file.perform(&member.task);
            member.becomes(answer);
            if !(member.is_applied && matches!(state, State::Whole)) {
                // What came of it is found out in the same way again.
                member.is_applied = true;
                all_done = false;
                break;
            }
        }
        for member in members {
            self.group.push(member);
        }
        if all_done { self.commit() } else { self.one_by_one() }
    }

    /// Does every change of the group again and commits it by itself, so that only what cannot be done fails.
    pub(super) fn one_by_one(&mut self) -> Result<(), WorkerEnd> {
        self.file.roll_back()?;
        let mut members = self.group.take();
        for index in 0..members.len() {
            let member = &mut members[index];
            if !member.is_applied {
                continue;
            }
            let Performed { answer, state } = self.file.perform(&member.task);
            member.becomes(answer);
            let committed = match state {
                State::Whole if !member.is_applied => continue,
                State::Whole => self.file.commit(member.request().as_slice()),
                State::HalfDone => Err(CommitError::Library(None)),
                State::DiskFailed(error) => Err(CommitError::Journal(error)),
            };
            match committed {
                Ok(()) => {}
                Err(CommitError::Library(error)) => {
                    if let Some(error) = error {
                        member.becomes(member.task.failed(error));
                    }
                    self.file.roll_back()?;
                }
                Err(CommitError::Journal(error)) => {
                    return self.not_committed(members, Vec::new(), error);
                }
            }
        }
        self.release(members)
    }

    /// The disk has failed: nobody is told `success`, unless the commit is found in the log. What was done `behind` it is
    /// lost for certain.
    pub(super) fn not_committed(
        &mut self,
        members: Vec<Member>,
        behind: Vec<Member>,
        error: JournalError,
    ) -> Result<(), WorkerEnd> {
        tracing::error!(file = self.file.name(), %error, "a commit failed");
        let is_full = matches!(error, JournalError::StorageFull { .. });
        let mut told = refusal::of_journal(self.file.name(), &error);
        if is_full && self.file.give_up_writing()? {
            self.release(members)?;
        } else {
            let outcome = told.outcome.or(Some(Outcome::Unknown));
            self.refuse(members, &ErrorReply { outcome, ..told.clone() }, is_full)?;
        }
        told.outcome = Some(Outcome::NotApplied);
        self.refuse(behind, &told, is_full)?;
        if is_full { Ok(()) } else { Err(error.into()) }
    }

    /// Answers a group that is lost: its changes with `told`; its reads are done again if the file can be read.
    fn refuse(
        &mut self,
        members: Vec<Member>,
        told: &ErrorReply,
        is_readable: bool,
    ) -> Result<(), WorkerEnd> {
        for mut member in members {
            let Some(answer) = member.answer.take() else { continue };
            let answer = if member.is_applied {
                member.task.failed(told.clone())
            } else if member.task.is_change() {
                answer
            } else if is_readable {
                self.file.perform(&member.task).answer
            } else {
                let outcome = Some(Outcome::NotApplied);
                member.task.failed(ErrorReply { outcome, ..told.clone() })
            };
            self.write(&answer)?;
        }
        self.send()
    }
}
