//! What changed in a dataset that is on screen: numbered, so that a view misses none and takes none twice.

use std::collections::VecDeque;

use hdf5_async_protocol::model::Selection;

/// A write or resize.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionChange {
    /// The elements that changed, a selection of slices.
    pub region: Selection,
    /// The dataset's shape afterwards.
    pub shape: Vec<u64>,
    /// This dashboard made the change; nothing needs to flash.
    pub by_me: bool,
}

/// The newest changes of one dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeLog {
    recent: VecDeque<RegionChange>,
    /// The number that the next change gets; the first change has 0.
    next: u64,
    /// Changes below this number are not told one by one.
    forgotten: u64,
}

/// What a view has to do to be up to date again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Oldest first.
    Regions(Vec<RegionChange>),
    /// More than the log holds, or nobody knows what: read everything on screen again.
    Everything,
}

impl ChangeLog {
    const KEPT: usize = 256;

    /// Where a view stands that has just read everything.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The changes with numbers from `number` on.
    pub fn since(&self, number: u64) -> Missed {
        if number < self.forgotten {
            return Missed::Everything;
        }
        let unseen = usize::try_from(self.next.saturating_sub(number)).unwrap_or(usize::MAX);
        let seen = self.recent.len().saturating_sub(unseen);
        Missed::Regions(self.recent.iter().skip(seen).cloned().collect())
    }

    pub(super) fn push(&mut self, change: RegionChange) {
        if self.recent.len() == Self::KEPT {
            self.recent.pop_front();
            self.forgotten = self.next - Self::KEPT as u64 + 1;
        }
        self.recent.push_back(change);
        self.next += 1;
    }

    /// Something happened that was not told in detail.
    pub(super) fn forget_all(&mut self) {
        self.recent.clear();
        self.next += 1;
        self.forgotten = self.next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(row: u64) -> RegionChange {
        let region = row.to_string().parse().unwrap();
        RegionChange { region, shape: vec![9], by_me: false }
    }

    #[test]
    fn a_view_gets_what_it_has_not_seen_and_no_more() {
        let mut log = ChangeLog::default();
        assert_eq!(log.since(0), Missed::Regions(vec![]));
        log.push(change(1));
        log.push(change(2));
        assert_eq!(log.since(0), Missed::Regions(vec![change(1), change(2)]));
        assert_eq!(log.since(1), Missed::Regions(vec![change(2)]));
        assert_eq!(log.since(log.next()), Missed::Regions(vec![]));
    }

    #[test]
    fn what_is_not_held_any_more_is_everything() {
        let mut log = ChangeLog::default();
        for row in 0..=ChangeLog::KEPT as u64 {
            log.push(change(row));
        }
        assert_eq!(log.since(0), Missed::Everything);
        assert!(matches!(log.since(1), Missed::Regions(known) if known.len() == ChangeLog::KEPT));
        log.forget_all();
        assert_eq!(log.since(log.next() - 1), Missed::Everything);
        assert_eq!(log.since(log.next()), Missed::Regions(vec![]));
    }
}
