//! The heatmap behind its component: the tiles that are read, and the rectangle that is shown.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use plotcore::colormap::Rgba;
use plotcore::{Extent, Painting, RangeMode, Span};

use super::super::frame::Frame;
use super::super::newest_read::NewestRead;
use super::super::plot_frame::Drag;
use super::super::subject::{Stale, Subject};
use super::super::surface::Surface;
use super::looks::Looks;
use super::painter::{HeatmapView, paint, paint_overlay};
use super::tile::{Tile, TileRead};
use crate::refusal::Refusal;

#[derive(Clone, Copy, Debug)]
pub struct Signals {
    pub refusal: RwSignal<Option<Refusal>>,
    pub busy: RwSignal<bool>,
    pub readout: RwSignal<String>,
    /// `preview 1:4`, where not every element of what is shown was read.
    pub badge: RwSignal<Option<String>>,
    pub description: RwSignal<String>,
    /// The values at the ends of the color bar.
    pub range: RwSignal<Option<Span>>,
}

impl Signals {
    pub fn create() -> Self {
        Self {
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
            readout: RwSignal::new(String::new()),
            badge: RwSignal::new(None),
            description: RwSignal::new(String::new()),
            range: RwSignal::new(None),
        }
    }
}

/// Which of the two tiles a read is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Detail,
}

#[derive(Default)]
pub(super) struct Content {
    pub(super) whole: Option<Tile>,
    /// Of the rectangle on screen, finer than `whole`.
    pub(super) detail: Option<Tile>,
    pub(super) whole_stale: bool,
    pub(super) detail_stale: bool,
    pub(super) x: Option<Span>,
    pub(super) y: Option<Span>,
    pub(super) cursor: Option<(u64, u64)>,
    pub(super) drag: Option<Drag<HeatmapView>>,
    pub(super) size: (f64, f64),
    pub(super) surfaces: Option<(Surface, Surface)>,
    pub(super) pixels: Vec<Rgba>,
}

pub struct Map {
    pub subject: Subject,
    pub signals: Signals,
    pub looks: Looks,
    pub(super) content: RefCell<Content>,
    read: Rc<NewestRead>,
    frame: Frame,
}

impl std::fmt::Debug for Map {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Map").field("path", &self.subject.path).finish_non_exhaustive()
    }
}

impl Map {
    pub fn new(subject: Subject, signals: Signals, looks: Looks) -> Rc<Self> {
        let read = NewestRead::new(subject.actions, subject.path.clone());
        Rc::new(Self {
            subject,
            signals,
            looks,
            content: RefCell::default(),
            read,
            frame: Frame::default(),
        })
    }

    pub fn mount(self: &Rc<Self>, image: Surface, overlay: Surface) {
        self.content.borrow_mut().surfaces = Some((image, overlay));
        self.repaint();
    }

    pub fn resize(self: &Rc<Self>, width: f64, height: f64) {
        self.content.borrow_mut().size = (width, height);
        self.repaint();
    }

    pub fn repaint(self: &Rc<Self>) {
        self.frame.ask(self, |map| {
            map.paint();
            map.fetch();
        });
    }

    pub fn stop(&self) {
        self.read.stop();
    }

    pub(super) fn bounds(&self) -> (Span, Span) {
        let (columns, rows) = self.subject.extent();
        (Span::new(0.0, columns.max(1) as f64), Span::new(0.0, rows.max(1) as f64))
    }

    pub(super) fn view(&self, content: &Content) -> HeatmapView {
        let (x, y) = self.bounds();
        let spans = (content.x.unwrap_or(x), content.y.unwrap_or(y));
        HeatmapView::new(content.size, spans.0, spans.1, self.looks.equal.get_untracked())
    }

    pub fn take_slice(self: &Rc<Self>, axes_changed: bool) {
        self.read.stop();
        {
            let content = &mut *self.content.borrow_mut();
            (content.whole_stale, content.detail_stale) = (true, true);
            if axes_changed {
                (content.whole, content.detail, content.x, content.y) = (None, None, None, None);
                content.cursor = None;
            }
        }
        self.signals.refusal.set(None);
        self.repaint();
    }

