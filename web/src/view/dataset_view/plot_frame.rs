//! What all plots have around them: margins, axes with ticks, a grid; and where the pointer is inside.

use plotcore::{Axis, Tick};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, MouseEvent, PointerEvent};

use super::surface::{Surface, Theme};

/// The place of the plotted data on a canvas, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlotRect {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl PlotRect {
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub fn contains(&self, x: f64, y: f64) -> bool {
        (self.left..=self.right()).contains(&x) && (self.top..=self.bottom()).contains(&y)
    }

    /// Inside a canvas of this size, with room for labels; `right` is for a color bar.
    pub fn inside(width: f64, height: f64, right: f64) -> Self {
        const LEFT: f64 = 66.0;
        const TOP: f64 = 12.0;
        const BOTTOM: f64 = 30.0;
        Self {
            left: LEFT,
            top: TOP,
            width: (width - LEFT - right).max(10.0),
            height: (height - TOP - BOTTOM).max(10.0),
        }
    }
}

/// An axis with its ticks.
#[derive(Clone, Debug)]
pub struct TickedAxis {
    pub axis: Axis,
    pub ticks: Vec<Tick>,
}

/// Draws ticks, labels and, if asked for, the grid; `x` is below the data, `y` left of it.
pub fn draw_axes(
    surface: &Surface,
    theme: &Theme,
    rect: PlotRect,
    x: &TickedAxis,
    y: &TickedAxis,
    grid: bool,
) {
    let context = &surface.context;
    context.set_font(&surface.font());
    context.set_line_width(1.0);
    context.set_fill_style_str(&theme.text);
    context.set_text_align("center");
    context.set_text_baseline("top");
    for tick in &x.ticks {
        let at = crisp(rect.left + x.axis.pixel(tick.value));
        if grid && !tick.label.is_empty() {
            context.set_stroke_style_str(&theme.grid);
            surface.line((at, rect.top), (at, rect.bottom()));
        }
        context.set_stroke_style_str(&theme.axis);
        let length = if tick.label.is_empty() { 3.0 } else { 5.0 };
        surface.line((at, rect.bottom()), (at, rect.bottom() + length));
        surface.text(&tick.label, at, rect.bottom() + 8.0);
    }
    context.set_text_align("right");
    context.set_text_baseline("middle");
    for tick in &y.ticks {
        let at = crisp(rect.top + y.axis.pixel(tick.value));
        if grid && !tick.label.is_empty() {
            context.set_stroke_style_str(&theme.grid);
            surface.line((rect.left, at), (rect.right(), at));
        }
        context.set_stroke_style_str(&theme.axis);
        let length = if tick.label.is_empty() { 3.0 } else { 5.0 };
        surface.line((rect.left - length, at), (rect.left, at));
        surface.text(&tick.label, rect.left - 8.0, at);
    }
    context.set_stroke_style_str(&theme.axis);
    context.stroke_rect(crisp(rect.left), crisp(rect.top), rect.width, rect.height);
}

/// The middle of a pixel, where a thin line is one pixel wide.
pub fn crisp(pixel: f64) -> f64 {
    pixel.floor() + 0.5
}

/// The place of a pointer event inside the element it was listened for at.
pub fn pointer_place(event: &MouseEvent) -> Option<(f64, f64)> {
    let element: Element = event.current_target()?.dyn_into().ok()?;
    let rect = element.get_bounding_client_rect();
    Some((f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top()))
}

/// What the pointer's button is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// It hovers.
    None,
    Released,
    /// With a key held down: a box to zoom into is drawn.
    Box,
    Pan,
}

/// A drag under way; `V` is the view it began in.
#[derive(Clone, Copy, Debug)]
pub enum Drag<V> {
    Pan { from: (f64, f64), view: V },
    Box { from: (f64, f64), to: (f64, f64) },
}

impl<V> Drag<V> {
    /// The box that is drawn.
    pub fn selected(&self) -> Option<PlotRect> {
        let Self::Box { from, to } = self else { return None };
        Some(PlotRect {
            left: from.0.min(to.0),
            top: from.1.min(to.1),
            width: (from.0 - to.0).abs(),
            height: (from.1 - to.1).abs(),
        })
    }
}

/// Place and button of a pointer event; a pressed pointer belongs to its element until it is released.
pub fn press_of(event: &PointerEvent) -> Option<((f64, f64), Press)> {
    let place = pointer_place(event)?;
    let pressed = event.buttons() == 1;
    if event.type_() == "pointerdown" && pressed {
        let element: Element = event.current_target()?.dyn_into().ok()?;
        // Without the capture a drag ends at the edge, no more.
        element.set_pointer_capture(event.pointer_id()).ok();
    }
    let boxed = event.ctrl_key() || event.shift_key() || event.meta_key();
    let press = match (pressed, event.type_() == "pointerup") {
        (_, true) => Press::Released,
        (true, _) if boxed => Press::Box,
        (true, _) => Press::Pan,
        _ => Press::None,
    };
    Some((place, press))
}
