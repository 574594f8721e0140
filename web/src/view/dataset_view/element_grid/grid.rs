//! The grid behind its component: what is shown, what has to be read for it, and painting it once per frame.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use plotcore::{Notation, Rect};
use web_sys::HtmlElement;

use super::super::cell_text::{cell_text, column_pixels};
use super::super::frame::Frame;
use super::super::newest_read::NewestRead;
use super::super::slicing::Slicing;
use super::super::subject::{Stale, Subject};
use super::cell_pool::{CellLook, CellPool, CellState};
use super::cursor::{Bounds, Cursor};
use super::edits::{CellError, EditedCell, Edits};
use super::elements::{Arrangement, Elements};
use super::flashes::Flashes;
use super::viewport::Viewport;
use crate::refusal::Refusal;

/// What the component around the grid shows.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    pub cursor: RwSignal<Cursor>,
    pub notation: RwSignal<Notation>,
    pub refusal: RwSignal<Option<Refusal>>,
    pub busy: RwSignal<bool>,
    pub edited: RwSignal<Option<EditedCell>>,
    /// The text that the edited cell has got from somebody else.
    pub theirs: RwSignal<Option<String>>,
    pub cell_error: RwSignal<Option<CellError>>,
    /// Left, top and width of the edited cell, or of the one with an error.
    pub place: RwSignal<(f64, f64, f64)>,
    /// What was just copied, or why not.
    pub notice: RwSignal<Option<String>>,
}

impl Signals {
    pub fn create() -> Self {
        Self {
            cursor: RwSignal::new(Cursor::default()),
            notation: RwSignal::new(Notation::Auto),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
            edited: RwSignal::new(None),
            theirs: RwSignal::new(None),
            cell_error: RwSignal::new(None),
            place: RwSignal::new((0.0, 0.0, 0.0)),
            notice: RwSignal::new(None),
        }
    }
}

pub(super) struct Content {
    pub(super) elements: Elements,
    pub(super) viewport: Viewport,
    pub(super) edits: Edits,
    pub(super) flashes: Flashes,
    page: Option<Page>,
}

struct Page {
    scrolled: HtmlElement,
    area: HtmlElement,
    pool: CellPool,
    area_size: (f64, f64),
}

pub struct Grid {
    pub subject: Subject,
    pub signals: Signals,
    pub(super) content: RefCell<Content>,
    pub(super) read: Rc<NewestRead>,
    frame: Frame,
}

impl std::fmt::Debug for Grid {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Grid").field("path", &self.subject.path).finish_non_exhaustive()
    }
}

impl Grid {
    pub fn new(subject: Subject, signals: Signals) -> Rc<Self> {
        let arrangement = Self::arrangement(&subject);
        let width = match arrangement.axes {
            1 => column_pixels(&subject.datatype).max(200.0),
            _ => column_pixels(&subject.datatype),
        };
        let read = NewestRead::new(subject.actions, subject.path.clone());
        let grid = Rc::new(Self {
            content: RefCell::new(Content {
                elements: Elements::new(arrangement),
                viewport: Viewport::new(0, 0, width),
                edits: Edits::default(),
                flashes: Flashes::default(),
                page: None,
            }),
            subject,
            signals,
            read,
            frame: Frame::default(),
        });
        grid.take_shape();
        grid
    }

    fn arrangement(subject: &Subject) -> Arrangement {
        let axes = subject.axes_shown();
        subject.slicing.with_untracked(|slicing| Arrangement::of(slicing, axes))
    }

    /// Rows and columns.
    pub fn counts(&self) -> (u64, u64) {
        let (x, y) = self.subject.extent();
        if self.content.borrow().elements.arrangement.axes < 2 { (x, 1) } else { (y, x) }
    }

    pub fn bounds(&self) -> Bounds {
        let (rows, columns) = self.counts();
        Bounds { rows, columns, page: self.content.borrow().viewport.rows.page() }
    }

    /// The elements of the page are there.
    pub fn mount(
        self: &Rc<Self>,
        scrolled: HtmlElement,
        area: HtmlElement,
        header: HtmlElement,
        body: HtmlElement,
    ) {
        let page =
            Page { scrolled, area, pool: CellPool::new(header, body), area_size: (0.0, 0.0) };
        self.content.borrow_mut().page = Some(page);
        self.repaint();
    }