    pub fn take_shape(self: &Rc<Self>) {
        let bounds = self.bounds();
        {
            let content = &mut *self.content.borrow_mut();
            content.whole_stale = true;
            content.x = content.x.map(|x| x.held_inside(bounds.0));
            let following = self.subject.follow.get_untracked();
            content.y = content.y.map(|y| {
                if following {
                    Span::new(bounds.1.to - y.length(), bounds.1.to)
                } else {
                    y.held_inside(bounds.1)
                }
            });
        }
        self.repaint();
    }

    pub fn take_changes(self: &Rc<Self>, stale: &Stale) {
        {
            let content = &mut *self.content.borrow_mut();
            let Stale::Parts(parts) = stale else {
                (content.whole_stale, content.detail_stale) = (true, true);
                self.repaint();
                return;
            };
            for (touched, _) in parts {
                let span = |from: u64, to: u64| Span::new(from as f64, to as f64);
                let (x, y) =
                    (span(touched.x.from, touched.x.to), span(touched.y.from, touched.y.to));
                content.whole_stale = true;
                content.detail_stale |= content.detail.as_ref().is_some_and(|tile| {
                    let image = tile.image();
                    image.x.span().intersects(x) && image.y.span().intersects(y)
                });
            }
        }
        self.repaint();
    }

    /// What to read next.
    fn wanted(&self, content: &Content) -> Option<(TileRead, Part)> {
        let lengths = self.subject.extent();
        if lengths.0 == 0 || lengths.1 == 0 || content.size.0 <= 0.0 {
            return None;
        }
        let view = self.view(content);
        let ratio = window().device_pixel_ratio().max(1.0);
        let pixels = (view.rect.width * ratio, view.rect.height * ratio);
        let whole = TileRead::of_view(self.bounds(), lengths, pixels);
        let detail = TileRead::of_view((view.x.span, view.y.span), lengths, pixels);
        let Some(known) = &content.whole else { return Some((whole, Part::Whole)) };
        let zoomed = content.x.is_some() || content.y.is_some();
        let needs_detail = zoomed && detail.step() < known.read.step();
        // The rectangle on screen first, the image around it afterwards.
        let detail_missing = needs_detail
            && (content.detail_stale
                || !content.detail.as_ref().is_some_and(|tile| tile.read.covers(&detail)));
        if detail_missing && !(content.whole_stale && content.detail.is_none()) {
            return Some((detail, Part::Detail));
        }
        content.whole_stale.then_some((whole, Part::Whole))
    }

    fn fetch(self: &Rc<Self>) {
        let wanted = self.wanted(&self.content.borrow());
        let Some((read, part)) = wanted else { return };
        if self.read.is_busy() || self.signals.refusal.with_untracked(Option::is_some) {
            return;
        }
        // A drag asks again and again; what is on screen is enough until it ends.
        if part == Part::Detail && self.content.borrow().drag.is_some() {
            return;
        }
        let selection =
            self.subject.slicing.with_untracked(|slicing| slicing.selection(2, read.x, read.y));
        let rows_first =
            self.subject.slicing.with_untracked(super::super::slicing::Slicing::rows_first);
        {
            let content = &mut *self.content.borrow_mut();
            if part == Part::Whole {
                content.whole_stale = false;
            } else {
                content.detail_stale = false;
            }
        }
        self.signals.busy.set(true);
        let weak = Rc::downgrade(self);
        self.read.ask(selection, move |result| {
            let Some(this) = weak.upgrade() else { return };
            this.signals.busy.set(false);
            match result {
                Ok(slab) => this.take_tile(part, Tile::new(read, slab, rows_first)),
                Err(refusal) => this.signals.refusal.set(Some(refusal)),
            }
        });
    }

    fn take_tile(self: &Rc<Self>, part: Part, tile: Tile) {
        {
            let content = &mut *self.content.borrow_mut();
            if part == Part::Whole {
                content.whole = Some(tile);
                // A detail of the slice before would lie over the new one.
                if content.detail_stale {
                    content.detail = None;
                }
            } else {
                content.detail = Some(tile);
            }
            self.choose_range(content);
            if let Some((column, row)) = content.cursor {
                self.read_out(content, column as f64 + 0.5, row as f64 + 0.5);
            }
        }
        self.repaint();
    }

