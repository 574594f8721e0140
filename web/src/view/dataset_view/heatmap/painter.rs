//! Draws an image: pixels through a color map, axes, a color bar, the cursor.

use plotcore::colormap::Rgba;
use plotcore::heatmap::resample;
use plotcore::{Axis, Painting, Scale, Span, index_ticks, ticks};

use super::super::plot_frame::{PlotRect, TickedAxis, crisp, draw_axes};
use super::super::surface::Surface;
use super::tile::Tile;

/// Width of the color bar with its labels.
const BAR_PIXELS: f64 = 92.0;

/// What is on screen; index 0 of the vertical axis is at the top, as in a table.
#[derive(Clone, Copy, Debug)]
pub struct HeatmapView {
    pub rect: PlotRect,
    pub x: Axis,
    pub y: Axis,
}

impl HeatmapView {
    /// `equal` makes elements square.
    pub fn new(size: (f64, f64), x: Span, y: Span, equal: bool) -> Self {
        let mut rect = PlotRect::inside(size.0, size.1, BAR_PIXELS);
        if equal {
            let pixels = (rect.width / x.length()).min(rect.height / y.length());
            (rect.width, rect.height) =
                ((pixels * x.length()).max(10.0), (pixels * y.length()).max(10.0));
        }
        Self {
            rect,
            x: Axis::new(Scale::Linear, x, rect.width),
            y: Axis::new(Scale::Linear, y, rect.height),
        }
    }

    /// Column and row at a place on the canvas.
    pub fn data_at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.value(x - self.rect.left), self.y.value(y - self.rect.top))
    }
}

/// Paints `tiles` one over the other, the finest last; `pixels` is kept from frame to frame.
pub fn paint(
    surface: &Surface,
    view: &HeatmapView,
    tiles: &[&Tile],
    painting: &Painting,
    pixels: &mut Vec<Rgba>,
) {
    let ratio = surface.pixel_ratio;
    let (width, height) =
        ((view.rect.width * ratio).round() as usize, (view.rect.height * ratio).round() as usize);
    pixels.clear();
    pixels.resize(width * height, [0; 4]);
    for tile in tiles {
        resample(&tile.image(), view.x.span, view.y.span, painting, pixels, width);
    }
    surface.put_pixels(pixels, width, view.rect.left, view.rect.top);
    let theme = surface.theme();
    let room = |length: f64, per_label: f64| (length / per_label) as usize;
    let x =
        TickedAxis { axis: view.x, ticks: index_ticks(view.x.span, room(view.rect.width, 70.0)) };
    let y =
        TickedAxis { axis: view.y, ticks: index_ticks(view.y.span, room(view.rect.height, 40.0)) };
    draw_axes(surface, &theme, view.rect, &x, &y, false);
    draw_bar(surface, view.rect, painting);
}

fn draw_bar(surface: &Surface, rect: PlotRect, painting: &Painting) {
    const WIDTH: f64 = 14.0;
    let theme = surface.theme();
    let (context, left) = (&surface.context, rect.right() + 14.0);
    let rows = (rect.height * surface.pixel_ratio).round() as usize;
    let columns = (WIDTH * surface.pixel_ratio).round() as usize;
    let level =
        |row: usize| painting.lut[255 - (row * 255 / rows.max(2).saturating_sub(1)).min(255)];
    let bar: Vec<Rgba> =
        (0..rows).flat_map(|row| std::iter::repeat_n(level(row), columns)).collect();
    surface.put_pixels(&bar, columns, left, rect.top);
    let axis = Axis::new(painting.scale, painting.range, rect.height).reversed();
    context.set_fill_style_str(&theme.text);
    context.set_stroke_style_str(&theme.axis);
    context.set_text_align("left");
    context.set_text_baseline("middle");
    for tick in ticks(painting.scale, painting.range, (rect.height / 40.0) as usize) {
        let y = crisp(rect.top + axis.pixel(tick.value));
        if !tick.label.is_empty() && (rect.top - 1.0..=rect.bottom() + 1.0).contains(&y) {
            surface.line((left + WIDTH, y), (left + WIDTH + 4.0, y));
            surface.text(&tick.label, left + WIDTH + 7.0, y);
        }
    }
    context.stroke_rect(crisp(left), crisp(rect.top), WIDTH, rect.height);
}

/// On its own canvas, so that moving the cursor does not paint the image again.
pub fn paint_overlay(
    surface: &Surface,
    view: &HeatmapView,
    cursor: Option<(u64, u64)>,
    selected: Option<PlotRect>,
) {
    let theme = surface.theme();
    let context = &surface.context;
    context.set_line_width(1.0);
    context.set_stroke_style_str(&theme.accent);
    if let Some((column, row)) = cursor {
        let x = view.rect.left + view.x.pixel(column as f64 + 0.5);
        let y = view.rect.top + view.y.pixel(row as f64 + 0.5);
        if view.rect.contains(x, y) {
            surface.line((crisp(x), view.rect.top), (crisp(x), view.rect.bottom()));
            surface.line((view.rect.left, crisp(y)), (view.rect.right(), crisp(y)));
        }
    }
    if let Some(selected) = selected {
        context.stroke_rect(
            crisp(selected.left),
            crisp(selected.top),
            selected.width,
            selected.height,
        );
    }
}
