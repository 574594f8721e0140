//! Which parts of a grid are already here: a bounded cache of rectangles on a lattice of blocks.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

/// Rows and columns of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub row: u64,
    pub rows: u64,
    pub column: u64,
    pub columns: u64,
}

impl Rect {
    pub fn contains(&self, row: u64, column: u64) -> bool {
        row >= self.row
            && row - self.row < self.rows
            && column >= self.column
            && column - self.column < self.columns
    }

    pub fn intersects(&self, other: &Self) -> bool {
        let overlap = |a: u64, a_count: u64, b: u64, b_count: u64| {
            a < b.saturating_add(b_count) && b < a.saturating_add(a_count)
        };
        overlap(self.row, self.rows, other.row, other.rows)
            && overlap(self.column, self.columns, other.column, other.columns)
    }

    /// Grown by its own size on each side, inside a grid of `rows` x `columns`.
    #[must_use]
    pub fn with_margin(&self, rows: u64, columns: u64) -> Self {
        let grown = |start: u64, count: u64, limit: u64| {
            let from = start.saturating_sub(count);
            let to = start.saturating_add(count.saturating_mul(2)).min(limit);
            (from, to.saturating_sub(from))
        };
        let (row, row_count) = grown(self.row, self.rows, rows);
        let (column, column_count) = grown(self.column, self.columns, columns);
        Self { row, rows: row_count, column, columns: column_count }
    }
}

type Key = (u64, u64);

#[derive(Debug)]
struct Held<T> {
    patch: Rc<(Rect, T)>,
    stale: bool,
}

/// Patches of a grid by the blocks they cover; the longest unused blocks go first.
#[derive(Debug)]
pub struct BlockCache<T> {
    block_rows: u64,
    block_columns: u64,
    max_blocks: usize,
    blocks: HashMap<Key, Held<T>>,
    /// From the longest unused to the newest.
    order: VecDeque<Key>,
}

