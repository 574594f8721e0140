//! What all views of a dataset share: the dataset, its growing shape, and the slice that is shown.

use hdf5_async_protocol::model::{Datatype, ObjectPath};
use leptos::prelude::*;

use super::choice::ViewKind;
use super::paced::Paced;
use super::slicing::{Slicing, Touched};
use crate::actions::Actions;
use crate::state::{ChangeLog, Missed, State};

/// Given by context to the parts of a dataset view; made anew when the rank or the datatype changes.
#[derive(Clone, Debug)]
pub struct Subject {
    pub path: ObjectPath,
    pub datatype: Datatype,
    /// Follows growth.
    pub shape: Memo<Vec<u64>>,
    pub slicing: RwSignal<Slicing>,
    pub view: RwSignal<ViewKind>,
    /// New elements of a growing dataset are kept in view.
    pub follow: RwSignal<bool>,
    pub actions: Actions,
    pub state: State,
}

/// What a view has to read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    Everything,
    /// Parts of the slice on screen, and whether this dashboard changed them.
    Parts(Vec<(Touched, bool)>),
}

impl Stale {
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Parts(mut parts), Self::Parts(more)) => {
                parts.extend(more);
                Self::Parts(parts)
            }
            _ => Self::Everything,
        }
    }
}

impl Subject {
    pub fn rank(&self) -> usize {
        self.slicing.with_untracked(Slicing::rank)
    }

    pub fn axes_shown(&self) -> usize {
        self.view.get_untracked().axes(self.rank())
    }

    /// Of an axis; 0 where there is none.
    pub fn length(&self, axis: usize) -> u64 {
        self.shape.with_untracked(|shape| shape.get(axis).copied().unwrap_or(0))
    }

    /// Elements along the horizontal and the vertical axis of the view; 1 for an axis that is not shown.
    pub fn extent(&self) -> (u64, u64) {
        let (x, y) = self.slicing.with_untracked(|slicing| (slicing.x(), slicing.y()));
        match self.axes_shown() {
            0 => (1, 1),
            1 => (self.length(x), 1),
            _ => (self.length(x), self.length(y)),
        }
    }

    /// Calls `on_stale` whenever something in the slice on screen changed, until the calling component goes.
    pub fn on_change(&self, on_stale: impl Fn(Stale) + 'static) {
        let paced = Paced::new(on_stale);
        let log = self.state.changes(&self.path);
        let mut number = log.with_untracked(ChangeLog::next);
        let subject = self.clone();
        Effect::new(move |_| {
            let missed = log.with(|log| {
                let missed = log.since(number);
                number = log.next();
                missed
            });
            match subject.stale(missed) {
                Stale::Parts(parts) if parts.is_empty() => {}
                stale => untrack(|| paced.tell(stale)),
            }
        });
    }

    fn stale(&self, missed: Missed) -> Stale {
        let Missed::Regions(changes) = missed else { return Stale::Everything };
        let axes = self.axes_shown();
        let parts = changes.iter().filter_map(|change| {
            let touched = self
                .slicing
                .with_untracked(|slicing| slicing.touched(&change.region, &change.shape, axes))?;
            Some((touched, change.by_me))
        });
        Stale::Parts(parts.collect())
    }
}
