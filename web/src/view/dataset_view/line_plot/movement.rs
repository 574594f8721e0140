//! How a person moves about a line: cursor, drag, zoom.

use std::rc::Rc;

use leptos::prelude::*;
use plotcore::{Scale, Span};

use super::super::plot_frame::{Drag, PlotRect, Press};
use super::line::{Content, Line};

impl Line {
    pub fn point_at(self: &Rc<Self>, x: f64, y: f64) {
        let content = &mut *self.content.borrow_mut();
        let view = self.view(content);
        if view.rect.contains(x, y) {
            self.read_out(content, view.data_at(x, y).0);
            self.paint_cursor(content);
        }
    }

    pub fn move_cursor(self: &Rc<Self>, steps: f64) {
        let content = &mut *self.content.borrow_mut();
        let view = self.view(content);
        let step = self.shown(content, &view).map_or(1, |series| series.step) as f64;
        let middle = f64::midpoint(view.x.span.from, view.x.span.to);
        let index = content.cursor.map_or(middle, |(index, _)| index as f64) + steps * step;
        self.read_out(content, index.clamp(0.0, self.length().saturating_sub(1) as f64));
        if let Some((index, _)) = content.cursor
            && !view.x.span.contains(index as f64)
        {
            let half = view.x.span.length() / 2.0;
            let centred = Span::new(index as f64 - half, index as f64 + half);
            content.x = Some(centred.held_inside(self.bounds()));
        }
        self.repaint();
    }

    pub fn drag(self: &Rc<Self>, place: (f64, f64), press: Press) {
        let content = &mut *self.content.borrow_mut();
        match (press, content.drag) {
            (Press::None, None) => return,
            (Press::Box, None) => content.drag = Some(Drag::Box { from: place, to: place }),
            (Press::Pan, None) => {
                content.drag = Some(Drag::Pan { from: place, view: self.view(content) });
            }
            (Press::Box | Press::Pan, Some(Drag::Box { from, .. })) => {
                content.drag = Some(Drag::Box { from, to: place });
            }
            (Press::Box | Press::Pan, Some(Drag::Pan { from, view })) => {
                let (x, y) = (place.0 - from.0, place.1 - from.1);
                if x.abs() + y.abs() > 2.0 {
                    self.subject.follow.set(false);
                }
                content.x = content.x.map(|_| view.x.dragged(x).held_inside(self.bounds()));
                content.y = content.y.map(|_| view.y.dragged(y));
            }
            (Press::None | Press::Released, drag) => {
                content.drag = None;
                if let Some(selected) = drag.as_ref().and_then(Drag::selected) {
                    self.zoom_into(content, selected);
                }
            }
        }
        self.repaint();
    }

    fn zoom_into(&self, content: &mut Content, selected: PlotRect) {
        let view = self.view(content);
        if selected.width > 4.0 && selected.height > 4.0 {
            let a = view.data_at(selected.left, selected.top);
            let b = view.data_at(selected.right(), selected.bottom());
            content.x = Some(Span::new(a.0, b.0).clipped(self.bounds()));
            content.y = Some(Span::new(a.1, b.1));
        }
    }

    /// Zooms around a place on the canvas, or the middle; a factor below 1 shows less.
    pub fn zoom(self: &Rc<Self>, factor: f64, place: Option<(f64, f64)>, values: bool) {
        /// Samples that can be told apart.
        const MIN_LENGTH: f64 = 2.0;
        let content = &mut *self.content.borrow_mut();
        let view = self.view(content);
        let middle =
            (view.rect.left + view.rect.width / 2.0, view.rect.top + view.rect.height / 2.0);
        let place = place.unwrap_or(middle);
        let (index, value) = view.data_at(place.0, place.1);
        if values {
            content.y = Some(view.y.span.zoomed(view.y.scale, value, factor));
        } else {
            let zoomed = view.x.span.zoomed(Scale::Linear, index, factor).at_least(MIN_LENGTH);
            let bounds = self.bounds();
            content.x = (zoomed.length() < bounds.length()).then(|| zoomed.held_inside(bounds));
        }
        self.repaint();
    }

    pub fn reset(self: &Rc<Self>) {
        {
            let content = &mut *self.content.borrow_mut();
            (content.x, content.y) = (None, None);
            content.auto_y = self.value_span(content);
        }
        self.repaint();
    }
}
