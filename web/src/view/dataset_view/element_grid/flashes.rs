//! Which cells flash because somebody else changed them, at most twice a second each.

use std::collections::HashMap;

use plotcore::Rect;

const LASTS_MS: f64 = 2000.0;
const MIN_INTERVAL_MS: f64 = 500.0;
/// More cells than a window shows.
const MAX_CELLS: usize = 20_000;

#[derive(Debug, Default)]
pub struct Flashes {
    /// Changed by others since the last read.
    changed: Vec<Rect>,
    /// Since when, and a count that tells one flash from the next.
    cells: HashMap<(u64, u64), (f64, u8)>,
}

impl Flashes {
    /// Somebody else changed `rect`; its elements will be read.
    pub fn expect(&mut self, rect: Rect) {
        const MAX_RECTS: usize = 256;
        if self.changed.len() < MAX_RECTS {
            self.changed.push(rect);
        }
    }

    /// The changes that a read which begins now will show.
    pub fn take_expected(&mut self) -> Vec<Rect> {
        std::mem::take(&mut self.changed)
    }

    pub fn flash(&mut self, row: u64, column: u64, now_ms: f64) {
        let known = self.cells.get(&(row, column)).copied();
        let count = match known {
            Some((since, _)) if now_ms - since < MIN_INTERVAL_MS => return,
            // 1 and 2 in turn, as the two names of the animation.
            Some((_, 1)) => 2,
            _ => 1,
        };
        if self.cells.len() < MAX_CELLS {
            self.cells.insert((row, column), (now_ms, count));
        }
    }

    /// 0 where nothing flashes.
    pub fn of(&self, row: u64, column: u64) -> u8 {
        if self.cells.is_empty() {
            return 0;
        }
        self.cells.get(&(row, column)).map_or(0, |(_, count)| *count)
    }

    pub fn forget_old(&mut self, now_ms: f64) {
        self.cells.retain(|_, (since, _)| now_ms - *since < LASTS_MS);
    }

    pub fn clear(&mut self) {
        self.changed.clear();
        self.cells.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_two_a_second() {
        let mut flashes = Flashes::default();
        flashes.flash(1, 2, 0.0);
        assert_eq!((flashes.of(1, 2), flashes.of(1, 3)), (1, 0));
        flashes.flash(1, 2, 100.0);
        assert_eq!(flashes.of(1, 2), 1);
        flashes.flash(1, 2, 600.0);
        assert_eq!(flashes.of(1, 2), 2);
        flashes.flash(1, 2, 1200.0);
        assert_eq!(flashes.of(1, 2), 1);
        flashes.forget_old(4000.0);
        assert_eq!(flashes.of(1, 2), 0);
    }

    #[test]
    fn a_read_takes_the_changes_before_it() {
        let mut flashes = Flashes::default();
        let rect = Rect { row: 0, rows: 1, column: 0, columns: 1 };
        flashes.expect(rect);
        assert_eq!(flashes.take_expected(), [rect]);
        assert!(flashes.take_expected().is_empty());
    }
}
