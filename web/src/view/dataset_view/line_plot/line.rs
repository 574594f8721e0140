//! The line behind its component: what is read for the stretch on screen, and how it is looked at.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use plotcore::{Scale, Span};

use super::super::frame::Frame;
use super::super::newest_read::NewestRead;
use super::super::plot_frame::{Drag, PlotRect};
use super::super::slicing::{Slicing, Stretch, Strided};
use super::super::subject::{Stale, Subject};
use super::super::surface::Surface;
use super::painter::{LineView, paint, paint_overlay};
use super::series::{MAX_RAW, MAX_STRIDED, Series, ordinal, strided};
use crate::refusal::Refusal;
use crate::slab::Slab;

#[derive(Clone, Copy, Debug)]
pub struct Signals {
    pub refusal: RwSignal<Option<Refusal>>,
    pub busy: RwSignal<bool>,
    pub scale: RwSignal<Scale>,
    pub grid: RwSignal<bool>,
    pub readout: RwSignal<String>,
    /// `every 16th sample`, where not all are drawn.
    pub badge: RwSignal<Option<String>>,
    pub description: RwSignal<String>,
}

impl Signals {
    pub fn create() -> Self {
        Self {
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
            scale: RwSignal::new(Scale::Linear),
            grid: RwSignal::new(true),
            readout: RwSignal::new(String::new()),
            badge: RwSignal::new(None),
            description: RwSignal::new(String::new()),
        }
    }
}

/// What a read is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Whole,
    /// A part of what is here has changed, or is new.
    Change,
    /// The stretch on screen of a dataset that is too large.
    Detail,
}

#[derive(Default)]
pub(super) struct Content {
    /// All elements, or every Nth of all.
    pub(super) whole: Option<Series>,
    /// A part of a dataset that is too large to be read at once.
    pub(super) detail: Option<Series>,
    /// What has to be read again of `whole`.
    pub(super) stale: Option<Stretch>,
    /// Another slice is wanted than the one shown.
    pub(super) outdated: bool,
    pub(super) x: Option<Span>,
    pub(super) y: Option<Span>,
    /// Of the values, as the axis shows them while `y` is `None`.
    pub(super) auto_y: Option<Span>,
    pub(super) cursor: Option<(u64, f64)>,
    pub(super) drag: Option<Drag<LineView>>,
    pub(super) size: (f64, f64),
    pub(super) surfaces: Option<(Surface, Surface)>,
}

pub struct Line {
    pub subject: Subject,
    pub signals: Signals,
    pub(super) content: RefCell<Content>,
    read: Rc<NewestRead>,
    frame: Frame,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Line").field("path", &self.subject.path).finish_non_exhaustive()
    }
}

impl Line {
    pub fn new(subject: Subject, signals: Signals) -> Rc<Self> {
        let read = NewestRead::new(subject.actions, subject.path.clone());
        Rc::new(Self {
            subject,
            signals,
            content: RefCell::default(),
            read,
            frame: Frame::default(),
        })
    }

    pub fn mount(self: &Rc<Self>, line: Surface, overlay: Surface) {
        self.content.borrow_mut().surfaces = Some((line, overlay));
        self.repaint();
    }

    pub fn resize(self: &Rc<Self>, width: f64, height: f64) {
        self.content.borrow_mut().size = (width, height);
        self.repaint();
    }

    pub fn repaint(self: &Rc<Self>) {
        self.frame.ask(self, |line| {
            line.paint();
            line.fetch();
        });
    }

    pub fn stop(&self) {
        self.read.stop();
    }

    pub(super) fn length(&self) -> u64 {
        self.subject.extent().0
    }

    pub(super) fn bounds(&self) -> Span {
        Span::new(0.0, self.length().saturating_sub(1) as f64).padded(Scale::Linear, 0.01)
    }

    pub fn take_slice(self: &Rc<Self>) {
        self.read.stop();
        {
            let content = &mut *self.content.borrow_mut();
            content.outdated = true;
            content.detail = None;
        }
        self.signals.refusal.set(None);
        self.repaint();
    }

