//! One direction of a scrolled grid: which of any number of lines are visible, within what a browser can
//! scroll.
//!
//! Browsers limit the height of an element (Firefox near 17 million pixels), so the scrolled area is capped.
//! Below the cap a scrolled pixel is a pixel of content. Beyond it the scroll bar stands for a proportion of
//! the lines, and wheel and keys move by lines instead.

/// The largest scrolled area, in CSS pixels.
pub const MAX_AREA_PIXELS: f64 = 10_000_000.0;

/// Where the view begins: a line, and how many pixels of it are hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Position {
    pub line: u64,
    pub hidden: f64,
}

/// `count` lines of `line_pixels` each, seen through a window of `window_pixels`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScrollAxis {
    pub count: u64,
    pub line_pixels: f64,
    pub window_pixels: f64,
}

impl ScrollAxis {
    fn content_pixels(&self) -> f64 {
        self.count as f64 * self.line_pixels
    }

    /// The size of the scrolled area.
    pub fn area_pixels(&self) -> f64 {
        self.content_pixels().min(MAX_AREA_PIXELS)
    }

    /// Whether the scroll bar stands for proportions.
    pub fn is_capped(&self) -> bool {
        self.content_pixels() > MAX_AREA_PIXELS
    }

    /// The position that shows the last line at the lower edge.
    pub fn last_position(&self) -> Position {
        if self.content_pixels() <= self.window_pixels {
            return Position::default();
        }
        let whole = (self.window_pixels / self.line_pixels).floor();
        let part = self.window_pixels - whole * self.line_pixels;
        let line = self.count.saturating_sub(whole as u64);
        if part > 0.0 && line > 0 {
            return Position { line: line - 1, hidden: self.line_pixels - part };
        }
        Position { line, hidden: 0.0 }
    }

    /// `position`, moved back if it lies beyond the last one.
    pub fn held(&self, position: Position) -> Position {
        let last = self.last_position();
        let beyond = position.line > last.line
            || (position.line == last.line && position.hidden > last.hidden);
        if beyond { last } else { position }
    }

    /// The position that a scroll bar at `scrolled` pixels means.
    pub fn at_scroll(&self, scrolled: f64) -> Position {
        let room = self.area_pixels() - self.window_pixels;
        if room <= 0.0 {
            return Position::default();
        }
        if !self.is_capped() {
            let line = (scrolled.max(0.0) / self.line_pixels).floor();
            let hidden = scrolled.max(0.0) - line * self.line_pixels;
            return self.held(Position { line: line as u64, hidden });
        }
        let fraction = (scrolled / room).clamp(0.0, 1.0);
        if fraction >= 1.0 {
            return self.last_position();
        }
        Position { line: (self.last_position().line as f64 * fraction) as u64, hidden: 0.0 }
    }

    /// Where the scroll bar stands for `position`; the inverse of [`Self::at_scroll`].
    pub fn scroll_of(&self, position: Position) -> f64 {
        if !self.is_capped() {
            return position.line as f64 * self.line_pixels + position.hidden;
        }
        let last = self.last_position();
        let room = self.area_pixels() - self.window_pixels;
        if position.line >= last.line {
            return room;
        }
        room * position.line as f64 / last.line as f64
    }

    /// Moves by pixels of content, whatever the scroll bar stands for.
    pub fn moved(&self, position: Position, pixels: f64) -> Position {
        let offset = position.hidden + pixels;
        let lines = (offset / self.line_pixels).floor();
        let hidden = offset - lines * self.line_pixels;
        if lines >= 0.0 {
            let line = position.line.saturating_add(lines as u64);
            return self.held(Position { line, hidden });
        }
        match position.line.checked_sub((-lines) as u64) {
            Some(line) => self.held(Position { line, hidden }),
            None => Position::default(),
        }
    }

    /// The least move that shows the whole of `line`.
    pub fn revealing(&self, position: Position, line: u64) -> Position {
        if line < position.line || (line == position.line && position.hidden > 0.0) {
            return self.held(Position { line, hidden: 0.0 });
        }
        // Exact for lines near the view, and clearly outside for all others.
        let end = (line - position.line + 1) as f64 * self.line_pixels - position.hidden;
        if end <= self.window_pixels {
            return position;
        }
        let whole = (self.window_pixels / self.line_pixels).floor().max(1.0) as u64;
        let part = self.window_pixels - whole as f64 * self.line_pixels;
        if part > 0.0 && line >= whole {
            return self.held(Position { line: line - whole, hidden: self.line_pixels - part });
        }
        self.held(Position { line: (line + 1).saturating_sub(whole), hidden: 0.0 })
    }

