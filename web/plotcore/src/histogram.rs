//! How often values occur, in equal bins; and the percentiles that follow from it.

/// Counts of the finite values between `from` and `to`, both included.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    pub from: f64,
    pub to: f64,
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Values outside `from ..= to` and values that are not finite are left out.
    pub fn new<T: Copy + Into<f64>>(values: &[T], from: f64, to: f64, bins: usize) -> Self {
        let mut counts = vec![0_u64; bins.max(1)];
        let last = counts.len() - 1;
        let width = to - from;
        let per_unit = if width > 0.0 { counts.len() as f64 / width } else { 0.0 };
        for &value in values {
            let value: f64 = value.into();
            if value >= from && value <= to {
                counts[(((value - from) * per_unit) as usize).min(last)] += 1;
            }
        }
        Self { from, to, counts }
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The value below which `percent` of the values lie, exact to the width of a bin.
    pub fn percentile(&self, percent: f64) -> f64 {
        let target = self.total() as f64 * percent.clamp(0.0, 100.0) / 100.0;
        let width = (self.to - self.from) / self.counts.len() as f64;
        let mut below = 0.0;
        for (bin, &count) in self.counts.iter().enumerate() {
            let count = count as f64;
            if below + count >= target && count > 0.0 {
                let inside = ((target - below) / count).clamp(0.0, 1.0);
                return self.from + (bin as f64 + inside) * width;
            }
            below += count;
        }
        self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_counted() {
        let histogram =
            Histogram::new(&[0.0, 0.1, 0.5, 1.0, 1.1, -0.1, f64::NAN, f64::INFINITY], 0.0, 1.0, 2);
        assert_eq!(histogram.counts, [2, 2]);
        assert_eq!(histogram.total(), 4);
    }

    #[test]
    fn percentiles_of_a_ramp() {
        let values: Vec<f32> = (0..=1000_u16).map(f32::from).collect();
        let histogram = Histogram::new(&values, 0.0, 1000.0, 2048);
        for percent in [1.0, 25.0, 50.0, 99.0] {
            let found = histogram.percentile(percent);
            assert!((found - percent * 10.0).abs() < 2.0, "{percent} {found}");
        }
        assert!((histogram.percentile(0.0)).abs() < 2.0);
        assert!((histogram.percentile(100.0) - 1000.0).abs() < 2.0);
    }

    #[test]
    fn a_single_value_and_none() {
        assert_eq!(Histogram::new(&[3.0, 3.0], 3.0, 3.0, 10).counts[0], 2);
        assert_eq!(
            Histogram::new::<f64>(&[], 0.0, 1.0, 4).percentile(50.0).to_bits(),
            1.0_f64.to_bits()
        );
    }
}
