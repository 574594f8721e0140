//! The tree by keyboard, as the ARIA practices have it.

use hdf5_async_protocol::model::ObjectPath;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::TreeFocus;
use super::toolbar::ask_to_delete;
use crate::actions::Actions;
use crate::clock::now_ms;
use crate::state::State;
use crate::state::tree::{RowFacts, RowKind};
use crate::view::layout::Layout;

/// Letters typed in quick succession are one beginning of a name.
#[derive(Clone, Debug, Default)]
pub(super) struct TypeAhead {
    typed: String,
    at_ms: f64,
}

const TYPING_PAUSE_MS: f64 = 700.0;

pub(super) fn on_key(
    event: &KeyboardEvent,
    state: State,
    actions: Actions,
    focus: TreeFocus,
    type_ahead: StoredValue<TypeAhead>,
) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let active = focus.active.get_untracked();
    let index = state.tree.with_untracked(|tree| tree.row_of(&active)).unwrap_or(0);
    let last = state.tree.with_untracked(|tree| tree.n_rows().saturating_sub(1));
    let page = focus.scrolling.page();
    match event.key().as_str() {
        "ArrowDown" => move_to(state, actions, focus, (index + 1).min(last), 1),
        "ArrowUp" => move_to(state, actions, focus, index.saturating_sub(1), -1),
        "PageDown" => move_to(state, actions, focus, (index + page).min(last), 1),
        "PageUp" => move_to(state, actions, focus, index.saturating_sub(page), -1),
        "Home" => move_to(state, actions, focus, 0, -1),
        "End" => move_to(state, actions, focus, last, -1),
        "ArrowRight" => open_or_enter(state, actions, focus, index, last),
        "ArrowLeft" => close_or_leave(state, actions, focus, &active),
        "Enter" | " " => actions.go_to(&active),
        "Delete" if state.editing.get_untracked() && !active.is_root() => {
            ask_to_delete(state, expect_context::<Layout>(), active);
        }
        key if is_letter(key) => {
            let typed = type_ahead.try_update_value(|known| known.add(key)).unwrap_or_default();
            find(state, focus, index, &typed);
        }
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

fn is_letter(key: &str) -> bool {
    let mut characters = key.chars();
    let only = characters.next().filter(|_| characters.next().is_none());
    only.is_some_and(|character| character.is_alphanumeric() || character == '_')
}

impl TypeAhead {
    fn add(&mut self, key: &str) -> String {
        let now = now_ms();
        if now - self.at_ms > TYPING_PAUSE_MS {
            self.typed.clear();
        }
        self.at_ms = now;
        self.typed.push_str(&key.to_lowercase());
        self.typed.clone()
    }
}

/// Makes row `index` active, or the next one in `direction` that is an object.
fn move_to(state: State, actions: Actions, focus: TreeFocus, index: usize, direction: isize) {
    let row = state.tree.with_untracked(|tree| tree.row(index));
    if let Some(RowFacts { kind: RowKind::More(_), path, .. }) = &row {
        actions.load_more(path);
    }
    let mut index = Some(index);
    while let Some(candidate) = index {
        match state.tree.with_untracked(|tree| tree.path_at(candidate)) {
            Some(path) => {
                focus.active.set(path);
                focus.scrolling.reveal(candidate);
                return;
            }
            None if candidate >= state.tree.with_untracked(crate::state::Tree::n_rows) => return,
            None => index = candidate.checked_add_signed(direction),
        }
    }
}

fn open_or_enter(state: State, actions: Actions, focus: TreeFocus, index: usize, last: usize) {
    let row = state.tree.with_untracked(|tree| tree.row(index));
    match row {
        Some(RowFacts { open: Some(false), path, .. }) => actions.set_open(&path, true),
        // Its links may still be on their way: then there is nothing to enter yet.
        Some(RowFacts { open: Some(true), path, .. }) if index < last => {
            let below = state.tree.with_untracked(|tree| tree.path_at(index + 1));
            if below.is_some_and(|below| below.is_within(&path)) {
                move_to(state, actions, focus, index + 1, 1);
            }
        }
        _ => {}
    }
}

fn close_or_leave(state: State, actions: Actions, focus: TreeFocus, active: &ObjectPath) {
    if state.tree.with_untracked(|tree| tree.is_open(active)) {
        actions.set_open(active, false);
    } else if let Some(parent) = active.parent()
        && let Some(index) = state.tree.with_untracked(|tree| tree.row_of(&parent))
    {
        focus.active.set(parent);
        focus.scrolling.reveal(index);
    }
}

/// The next row whose name begins with what was typed; a single letter goes on from the active row.
fn find(state: State, focus: TreeFocus, index: usize, typed: &str) {
    let found = state.tree.with_untracked(|tree| {
        let n_rows = tree.n_rows();
        let skip = usize::from(typed.chars().count() == 1);
        (0..n_rows).map(|step| (index + skip + step) % n_rows.max(1)).find_map(|candidate| {
            let path = tree.path_at(candidate)?;
            let begins = path.name().is_some_and(|name| name.to_lowercase().starts_with(typed));
            begins.then_some((candidate, path))
        })
    });
    if let Some((candidate, path)) = found {
        focus.active.set(path);
        focus.scrolling.reveal(candidate);
    }
}