    pub fn resize(self: &Rc<Self>, width: f64, height: f64) {
        self.content.borrow_mut().viewport.set_window(width, height);
        self.repaint();
    }

    pub fn repaint(self: &Rc<Self>) {
        self.frame.ask(self, Self::paint);
    }

    /// Ends all reading.
    pub fn stop(&self) {
        self.read.stop();
    }

    /// The dataset has another shape than before, or the slice other axes.
    pub fn take_shape(self: &Rc<Self>) {
        let (rows, columns) = self.counts();
        let content = &mut *self.content.borrow_mut();
        let before = (content.viewport.rows.count, content.viewport.columns.count);
        content.viewport.set_counts(rows, columns);
        let grew = before.0 > 0 && rows > before.0;
        if before.0 < rows || before.1 < columns {
            // Blocks at the old end are shorter than they could be now.
            let last = |count: u64| count.saturating_sub(1);
            content.elements.mark_stale(&Rect {
                row: last(before.0),
                rows: rows + 1,
                column: 0,
                columns: columns + 1,
            });
            content.elements.mark_stale(&Rect {
                row: 0,
                rows: rows + 1,
                column: last(before.1),
                columns: columns + 1,
            });
        }
        if grew && self.subject.follow.get_untracked() {
            content.viewport.top = content.viewport.rows.last_position();
        }
        let bounds = Bounds { rows, columns, page: 1 };
        self.signals.cursor.update(|cursor| *cursor = cursor.held(bounds));
    }

    pub fn take_slice(self: &Rc<Self>) {
        let arrangement = Self::arrangement(&self.subject);
        {
            let mut content = self.content.borrow_mut();
            content.elements.change_slice(arrangement);
            content.flashes.clear();
        }
        self.read.stop();
        self.signals.edited.set(None);
        self.signals.cell_error.set(None);
        self.take_shape();
        self.repaint();
    }

    pub fn take_changes(self: &Rc<Self>, stale: &Stale) {
        let (rows, columns) = self.counts();
        {
            let content = &mut *self.content.borrow_mut();
            match stale {
                Stale::Everything => {
                    let all = Rect { row: 0, rows, column: 0, columns };
                    content.elements.mark_stale(&all);
                    content.flashes.expect(all);
                }
                Stale::Parts(parts) => {
                    for (touched, by_me) in parts {
                        let rect = content.elements.arrangement.rect(touched);
                        content.elements.mark_stale(&rect);
                        if !by_me {
                            content.flashes.expect(rect);
                        }
                    }
                }
            }
        }
        self.repaint();
    }

    pub fn on_scroll(self: &Rc<Self>) {
        let content = &mut *self.content.borrow_mut();
        let Some(page) = &content.page else { return };
        if content.viewport.take_scroll(&page.scrolled) {
            self.stop_following(content);
            self.repaint();
        }
    }

    /// Beyond the cap of the scrolled area the wheel moves by lines; `true` if it did.
    pub fn on_wheel(self: &Rc<Self>, pixels_x: f64, pixels_y: f64) -> bool {
        let content = &mut *self.content.borrow_mut();
        let (rows, columns) = (content.viewport.rows, content.viewport.columns);
        if !(rows.is_capped() && pixels_y != 0.0 || columns.is_capped() && pixels_x != 0.0) {
            return false;
        }
        content.viewport.top = rows.moved(content.viewport.top, pixels_y);
        content.viewport.left = columns.moved(content.viewport.left, pixels_x);
        self.stop_following(content);
        self.repaint();
        true
    }

    /// A person scrolled away from the newest rows.
    fn stop_following(&self, content: &Content) {
        let at_end = content.viewport.top == content.viewport.rows.last_position();
        if !at_end && self.subject.follow.get_untracked() {
            self.subject.follow.set(false);
        }
    }

    /// Shows the newest rows, if the rows are what grows.
    pub fn take_follow(self: &Rc<Self>) {
        if self.subject.follow.get_untracked() {
            let content = &mut *self.content.borrow_mut();
            content.viewport.top = content.viewport.rows.last_position();
        }
        self.repaint();
    }

