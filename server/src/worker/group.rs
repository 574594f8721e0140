//! The tasks since the last commit, in order: which are answered, which wait for it, and what is to be done again
//! should one of them have to be undone.

use std::time::Instant;

use hdf5_async_protocol::message::{Durability, RequestKey};

use super::job::Done;
use super::repeated;
use super::task::{Answered, Task};
use crate::journal::AppliedRequest;

/// A task of the group.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) task: Task,
    /// Part of the commit: a change that did not fail.
    pub(super) is_applied: bool,
    /// What its answer says of the request, to say it again.
    reply: Vec<u8>,
    /// `None` once it is answered.
    pub(super) answer: Option<Answered>,
}

impl Member {
    pub(super) fn new(task: Task, answer: Answered) -> Self {
        let empty = Some((Done::empty(task.job), Vec::new()));
        let mut member = Self { task, is_applied: false, reply: Vec::new(), answer: empty };
        member.becomes(answer);
        member
    }

    /// Takes a new answer, of a task that was done again or given up; whoever has one already gets no other.
    pub(super) fn becomes(&mut self, answer: Answered) {
        self.is_applied = self.task.is_change() && answer.0.error.is_none();
        let fields = answer.0.fields.as_deref().map_or("{}", serde_json::value::RawValue::get);
        self.reply = repeated::kept(fields);
        if self.answer.is_some() {
            self.answer = Some(answer);
        }
    }

    pub(super) fn has_key(&self, key: &RequestKey) -> bool {
        self.task.key() == Some(key)
    }

    pub(super) fn request(&self) -> Option<AppliedRequest> {
        let key = self.task.key().filter(|_| self.is_applied)?;
        Some(AppliedRequest { key: key.as_str().as_bytes().to_vec(), reply: self.reply.clone() })
    }
}

#[derive(Debug, Default)]
pub(super) struct Group {
    members: Vec<Member>,
    /// When the first change of it was made.
    began: Option<Instant>,
    bytes: usize,
    /// Members that are not answered.
    awaited: usize,
}

impl Group {
    /// When the first change that is not committed was made; `None` if there is none.
    pub(super) fn began(&self) -> Option<Instant> {
        self.began
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Of the values that are kept.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether somebody waits for the commit.
    pub(super) fn is_awaited(&self) -> bool {
        self.awaited > 0
    }

    pub(super) fn holds(&self, key: &RequestKey) -> bool {
        self.members.iter().any(|member| member.has_key(key))
    }

    /// Whether the answer of `task` may go out before the next commit: nothing that it may have seen, and no answer
    /// before it, waits for one.
    pub(super) fn lets_go(&self, task: &Task, answer: &Answered) -> bool {
        let is_change = task.is_change() && answer.0.error.is_none();
        !self.is_awaited()
            && (task.durability() == Durability::Applied || (self.began.is_none() && !is_change))
    }

    /// The same of a task that was done when the commit before was still under way, and is not in the group.
    pub(super) fn lets_go_of(&self, member: &Member) -> bool {
        member.answer.as_ref().is_none_or(|answer| self.lets_go(&member.task, answer))
    }

    /// Takes a task that is done.
    pub(super) fn push(&mut self, member: Member) {
        if member.is_applied {
            self.began.get_or_insert_with(Instant::now);
        }
        self.bytes += member.task.bytes();
        self.awaited += usize::from(member.answer.is_some());
        self.members.push(member);
    }

    pub(super) fn requests(&self) -> Vec<AppliedRequest> {
        self.members.iter().filter_map(Member::request).collect()
    }

    /// Takes all members out; the group begins anew.
    pub(super) fn take(&mut self) -> Vec<Member> {
        std::mem::take(self).members
    }
}
