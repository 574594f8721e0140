//! Draws a line: axes, vertices per pixel column, cursor.

use plotcore::{Axis, Scale, Span, index_ticks, ticks, trace};

use super::super::plot_frame::{PlotRect, TickedAxis, crisp, draw_axes};
use super::super::surface::Surface;
use super::series::Series;

/// What is on screen.
#[derive(Clone, Copy, Debug)]
pub struct LineView {
    pub rect: PlotRect,
    pub x: Axis,
    pub y: Axis,
    pub grid: bool,
}

impl LineView {
    pub fn new(rect: PlotRect, x: Span, y: Span, scale: Scale, grid: bool) -> Self {
        Self {
            rect,
            x: Axis::new(Scale::Linear, x, rect.width),
            y: Axis::new(scale, y, rect.height).reversed(),
            grid,
        }
    }

    /// Index and value at a place on the canvas.
    pub fn data_at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.value(x - self.rect.left), self.y.value(y - self.rect.top))
    }

    fn pixel_of(&self, index: f64, value: f64) -> (f64, f64) {
        (self.rect.left + self.x.pixel(index), self.rect.top + self.y.pixel(value))
    }
}

pub fn paint(surface: &Surface, view: &LineView, series: &Series) {
    let theme = surface.theme();
    let room = |pixels: f64, per_label: f64| (pixels / per_label) as usize;
    let x =
        TickedAxis { axis: view.x, ticks: index_ticks(view.x.span, room(view.rect.width, 80.0)) };
    let y = TickedAxis {
        axis: view.y,
        ticks: ticks(view.y.scale, view.y.span, room(view.rect.height, 40.0)),
    };
    draw_axes(surface, &theme, view.rect, &x, &y, view.grid);
    let context = &surface.context;
    context.save();
    context.begin_path();
    context.rect(view.rect.left, view.rect.top, view.rect.width, view.rect.height);
    context.clip();
    context.set_stroke_style_str(&theme.line);
    context.set_fill_style_str(&theme.line);
    context.set_line_width(1.25);
    stroke(surface, view, series);
    context.restore();
}

fn stroke(surface: &Surface, view: &LineView, series: &Series) {
    /// Samples further apart than this are marked, in CSS pixels.
    const MARKED_FROM: f64 = 8.0;
    let sample = |index: f64| (index - series.start as f64) / series.step as f64;
    let from = sample(view.x.span.from).floor().max(0.0) as usize;
    let to = (sample(view.x.span.to).ceil() + 1.0).max(0.0) as usize;
    let columns = (view.rect.width * surface.pixel_ratio) as usize;
    let vertices = trace(&series.values, from.saturating_sub(1), to.saturating_add(1), columns);
    let context = &surface.context;
    context.begin_path();
    let mut lifted = true;
    let mut points = Vec::new();
    let marked = view.x.pixel(series.step as f64) - view.x.pixel(0.0) > MARKED_FROM;
    for vertex in vertices {
        let index = series.start as f64 + vertex.position * series.step as f64;
        let (x, y) = view.pixel_of(index, vertex.value);
        if !y.is_finite() {
            lifted = true;
            continue;
        }
        // Canvas loses precision far outside; beyond the edge the height does not matter.
        let y = y.clamp(-1e4, 2e4);
        if lifted || !vertex.pen_down {
            context.move_to(x, y);
            // A sample between two gaps would be invisible otherwise.
            context.line_to(x + 0.01, y);
        } else {
            context.line_to(x, y);
        }
        lifted = false;
        if marked {
            points.push((x, y));
        }
    }
    context.stroke();
    for (x, y) in points {
        context.fill_rect(x - 2.0, y - 2.0, 4.0, 4.0);
    }
}

/// The cursor on its own canvas, so that moving it does not redraw the line.
pub fn paint_overlay(
    surface: &Surface,
    view: &LineView,
    cursor: Option<(u64, f64)>,
    selected: Option<PlotRect>,
) {
    let theme = surface.theme();
    let context = &surface.context;
    context.set_line_width(1.0);
    if let Some((index, value)) = cursor {
        let (x, y) = view.pixel_of(index as f64, value);
        if (view.rect.left..=view.rect.right()).contains(&x) {
            context.set_stroke_style_str(&theme.axis);
            surface.line((crisp(x), view.rect.top), (crisp(x), view.rect.bottom()));
            if (view.rect.top..=view.rect.bottom()).contains(&y) {
                context.set_fill_style_str(&theme.accent);
                context.fill_rect(x - 3.0, y - 3.0, 6.0, 6.0);
            }
        }
    }
    if let Some(selected) = selected {
        context.set_stroke_style_str(&theme.accent);
        context.stroke_rect(
            crisp(selected.left),
            crisp(selected.top),
            selected.width,
            selected.height,
        );
    }
}
