//! Group commit: tasks are done as they come, made safe together, and answered then.
//!
//! A group ends when nothing more waits in the socket, or when it is large or old enough. A thread of its own waits for
//! the disk (`disk_thread`), and what comes meanwhile is done and makes up the next group: one client waits for no
//! other, many share each sync of the disk, and HDF5 and the disk work at the same time.
//!
//! Answers go out in the order of the jobs. Those that depend on nothing uncommitted go at once; a read that may have
//! seen an uncommitted change waits for its commit, so that nobody is told what a crash could take back.
//! What becomes of a group that fails is in `failing`.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use hdf5_async_protocol::message::{Durability, ErrorReply};

use super::channel::{ChannelError, prefix_of, write_frame};
use super::disk_thread::DiskThread;
use super::group::{Group, Member};
use super::job::Job;
use super::served::{CommitError, ServedFile};
use super::settings::CommitLimits;
use super::spares::Spares;
use super::task::{Answered, Performed, State, Task};
use crate::journal::{CommitOutcome, JournalError};

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
    #[error("a thread of the worker could not be started, or has ended: {0}")]
    Thread(#[source] std::io::Error),
}

#[derive(Debug)]
pub(super) struct Commits<'a> {
    socket: &'a UnixStream,
    pub(super) file: ServedFile,
    limits: CommitLimits,
    pub(super) group: Group,
    disk: DiskThread,
    /// The group that the disk is at work on.
    under_way: Vec<Member>,
    /// Where the memory of payloads goes.
    spares: Spares,
    /// Answers that are written to the socket together.
    outgoing: Vec<u8>,
    /// Since the last job, or since the log had to stay for somebody who copies it.
    quiet_since: Instant,
}

impl<'a> Commits<'a> {
    pub(super) fn new(
        socket: &'a UnixStream,
        file: ServedFile,
        limits: CommitLimits,
        spares: Spares,
    ) -> Result<Self, WorkerEnd> {
        Ok(Self {
            socket,
            file,
            limits,
            group: Group::default(),
            disk: DiskThread::start().map_err(WorkerEnd::Thread)?,
            under_way: Vec::new(),
            spares,
            outgoing: Vec::new(),
            quiet_since: Instant::now(),
        })
    }

    /// Readable when [`Self::poll`] has something to do.
    pub(super) fn signal(&self) -> &UnixStream {
        self.disk.signal()
    }

