//! The cells on the page: as many elements as the window shows, used again for other cells as it moves.
//!
//! Row `r` always lives in slot `r % slots`, column `c` likewise, so that scrolling by one line changes the
//! text of one line only; everything else moves with its layer.

use plotcore::Rect;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, Text};

use super::super::surface::new_element;
use super::viewport::{HEADER_PIXELS, ROW_PIXELS, Viewport};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellState {
    #[default]
    Here,
    /// Its element has not arrived yet.
    Waiting,
    /// Its change is not acknowledged yet.
    Unsaved,
}

/// How a cell looks; text and the names of its classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellLook {
    pub text: String,
    pub active: bool,
    pub selected: bool,
    pub state: CellState,
    /// Counts the flashes, so that the next one begins anew.
    pub flash: u8,
}

impl CellLook {
    fn class_name(&self) -> String {
        let mut name = String::from("grid-cell");
        let marks = [
            (self.active, " is-active"),
            (self.selected, " is-selected"),
            (self.state == CellState::Waiting, " is-waiting"),
            (self.state == CellState::Unsaved, " is-unsaved"),
            (self.flash % 3 == 1, " flash-a"),
            (self.flash % 3 == 2, " flash-b"),
        ];
        for (_, mark) in marks.iter().filter(|(set, _)| *set) {
            name.push_str(mark);
        }
        name
    }
}

struct Label {
    element: HtmlElement,
    text: Text,
    shown: Option<u64>,
    left: f64,
}

struct Cell {
    element: HtmlElement,
    text: Text,
    column: Option<u64>,
    left: f64,
    look: CellLook,
}

struct Row {
    element: HtmlElement,
    head: Label,
    cells: Vec<Cell>,
    shown: Option<u64>,
    top: f64,
}

/// Lines are placed relative to a base line, because browsers lose precision beyond some million pixels.
#[derive(Clone, Copy, Default)]
struct Base {
    row: u64,
    column: u64,
}

pub struct CellPool {
    body: HtmlElement,
    header: HtmlElement,
    headings: Vec<Label>,
    rows: Vec<Row>,
    base: Base,
}

impl std::fmt::Debug for CellPool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CellPool").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl CellPool {
    /// `header` is the row of column numbers, `body` the layer of rows.
    pub fn new(header: HtmlElement, body: HtmlElement) -> Self {
        Self { body, header, headings: Vec::new(), rows: Vec::new(), base: Base::default() }
    }

    /// The id of the element of a cell on screen, for `aria-activedescendant`.
    pub fn id_of(&self, row: u64, column: u64) -> Option<String> {
        let slot = self.rows.get(slot(row, self.rows.len())?)?;
        let cell = slot.cells.get(slot_of_column(column, &slot.cells)?)?;
        (slot.shown == Some(row) && cell.column == Some(column)).then(|| cell.element.id())
    }

    /// Shows the window of `viewport`; `look` gives the content of a cell.
    pub fn paint(&mut self, viewport: &Viewport, mut look: impl FnMut(u64, u64) -> CellLook) {
        let visible = viewport.visible();
        self.resize(&visible);
        self.choose_base(viewport, &visible);
        self.move_layers(viewport);
        let columns = visible.column..visible.column + visible.columns;
        for column in columns.clone() {
            if let Some(slot) = slot(column, self.headings.len()) {
                let left = self.left_of(viewport, column);
                self.headings[slot].show(column, left, "aria-colindex");
            }
        }
        for row in visible.row..visible.row + visible.rows {
            let Some(slot) = slot(row, self.rows.len()) else { continue };
            let top = (row as f64 - self.base.row as f64) * ROW_PIXELS;
            self.rows[slot].show(row, top);
            for column in columns.clone() {
                let left = self.left_of(viewport, column);
                self.rows[slot].show_cell(column, left, look(row, column));
            }
        }
    }

    fn left_of(&self, viewport: &Viewport, column: u64) -> f64 {
        (column as f64 - self.base.column as f64) * viewport.columns.line_pixels
    }

    /// Makes the slots as many as the window shows; their places change with their number.
    fn resize(&mut self, visible: &Rect) {
        let rows = usize::try_from(visible.rows).unwrap_or(0);
        let columns = usize::try_from(visible.columns).unwrap_or(0);
        let grows = rows > self.rows.len() || columns > self.headings.len();
        let wastes = rows + 8 < self.rows.len() || columns + 8 < self.headings.len();
        if grows || wastes {
            self.rebuild(rows + 1, columns + 1);
        }
        for row in &mut self.rows {
            let hidden = row
                .shown
                .is_none_or(|shown| shown < visible.row || shown - visible.row >= visible.rows);
            if hidden && row.shown.take().is_some() {
                row.element.set_hidden(true);
            }
            for cell in &mut row.cells {
                let hidden = cell.column.is_none_or(|shown| {
                    shown < visible.column || shown - visible.column >= visible.columns
                });
                if hidden && cell.column.take().is_some() {
                    cell.element.set_hidden(true);
                }
            }
        }
        for heading in &mut self.headings {
            let hidden = heading.shown.is_none_or(|shown| {
                shown < visible.column || shown - visible.column >= visible.columns
            });
            if hidden && heading.shown.take().is_some() {
                heading.element.set_hidden(true);
            }
        }
    }

    fn rebuild(&mut self, rows: usize, columns: usize) {
        self.body.set_text_content(None);
        self.header.set_text_content(None);
        self.headings =
            (0..columns).filter_map(|_| Label::new("grid-heading", "columnheader")).collect();
        for heading in &self.headings {
            self.header.append_child(&heading.element).ok();
        }
        self.rows = (0..rows).filter_map(|row| Row::new(row, columns)).collect();
        for row in &self.rows {
            self.body.append_child(&row.element).ok();
        }
    }

    fn choose_base(&mut self, viewport: &Viewport, visible: &Rect) {
        const MAX_OFFSET_PIXELS: f64 = 1_000_000.0;
        if (visible.row.abs_diff(self.base.row)) as f64 * ROW_PIXELS > MAX_OFFSET_PIXELS {
            self.base.row = visible.row;
        }
        let width = viewport.columns.line_pixels;
        if (visible.column.abs_diff(self.base.column)) as f64 * width > MAX_OFFSET_PIXELS {
            self.base.column = visible.column;
        }
    }

    fn move_layers(&self, viewport: &Viewport) {
        let x = (viewport.left.line as f64 - self.base.column as f64)
            * viewport.columns.line_pixels
            + viewport.left.hidden;
        let y =
            (viewport.top.line as f64 - self.base.row as f64) * ROW_PIXELS + viewport.top.hidden;
        let heads = viewport.heads_pixels;
        let style = self.body.style();
        style
            .set_property(
                "transform",
                &format!("translate({}px, {}px)", heads - x, HEADER_PIXELS - y),
            )
            .ok();
        // Row numbers move against their layer, so that they stay at the left edge.
        style.set_property("--heads-x", &format!("{}px", x - heads)).ok();
        self.header.style().set_property("transform", &format!("translateX({}px)", heads - x)).ok();
    }
}