    pub fn take_shape(self: &Rc<Self>) {
        let (length, bounds) = (self.length(), self.bounds());
        {
            let content = &mut *self.content.borrow_mut();
            if let Some(whole) = &mut content.whole {
                whole.truncate(length);
            }
            if let Some(x) = content.x {
                let following = self.subject.follow.get_untracked();
                let shifted = Span::new(bounds.to - x.length(), bounds.to);
                content.x = Some(if following { shifted } else { x.held_inside(bounds) });
            }
        }
        self.repaint();
    }

    pub fn take_changes(self: &Rc<Self>, stale: &Stale) {
        let all = Stretch { from: 0, to: self.length() };
        {
            let content = &mut *self.content.borrow_mut();
            let touched: Vec<Stretch> = match stale {
                Stale::Everything => vec![all],
                Stale::Parts(parts) => parts.iter().map(|(touched, _)| touched.x).collect(),
            };
            for part in touched {
                let joined = content.stale.map_or(part, |known| Stretch {
                    from: known.from.min(part.from),
                    to: known.to.max(part.to),
                });
                content.stale = Some(joined);
            }
        }
        self.repaint();
    }

    /// What to read next.
    fn wanted(&self, content: &Content) -> Option<(Strided, Purpose)> {
        let length = self.length();
        let everything = if length <= MAX_RAW {
            Strided::all(0, length)
        } else {
            strided(0, length, MAX_STRIDED)
        };
        let Some(whole) = content.whole.as_ref().filter(|_| !content.outdated) else {
            return (length > 0).then_some((everything, Purpose::Whole));
        };
        if whole.step != everything.step {
            return Some((everything, Purpose::Whole));
        }
        if length <= MAX_RAW {
            let grown = (whole.end() < length).then_some(Stretch { from: whole.end(), to: length });
            let part = match (content.stale, grown) {
                (Some(stale), Some(grown)) => {
                    Stretch { from: stale.from.min(grown.from), to: grown.to }
                }
                (stale, grown) => stale.or(grown)?,
            };
            let (from, to) = (part.from.min(whole.end()), part.to.min(length));
            return (from < to).then_some((Strided::all(from, to), Purpose::Change));
        }
        if content.stale.is_some() {
            return Some((everything, Purpose::Whole));
        }
        self.wanted_detail(content, whole, length)
    }

    fn wanted_detail(
        &self,
        content: &Content,
        whole: &Series,
        length: u64,
    ) -> Option<(Strided, Purpose)> {
        let shown = content.x?.clipped(self.bounds());
        let needed = content.size.0 * 2.0;
        if shown.length() / whole.step as f64 >= needed {
            return None;
        }
        let margin = shown.length() / 2.0;
        let from = (shown.from - margin).max(0.0) as u64;
        let to = ((shown.to + margin).ceil() as u64 + 1).min(length);
        let read = strided(from, to, MAX_STRIDED);
        let enough = content.detail.as_ref().is_some_and(|detail| {
            let covers = detail.start as f64 <= shown.from.max(0.0)
                && detail.end() as f64 >= shown.to.min(length as f64);
            covers && (detail.step == 1 || shown.length() / detail.step as f64 >= needed)
        });
        (!enough).then_some((read, Purpose::Detail))
    }

    fn fetch(self: &Rc<Self>) {
        let wanted = self.wanted(&self.content.borrow());
        let Some((read, purpose)) = wanted else { return };
        if self.read.is_busy() || self.signals.refusal.with_untracked(Option::is_some) {
            return;
        }
        let selection =
            self.subject.slicing.with_untracked(|slicing| slicing.selection(1, read, Strided::ONE));
        if purpose != Purpose::Detail {
            self.content.borrow_mut().stale = None;
        }
        self.signals.busy.set(true);
        let weak = Rc::downgrade(self);
        self.read.ask(selection, move |result| {
            let Some(this) = weak.upgrade() else { return };
            this.signals.busy.set(false);
            match result {
                Ok(slab) => this.take_samples(read, purpose, slab),
                Err(refusal) => this.signals.refusal.set(Some(refusal)),
            }
        });
    }

