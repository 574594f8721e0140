//! From what the window shows to a read, and from its answer to cells.

use std::rc::Rc;

use leptos::prelude::*;
use plotcore::Rect;

use super::grid::{Content, Grid};
use crate::slab::Slab;

impl Grid {
    pub(super) fn fetch(self: &Rc<Self>) {
        let (rows, columns) = self.counts();
        let wanted = {
            let content = &mut *self.content.borrow_mut();
            let visible = content.viewport.visible();
            let missing = content.elements.missing(&visible, rows, columns);
            // Reading ahead waits until nothing else is to be read.
            match missing {
                None if !self.read.is_busy() => {
                    content.elements.missing_around(&visible, rows, columns)
                }
                missing => missing,
            }
        };
        let refused = self.signals.refusal.with_untracked(Option::is_some);
        if let Some(rect) = wanted
            && !refused
        {
            self.read(rect);
        }
    }

    fn read(self: &Rc<Self>, rect: Rect) {
        let arrangement = self.content.borrow().elements.arrangement;
        let selection =
            self.subject.slicing.with_untracked(|slicing| arrangement.selection(slicing, &rect));
        self.signals.busy.set(true);
        let (changed, included) = {
            let content = &mut *self.content.borrow_mut();
            (content.flashes.take_expected(), content.edits.acknowledged())
        };
        let weak = Rc::downgrade(self);
        self.read.ask(selection, move |result| {
            let Some(this) = weak.upgrade() else { return };
            this.signals.busy.set(false);
            match result {
                Ok(slab) => this.take_elements(rect, slab, &changed, &included),
                Err(refusal) => this.signals.refusal.set(Some(refusal)),
            }
        });
    }

    fn take_elements(self: &Rc<Self>, rect: Rect, slab: Slab, changed: &[Rect], included: &[u64]) {
        {
            let content = &mut *self.content.borrow_mut();
            let visible = content.viewport.visible();
            let shown = |content: &Content, row, column| {
                content.elements.get(row, column).map(|(slab, index)| slab.text_at(index))
            };
            let watched: Vec<(u64, u64, String)> = changed
                .iter()
                .flat_map(|part| cells_of(&visible, part))
                .filter_map(|(row, column)| Some((row, column, shown(content, row, column)?)))
                .collect();
            content.elements.insert(rect, slab);
            let now = js_sys::Date::now();
            for (row, column, before) in watched {
                if shown(content, row, column).is_some_and(|after| after != before) {
                    content.flashes.flash(row, column, now);
                }
            }
            let arrangement = content.elements.arrangement;
            let axes = self.subject.slicing.with_untracked(|slicing| (slicing.x(), slicing.y()));
            content.edits.settle(included, |coordinates| {
                let at = |axis: usize| coordinates.get(axis).copied().unwrap_or(0);
                let (row, column) =
                    if arrangement.axes < 2 { (at(axes.0), 0) } else { (at(axes.1), at(axes.0)) };
                rect.contains(row, column)
            });
        }
        self.watch_edited_cell();
        self.repaint();
    }

    /// Tells the editor when its cell has become something else under it.
    fn watch_edited_cell(&self) {
        let Some(edited) = self.signals.edited.get_untracked() else { return };
        let Some(text) = self.exact_text(edited.row, edited.column) else { return };
        let theirs = (text != edited.original).then_some(text);
        if self.signals.theirs.with_untracked(|known| *known != theirs) {
            self.signals.theirs.set(theirs);
        }
    }
}

/// The cells of `part` that are visible.
fn cells_of(visible: &Rect, part: &Rect) -> impl Iterator<Item = (u64, u64)> + use<> {
    let (visible, part) = (*visible, *part);
    let rows = visible.row.max(part.row)..(visible.row + visible.rows).min(part.row + part.rows);
    rows.flat_map(move |row| {
        let from = visible.column.max(part.column);
        let to = (visible.column + visible.columns).min(part.column + part.columns);
        (from..to).map(move |column| (row, column))
    })
}