/// Where a line lives; `None` while there are no slots.
fn slot(line: u64, slots: usize) -> Option<usize> {
    usize::try_from(line.checked_rem(slots as u64)?).ok()
}

fn slot_of_column(column: u64, cells: &[Cell]) -> Option<usize> {
    slot(column, cells.len())
}

impl Label {
    fn new(class: &str, role: &str) -> Option<Self> {
        let element = new_element("div", class, role)?;
        element.set_text_content(Some(" "));
        element.set_hidden(true);
        let text = element.first_child()?.dyn_into().ok()?;
        Some(Self { element, text, shown: None, left: f64::NAN })
    }

    fn show(&mut self, line: u64, left: f64, index_attribute: &str) {
        if self.shown != Some(line) {
            if self.shown.is_none() {
                self.element.set_hidden(false);
            }
            self.shown = Some(line);
            self.text.set_data(&line.to_string());
            // The first column is that of the row numbers.
            self.element.set_attribute(index_attribute, &(line + 2).to_string()).ok();
        }
        if self.left.to_bits() != left.to_bits() {
            self.left = left;
            self.element.style().set_property("left", &format!("{left}px")).ok();
        }
    }
}

impl Row {
    fn new(slot: usize, columns: usize) -> Option<Self> {
        let element = new_element("div", "grid-row", "row")?;
        element.set_hidden(true);
        let head = Label::new("grid-head", "rowheader")?;
        head.element.set_hidden(false);
        head.element.set_attribute("aria-colindex", "1").ok()?;
        element.append_child(&head.element).ok()?;
        let cells: Vec<Cell> = (0..columns).filter_map(|column| Cell::new(slot, column)).collect();
        for cell in &cells {
            element.append_child(&cell.element).ok()?;
        }
        Some(Self { element, head, cells, shown: None, top: f64::NAN })
    }

    fn show(&mut self, row: u64, top: f64) {
        if self.shown != Some(row) {
            if self.shown.is_none() {
                self.element.set_hidden(false);
            }
            self.shown = Some(row);
            // The first row is that of the column numbers.
            self.element.set_attribute("aria-rowindex", &(row + 2).to_string()).ok();
            self.head.text.set_data(&row.to_string());
            for cell in &self.cells {
                cell.element.set_attribute("data-row", &row.to_string()).ok();
            }
        }
        if self.top.to_bits() != top.to_bits() {
            self.top = top;
            self.element.style().set_property("transform", &format!("translateY({top}px)")).ok();
        }
    }

    fn show_cell(&mut self, column: u64, left: f64, look: CellLook) {
        let Some(slot) = slot_of_column(column, &self.cells) else { return };
        self.cells[slot].show(column, left, look);
    }
}

impl Cell {
    fn new(row_slot: usize, column_slot: usize) -> Option<Self> {
        let element = new_element("div", "grid-cell", "gridcell")?;
        element.set_id(&format!("cell-{row_slot}-{column_slot}"));
        element.set_attribute("data-testid", "grid-cell").ok()?;
        element.set_text_content(Some(" "));
        element.set_hidden(true);
        let text = element.first_child()?.dyn_into().ok()?;
        Some(Self { element, text, column: None, left: f64::NAN, look: CellLook::default() })
    }

    fn show(&mut self, column: u64, left: f64, look: CellLook) {
        if self.column != Some(column) {
            if self.column.is_none() {
                self.element.set_hidden(false);
            }
            self.column = Some(column);
            self.element.set_attribute("data-col", &column.to_string()).ok();
            self.element.set_attribute("aria-colindex", &(column + 2).to_string()).ok();
        }
        if self.left.to_bits() != left.to_bits() {
            self.left = left;
            self.element.style().set_property("left", &format!("{left}px")).ok();
        }
        if self.look == look {
            return;
        }
        if self.look.text != look.text {
            self.text.set_data(&look.text);
        }
        let (before, after) = (self.look.class_name(), look.class_name());
        if before != after {
            self.element.set_class_name(&after);
        }
        if self.look.selected != look.selected {
            self.element
                .set_attribute("aria-selected", if look.selected { "true" } else { "false" })
                .ok();
        }
        self.look = look;
    }
}
