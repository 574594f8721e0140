//! From a keystroke in a cell to a written element.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::edits::{CellError, EditedCell};
use super::grid::Grid;
use crate::refusal::Refusal;
use hdf5_async_protocol::model::{AxisSelection, Selection};

impl Grid {
    /// Opens the editor of the active cell, with `typed` in place of its text if a key began it.
    pub fn begin_edit(self: &Rc<Self>, typed: Option<String>) {
        let cursor = self.signals.cursor.get_untracked();
        let Some(original) = self.exact_text(cursor.row, cursor.column) else { return };
        let coordinates = self.coordinates(cursor.row, cursor.column);
        self.signals.cell_error.set(None);
        self.signals.theirs.set(None);
        self.reveal(cursor.row, cursor.column);
        let place = self.content.borrow().viewport.place_of(cursor.row, cursor.column);
        self.signals.place.set(place);
        self.signals.edited.set(Some(EditedCell {
            row: cursor.row,
            column: cursor.column,
            coordinates,
            initial: typed.unwrap_or_else(|| original.clone()),
            original,
        }));
    }

    pub fn end_edit(self: &Rc<Self>) {
        self.signals.edited.set(None);
        self.signals.theirs.set(None);
        self.repaint();
    }

    /// Shows `text` at once and writes `json`; nothing is written where nothing changed.
    pub fn commit(self: &Rc<Self>, text: String, json: String) {
        let Some(edited) = self.signals.edited.get_untracked() else { return };
        let unchanged =
            text == edited.original && self.signals.theirs.with_untracked(Option::is_none);
        self.end_edit();
        if unchanged {
            return;
        }
        let coordinates = edited.coordinates.clone();
        let number = self.content.borrow_mut().edits.begin(coordinates.clone(), text);
        self.repaint();
        let this = Rc::clone(self);
        let (actions, path) = (self.subject.actions, self.subject.path.clone());
        spawn_local(async move {
            let signed =
                |index: &u64| AxisSelection::Index(i64::try_from(*index).unwrap_or(i64::MAX));
            let selection = Selection { axes: coordinates.iter().map(signed).collect() };
            let result = actions.write_elements(&path, selection, json).await;
            this.take_answer(&edited, number, result);
        });
    }

    fn take_answer(self: &Rc<Self>, edited: &EditedCell, number: u64, result: Result<(), Refusal>) {
        {
            let content = &mut *self.content.borrow_mut();
            match &result {
                Ok(()) => content.edits.acknowledge(&edited.coordinates, number),
                Err(_) => content.edits.take_back(&edited.coordinates, number),
            }
            let cell =
                plotcore::Rect { row: edited.row, rows: 1, column: edited.column, columns: 1 };
            content.elements.mark_stale(&cell);
        }
        if let Err(refusal) = result {
            let message = refusal.message;
            let error = CellError { row: edited.row, column: edited.column, message };
            self.signals.cell_error.try_set(Some(error));
        }
        self.repaint();
    }
}