    /// How long the next job may be waited for before [`Self::idle`] has something to do.
    pub(super) fn patience(&self) -> Option<Duration> {
        if self.disk.is_at_work() {
            return None;
        }
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
        if self.disk.is_at_work() {
            return Ok(());
        }
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
            self.commit_and_wait()?;
            self.file.wait_for_readers();
            self.checkpoint()?;
        }
        if task.is_settle() {
            self.commit_and_wait()?;
            if !self.file.is_held() {
                self.checkpoint()?;
            }
        }
        if let Some(key) = task.key() {
            if self.group.holds(key) || self.under_way.iter().any(|member| member.has_key(key)) {
                self.commit_and_wait()?;
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
        self.perform(task)?;
        self.poll()?;
        if self.is_full() { self.commit() } else { Ok(()) }
    }

    fn perform(&mut self, task: Task) -> Result<(), WorkerEnd> {
        let Performed { answer, state } = self.file.perform(&task);
        match state {
            State::Whole => self.settle(task, answer),
            State::HalfDone => {
                self.finish_under_way()?;
                self.group.push(Member::new(task, answer));
                self.redo()
            }
            State::DiskFailed(error) => {
                self.finish_under_way()?;
                self.group.push(Member::new(task, answer));
                let members = self.group.take();
                self.not_committed(members, Vec::new(), error)
            }
        }
    }

    fn is_full(&self) -> bool {
        let is_large = self.group.len() >= self.limits.max_requests
            || self.group.bytes() >= self.limits.max_group_bytes;
        // As long as the disk is at work, it only takes memory to wait.
        if is_large || self.disk.is_at_work() {
            return is_large;
        }
        let Some(began) = self.group.began() else { return false };
        let age = began.elapsed();
        age >= self.limits.applied_within || (self.group.is_awaited() && age >= self.limits.gather)
    }

    /// Answers a task now, or keeps it for the commit.
    fn settle(&mut self, task: Task, answer: Answered) -> Result<(), WorkerEnd> {
        let waits = self.disk.is_at_work()
            && (task.durability() == Durability::Commit
                || self.under_way.iter().any(|member| member.answer.is_some()));
        if waits || !self.group.lets_go(&task, &answer) {
            self.group.push(Member::new(task, answer));
            return Ok(());
        }
        let mut member = Member::new(task, answer);
        self.reply(&mut member, Durability::Applied)?;
        self.send()?;
        if member.is_applied {
            self.group.push(member);
        }
        Ok(())
    }

    /// Answers what needs no task, behind those that wait.
    fn answer_in_order(&mut self, answer: &Answered) -> Result<(), WorkerEnd> {
        if self.group.is_awaited() || self.disk.is_at_work() {
            self.commit_and_wait()?;
        }
        self.write(answer)?;
        self.send()
    }

    /// Begins to make the group safe; it is answered when it is.
    pub(super) fn commit(&mut self) -> Result<(), WorkerEnd> {
        self.finish_under_way()?;
        if self.group.began().is_none() {
            let members = self.group.take();
            return self.release(members);
        }
        match self.file.begin_commit(&self.group.requests()) {
            Ok(None) => {
                let members = self.group.take();
                self.release(members)?;
            }
            Ok(Some(work)) => {
                self.under_way = self.group.take();
                self.disk.begin(work).map_err(WorkerEnd::Thread)?;
            }
            Err(CommitError::Library(error)) => {
                tracing::warn!(?error, "a commit is tried change by change");
                return self.one_by_one();
            }
            Err(CommitError::Journal(error)) => {
                let members = self.group.take();
                return self.not_committed(members, Vec::new(), error);
            }
        }
        if self.file.is_checkpoint_due() {
            self.finish_under_way()?;
            return self.checkpoint();
        }
        Ok(())
    }

    fn commit_and_wait(&mut self) -> Result<(), WorkerEnd> {
        self.commit()?;
        self.finish_under_way()
    }

    /// Answers the group that the disk was at work on, if it is ready.
    pub(super) fn poll(&mut self) -> Result<(), WorkerEnd> {
        if !self.disk.is_at_work() {
            return Ok(());
        }
        let outcome = self.disk.poll().map_err(WorkerEnd::Thread)?;
        outcome.map_or(Ok(()), |outcome| self.finish(outcome))
    }

    /// The same, and waits for the disk.
    pub(super) fn finish_under_way(&mut self) -> Result<(), WorkerEnd> {
        if !self.disk.is_at_work() {
            return Ok(());
        }
        let outcome = self.disk.wait().map_err(WorkerEnd::Thread)?;
        self.finish(outcome)
    }

    fn finish(&mut self, outcome: CommitOutcome) -> Result<(), WorkerEnd> {
        let members = std::mem::take(&mut self.under_way);
        if let Err(error) = self.file.finish_commit(outcome) {
            let behind = self.group.take();
            return self.not_committed(members, behind, error);
        }
        self.answer(members)?;
        self.release_front()?;
        self.send()
    }

    /// Answers what waited in the next group only for the commit before it.
    fn release_front(&mut self) -> Result<(), WorkerEnd> {
        let mut members = self.group.take().into_iter();
        for mut member in members.by_ref() {
            if !self.group.lets_go_of(&member) {
                self.group.push(member);
                break;
            }
            self.reply(&mut member, Durability::Applied)?;
            if member.is_applied {
                self.group.push(member);
            }
        }
        for member in members {
            self.group.push(member);
        }
        Ok(())
    }

    pub(super) fn release(&mut self, members: Vec<Member>) -> Result<(), WorkerEnd> {
        self.answer(members)?;
        self.send()
    }

    /// Answers what is safe; nobody needs its values any more.
    fn answer(&mut self, members: Vec<Member>) -> Result<(), WorkerEnd> {
        for mut member in members {
            self.reply(&mut member, Durability::Commit)?;
            self.spares.give(member.task.into_payload());
        }
        Ok(())
    }

    fn reply(&mut self, member: &mut Member, durability: Durability) -> Result<(), WorkerEnd> {
        let Some((mut done, values)) = member.answer.take() else { return Ok(()) };
        done.durability = member.is_applied.then_some(durability);
        self.write(&(done, values))
    }

    pub(super) fn write(&mut self, (done, values): &Answered) -> Result<(), WorkerEnd> {
        if values.len() > MAX_GATHERED_BYTES {
            self.send()?;
            return Ok(write_frame(self.socket, done, values)?);
        }
        self.outgoing.extend_from_slice(&prefix_of(done, values)?);
        self.outgoing.extend_from_slice(values);
        if self.outgoing.len() > MAX_GATHERED_BYTES { self.send() } else { Ok(()) }
    }

    pub(super) fn send(&mut self) -> Result<(), WorkerEnd> {
        let mut socket = self.socket;
        socket.write_all(&self.outgoing).map_err(ChannelError::Io)?;
        self.outgoing.clear();
        Ok(())
    }

    /// Brings what is committed into the file.
    fn checkpoint(&mut self) -> Result<(), WorkerEnd> {
        // What comes next may be a long silence.
        self.spares.clear();
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
        self.commit_and_wait()?;
        Ok(self.file.close().err())
    }
}