    pub fn reveal(self: &Rc<Self>, row: u64, column: u64) {
        self.content.borrow_mut().viewport.reveal(row, column);
        self.repaint();
    }

    pub fn cell_at(&self, x: f64, y: f64) -> (u64, u64) {
        self.content.borrow().viewport.cell_at(x, y)
    }

    /// The element of a cell exactly as text, if it is here.
    pub fn exact_text(&self, row: u64, column: u64) -> Option<String> {
        let content = self.content.borrow();
        content.elements.get(row, column).map(|(slab, index)| slab.text_at(index))
    }

    pub fn coordinates(&self, row: u64, column: u64) -> Vec<u64> {
        let arrangement = self.content.borrow().elements.arrangement;
        let (x, y) = arrangement.xy(row, column);
        self.subject.slicing.with_untracked(|slicing| slicing.coordinates(arrangement.axes, x, y))
    }

    fn paint(self: &Rc<Self>) {
        {
            let content = &mut *self.content.borrow_mut();
            content.flashes.forget_old(js_sys::Date::now());
            self.paint_cells(content);
        }
        self.fetch();
    }

    fn paint_cells(&self, content: &mut Content) {
        let Content { elements, viewport, edits, flashes, page } = content;
        let Some(page) = page else { return };
        if page.area_size != viewport.area() {
            page.area_size = viewport.area();
            let style = page.area.style();
            style.set_property("width", &format!("{}px", page.area_size.0)).ok();
            style.set_property("height", &format!("{}px", page.area_size.1)).ok();
            style.set_property("--heads-width", &format!("{}px", viewport.heads_pixels)).ok();
            style
                .set_property("--column-width", &format!("{}px", viewport.columns.line_pixels))
                .ok();
        }
        viewport.place_scroll(&page.scrolled);
        let cursor = self.signals.cursor.get_untracked();
        let notation = self.signals.notation.get_untracked();
        let range = cursor.range();
        let several = range.rows * range.columns > 1;
        let slicing = self.subject.slicing.get_untracked();
        let arrangement = elements.arrangement;
        page.pool.paint(viewport, |row, column| {
            let mut look = match elements.get(row, column) {
                Some((slab, index)) => {
                    CellLook { text: cell_text(slab, index, notation), ..CellLook::default() }
                }
                None => CellLook {
                    text: "\u{b7}".to_owned(),
                    state: CellState::Waiting,
                    ..CellLook::default()
                },
            };
            if !edits.is_empty() {
                apply_edit(&mut look, edits, &slicing, arrangement, row, column);
            }
            look.active = (row, column) == (cursor.row, cursor.column);
            look.selected = several && range.contains(row, column);
            look.flash = flashes.of(row, column);
            look
        });
        let active = page.pool.id_of(cursor.row, cursor.column).unwrap_or_default();
        page.scrolled.set_attribute("aria-activedescendant", &active).ok();
        self.place_editor(viewport);
    }

    /// The editor, and the message of a refused edit, stay at their cell.
    fn place_editor(&self, viewport: &Viewport) {
        let edited = self
            .signals
            .edited
            .with_untracked(|edited| edited.as_ref().map(|cell| (cell.row, cell.column)));
        let refused = || {
            self.signals
                .cell_error
                .with_untracked(|error| error.as_ref().map(|error| (error.row, error.column)))
        };
        if let Some((row, column)) = edited.or_else(refused) {
            let place = viewport.place_of(row, column);
            if self.signals.place.get_untracked() != place {
                self.signals.place.set(place);
            }
        }
    }
}

fn apply_edit(
    look: &mut CellLook,
    edits: &Edits,
    slicing: &Slicing,
    arrangement: Arrangement,
    row: u64,
    column: u64,
) {
    let (x, y) = arrangement.xy(row, column);
    if let Some((text, acknowledged)) = edits.get(&slicing.coordinates(arrangement.axes, x, y)) {
        text.clone_into(&mut look.text);
        look.state = if acknowledged { CellState::Here } else { CellState::Unsaved };
    }
}
