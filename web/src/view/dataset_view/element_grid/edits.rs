//! Cells that a person changed: shown at once, marked until the server has acknowledged them.

use std::collections::HashMap;

/// The cell whose editor is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditedCell {
    pub row: u64,
    pub column: u64,
    /// Along every axis of the dataset.
    pub coordinates: Vec<u64>,
    /// What the editor starts with.
    pub initial: String,
    /// The exact text when the editor was opened.
    pub original: String,
}

/// Why a change of a cell did not happen, shown next to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    pub row: u64,
    pub column: u64,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    text: String,
    /// Two changes of one cell may be under way; only the last one counts.
    number: u64,
    acknowledged: bool,
}

/// By the index along every axis, so that edits outlive a change of the slice.
#[derive(Debug, Default)]
pub struct Edits {
    edits: HashMap<Vec<u64>, Edit>,
    next: u64,
}

impl Edits {
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The text of a changed cell, and whether the change is acknowledged.
    pub fn get(&self, coordinates: &[u64]) -> Option<(&str, bool)> {
        self.edits.get(coordinates).map(|edit| (edit.text.as_str(), edit.acknowledged))
    }

    /// Shows `text` from now on; the number is for the answer.
    pub fn begin(&mut self, coordinates: Vec<u64>, text: String) -> u64 {
        self.next += 1;
        let edit = Edit { text, number: self.next, acknowledged: false };
        self.edits.insert(coordinates, edit);
        self.next
    }

    /// The server has written it: it stays on screen until the elements have been read again.
    pub fn acknowledge(&mut self, coordinates: &[u64], number: u64) {
        if let Some(edit) = self.edits.get_mut(coordinates).filter(|edit| edit.number == number) {
            edit.acknowledged = true;
        }
    }

    /// The server has refused it: what is in the file is shown again.
    pub fn take_back(&mut self, coordinates: &[u64], number: u64) {
        if self.edits.get(coordinates).is_some_and(|edit| edit.number == number) {
            self.edits.remove(coordinates);
        }
    }

    /// The numbers of the edits that a read which begins now will include.
    pub fn acknowledged(&self) -> Vec<u64> {
        self.edits.values().filter(|edit| edit.acknowledged).map(|edit| edit.number).collect()
    }

    /// Elements that include the edits `numbers` have arrived; `contains` tells for which cells.
    pub fn settle(&mut self, numbers: &[u64], contains: impl Fn(&[u64]) -> bool) {
        self.edits
            .retain(|coordinates, edit| !(numbers.contains(&edit.number) && contains(coordinates)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_shown_until_it_is_read_back() {
        let mut edits = Edits::default();
        let number = edits.begin(vec![3, 4], "7".to_owned());
        assert_eq!(edits.get(&[3, 4]), Some(("7", false)));
        assert!(edits.acknowledged().is_empty());
        edits.acknowledge(&[3, 4], number);
        assert_eq!(edits.get(&[3, 4]), Some(("7", true)));
        let included = edits.acknowledged();
        edits.settle(&included, |coordinates| coordinates[0] == 9);
        assert!(!edits.is_empty());
        edits.settle(&included, |coordinates| coordinates[0] == 3);
        assert!(edits.is_empty());
    }

    #[test]
    fn only_the_last_change_of_a_cell_is_taken_back() {
        let mut edits = Edits::default();
        let first = edits.begin(vec![0], "1".to_owned());
        let second = edits.begin(vec![0], "2".to_owned());
        edits.take_back(&[0], first);
        assert_eq!(edits.get(&[0]), Some(("2", false)));
        edits.acknowledge(&[0], first);
        assert_eq!(edits.get(&[0]), Some(("2", false)));
        edits.take_back(&[0], second);
        assert_eq!(edits.get(&[0]), None);
    }

    #[test]
    fn a_read_that_began_before_the_answer_settles_nothing() {
        let mut edits = Edits::default();
        let before = edits.acknowledged();
        let number = edits.begin(vec![0], "1".to_owned());
        edits.acknowledge(&[0], number);
        edits.settle(&before, |_| true);
        assert_eq!(edits.get(&[0]), Some(("1", true)));
    }
}
