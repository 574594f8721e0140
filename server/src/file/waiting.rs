//! The requests that wait for the worker, and who is next: small ones before bulk, but not for ever.

use std::collections::VecDeque;

use super::pending::Pending;
use super::{Class, Submission};

/// Jobs of the bulk class that the worker is given at once: one to do and one to follow it.
const MAX_BULK_IN_WORKER: usize = 2;

/// The same for changes, which share a commit: with few of them each waits for the disk almost alone.
const MAX_BULK_CHANGES_IN_WORKER: usize = 8;

/// Bytes of the values of such a change; larger ones fill a commit by themselves.
const MAX_SHARED_BYTES: usize = 2 << 20;

/// After so many small jobs in a row a waiting bulk job has its turn.
const SMALL_JOBS_PER_BULK: u32 = 64;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    small: VecDeque<Pending>,
    bulk: VecDeque<Submission>,
    small_in_a_row: u32,
}

impl Waiting {
    pub(super) fn push(&mut self, pending: Pending) {
        match pending {
            Pending::Job(submission) if submission.class == Class::Bulk => {
                self.bulk.push_back(submission);
            }
            pending => self.small.push_back(pending),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.small.len() + self.bulk.len()
    }

    /// The request whose turn it is, when the worker has `bulk_in_worker` bulk jobs.
    pub(super) fn next(&mut self, bulk_in_worker: usize) -> Option<(Pending, Class)> {
        let bulk_may_go = self.bulk.front().is_some_and(|bulk| bulk_in_worker < most_with(bulk));
        let bulk_has_its_turn = self.small.is_empty() || self.small_in_a_row >= SMALL_JOBS_PER_BULK;
        if bulk_may_go
            && bulk_has_its_turn
            && let Some(submission) = self.bulk.pop_front()
        {
            self.small_in_a_row = 0;
            return Some((Pending::Job(submission), Class::Bulk));
        }
        let pending = self.small.pop_front()?;
        self.small_in_a_row = self.small_in_a_row.saturating_add(1);
        Some((pending, Class::Small))
    }

    /// Takes everything.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Pending> {
        let bulk = std::mem::take(&mut self.bulk).into_iter().map(Pending::Job);
        std::mem::take(&mut self.small).into_iter().chain(bulk)
    }
}

/// How many bulk jobs the worker may have, this one included.
fn most_with(bulk: &Submission) -> usize {
    if bulk.is_change && bulk.payload.len() <= MAX_SHARED_BYTES {
        MAX_BULK_CHANGES_IN_WORKER
    } else {
        MAX_BULK_IN_WORKER
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::sync::oneshot;

    use super::*;
    use crate::worker::job::Work;

    fn job(class: Class) -> Pending {
        submitted(class, false, 0)
    }

    fn submitted(class: Class, is_change: bool, bytes: usize) -> Pending {
        let (answer, _) = oneshot::channel();
        let work = Work::Close {};
        Pending::Job(Submission {
            work,
            payload: Bytes::from(vec![0; bytes]),
            class,
            is_change,
            author: None,
            condition: None,
            answer,
        })
    }

    #[test]
    fn small_jobs_go_first() {
        let mut waiting = Waiting::default();
        waiting.push(job(Class::Bulk));
        waiting.push(job(Class::Small));
        assert_eq!(waiting.next(0).unwrap().1, Class::Small);
        assert_eq!(waiting.next(0).unwrap().1, Class::Bulk);
        assert!(waiting.next(0).is_none());
    }

    #[test]
    fn bulk_jobs_have_their_turn_under_any_load() {
        let mut waiting = Waiting::default();
        waiting.push(job(Class::Bulk));
        let mut small = 0;
        loop {
            waiting.push(job(Class::Small));
            match waiting.next(0).unwrap().1 {
                Class::Small => small += 1,
                Class::Bulk => break,
            }
        }
        assert_eq!(small, SMALL_JOBS_PER_BULK);
    }

    #[test]
    fn the_worker_never_has_many_bulk_jobs() {
        let mut waiting = Waiting::default();
        waiting.push(job(Class::Bulk));
        assert!(waiting.next(MAX_BULK_IN_WORKER).is_none());
        assert_eq!((waiting.len(), waiting.drain().count(), waiting.len()), (1, 1, 0));
    }

    #[test]
    fn changes_that_share_a_commit_go_together() {
        for (bytes, most) in [
            (MAX_SHARED_BYTES, MAX_BULK_CHANGES_IN_WORKER),
            (MAX_SHARED_BYTES + 1, MAX_BULK_IN_WORKER),
        ] {
            let mut waiting = Waiting::default();
            waiting.push(submitted(Class::Bulk, true, bytes));
            assert!(waiting.next(most).is_none());
            assert!(waiting.next(most - 1).is_some());
        }
    }
}
