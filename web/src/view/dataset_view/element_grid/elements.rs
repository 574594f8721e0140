//! The elements that are here: the slice on screen in blocks, and the one before it until new ones arrive.

use plotcore::{BlockCache, Rect};

use super::super::slicing::{Slicing, Strided, Touched};
use crate::slab::Slab;
use hdf5_async_protocol::model::Selection;

/// Rows and columns of a block, and how many blocks are kept: at most about half a million elements.
const BLOCK_ROWS: u64 = 64;
const BLOCK_COLUMNS: u64 = 16;
const MAX_BLOCKS: usize = 512;

/// How the axes of the dataset lie in the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// 1 or 2; with one axis its elements are rows of a single column.
    pub axes: usize,
    /// Whether the elements of a row lie side by side in a read.
    pub rows_first: bool,
}

impl Arrangement {
    pub fn of(slicing: &Slicing, axes: usize) -> Self {
        Self { axes, rows_first: axes < 2 || slicing.rows_first() }
    }

    pub fn selection(self, slicing: &Slicing, rect: &Rect) -> Selection {
        let rows = Strided::all(rect.row, rect.row + rect.rows);
        let columns = Strided::all(rect.column, rect.column + rect.columns);
        if self.axes < 2 {
            return slicing.selection(self.axes, rows, Strided::ONE);
        }
        slicing.selection(self.axes, columns, rows)
    }

    /// Along the `x` and `y` axes of the slice.
    pub fn xy(self, row: u64, column: u64) -> (u64, u64) {
        if self.axes < 2 { (row, 0) } else { (column, row) }
    }

    pub fn rect(self, touched: &Touched) -> Rect {
        let (rows, columns) =
            if self.axes < 2 { (touched.x, touched.y) } else { (touched.y, touched.x) };
        Rect {
            row: rows.from,
            rows: rows.to - rows.from,
            column: columns.from,
            columns: columns.to - columns.from,
        }
    }

    pub fn index(self, rect: &Rect, row: u64, column: u64) -> usize {
        let (row, column) = (row - rect.row, column - rect.column);
        let index =
            if self.rows_first { row * rect.columns + column } else { column * rect.rows + row };
        usize::try_from(index).unwrap_or(usize::MAX)
    }
}

#[derive(Debug)]
pub struct Elements {
    pub arrangement: Arrangement,
    blocks: BlockCache<Slab>,
    /// The slice before, shown where the new one is still missing.
    before: Option<BlockCache<Slab>>,
}

impl Elements {
    pub fn new(arrangement: Arrangement) -> Self {
        Self { arrangement, blocks: Self::cache(), before: None }
    }

    fn cache() -> BlockCache<Slab> {
        BlockCache::new(BLOCK_ROWS, BLOCK_COLUMNS, MAX_BLOCKS)
    }

    /// Another slice is on screen from now on.
    pub fn change_slice(&mut self, arrangement: Arrangement) {
        let blocks = std::mem::replace(&mut self.blocks, Self::cache());
        if arrangement != self.arrangement {
            self.before = None;
        } else if !blocks.is_empty() {
            self.before = Some(blocks);
        }
        self.arrangement = arrangement;
    }

    /// The slab and index of a cell.
    pub fn get(&self, row: u64, column: u64) -> Option<(&Slab, usize)> {
        let before = || self.before.as_ref()?.get(row, column);
        let patch = self.blocks.get(row, column).or_else(before)?;
        Some((&patch.1, self.arrangement.index(&patch.0, row, column)))
    }

    /// What to read so that `visible` and a window on each side are here; `None` if they are.
    pub fn missing(&mut self, visible: &Rect, rows: u64, columns: u64) -> Option<Rect> {
        self.blocks.touch(visible);
        self.blocks.missing(visible, rows, columns)?;
        self.blocks.missing(&visible.with_margin(rows, columns), rows, columns)
    }

    /// What to read ahead of the scrolling.
    pub fn missing_around(&self, visible: &Rect, rows: u64, columns: u64) -> Option<Rect> {
        self.blocks.missing(&visible.with_margin(rows, columns), rows, columns)
    }

    pub fn insert(&mut self, rect: Rect, slab: Slab) {
        self.before = None;
        self.blocks.insert(rect, slab);
    }

    pub fn mark_stale(&mut self, rect: &Rect) {
        self.blocks.mark_stale(rect);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::slicing::Stretch;
    use super::*;

    const RECT: Rect = Rect { row: 10, rows: 5, column: 2, columns: 3 };

    fn slab(first: u8) -> Slab {
        let payload = (first..first + 15).collect();
        Slab { datatype: "|u1".parse().unwrap(), shape: vec![5, 3], payload }
    }

    #[test]
    fn a_cell_is_found_in_both_orders() {
        let mut slicing = Slicing::new(3);
        slicing.set(0, 7);
        let plain = Arrangement::of(&slicing, 2);
        assert_eq!(plain.selection(&slicing, &RECT).to_string(), "7, 10:15, 2:5");
        assert_eq!(plain.index(&RECT, 11, 4), 5);
        slicing.show_as_x(1);
        let turned = Arrangement::of(&slicing, 2);
        assert_eq!(turned.selection(&slicing, &RECT).to_string(), "7, 2:5, 10:15");
        assert_eq!(turned.index(&RECT, 11, 4), 11);
    }

    #[test]
    fn one_axis_is_a_column() {
        let slicing = Slicing::new(1);
        let column = Arrangement::of(&slicing, 1);
        let rect = Rect { row: 10, rows: 5, column: 0, columns: 1 };
        assert_eq!(column.selection(&slicing, &rect).to_string(), "10:15");
        assert_eq!(column.xy(3, 0), (3, 0));
        let touched = Touched { x: Stretch { from: 4, to: 9 }, y: Stretch { from: 0, to: 1 } };
        assert_eq!(column.rect(&touched), Rect { row: 4, rows: 5, column: 0, columns: 1 });
    }

    #[test]
    fn the_slice_before_is_shown_until_the_new_one_is_here() {
        let arrangement = Arrangement { axes: 2, rows_first: true };
        let mut elements = Elements::new(arrangement);
        elements.insert(Rect { row: 0, rows: 5, column: 0, columns: 3 }, slab(0));
        elements.change_slice(arrangement);
        let text =
            |elements: &Elements| elements.get(1, 1).map(|(slab, index)| slab.text_at(index));
        assert_eq!(text(&elements).as_deref(), Some("4"));
        let visible = Rect { row: 0, rows: 5, column: 0, columns: 3 };
        assert_eq!(elements.missing(&visible, 5, 3), Some(visible));
        elements.insert(visible, slab(100));
        assert_eq!(text(&elements).as_deref(), Some("104"));
        assert_eq!(elements.missing(&visible, 5, 3), None);
        elements.change_slice(Arrangement { rows_first: false, ..arrangement });
        assert_eq!(text(&elements), None);
    }
}
