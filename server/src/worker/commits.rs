//! Group commit: tasks are done as they come, made safe together, and answered then.
//!
//! A group ends when nothing more waits in the socket, or when it is large or old enough. Commits take longer than
//! most changes, and what comes during one makes up the next group: one client waits for no other, and many share
//! each sync of the disk.
//!
//! Answers go out in the order of the jobs. Those that depend on nothing uncommitted go at once; a read that may have
//! seen an uncommitted change waits for its commit, so that nobody is told what a crash could take back.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use hdf5_async_protocol::message::{Durability, ErrorReply, Outcome};

use super::channel::{ChannelError, prefix_of, write_frame};
use super::group::{Group, Member};
use super::job::Job;
use super::refusal;
use super::served::{CommitError, ServedFile};
use super::settings::CommitLimits;
use super::task::{Answered, Performed, State, Task};
use crate::journal::JournalError;

/// Bytes of answers that are gathered for one call; larger values are written by themselves.
const MAX_GATHERED_BYTES: usize = 64 << 10;

/// Why the worker ends before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum WorkerEnd {
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The front starts another worker, which recovers what was committed.
    #[error("the disk failed; the file is opened again from its log: {0}")]
    Storage(#[from] JournalError),
    #[error("the file could not be opened again after a failure: {0}")]
    Reopen(#[from] ErrorReply),
}

#[derive(Debug)]
pub(super) struct Commits<'a> {
    socket: &'a UnixStream,
    pub(super) file: ServedFile,
    limits: CommitLimits,
    group: Group,
    /// Answers that are written to the socket together.
    outgoing: Vec<u8>,
    /// Since the last job, or since the log had to stay for somebody who copies it.
    quiet_since: Instant,
}

impl<'a> Commits<'a> {
    pub(super) fn new(socket: &'a UnixStream, file: ServedFile, limits: CommitLimits) -> Self {
        Self {
            socket,
            file,
            limits,
            group: Group::default(),
            outgoing: Vec::new(),
            quiet_since: Instant::now(),
        }
    }

    /// How long the next job may be waited for before [`Self::idle`] has something to do.
    pub(super) fn patience(&self) -> Option<Duration> {
        if self.group.is_awaited() {
            return Some(Duration::ZERO);
        }
        if let Some(began) = self.group.began() {
            return Some(self.limits.applied_within.saturating_sub(began.elapsed()));
        }
        let checkpoint_in = self.limits.checkpoint_idle.saturating_sub(self.quiet_since.elapsed());
        self.file.has_log().then_some(checkpoint_in)
    }

    /// No job came in time.
    pub(super) fn idle(&mut self) -> Result<(), WorkerEnd> {
        if self.group.len() > 0 {
            return self.commit();
        }
        if !self.file.has_log() || self.quiet_since.elapsed() < self.limits.checkpoint_idle {
            return Ok(());
        }
        if self.file.is_held() {
            self.quiet_since = Instant::now();
            return Ok(());
        }
        self.checkpoint()
    }

    /// Does a job, and commits if it is time to.
    pub(super) fn take(&mut self, job: Job, payload: Vec<u8>) -> Result<(), WorkerEnd> {
        self.quiet_since = Instant::now();
        let task = match Task::read(job, payload) {
            Ok(task) => task,
            Err(refused) => return self.answer_in_order(&(*refused, Vec::new())),
        };
        if task.is_flush() {
            self.commit()?;
            self.file.wait_for_readers();
            self.checkpoint()?;
        }
        if task.is_settle() {
            self.commit()?;
            if !self.file.is_held() {
                self.checkpoint()?;
            }
        }
        if let Some(key) = task.key() {
            if self.group.holds(key) {
                self.commit()?;
            }
            if let Some(reply) = self.file.was_applied(key.as_str()) {
                let repeated = self.file.answer_again(&task, reply);
                return self.answer_in_order(&repeated);
            }
        }
        if let Some(refusal) = &task.refusal {
            let refused = self.file.refuse(&task, refusal);
            return self.answer_in_order(&refused);
        }
        let Performed { answer, state } = self.file.perform(&task);
        match state {
            State::Whole => self.settle(task, answer)?,
            State::HalfDone => {
                self.group.push(Member::new(task, answer));
                self.redo()?;
            }
            State::DiskFailed(error) => {
                self.group.push(Member::new(task, answer));
                let members = self.group.take();
                self.not_committed(members, error)?;
            }
        }
        if self.is_full() { self.commit() } else { Ok(()) }
    }

    fn is_full(&self) -> bool {
        let Some(began) = self.group.began() else { return false };
        let age = began.elapsed();
        self.group.len() >= self.limits.max_requests
            || self.group.bytes() >= self.limits.max_group_bytes
            || age >= self.limits.applied_within
            || (self.group.is_awaited() && age >= self.limits.gather)
    }