    fn take_samples(self: &Rc<Self>, read: Strided, purpose: Purpose, slab: Slab) {
        {
            let content = &mut *self.content.borrow_mut();
            if purpose == Purpose::Detail {
                content.detail = Some(Series::new(read, slab));
            } else {
                let joined = !content.outdated
                    && read.step == 1
                    && content.whole.as_mut().is_some_and(|whole| whole.splice(read.from, &slab));
                if !joined {
                    content.whole = Some(Series::new(read, slab));
                }
                content.outdated = false;
                content.detail = None;
                // While data stream in, the axis only grows, so that it does not pump.
                let before = content.auto_y.filter(|_| purpose == Purpose::Change && joined);
                content.auto_y = self.value_span(content).map(|span| match before {
                    Some(before) => Span::new(before.from.min(span.from), before.to.max(span.to)),
                    None => span,
                });
            }
            if let Some((index, _)) = content.cursor {
                self.read_out(content, index as f64);
            }
        }
        self.describe();
        self.repaint();
    }

    pub(super) fn value_span(&self, content: &Content) -> Option<Span> {
        let scale = self.signals.scale.get_untracked();
        content.whole.as_ref()?.extent().map(|extent| extent.span(scale).padded(scale, 0.05))
    }

    pub fn take_scale(self: &Rc<Self>) {
        {
            let content = &mut *self.content.borrow_mut();
            content.auto_y = self.value_span(content);
            content.y = None;
        }
        self.repaint();
    }

    fn describe(&self) {
        let content = self.content.borrow();
        let Some(whole) = &content.whole else { return };
        let text = match whole.extent() {
            Some(extent) => format!(
                "Line of {} elements from {} to {}; {} are missing.",
                self.length(),
                extent.min,
                extent.max,
                extent.missing
            ),
            None => format!("Line of {} elements, none of them a finite number.", self.length()),
        };
        self.signals.description.set(text);
    }

    pub(super) fn view(&self, content: &Content) -> LineView {
        let rect = PlotRect::inside(content.size.0, content.size.1, 38.0);
        let x = content.x.unwrap_or_else(|| self.bounds());
        let scale = self.signals.scale.get_untracked();
        let fallback = if scale == Scale::Log { Span::new(0.1, 1.0) } else { Span::new(0.0, 1.0) };
        let y = content.y.or(content.auto_y).unwrap_or(fallback);
        LineView::new(rect, x, y, scale, self.signals.grid.get_untracked())
    }

    pub(super) fn shown<'a>(&self, content: &'a Content, view: &LineView) -> Option<&'a Series> {
        let last = self.length().saturating_sub(1) as f64;
        let covers = |detail: &&Series| {
            detail.start as f64 <= view.x.span.from.max(0.0)
                && detail.end() as f64 >= view.x.span.to.min(last)
        };
        content.detail.as_ref().filter(covers).or(content.whole.as_ref())
    }

    fn paint(self: &Rc<Self>) {
        let content = &mut *self.content.borrow_mut();
        let view = self.view(content);
        let (width, height) = content.size;
        let Some((mut line, mut overlay)) = content.surfaces.take() else { return };
        if width > 0.0 && height > 0.0 {
            line.begin(width, height);
            overlay.begin(width, height);
            if let Some(series) = self.shown(content, &view) {
                paint(&line, &view, series);
                let badge =
                    (series.step > 1).then(|| format!("every {} sample", ordinal(series.step)));
                if self.signals.badge.with_untracked(|known| *known != badge) {
                    self.signals.badge.set(badge);
                }
            }
            paint_overlay(
                &overlay,
                &view,
                content.cursor,
                content.drag.as_ref().and_then(Drag::selected),
            );
        }
        content.surfaces = Some((line, overlay));
    }

    /// Moves only the cursor; the line stays.
    pub(super) fn paint_cursor(&self, content: &mut Content) {
        let view = self.view(content);
        let (width, height) = content.size;
        if let Some((line, mut overlay)) = content.surfaces.take() {
            overlay.begin(width, height);
            paint_overlay(
                &overlay,
                &view,
                content.cursor,
                content.drag.as_ref().and_then(Drag::selected),
            );
            content.surfaces = Some((line, overlay));
        }
    }

    pub(super) fn read_out(&self, content: &mut Content, index: f64) {
        let view = self.view(content);
        let nearest = self.shown(content, &view).and_then(|series| series.nearest(index));
        let Some((index, value, text)) = nearest else { return };
        content.cursor = Some((index, value));
        let coordinates = self
            .subject
            .slicing
            .with_untracked(|slicing: &Slicing| slicing.coordinates(1, index, 0));
        self.signals.readout.set(format!("{coordinates:?} = {text}"));
    }
}
