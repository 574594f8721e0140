//! The statistics of numbers that come block by block, in any order.
//!
//! Each block's mean and squared deviations are computed by themselves and merged (the update of Chan and others, 1979), so
//! that neither many elements nor a large offset cost digits.

use hdf5_async_protocol::message::reply;
use hdf5_async_protocol::model::Number;

use super::column::Column;

/// What is known of the numbers so far. Everything but the counts is about the finite ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    nan: u64,
    positive_infinity: u64,
    negative_infinity: u64,
    finite: Finite,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Finite {
    count: u64,
    range: Option<(Number, Number)>,
    sum: Sum,
    mean: f64,
    /// The sum of the squared deviations from the mean.
    squares: f64,
}

/// Integers are added exactly, floats with the error of each addition carried along (Neumaier's sum).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sum {
    exact: i128,
    real: f64,
    error: f64,
}

impl Sum {
    fn add(&mut self, number: f64) {
        let sum = self.real + number;
        let (large, small) =
            if self.real.abs() >= number.abs() { (self.real, number) } else { (number, self.real) };
        self.error += (large - sum) + small;
        self.real = sum;
    }

    fn real(&self) -> f64 {
        // After an overflow the error is no number.
        if self.real.is_finite() { self.real + self.error } else { self.real }
    }
}

impl Summary {
    /// Adds a block.
    pub fn add(&mut self, column: &Column) {
        match column {
            Column::Signed(numbers) => {
                let sum = numbers.iter().map(|&number| i128::from(number)).sum();
                self.finite.add_integers(numbers, sum, Number::Signed);
            }
            Column::Unsigned(numbers) => {
                let sum = numbers.iter().map(|&number| i128::from(number)).sum();
                self.finite.add_integers(numbers, sum, Number::Unsigned);
            }
            Column::Real(numbers) => self.add_reals(numbers),
        }
    }

    fn add_reals(&mut self, numbers: &[f64]) {
        let mut finite: Vec<f64> = Vec::with_capacity(numbers.len());
        for &number in numbers {
            if number.is_finite() {
                finite.push(number);
            } else if number.is_nan() {
                self.nan += 1;
            } else if number > 0.0 {
                self.positive_infinity += 1;
            } else {
                self.negative_infinity += 1;
            }
        }
        self.finite.add_reals(&finite);
    }