    /// Answers a task now, or keeps it for the commit.
    fn settle(&mut self, task: Task, answer: Answered) -> Result<(), WorkerEnd> {
        if !self.group.lets_go(&task, &answer) {
            self.group.push(Member::new(task, answer));
            return Ok(());
        }
        let mut member = Member::new(task, answer);
        self.answer(&mut member, Durability::Applied)?;
        self.send()?;
        if member.is_applied {
            self.group.push(member);
        }
        Ok(())
    }

    /// Answers what needs no task, behind those that wait.
    fn answer_in_order(&mut self, answer: &Answered) -> Result<(), WorkerEnd> {
        if self.group.is_awaited() {
            self.commit()?;
        }
        self.write(answer)?;
        self.send()
    }

    /// Makes the group safe and answers it.
    pub(super) fn commit(&mut self) -> Result<(), WorkerEnd> {
        if self.group.began().is_some() {
            match self.file.commit(&self.group.requests()) {
                Ok(()) => {}
                Err(CommitError::Library(error)) => {
                    tracing::warn!(?error, "a commit is tried change by change");
                    return self.one_by_one();
                }
                Err(CommitError::Journal(error)) => {
                    let members = self.group.take();
                    return self.not_committed(members, error);
                }
            }
        }
        let members = self.group.take();
        self.release(members)?;
        if self.file.is_checkpoint_due() { self.checkpoint() } else { Ok(()) }
    }

    fn release(&mut self, members: Vec<Member>) -> Result<(), WorkerEnd> {
        for mut member in members {
            self.answer(&mut member, Durability::Commit)?;
        }
        self.send()
    }

    fn answer(&mut self, member: &mut Member, durability: Durability) -> Result<(), WorkerEnd> {
        let Some((mut done, values)) = member.answer.take() else { return Ok(()) };
        done.durability = member.is_applied.then_some(durability);
        self.write(&(done, values))
    }

    fn write(&mut self, (done, values): &Answered) -> Result<(), WorkerEnd> {
        if values.len() > MAX_GATHERED_BYTES {
            self.send()?;
            return Ok(write_frame(self.socket, done, values)?);
        }
        self.outgoing.extend_from_slice(&prefix_of(done, values)?);
        self.outgoing.extend_from_slice(values);
        if self.outgoing.len() > MAX_GATHERED_BYTES { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), WorkerEnd> {
        let mut socket = self.socket;
        socket.write_all(&self.outgoing).map_err(ChannelError::Io)?;
        self.outgoing.clear();
        Ok(())
    }

    /// The last task of the group has failed after it had changed something: undoes the group and does the others
    /// again.
    fn redo(&mut self) -> Result<(), WorkerEnd> {
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
    fn one_by_one(&mut self) -> Result<(), WorkerEnd> {
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
                Err(CommitError::Journal(error)) => return self.not_committed(members, error),
            }
        }
        self.release(members)
    }

    /// The disk has failed: nobody is told `success`, unless the commit is found in the log.
    fn not_committed(
        &mut self,
        members: Vec<Member>,
        error: JournalError,
    ) -> Result<(), WorkerEnd> {
        tracing::error!(file = self.file.name(), %error, "a commit failed");
        let is_full = matches!(error, JournalError::StorageFull { .. });
        if is_full && self.file.give_up_writing()? {
            return self.release(members);
        }
        let mut told = refusal::of_journal(self.file.name(), &error);
        for mut member in members {
            let Some(answer) = member.answer.take() else { continue };
            let answer = if member.is_applied {
                told.outcome = told.outcome.or(Some(Outcome::Unknown));
                member.task.failed(told.clone())
            } else if member.task.is_change() {
                answer
            } else if is_full {
                self.file.perform(&member.task).answer
            } else {
                let outcome = Some(Outcome::NotApplied);
                member.task.failed(ErrorReply { outcome, ..told.clone() })
            };
            self.write(&answer)?;
        }
        self.send()?;
        if is_full { Ok(()) } else { Err(error.into()) }
    }

    /// Brings what is committed into the file.
    fn checkpoint(&mut self) -> Result<(), WorkerEnd> {
        match self.file.checkpoint() {
            Ok(()) => Ok(()),
            Err(error @ JournalError::StorageFull { .. }) => {
                tracing::error!(file = self.file.name(), %error, "the log cannot be brought into the file");
                self.file.give_up_writing()?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Everything is made safe and the file closed.
    pub(super) fn close(mut self) -> Result<Option<ErrorReply>, WorkerEnd> {
        self.commit()?;
        Ok(self.file.close().err())
    }
}