    pub fn take_looks(self: &Rc<Self>) {
        {
            let content = &mut *self.content.borrow_mut();
            self.choose_range(content);
        }
        self.repaint();
    }

    /// From the whole image, so that zooming does not change the colors.
    fn choose_range(&self, content: &mut Content) {
        let Some(whole) = &content.whole else { return };
        let (mode, scale) = (self.looks.range.get_untracked(), self.looks.scale.get_untracked());
        let found = mode.span(&whole.values, scale);
        if self.signals.range.with_untracked(|known| *known != found) {
            self.signals.range.set(found);
        }
        let (columns, rows) = self.subject.extent();
        let text = match Extent::of(&whole.values) {
            Some(extent) => format!(
                "Heatmap of {rows} by {columns} elements from {} to {}; {} are missing.",
                extent.min, extent.max, extent.missing
            ),
            None => {
                format!("Heatmap of {rows} by {columns} elements, none of them a finite number.")
            }
        };
        self.signals.description.set(text);
    }

    /// The limits on the color bar become given ones.
    pub fn lock_range(&self) {
        if let Some(range) = self.signals.range.get_untracked() {
            self.looks.range.set(RangeMode::Manual { from: range.from, to: range.to });
        }
    }

    fn paint(self: &Rc<Self>) {
        let content = &mut *self.content.borrow_mut();
        let view = self.view(content);
        let (width, height) = content.size;
        let Some((mut image, mut overlay)) = content.surfaces.take() else { return };
        if width > 0.0 && height > 0.0 {
            image.begin(width, height);
            overlay.begin(width, height);
            let theme = image.theme();
            let scale = self.looks.scale.get_untracked();
            let range = self.signals.range.get_untracked().unwrap_or(Span::new(0.0, 1.0));
            let lut = self.looks.colormap.get_untracked().lut();
            let painting = Painting::new(lut, scale, range, theme.missing);
            let tiles: Vec<&Tile> = content.whole.iter().chain(&content.detail).collect();
            let mut pixels = std::mem::take(&mut content.pixels);
            paint(&image, &view, &tiles, &painting, &mut pixels);
            self.show_badge(&view, &tiles);
            content.pixels = pixels;
            paint_overlay(
                &overlay,
                &view,
                content.cursor,
                content.drag.as_ref().and_then(Drag::selected),
            );
        }
        content.surfaces = Some((image, overlay));
    }

    fn show_badge(&self, view: &HeatmapView, tiles: &[&Tile]) {
        let shows_all = |tile: &&&Tile| {
            let (bounds_x, bounds_y) = self.bounds();
            let image = tile.image();
            let (x, y) = (view.x.span.clipped(bounds_x), view.y.span.clipped(bounds_y));
            image.x.span().contains(x.from)
                && image.x.span().to >= x.to
                && image.y.span().contains(y.from)
                && image.y.span().to >= y.to
        };
        let step = tiles.iter().rev().find(shows_all).map_or(1, |tile| tile.read.step());
        let badge = (step > 1).then(|| format!("preview 1:{step}"));
        if self.signals.badge.with_untracked(|known| *known != badge) {
            self.signals.badge.set(badge);
        }
    }

    pub(super) fn paint_cursor(&self, content: &mut Content) {
        let view = self.view(content);
        let (width, height) = content.size;
        if let Some((image, mut overlay)) = content.surfaces.take() {
            overlay.begin(width, height);
            paint_overlay(
                &overlay,
                &view,
                content.cursor,
                content.drag.as_ref().and_then(Drag::selected),
            );
            content.surfaces = Some((image, overlay));
        }
    }

    pub(super) fn read_out(&self, content: &mut Content, x: f64, y: f64) {
        let mut tiles = content.detail.iter().chain(&content.whole);
        let Some((column, row, text)) = tiles.find_map(|tile| tile.at(x, y)) else {
            return;
        };
        content.cursor = Some((column, row));
        let coordinates =
            self.subject.slicing.with_untracked(|slicing| slicing.coordinates(2, column, row));
        self.signals.readout.set(format!("{coordinates:?} = {text}"));
    }
}
