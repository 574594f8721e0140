//! How a person moves about an image: cursor, drag, zoom.

use std::rc::Rc;

use leptos::prelude::*;
use plotcore::{Scale, Span};

use super::super::plot_frame::{Drag, PlotRect, Press};
use super::map::{Content, Map};

impl Map {
    pub fn point_at(self: &Rc<Self>, x: f64, y: f64) {
        let content = &mut *self.content.borrow_mut();
        let view = self.view(content);
        if view.rect.contains(x, y) {
            let (x, y) = view.data_at(x, y);
            self.read_out(content, x, y);
            self.paint_cursor(content);
        }
    }

    pub fn move_cursor(self: &Rc<Self>, columns: f64, rows: f64) {
        let content = &mut *self.content.borrow_mut();
        let view = self.view(content);
        let middle = |span: Span| f64::midpoint(span.from, span.to).floor();
        let known = content.cursor.map(|(column, row)| (column as f64, row as f64));
        let (x, y) = known.unwrap_or((middle(view.x.span), middle(view.y.span)));
        let (bounds_x, bounds_y) = self.bounds();
        let x = (x + columns).clamp(0.0, bounds_x.to - 1.0);
        let y = (y + rows).clamp(0.0, bounds_y.to - 1.0);
        self.read_out(content, x + 0.5, y + 0.5);
        let showing = |span: Span, place: f64, bounds: Span| {
            let half = span.length() / 2.0;
            if span.contains(place) {
                span
            } else {
                Span::new(place - half, place + half).held_inside(bounds)
            }
        };
        content.x = content.x.map(|span| showing(span, x, bounds_x));
        content.y = content.y.map(|span| showing(span, y, bounds_y));
        self.repaint();
    }

    pub fn drag(self: &Rc<Self>, place: (f64, f64), press: Press) {
        let content = &mut *self.content.borrow_mut();
        let bounds = self.bounds();
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
                content.x = content.x.map(|_| view.x.dragged(x).held_inside(bounds.0));
                content.y = content.y.map(|_| view.y.dragged(y).held_inside(bounds.1));
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
        let (view, bounds) = (self.view(content), self.bounds());
        if selected.width > 4.0 && selected.height > 4.0 {
            let a = view.data_at(selected.left, selected.top);
            let b = view.data_at(selected.right(), selected.bottom());
            content.x = Some(Span::new(a.0, b.0).clipped(bounds.0).at_least(1.0));
            content.y = Some(Span::new(a.1, b.1).clipped(bounds.1).at_least(1.0));
        }
    }

    /// Zooms around a place on the canvas, or the middle; a factor below 1 shows less.
    pub fn zoom(self: &Rc<Self>, factor: f64, place: Option<(f64, f64)>) {
        /// Elements; any closer nothing more is seen.
        const MIN_LENGTH: f64 = 2.0;
        let content = &mut *self.content.borrow_mut();
        let view = self.view(content);
        let bounds = self.bounds();
        let middle =
            (view.rect.left + view.rect.width / 2.0, view.rect.top + view.rect.height / 2.0);
        let (x, y) = place.unwrap_or(middle);
        let (x, y) = view.data_at(x, y);
        let zoomed = |span: Span, anchor: f64, bounds: Span| {
            let least = MIN_LENGTH.min(bounds.length());
            let zoomed = span.zoomed(Scale::Linear, anchor, factor).at_least(least);
            (zoomed.length() < bounds.length()).then(|| zoomed.held_inside(bounds))
        };
        (content.x, content.y) =
            (zoomed(view.x.span, x, bounds.0), zoomed(view.y.span, y, bounds.1));
        self.repaint();
    }

    pub fn reset(self: &Rc<Self>) {
        {
            let content = &mut *self.content.borrow_mut();
            (content.x, content.y, content.detail) = (None, None, None);
        }
        self.repaint();
    }
}
