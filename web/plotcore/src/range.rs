//! Which values the two ends of a colour bar or a y axis stand for.

use crate::{Histogram, Scale, Span};

/// What there is to show, over the finite values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    pub min: f64,
    pub max: f64,
    /// The smallest value above 0, for log scales.
    pub min_positive: Option<f64>,
    pub finite: usize,
    pub missing: usize,
}

impl Extent {
    /// `None` where no value is finite.
    pub fn of<T: Copy + Into<f64>>(values: &[T]) -> Option<Self> {
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut min_positive = f64::INFINITY;
        let mut missing = 0;
        for &value in values {
            let value: f64 = value.into();
            if !value.is_finite() {
                missing += 1;
                continue;
            }
            min = min.min(value);
            max = max.max(value);
            if value > 0.0 && value < min_positive {
                min_positive = value;
            }
        }
        let finite = values.len() - missing;
        let min_positive = Some(min_positive).filter(|value| value.is_finite());
        (finite > 0).then_some(Self { min, max, min_positive, finite, missing })
    }

    /// Both together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let min_positive = match (self.min_positive, other.min_positive) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            min_positive,
            finite: self.finite + other.finite,
            missing: self.missing + other.missing,
        }
    }

    /// The ends for `scale`; a log scale that has nothing above 0 gets one decade.
    pub fn span(self, scale: Scale) -> Span {
        if scale == Scale::Log {
            return match self.min_positive {
                Some(low) => Span::new(low, self.max.max(low)),
                None => Span::new(0.1, 1.0),
            };
        }
        Span::new(self.min, self.max)
    }
}

/// How the ends are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum RangeMode {
    #[default]
    MinMax,
    /// From the `low` to the `high` percentile.
    Percentile {
        low: f64,
        high: f64,
    },
    Manual {
        from: f64,
        to: f64,
    },
}

impl RangeMode {
    pub const PERCENTILE: Self = Self::Percentile { low: 1.0, high: 99.0 };

    /// `None` where no value is finite and none is given.
    pub fn span<T: Copy + Into<f64>>(self, values: &[T], scale: Scale) -> Option<Span> {
        const BINS: usize = 4096;
        if let Self::Manual { from, to } = self {
            return Some(Span::new(from, to));
        }
        let full = Extent::of(values)?.span(scale);
        let Self::Percentile { low, high } = self else { return Some(full) };
        let coarse = Histogram::new(values, full.from, full.to, BINS);
        let span = Span::new(coarse.percentile(low), coarse.percentile(high));
        // A few far outliers put everything else into one bin: look again inside it.
        let fine = Histogram::new(values, full.from, span.to, BINS);
        let share = fine.total() as f64 / coarse.total().max(1) as f64;
        let from = fine.percentile((low / share.max(f64::MIN_POSITIVE)).min(100.0));
        let to = fine.percentile((high / share.max(f64::MIN_POSITIVE)).min(100.0));
        Some(if to > from { Span::new(from, to) } else { span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_values_count() {
        let extent = Extent::of(&[f64::NAN, 3.0, -2.0, f64::INFINITY, 0.5]).unwrap();
        assert_eq!((extent.min, extent.max, extent.min_positive), (-2.0, 3.0, Some(0.5)));
        assert_eq!((extent.finite, extent.missing), (3, 2));
        assert_eq!(Extent::of(&[f32::NAN]), None);
        assert_eq!(Extent::of::<f64>(&[]), None);
    }

    #[test]
    fn a_log_scale_starts_above_zero() {
        let extent = Extent::of(&[0.0, -5.0, 0.25, 8.0]).unwrap();
        assert_eq!(extent.span(Scale::Log), Span::new(0.25, 8.0));
        assert_eq!(extent.span(Scale::Linear), Span::new(-5.0, 8.0));
        assert_eq!(Extent::of(&[-1.0]).unwrap().span(Scale::Log), Span::new(0.1, 1.0));
    }

    #[test]
    fn union_takes_the_wider() {
        let a = Extent::of(&[1.0, 2.0]).unwrap();
        let b = Extent::of(&[-1.0, f64::NAN]).unwrap();
        let both = a.union(b);
        assert_eq!(
            (both.min, both.max, both.min_positive, both.missing),
            (-1.0, 2.0, Some(1.0), 1)
        );
    }

    #[test]
    fn percentiles_ignore_outliers() {
        let mut values: Vec<f64> = (0..10_000).map(f64::from).collect();
        values.push(1e12);
        let span = RangeMode::PERCENTILE.span(&values, Scale::Linear).unwrap();
        assert!(span.to < 20_000_000_000.0, "{span:?}");
        assert_eq!(RangeMode::MinMax.span(&values, Scale::Linear), Some(Span::new(0.0, 1e12)));
        let plain: Vec<f64> = (0..=1000).map(f64::from).collect();
        let span = RangeMode::PERCENTILE.span(&plain, Scale::Linear).unwrap();
        assert!((span.from - 10.0).abs() < 2.0 && (span.to - 990.0).abs() < 2.0, "{span:?}");
    }

    #[test]
    fn manual_needs_no_values() {
        let manual = RangeMode::Manual { from: 5.0, to: 1.0 };
        assert_eq!(manual.span::<f64>(&[], Scale::Linear), Some(Span::new(1.0, 5.0)));
        assert_eq!(RangeMode::MinMax.span::<f64>(&[], Scale::Linear), None);
        assert_eq!(
            RangeMode::PERCENTILE.span(&[4.0, 4.0], Scale::Linear),
            Some(Span::new(4.0, 4.0))
        );
    }
}
