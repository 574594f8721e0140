//! An axis on the screen: values to pixels and back.

use crate::{Scale, Span};

/// Shows `span` over `pixels` pixels; `reversed` puts the largest value at pixel 0, as a y axis that
/// points upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    pub scale: Scale,
    pub span: Span,
    pub pixels: f64,
    pub reversed: bool,
}

impl Axis {
    pub fn new(scale: Scale, span: Span, pixels: f64) -> Self {
        Self { scale, span, pixels, reversed: false }
    }

    #[must_use]
    pub fn reversed(self) -> Self {
        Self { reversed: true, ..self }
    }

    /// The pixel of `value`; NaN where the scale has no place for it.
    pub fn pixel(&self, value: f64) -> f64 {
        let (from, to) = (self.scale.forward(self.span.from), self.scale.forward(self.span.to));
        let fraction = (self.scale.forward(value) - from) / (to - from);
        self.pixels * if self.reversed { 1.0 - fraction } else { fraction }
    }

    /// The value at `pixel`.
    pub fn value(&self, pixel: f64) -> f64 {
        let fraction = pixel / self.pixels;
        let fraction = if self.reversed { 1.0 - fraction } else { fraction };
        let (from, to) = (self.scale.forward(self.span.from), self.scale.forward(self.span.to));
        self.scale.inverse(from + (to - from) * fraction)
    }

    /// The same axis after dragging its content by `pixels`.
    pub fn dragged(&self, pixels: f64) -> Span {
        let fraction = pixels / self.pixels;
        self.span.panned(self.scale, if self.reversed { fraction } else { -fraction })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_and_values_are_inverse() {
        for scale in [Scale::Linear, Scale::Log, Scale::Sqrt] {
            for axis in [
                Axis::new(scale, Span::new(1.0, 1000.0), 500.0),
                Axis::new(scale, Span::new(1.0, 1000.0), 500.0).reversed(),
            ] {
                for pixel in [0.0, 1.0, 250.0, 500.0, 600.0] {
                    assert!((axis.pixel(axis.value(pixel)) - pixel).abs() < 1e-6, "{axis:?}");
                }
            }
        }
    }

    #[test]
    fn a_reversed_axis_points_upwards() {
        let axis = Axis::new(Scale::Linear, Span::new(0.0, 10.0), 100.0).reversed();
        assert!((axis.pixel(10.0)).abs() < 1e-9);
        assert!((axis.pixel(0.0) - 100.0).abs() < 1e-9);
        assert_eq!(axis.dragged(10.0), Span::new(1.0, 11.0));
        let plain = Axis { reversed: false, ..axis };
        assert_eq!(plain.dragged(10.0), Span::new(-1.0, 9.0));
    }

    #[test]
    fn a_log_axis_has_no_pixel_for_zero() {
        assert!(Axis::new(Scale::Log, Span::new(1.0, 10.0), 100.0).pixel(0.0).is_nan());
    }
}
