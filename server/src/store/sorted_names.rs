//! The names of large groups in order and their number, kept from page to page: HDF5 sorts and counts them anew each
//! time it is asked.

use std::ffi::CString;

use hdf5_async_protocol::model::ObjectPath;

use super::library::link::Order;
use super::library::{CallError, Handle, link, object};

/// Names of one group that are kept.
const NAMES: u64 = 1 << 16;

/// Groups of which names are kept; a walk comes back to those above the one that it is in.
const GROUPS: usize = 8;

/// Names that were asked for lately; to be forgotten when a link changes.
#[derive(Debug)]
pub(crate) struct SortedNames {
    /// Names of one group that are kept, unless a page is larger.
    most: u64,
    /// The one used last is at the end.
    runs: Vec<Run>,
}

/// Names of one group that follow each other.
#[derive(Debug)]
struct Run {
    path: ObjectPath,
    order: Order,
    /// Links of the group.
    total: u64,
    begin: u64,
    names: Vec<CString>,
}

impl Default for SortedNames {
    fn default() -> Self {
        Self::keeping(NAMES)
    }
}

impl SortedNames {
    /// Keeps at most so many names of one group, unless a page is larger.
    pub(crate) fn keeping(most: u64) -> Self {
        Self { most, runs: Vec::new() }
    }

    /// How many links the group at `path` holds.
    pub(crate) fn total(&self, group: &Handle, path: &ObjectPath) -> Result<u64, CallError> {
        match self.runs.iter().find(|run| run.path == *path) {
            Some(run) => Ok(run.total),
            None => object::n_children(group),
        }
    }

    /// The names `offset .. offset + limit` of the group at `path`, which holds `total`.
    pub(crate) fn page(
        &mut self,
        (group, path): (&Handle, &ObjectPath),
        order: Order,
        total: u64,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<CString>, CallError> {
        let end = offset.saturating_add(limit).min(total);
        if offset >= end || end - offset == total {
            return link::names(group, order, offset, size(end.saturating_sub(offset)));
        }
        let kept = self.runs.iter().position(|run| run.path == *path && run.order == order);
        let kept = kept.map(|position| self.runs.remove(position));
        let run = if let Some(kept) = kept.filter(|run| run.holds(offset, end)) {
            kept
        } else {
            // Aligned, so that pages may be asked for backwards, too.
            let aligned = offset - offset % self.most;
            let begin = if end <= aligned + self.most { aligned } else { offset };
            let names = link::names(group, order, begin, size(self.most.max(end - begin)))?;
            Run { path: path.clone(), order, total, begin, names }
        };
        let skipped = size(offset - run.begin);
        let page = run.names.iter().skip(skipped).take(size(end - offset)).cloned().collect();
        if self.runs.len() >= GROUPS {
            self.runs.remove(0);
        }
        self.runs.push(run);
        Ok(page)
    }

    pub(crate) fn forget(&mut self) {
        self.runs.clear();
    }
}

impl Run {
    fn holds(&self, begin: u64, end: u64) -> bool {
        self.begin <= begin && end <= self.begin + self.names.len() as u64
    }
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
