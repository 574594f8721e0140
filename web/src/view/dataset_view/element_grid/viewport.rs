//! What part of the grid its window shows, and how scroll bar, wheel and keys move it.

use plotcore::scroll_axis::Position;
use plotcore::{Rect, ScrollAxis};
use web_sys::HtmlElement;

pub const ROW_PIXELS: f64 = 24.0;
/// Of the row of column numbers.
pub const HEADER_PIXELS: f64 = 26.0;

#[derive(Clone, Debug)]
pub struct Viewport {
    pub rows: ScrollAxis,
    pub columns: ScrollAxis,
    pub top: Position,
    pub left: Position,
    /// The width of the row numbers.
    pub heads_pixels: f64,
    /// Where this file last put the scroll bars: the scroll event that follows is not a person's.
    placed: Option<(i32, i32)>,
}

impl Viewport {
    pub fn new(rows: u64, columns: u64, column_pixels: f64) -> Self {
        let axis = |count, line_pixels| ScrollAxis { count, line_pixels, window_pixels: 0.0 };
        let mut viewport = Self {
            rows: axis(rows, ROW_PIXELS),
            columns: axis(columns, column_pixels),
            top: Position::default(),
            left: Position::default(),
            heads_pixels: 0.0,
            placed: None,
        };
        viewport.set_counts(rows, columns);
        viewport
    }

    pub fn set_counts(&mut self, rows: u64, columns: u64) {
        let digits = rows.saturating_sub(1).max(1).ilog10() + 1;
        self.heads_pixels = 8.0 * f64::from(digits.max(2)) + 20.0;
        (self.rows.count, self.columns.count) = (rows, columns);
        self.hold();
    }

    /// Takes the inner size of the scrolled element.
    pub fn set_window(&mut self, width: f64, height: f64) {
        self.columns.window_pixels = (width - self.heads_pixels).max(0.0);
        self.rows.window_pixels = (height - HEADER_PIXELS).max(0.0);
        self.hold();
    }

    fn hold(&mut self) {
        self.top = self.rows.held(self.top);
        self.left = self.columns.held(self.left);
    }

    /// The size of the scrolled area.
    pub fn area(&self) -> (f64, f64) {
        (self.heads_pixels + self.columns.area_pixels(), HEADER_PIXELS + self.rows.area_pixels())
    }

    /// The cells at least partly in the window.
    pub fn visible(&self) -> Rect {
        let (row, rows) = self.rows.visible(self.top);
        let (column, columns) = self.columns.visible(self.left);
        Rect { row, rows, column, columns }
    }

    /// The cell at a place in the window, the nearest one outside.
    pub fn cell_at(&self, x: f64, y: f64) -> (u64, u64) {
        let index = |axis: &ScrollAxis, position: Position, pixels: f64| {
            let lines = ((pixels + position.hidden) / axis.line_pixels).max(0.0) as u64;
            position.line.saturating_add(lines).min(axis.count.saturating_sub(1))
        };
        (
            index(&self.rows, self.top, y - HEADER_PIXELS),
            index(&self.columns, self.left, x - self.heads_pixels),
        )
    }

    /// Left, top and width of a cell in the window; it may lie outside.
    pub fn place_of(&self, row: u64, column: u64) -> (f64, f64, f64) {
        let pixels = |axis: &ScrollAxis, position: Position, line: u64| {
            (line as f64 - position.line as f64) * axis.line_pixels - position.hidden
        };
        (
            self.heads_pixels + pixels(&self.columns, self.left, column),
            HEADER_PIXELS + pixels(&self.rows, self.top, row),
            self.columns.line_pixels,
        )
    }

    /// Takes over where a person moved the scroll bars to; `false` if they did not.
    pub fn take_scroll(&mut self, element: &HtmlElement) -> bool {
        let now = (element.scroll_left(), element.scroll_top());
        if self.placed == Some(now) {
            return false;
        }
        self.placed = Some(now);
        self.left = self.columns.at_scroll(f64::from(now.0));
        self.top = self.rows.at_scroll(f64::from(now.1));
        true
    }

    /// Puts the scroll bars where the position is.
    pub fn place_scroll(&mut self, element: &HtmlElement) {
        let left = self.columns.scroll_of(self.left).round() as i32;
        let top = self.rows.scroll_of(self.top).round() as i32;
        if self.placed == Some((left, top)) {
            return;
        }
        element.set_scroll_left(left);
        element.set_scroll_top(top);
        // The browser may have held it inside the area.
        self.placed = Some((element.scroll_left(), element.scroll_top()));
    }

    pub fn reveal(&mut self, row: u64, column: u64) {
        self.top = self.rows.revealing(self.top, row);
        self.left = self.columns.revealing(self.left, column);
    }
}