    /// `is_real` says that the numbers are floats, so that their sum is one, too.
    pub fn reply(&self, is_real: bool) -> reply::Stats {
        let Finite { count, range, sum, mean, squares } = &self.finite;
        let known = *count > 0;
        let sum = if is_real { Number::Real(sum.real()) } else { Number::from(sum.exact) };
        reply::Stats {
            count: count + self.nan + self.positive_infinity + self.negative_infinity,
            finite: *count,
            nan: self.nan,
            positive_infinity: self.positive_infinity,
            negative_infinity: self.negative_infinity,
            min: range.map(|(min, _)| min),
            max: range.map(|(_, max)| max),
            sum: known.then_some(sum),
            mean: known.then_some(Number::Real(*mean)),
            std: known.then_some(Number::Real((squares / real(*count)).sqrt())),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are divisors")]
fn real(count: u64) -> f64 {
    count as f64
}

impl Finite {
    fn add_integers<T: Copy + Ord>(&mut self, numbers: &[T], sum: i128, number: fn(T) -> Number) {
        let (Some(&min), Some(&max)) = (numbers.iter().min(), numbers.iter().max()) else { return };
        self.widen(number(min), number(max));
        self.sum.exact += sum;
        let count = numbers.len() as u64;
        let mean = Number::from(sum).to_f64() / real(count);
        let squares = numbers.iter().map(|&n| (number(n).to_f64() - mean).powi(2)).sum();
        self.merge(count, mean, squares);
    }

    fn add_reals(&mut self, numbers: &[f64]) {
        let Some(&first) = numbers.first() else { return };
        let min = numbers.iter().copied().fold(first, f64::min);
        let max = numbers.iter().copied().fold(first, f64::max);
        self.widen(Number::Real(min), Number::Real(max));
        for &number in numbers {
            self.sum.add(number);
        }
        let count = real(numbers.len() as u64);
        // The sum of huge numbers may overflow where their mean does not.
        let mean = if (max - min).is_finite() {
            first + numbers.iter().map(|number| (number - first) / count).sum::<f64>()
        } else {
            numbers.iter().map(|number| number / count).sum()
        };
        let squares = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        self.merge(numbers.len() as u64, mean, squares);
    }

    fn widen(&mut self, min: Number, max: Number) {
        let (low, high) = self.range.unwrap_or((min, max));
        self.range = Some((
            if less(min, low) { min } else { low },
            if less(high, max) { max } else { high },
        ));
    }

    fn merge(&mut self, count: u64, mean: f64, squares: f64) {
        let total = self.count + count;
        let share = real(count) / real(total);
        let distance = mean - self.mean;
        self.mean += distance * share;
        self.squares += squares + distance * distance * share * real(self.count);
        self.count = total;
    }
}

/// Both are of the same kind, as all numbers of a dataset.
fn less(a: Number, b: Number) -> bool {
    match (a, b) {
        (Number::Signed(a), Number::Signed(b)) => a < b,
        (Number::Unsigned(a), Number::Unsigned(b)) => a < b,
        _ => a.to_f64() < b.to_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(blocks: &[Column]) -> Summary {
        let mut summary = Summary::default();
        for block in blocks {
            summary.add(block);
        }
        summary
    }

    #[test]
    fn integers_are_added_exactly() {
        let blocks = [Column::Unsigned(vec![u64::MAX, 1]), Column::Unsigned(vec![0, u64::MAX])];
        let stats = summary(&blocks[..1]).reply(false);
        assert_eq!(stats.max, Some(Number::Unsigned(u64::MAX)));
        assert_eq!(stats.sum, Some(Number::Real(18_446_744_073_709_551_616.0)));
        let stats = summary(&blocks).reply(false);
        assert_eq!((stats.count, stats.min), (4, Some(Number::Unsigned(0))));
        let stats = summary(&[Column::Signed(vec![i64::MIN, i64::MAX, 3])]).reply(false);
        assert_eq!(
            (stats.sum, stats.min),
            (Some(Number::Signed(2)), Some(Number::Signed(i64::MIN)))
        );
    }

    #[test]
    fn what_is_not_finite_is_counted_and_left_out() {
        let column =
            Column::Real(vec![f64::NAN, 1.0, f64::INFINITY, 3.0, f64::NEG_INFINITY, f64::NAN]);
        let stats = summary(&[column]).reply(true);
        assert_eq!((stats.count, stats.finite, stats.nan), (6, 2, 2));
        assert_eq!((stats.positive_infinity, stats.negative_infinity), (1, 1));
        assert_eq!((stats.min, stats.max), (Some(Number::Real(1.0)), Some(Number::Real(3.0))));
        assert_eq!((stats.mean, stats.std), (Some(Number::Real(2.0)), Some(Number::Real(1.0))));
    }

    #[test]
    fn nothing_has_no_statistics() {
        let stats = summary(&[Column::Real(vec![f64::NAN]), Column::Real(Vec::new())]).reply(true);
        assert_eq!((stats.count, stats.finite), (1, 0));
        assert_eq!((stats.min, stats.sum, stats.mean, stats.std), (None, None, None, None));
    }

    #[test]
    fn blocks_make_no_difference_and_an_offset_costs_no_digits() {
        let numbers: Vec<f64> = (0..10_000).map(|n| 1e9 + f64::from(n % 10)).collect();
        let blocks: Vec<Column> =
            numbers.chunks(77).map(|block| Column::Real(block.to_vec())).collect();
        let stats = summary(&blocks).reply(true);
        assert_eq!(stats.sum, Some(Number::Real(1e13 + 45_000.0)));
        assert!((stats.mean.unwrap().to_f64() - (1e9 + 4.5)).abs() < 1e-5);
        assert!((stats.std.unwrap().to_f64() - 8.25_f64.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn a_sum_beyond_all_doubles_is_infinite_and_the_mean_is_not() {
        let stats = summary(&[Column::Real(vec![f64::MAX, f64::MAX])]).reply(true);
        assert_eq!(stats.sum, Some(Number::Real(f64::INFINITY)));
        assert_eq!(stats.mean, Some(Number::Real(f64::MAX)));
        let stats = summary(&[Column::Real(vec![f64::MAX, -f64::MAX, 2.0])]).reply(true);
        assert!(stats.mean.unwrap().to_f64().is_finite());
    }
}
