//! Samples of one line as they were read: every element, or every Nth of a stretch.

use plotcore::Extent;

use super::super::slicing::Strided;
use crate::slab::Slab;

/// More elements than this are never read at once; of larger datasets every Nth.
pub const MAX_RAW: u64 = 2_000_000;
/// Samples of a read that takes every Nth element.
pub const MAX_STRIDED: u64 = 20_000;

#[derive(Debug)]
pub struct Series {
    pub start: u64,
    pub step: u64,
    slab: Slab,
    pub values: Vec<f64>,
}

impl Series {
    pub fn new(read: Strided, slab: Slab) -> Self {
        let values = slab.to_f64();
        Self { start: read.from, step: read.step.max(1), slab, values }
    }

    /// One past the last element that the samples stand for.
    pub fn end(&self) -> u64 {
        self.start + self.values.len() as u64 * self.step
    }

    pub fn extent(&self) -> Option<Extent> {
        Extent::of(&self.values)
    }

    /// The sample nearest to an index: its own index, value and exact text.
    pub fn nearest(&self, index: f64) -> Option<(u64, f64, String)> {
        let last = self.values.len().checked_sub(1)?;
        let place = ((index - self.start as f64) / self.step as f64).round().max(0.0);
        let sample = (place as usize).min(last);
        let index = self.start + sample as u64 * self.step;
        Some((index, self.values[sample], self.slab.text_at(sample)))
    }

    /// Puts newly read elements in the place of old ones, or behind them; `false` if they do not join.
    pub fn splice(&mut self, from: u64, slab: &Slab) -> bool {
        let (Some(size), Some(offset)) =
            (self.slab.datatype.wire_size(), from.checked_sub(self.start))
        else {
            return false;
        };
        let Ok(offset) = usize::try_from(offset) else { return false };
        if self.step != 1 || offset > self.values.len() || slab.datatype != self.slab.datatype {
            return false;
        }
        let end = offset + slab.len();
        if end > self.values.len() {
            self.values.resize(end, f64::NAN);
            self.slab.payload.resize(end * size, 0);
            self.slab.shape = vec![end as u64];
        }
        self.values[offset..end].copy_from_slice(&slab.to_f64());
        self.slab.payload[offset * size..end * size].copy_from_slice(&slab.payload);
        true
    }

    /// After the dataset has shrunk.
    pub fn truncate(&mut self, length: u64) {
        let Some(size) = self.slab.datatype.wire_size() else { return };
        let samples = length.saturating_sub(self.start).div_ceil(self.step);
        if let Ok(samples) = usize::try_from(samples)
            && samples < self.values.len()
        {
            self.values.truncate(samples);
            self.slab.payload.truncate(samples * size);
            self.slab.shape = vec![samples as u64];
        }
    }
}

/// The read that gives about `samples` samples of `from..to`.
pub fn strided(from: u64, to: u64, samples: u64) -> Strided {
    Strided { from, to, step: to.saturating_sub(from).div_ceil(samples.max(1)).max(1) }
}

/// `2nd`, `13th`.
pub fn ordinal(number: u64) -> String {
    let suffix = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slab(values: &[i16]) -> Slab {
        let payload = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Slab { datatype: "<i2".parse().unwrap(), shape: vec![values.len() as u64], payload }
    }

    #[test]
    fn what_is_read_again_takes_its_place() {
        let mut series = Series::new(Strided::all(0, 4), slab(&[1, 2, 3, 4]));
        assert!(series.splice(2, &slab(&[-3, -4, -5])));
        assert_eq!(series.values, [1.0, 2.0, -3.0, -4.0, -5.0]);
        assert_eq!(series.nearest(4.0), Some((4, -5.0, "-5".to_owned())));
        assert!(!series.splice(7, &slab(&[0])));
        series.truncate(2);
        assert_eq!((series.end(), series.nearest(9.0)), (2, Some((1, 2.0, "2".to_owned()))));
    }

    #[test]
    fn a_strided_series_answers_with_the_element_it_has() {
        let series = Series::new(Strided { from: 100, to: 130, step: 10 }, slab(&[7, 8, 9]));
        assert_eq!(series.nearest(114.0), Some((110, 8.0, "8".to_owned())));
        assert_eq!(series.nearest(0.0), Some((100, 7.0, "7".to_owned())));
        assert_eq!(series.end(), 130);
    }

    #[test]
    fn reads_are_bounded() {
        assert_eq!(strided(0, 1000, 2000).step, 1);
        let read = strided(0, 1_000_000_000, MAX_STRIDED);
        assert_eq!((read.step, read.count()), (50_000, 20_000));
        assert!(strided(5, 1_000_001, 1000).count() <= 1000);
    }

    #[test]
    fn numbers_have_their_endings() {
        let texts = [2, 3, 4, 11, 12, 13, 21, 112, 250].map(ordinal);
        assert_eq!(texts, ["2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th", "250th"]);
    }
}
