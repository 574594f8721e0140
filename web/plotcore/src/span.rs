//! The stretch of values that an axis shows, and how zoom and pan move it.

use crate::Scale;

/// From `from` to `to`, `from < to`, both finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    pub from: f64,
    pub to: f64,
}

impl Span {
    pub fn new(from: f64, to: f64) -> Self {
        Self { from: from.min(to), to: from.max(to) }
    }

    pub fn length(self) -> f64 {
        self.to - self.from
    }

    pub fn contains(self, value: f64) -> bool {
        value >= self.from && value <= self.to
    }

    pub fn intersects(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// The part inside `bounds`, or `bounds` where there is none.
    #[must_use]
    pub fn clipped(self, bounds: Self) -> Self {
        if !self.intersects(bounds) {
            return bounds;
        }
        Self { from: self.from.max(bounds.from), to: self.to.min(bounds.to) }
    }

    /// Zooms by `factor` (below 1 shows less), `anchor` staying in its place on the screen.
    #[must_use]
    pub fn zoomed(self, scale: Scale, anchor: f64, factor: f64) -> Self {
        let (from, to, anchor) =
            (scale.forward(self.from), scale.forward(self.to), scale.forward(anchor));
        if !(from.is_finite() && to.is_finite() && anchor.is_finite()) {
            return self;
        }
        let zoomed = Self::new(
            scale.inverse(anchor - (anchor - from) * factor),
            scale.inverse(anchor + (to - anchor) * factor),
        );
        if zoomed.is_drawable() { zoomed } else { self }
    }

    /// Moves by `fraction` of the length on the screen; positive shows larger values.
    #[must_use]
    pub fn panned(self, scale: Scale, fraction: f64) -> Self {
        let (from, to) = (scale.forward(self.from), scale.forward(self.to));
        let shift = (to - from) * fraction;
        let panned = Self::new(scale.inverse(from + shift), scale.inverse(to + shift));
        if panned.is_drawable() { panned } else { self }
    }

    /// The same length, moved so that it lies inside `bounds`; `bounds` itself if it is longer.
    #[must_use]
    pub fn held_inside(self, bounds: Self) -> Self {
        if self.length() >= bounds.length() {
            return bounds;
        }
        let from = self.from.clamp(bounds.from, bounds.to - self.length());
        Self { from, to: from + self.length() }
    }

    /// At least `length` long, grown evenly around the middle.
    #[must_use]
    pub fn at_least(self, length: f64) -> Self {
        let missing = length - self.length();
        if missing <= 0.0 {
            return self;
        }
        Self { from: self.from - missing / 2.0, to: self.to + missing / 2.0 }
    }

    /// With a margin of `fraction` of the length on the screen; a span without length gets one.
    #[must_use]
    pub fn padded(self, scale: Scale, fraction: f64) -> Self {
        if self.to <= self.from {
            let half = if self.from == 0.0 { 1.0 } else { self.from.abs() * 0.1 };
            return if scale == Scale::Log {
                Self { from: self.from / 2.0, to: self.from * 2.0 }
            } else {
                Self { from: self.from - half, to: self.from + half }
            };
        }
        self.zoomed(scale, scale.inverse(self.middle_place(scale)), 1.0 + 2.0 * fraction)
    }

    /// Whether doubles still resolve it: not shorter than about 1e-12 of its values.
    fn is_drawable(self) -> bool {
        let size = self.from.abs().max(self.to.abs());
        self.from.is_finite() && self.to.is_finite() && self.length() > size * 1e-12
    }

    fn middle_place(self, scale: Scale) -> f64 {
        f64::midpoint(scale.forward(self.from), scale.forward(self.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
    }

    #[test]
    fn zoom_keeps_the_anchor_in_place() {
        let span = Span::new(10.0, 30.0).zoomed(Scale::Linear, 15.0, 0.5);
        assert!(near(span.from, 12.5) && near(span.to, 22.5));
        let span = Span::new(1.0, 10_000.0).zoomed(Scale::Log, 100.0, 0.5);
        assert!(near(span.from, 10.0) && near(span.to, 1000.0), "{span:?}");
    }

    #[test]
    fn zoom_stops_where_doubles_end() {
        let mut span = Span::new(1e9, 1e9 + 1.0);
        for _ in 0..200 {
            span = span.zoomed(Scale::Linear, 1e9 + 0.5, 0.5);
        }
        assert!(span.length() > 0.0 && span.contains(1e9 + 0.5));
        let out =
            (0..5000).fold(Span::new(0.0, 1.0), |span, _| span.zoomed(Scale::Linear, 0.5, 9.0));
        assert!(out.from.is_finite() && out.to.is_finite());
    }

    #[test]
    fn pan_and_hold() {
        let span = Span::new(0.0, 10.0).panned(Scale::Linear, 0.25);
        assert_eq!(span, Span::new(2.5, 12.5));
        assert_eq!(span.held_inside(Span::new(0.0, 11.0)), Span::new(1.0, 11.0));
        assert_eq!(span.held_inside(Span::new(3.0, 7.0)), Span::new(3.0, 7.0));
        assert_eq!(span.clipped(Span::new(5.0, 100.0)), Span::new(5.0, 12.5));
        assert_eq!(span.clipped(Span::new(50.0, 100.0)), Span::new(50.0, 100.0));
    }

    #[test]
    fn a_single_value_gets_room() {
        assert_eq!(Span::new(0.0, 0.0).padded(Scale::Linear, 0.05), Span::new(-1.0, 1.0));
        assert_eq!(Span::new(8.0, 8.0).padded(Scale::Log, 0.05), Span::new(4.0, 16.0));
        let padded = Span::new(0.0, 10.0).padded(Scale::Linear, 0.1);
        assert!(near(padded.from, -1.0) && near(padded.to, 11.0));
        assert_eq!(Span::new(4.0, 5.0).at_least(3.0), Span::new(3.0, 6.0));
    }
}