impl<T> BlockCache<T> {
    pub fn new(block_rows: u64, block_columns: u64, max_blocks: usize) -> Self {
        Self {
            block_rows: block_rows.max(1),
            block_columns: block_columns.max(1),
            max_blocks: max_blocks.max(1),
            blocks: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// The patch over a cell, fresh or stale.
    pub fn get(&self, row: u64, column: u64) -> Option<&Rc<(Rect, T)>> {
        let held = self.blocks.get(&(row / self.block_rows, column / self.block_columns))?;
        held.patch.0.contains(row, column).then_some(&held.patch)
    }

    fn keys(&self, rect: &Rect) -> impl Iterator<Item = Key> + use<T> {
        let last = |start: u64, count: u64, block: u64| match count {
            0 => start / block,
            count => (start + count - 1) / block + 1,
        };
        let rows = rect.row / self.block_rows..last(rect.row, rect.rows, self.block_rows);
        let columns =
            rect.column / self.block_columns..last(rect.column, rect.columns, self.block_columns);
        rows.flat_map(move |row| columns.clone().map(move |column| (row, column)))
    }

    /// The smallest rectangle of whole blocks, cut at the grid's edges, that holds every block of `wanted` which
    /// is not here or stale; `None` when all are here.
    pub fn missing(&self, wanted: &Rect, rows: u64, columns: u64) -> Option<Rect> {
        let mut found: Option<(Key, Key)> = None;
        for key in self.keys(wanted) {
            if self.blocks.get(&key).is_some_and(|held| !held.stale) {
                continue;
            }
            let (low, high) = found.unwrap_or((key, key));
            found = Some((
                (low.0.min(key.0), low.1.min(key.1)),
                (high.0.max(key.0), high.1.max(key.1)),
            ));
        }
        let (low, high) = found?;
        let (row, column) = (low.0 * self.block_rows, low.1 * self.block_columns);
        let rows = ((high.0 + 1).saturating_mul(self.block_rows)).min(rows).saturating_sub(row);
        let columns =
            ((high.1 + 1).saturating_mul(self.block_columns)).min(columns).saturating_sub(column);
        (rows > 0 && columns > 0).then_some(Rect { row, rows, column, columns })
    }

    /// Takes in what was fetched for a rectangle that [`Self::missing`] named.
    pub fn insert(&mut self, rect: Rect, values: T) {
        let patch = Rc::new((rect, values));
        for key in self.keys(&rect).collect::<Vec<_>>() {
            self.order.retain(|known| *known != key);
            self.order.push_back(key);
            self.blocks.insert(key, Held { patch: Rc::clone(&patch), stale: false });
        }
        while self.order.len() > self.max_blocks {
            if let Some(key) = self.order.pop_front() {
                self.blocks.remove(&key);
            }
        }
    }

    /// Marks the blocks of `rect` as used just now.
    pub fn touch(&mut self, rect: &Rect) {
        let keys: Vec<Key> = self.keys(rect).filter(|key| self.blocks.contains_key(key)).collect();
        self.order.retain(|known| !keys.contains(known));
        self.order.extend(keys);
    }

    /// Keeps showing what is here, but wants it again.
    pub fn mark_stale(&mut self, rect: &Rect) {
        let (block_rows, block_columns) = (self.block_rows, self.block_columns);
        for ((row, column), held) in &mut self.blocks {
            let block = Rect {
                row: row * block_rows,
                rows: block_rows,
                column: column * block_columns,
                columns: block_columns,
            };
            held.stale |= block.intersects(rect);
        }
    }

    pub fn clear(&mut self) {
        self.blocks.clear();
        self.order.clear();
    }

    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(row: u64, rows: u64, column: u64, columns: u64) -> Rect {
        Rect { row, rows, column, columns }
    }

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let mut cache = BlockCache::new(10, 4, 100);
        assert_eq!(cache.missing(&rect(5, 10, 1, 2), 1000, 6), Some(rect(0, 20, 0, 4)));
        cache.insert(rect(0, 20, 0, 4), "a");
        assert_eq!(cache.missing(&rect(5, 10, 1, 2), 1000, 6), None);
        assert_eq!(cache.missing(&rect(15, 10, 1, 5), 1000, 6), Some(rect(10, 20, 0, 6)));
        assert_eq!(cache.missing(&rect(15, 10, 1, 2), 1000, 6), Some(rect(20, 10, 0, 4)));
        assert_eq!(cache.get(19, 3).map(|patch| patch.1), Some("a"));
        assert!(cache.get(20, 3).is_none() && cache.get(0, 4).is_none());
    }

    #[test]
    fn a_grid_that_ends_inside_a_block() {
        let mut cache = BlockCache::new(10, 10, 100);
        assert_eq!(cache.missing(&rect(0, 3, 0, 1), 3, 1), Some(rect(0, 3, 0, 1)));
        cache.insert(rect(0, 3, 0, 1), ());
        assert_eq!(cache.missing(&rect(0, 3, 0, 1), 3, 1), None);
        // After growing, the cells behind the old end are not there until asked for again.
        assert!(cache.get(3, 0).is_none());
        cache.mark_stale(&rect(3, 2, 0, 1));
        assert_eq!(cache.missing(&rect(0, 5, 0, 1), 5, 1), Some(rect(0, 5, 0, 1)));
        assert!(BlockCache::<()>::new(10, 10, 1).missing(&rect(0, 0, 0, 0), 0, 0).is_none());
    }

    #[test]
    fn stale_blocks_are_shown_and_asked_for() {
        let mut cache = BlockCache::new(10, 10, 100);
        cache.insert(rect(0, 30, 0, 10), 1);
        cache.mark_stale(&rect(12, 1, 3, 1));
        assert_eq!(cache.get(12, 3).map(|patch| patch.1), Some(1));
        assert_eq!(cache.missing(&rect(0, 30, 0, 10), 100, 10), Some(rect(10, 10, 0, 10)));
        cache.insert(rect(10, 10, 0, 10), 2);
        assert_eq!(cache.get(12, 3).map(|patch| patch.1), Some(2));
        assert_eq!(cache.get(9, 3).map(|patch| patch.1), Some(1));
        assert_eq!(cache.missing(&rect(0, 30, 0, 10), 100, 10), None);
    }

    #[test]
    fn the_longest_unused_block_goes_first() {
        let mut cache = BlockCache::new(10, 10, 3);
        for block in 0..3 {
            cache.insert(rect(block * 10, 10, 0, 10), block);
        }
        cache.touch(&rect(0, 10, 0, 10));
        cache.insert(rect(90, 10, 0, 10), 9);
        assert_eq!(cache.len(), 3);
        assert!(
            cache.get(0, 0).is_some() && cache.get(10, 0).is_none() && cache.get(90, 0).is_some()
        );
        cache.clear();
        assert!(cache.is_empty());
    }

    #[test]
    fn rectangles() {
        assert!(rect(0, 5, 0, 5).intersects(&rect(4, 1, 4, 9)));
        assert!(!rect(0, 5, 0, 5).intersects(&rect(5, 1, 0, 1)));
        assert!(!rect(0, 0, 0, 5).intersects(&rect(0, 1, 0, 1)));
        assert_eq!(rect(10, 5, 0, 3).with_margin(18, 5), rect(5, 13, 0, 5));
    }
}