    /// The lines that are at least partly visible: first and how many.
    pub fn visible(&self, position: Position) -> (u64, u64) {
        let count = ((self.window_pixels + position.hidden) / self.line_pixels).ceil().max(0.0);
        (position.line, (count as u64).min(self.count.saturating_sub(position.line)))
    }

    /// Lines that fit as a whole, at least one: what the page keys move by.
    pub fn page(&self) -> u64 {
        ((self.window_pixels / self.line_pixels).floor() as u64).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u64) -> ScrollAxis {
        ScrollAxis { count, line_pixels: 24.0, window_pixels: 600.0 }
    }

    #[test]
    fn a_small_grid_scrolls_pixel_by_pixel() {
        let axis = rows(100);
        assert_eq!(axis.area_pixels().to_bits(), 2400.0_f64.to_bits());
        assert_eq!(axis.at_scroll(30.0), Position { line: 1, hidden: 6.0 });
        assert_eq!(axis.at_scroll(1e9), axis.last_position());
        assert_eq!(axis.visible(axis.at_scroll(30.0)), (1, 26));
        assert_eq!(axis.visible(axis.last_position()), (75, 25));
        assert_eq!(axis.scroll_of(Position { line: 3, hidden: 5.0 }).to_bits(), 77.0_f64.to_bits());
    }

    #[test]
    fn a_billion_rows_are_all_reached() {
        let axis = rows(1_000_000_000);
        assert!(axis.is_capped());
        assert_eq!(axis.area_pixels().to_bits(), MAX_AREA_PIXELS.to_bits());
        assert_eq!(axis.at_scroll(0.0), Position::default());
        let last = axis.at_scroll(axis.area_pixels() - 600.0);
        assert_eq!(last, axis.last_position());
        assert_eq!(axis.visible(last), (999_999_975, 25));
        let middle = axis.at_scroll((axis.area_pixels() - 600.0) / 2.0);
        assert!((499_999_000..=500_001_000).contains(&middle.line), "{middle:?}");
    }

    #[test]
    fn wheel_and_keys_reach_every_single_row_of_a_billion() {
        let axis = rows(1_000_000_000);
        let mut position = Position { line: 123_456_789, hidden: 0.0 };
        for step in 1..=100 {
            position = axis.moved(position, 24.0);
            assert_eq!(position, Position { line: 123_456_789 + step, hidden: 0.0 });
        }
        assert_eq!(axis.moved(position, -24.0 * 100.0).line, 123_456_789);
        assert_eq!(axis.moved(position, 10.0), Position { line: position.line, hidden: 10.0 });
        assert_eq!(axis.moved(Position::default(), -50.0), Position::default());
        assert_eq!(axis.moved(axis.last_position(), 50.0), axis.last_position());
    }

    #[test]
    fn the_scroll_bar_follows_the_position() {
        for count in [1_000, 1_000_000_000, 1 << 60] {
            let axis = rows(count);
            for line in [0, count / 7, count / 2, count - 26] {
                let position = axis.held(Position { line, hidden: 0.0 });
                let back = axis.at_scroll(axis.scroll_of(position));
                // The scroll bar may stand for many lines, but never moves by a visible amount.
                let error = back.line.abs_diff(position.line) as f64 / count as f64;
                assert!(error < 1e-6, "{count} {line} {back:?}");
            }
        }
    }

    #[test]
    fn revealing_moves_as_little_as_possible() {
        let axis = rows(1_000_000_000);
        let at = Position { line: 500, hidden: 0.0 };
        assert_eq!(axis.revealing(at, 500), at);
        assert_eq!(axis.revealing(at, 524), at);
        assert_eq!(axis.revealing(at, 525), Position { line: 501, hidden: 0.0 });
        assert_eq!(axis.revealing(at, 499), Position { line: 499, hidden: 0.0 });
        assert_eq!(axis.revealing(at, 999_999_999), axis.last_position());
        let uneven = ScrollAxis { window_pixels: 610.0, ..axis };
        let shown = uneven.revealing(Position::default(), 30);
        assert_eq!(shown, Position { line: 5, hidden: 14.0 });
    }

    #[test]
    fn nothing_and_less_than_a_window() {
        let none = rows(0);
        assert_eq!(none.at_scroll(50.0), Position::default());
        assert_eq!(none.visible(Position::default()), (0, 0));
        let few = rows(3);
        assert_eq!(few.visible(few.at_scroll(1000.0)), (0, 3));
        assert_eq!(few.moved(Position::default(), 1e6), Position::default());
        assert_eq!(few.page(), 25);
    }

    #[test]
    fn a_dataset_of_the_largest_size_does_not_overflow() {
        let axis = rows(u64::MAX);
        let last = axis.last_position();
        assert_eq!(axis.visible(last).0 + axis.visible(last).1, u64::MAX);
        assert_eq!(axis.moved(last, f64::MAX), last);
    }
}
