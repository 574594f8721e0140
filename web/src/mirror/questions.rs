//! Asks what events left open: one request at a time for each kind of question, the newest state wins.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hdf5_async_protocol::model::ObjectPath;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::actions::Actions;
use crate::clock::sleep;
use crate::state::State;
use crate::state::apply::Questions;

/// Facts are asked for at most so often, however fast events come.
const PAUSE: Duration = Duration::from_millis(200);

/// So many stale rows of one group are cheaper to list again than to describe one by one.
const CHEAPER_TO_LIST: usize = 4;

#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    actions: Actions,
    state: State,
    object: StoredValue<Loop>,
    rows: StoredValue<Loop>,
    stale: StoredValue<Stale>,
}

/// Whether a loop of requests runs, and whether it has to go round once more.
#[derive(Clone, Copy, Debug, Default)]
struct Loop {
    running: bool,
    again: bool,
}

#[derive(Debug, Default)]
struct Stale {
    rows: BTreeSet<ObjectPath>,
    groups: BTreeSet<ObjectPath>,
}

impl Asking {
    pub(super) fn new(actions: Actions, state: State) -> Self {
        Self {
            actions,
            state,
            object: StoredValue::new(Loop::default()),
            rows: StoredValue::new(Loop::default()),
            stale: StoredValue::new(Stale::default()),
        }
    }

    pub(super) fn ask(self, questions: Questions) {
        let Questions { object, stale, mut groups, files, everything, .. } = questions;
        if files || everything {
            spawn_local(self.actions.load_files());
        }
        if everything {
            let shown = self.state.object.with_untracked(|object| object.path().cloned());
            self.state.tree.update(|tree| tree.forget_closed(shown.as_ref()));
            groups.extend(self.state.tree.with_untracked(crate::state::Tree::listed));
        }
        if !stale.is_empty() || !groups.is_empty() {
            self.stale.update_value(|known| {
                known.rows.extend(stale);
                known.groups.extend(groups);
            });
            go_round(self.rows, move || self.refresh_rows());
        }
        if object || everything {
            go_round(self.object, move || self.actions.describe_shown());
        }
    }

    async fn refresh_rows(self) {
        let Stale { rows, mut groups } =
            self.stale.try_update_value(std::mem::take).unwrap_or_default();
        let mut by_group: BTreeMap<ObjectPath, Vec<ObjectPath>> = BTreeMap::new();
        for row in rows {
            if let Some(parent) = row.parent() {
                by_group.entry(parent).or_default().push(row);
            }
        }
        for (parent, rows) in by_group {
            if rows.len() >= CHEAPER_TO_LIST {
                groups.insert(parent);
            } else if !groups.contains(&parent) {
                for row in rows {
                    self.actions.describe_row(&row).await;
                }
            }
        }
        for group in groups {
            self.actions.list_again(&group).await;
        }
    }
}

/// Runs `round` now, or once more after the one that runs.
fn go_round<F: Future<Output = ()> + 'static>(
    state: StoredValue<Loop>,
    round: impl Fn() -> F + 'static,
) {
    let running = state.try_update_value(|state| {
        state.again = true;
        std::mem::replace(&mut state.running, true)
    });
    if running != Some(false) {
        return;
    }
    spawn_local(async move {
        while state.try_update_value(|state| std::mem::take(&mut state.again)) == Some(true) {
            round().await;
            sleep(PAUSE).await;
        }
        state.update_value(|state| state.running = false);
    });
}
