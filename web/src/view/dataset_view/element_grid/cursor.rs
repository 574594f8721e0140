//! The cell that keys act on, and the range selected with it.

use plotcore::Rect;

/// The range lies between the anchor and the active cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub row: u64,
    pub column: u64,
    anchor_row: u64,
    anchor_column: u64,
}

/// Where keys can go.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub rows: u64,
    pub columns: u64,
    /// Rows that the page keys move by.
    pub page: u64,
}

/// Keys held down with another one.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeldKeys {
    /// Ctrl: to the edge.
    pub jump: bool,
    /// Shift: the anchor stays.
    pub extend: bool,
}

impl Cursor {
    pub fn at(row: u64, column: u64) -> Self {
        Self { row, column, anchor_row: row, anchor_column: column }
    }

    /// The same anchor, another active cell.
    #[must_use]
    pub fn extended_to(self, row: u64, column: u64) -> Self {
        Self { row, column, ..self }
    }

    pub fn everything(bounds: Bounds) -> Self {
        let last = |count: u64| count.saturating_sub(1);
        Self {
            row: 0,
            column: 0,
            anchor_row: last(bounds.rows),
            anchor_column: last(bounds.columns),
        }
    }

    pub fn range(self) -> Rect {
        let (top, left) = (self.row.min(self.anchor_row), self.column.min(self.anchor_column));
        Rect {
            row: top,
            rows: self.row.max(self.anchor_row) - top + 1,
            column: left,
            columns: self.column.max(self.anchor_column) - left + 1,
        }
    }

    /// Inside a grid that may have shrunk.
    #[must_use]
    pub fn held(self, bounds: Bounds) -> Self {
        let (row, column) = (bounds.rows.saturating_sub(1), bounds.columns.saturating_sub(1));
        Self {
            row: self.row.min(row),
            column: self.column.min(column),
            anchor_row: self.anchor_row.min(row),
            anchor_column: self.anchor_column.min(column),
        }
    }

    /// After a key of the grid pattern; `None` for other keys.
    pub fn after_key(self, key: &str, held: HeldKeys, bounds: Bounds) -> Option<Self> {
        let (row, column) = (self.row, self.column);
        let (last_row, last_column) =
            (bounds.rows.saturating_sub(1), bounds.columns.saturating_sub(1));
        let (row, column) = match (key, held.jump) {
            ("ArrowUp", false) => (row.saturating_sub(1), column),
            ("ArrowDown", false) => (row + 1, column),
            ("ArrowLeft", false) => (row, column.saturating_sub(1)),
            ("ArrowRight", false) => (row, column + 1),
            ("ArrowUp", true) => (0, column),
            ("ArrowDown", true) => (last_row, column),
            ("ArrowLeft", true) | ("Home", false) => (row, 0),
            ("ArrowRight", true) | ("End", false) => (row, last_column),
            ("PageUp", _) => (row.saturating_sub(bounds.page), column),
            ("PageDown", _) => (row.saturating_add(bounds.page), column),
            ("Home", true) => (0, 0),
            ("End", true) => (last_row, last_column),
            _ => return None,
        };
        let moved = if held.extend { self.extended_to(row, column) } else { Self::at(row, column) };
        Some(moved.held(bounds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { rows: 100, columns: 10, page: 20 };

    fn after(cursor: Cursor, key: &str, jump: bool) -> (u64, u64) {
        let moved = cursor.after_key(key, HeldKeys { jump, extend: false }, BOUNDS).unwrap();
        (moved.row, moved.column)
    }

    #[test]
    fn keys_of_the_grid_pattern() {
        let cursor = Cursor::at(50, 5);
        assert_eq!(after(cursor, "ArrowDown", false), (51, 5));
        assert_eq!(after(cursor, "ArrowLeft", false), (50, 4));
        assert_eq!(after(cursor, "PageDown", false), (70, 5));
        assert_eq!(after(cursor, "PageUp", false), (30, 5));
        assert_eq!(after(cursor, "Home", false), (50, 0));
        assert_eq!(after(cursor, "End", false), (50, 9));
        assert_eq!(after(cursor, "Home", true), (0, 0));
        assert_eq!(after(cursor, "End", true), (99, 9));
        assert_eq!(after(cursor, "ArrowDown", true), (99, 5));
        assert_eq!(cursor.after_key("x", HeldKeys::default(), BOUNDS), None);
    }

    #[test]
    fn the_edges_hold() {
        assert_eq!(after(Cursor::at(0, 0), "ArrowUp", false), (0, 0));
        assert_eq!(after(Cursor::at(99, 9), "ArrowRight", false), (99, 9));
        assert_eq!(after(Cursor::at(95, 9), "PageDown", false), (99, 9));
        let empty = Bounds { rows: 0, columns: 0, page: 1 };
        let moved = Cursor::default().after_key("ArrowDown", HeldKeys::default(), empty);
        assert_eq!(moved, Some(Cursor::default()));
    }

    #[test]
    fn shift_keeps_the_anchor() {
        let shift = HeldKeys { jump: false, extend: true };
        let cursor = Cursor::at(50, 5).after_key("ArrowUp", shift, BOUNDS).unwrap();
        let cursor = cursor.after_key("ArrowRight", shift, BOUNDS).unwrap();
        assert_eq!(cursor.range(), Rect { row: 49, rows: 2, column: 5, columns: 2 });
        assert_eq!(
            Cursor::everything(BOUNDS).range(),
            Rect { row: 0, rows: 100, column: 0, columns: 10 }
        );
        assert_eq!(cursor.held(Bounds { rows: 3, ..BOUNDS }).range().rows, 1);
    }
}
