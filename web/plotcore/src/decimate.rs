//! A line of many samples as few vertices: lowest and highest sample of every pixel column.

/// A point of the line; the pen is lifted before it where samples are missing in between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vertex {
    /// Counted in samples from the first of the slice, at the sample or in the middle of its column.
    pub position: f64,
    pub value: f64,
    pub pen_down: bool,
}

/// The line through `samples[from..to]`, drawn over `columns` pixel columns.
///
/// Up to two samples a column all samples are vertices. Beyond, a column has at most four: its first, lowest,
/// highest and last sample, so that no spike and no step is lost. NaN and infinite samples leave gaps.
pub fn trace(samples: &[f64], from: usize, to: usize, columns: usize) -> Vec<Vertex> {
    let to = to.min(samples.len());
    let from = from.min(to);
    let columns = columns.max(1);
    let count = to - from;
    if count <= 2 * columns {
        return raw(&samples[from..to], from);
    }
    let mut vertices = Vec::with_capacity(4 * columns);
    let mut gap = true;
    for column in 0..columns {
        let start = from + edge(count, column, columns);
        let end = from + edge(count, column + 1, columns);
        let position = f64::midpoint(start as f64, end as f64) - 0.5;
        push_column(&mut vertices, &samples[start..end], position, &mut gap);
    }
    vertices
}

fn edge(count: usize, column: usize, columns: usize) -> usize {
    // In 128 bits, because usize has 32 in the browser.
    (count as u128 * column as u128 / columns as u128) as usize
}

fn raw(samples: &[f64], from: usize) -> Vec<Vertex> {
    let mut vertices = Vec::with_capacity(samples.len());
    let mut pen_down = false;
    for (offset, &value) in samples.iter().enumerate() {
        if value.is_finite() {
            vertices.push(Vertex { position: (from + offset) as f64, value, pen_down });
        }
        pen_down = value.is_finite();
    }
    vertices
}

fn push_column(vertices: &mut Vec<Vertex>, samples: &[f64], position: f64, gap: &mut bool) {
    let Some(first) = samples.iter().position(|value| value.is_finite()) else {
        *gap = true;
        return;
    };
    let Some(last) = samples.iter().rposition(|value| value.is_finite()) else { return };
    let (low, high) = lowest_highest(samples);
    let mut push = |value: f64, pen_down: bool| {
        let repeated = pen_down
            && vertices.last().is_some_and(|vertex| {
                vertex.value.to_bits() == value.to_bits()
                    && vertex.position.to_bits() == position.to_bits()
            });
        if !repeated {
            vertices.push(Vertex { position, value, pen_down });
        }
    };
    push(samples[first], !(*gap || first > 0));
    push(low, true);
    push(high, true);
    push(samples[last], true);
    *gap = last + 1 < samples.len();
}

/// Over the finite samples, of which there is at least one.
fn lowest_highest(samples: &[f64]) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    // Comparisons with NaN are false, so that the common case needs no test of its own.
    for &value in samples {
        if value < low {
            low = value;
        }
        if value > high {
            high = value;
        }
    }
    if low.is_finite() && high.is_finite() {
        return (low, high);
    }
    samples
        .iter()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
            (low.min(value), high.max(value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(vertices: &[Vertex], value: f64) -> bool {
        vertices.iter().any(|vertex| vertex.value.to_bits() == value.to_bits())
    }

    #[test]
    fn few_samples_stay_as_they_are() {
        let vertices = trace(&[5.0, 6.0, 7.0, 8.0], 1, 4, 100);
        assert_eq!(vertices.len(), 3);
        assert_eq!(vertices[0], Vertex { position: 1.0, value: 6.0, pen_down: false });
        assert_eq!(vertices[2], Vertex { position: 3.0, value: 8.0, pen_down: true });
    }

    #[test]
    fn a_spike_of_one_sample_survives() {
        let mut samples = vec![0.0; 1_000_000];
        samples[777_777] = 42.0;
        samples[123_456] = -7.0;
        let vertices = trace(&samples, 0, samples.len(), 800);
        assert!(vertices.len() <= 4 * 800);
        assert!(vertices.iter().any(|vertex| (vertex.value - 42.0).abs() < 1e-9
            && (vertex.position - 777_777.0).abs() < 1250.0));
        assert!(passes(&vertices, -7.0));
    }

    #[test]
    fn every_column_covers_the_extremes_of_its_samples() {
        let samples: Vec<f64> =
            (0..10_007_u32).map(|x| f64::from(x.wrapping_mul(2_654_435_761) >> 7)).collect();
        let vertices = trace(&samples, 13, 10_000, 100);
        let low = samples[13..10_000].iter().copied().fold(f64::INFINITY, f64::min);
        let high = samples[13..10_000].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(passes(&vertices, low));
        assert!(passes(&vertices, high));
        assert_eq!(vertices.first().map(|vertex| vertex.value), Some(samples[13]));
        assert_eq!(vertices.last().map(|vertex| vertex.value), Some(samples[9999]));
        assert!(vertices.is_sorted_by(|a, b| a.position <= b.position));
    }

    #[test]
    fn gaps_lift_the_pen() {
        let raw = trace(&[1.0, f64::NAN, 2.0, f64::INFINITY, 3.0, 4.0], 0, 6, 100);
        let pens: Vec<bool> = raw.iter().map(|vertex| vertex.pen_down).collect();
        assert_eq!(pens, [false, false, false, true]);

        let mut samples = vec![1.0; 1000];
        samples[300..500].fill(f64::NAN);
        let vertices = trace(&samples, 0, 1000, 10);
        let lifted: Vec<f64> = vertices
            .iter()
            .filter(|vertex| !vertex.pen_down)
            .map(|vertex| vertex.position)
            .collect();
        assert_eq!(lifted.len(), 2);
        assert!(lifted[1] > 500.0);
        assert!(vertices.iter().all(|vertex| vertex.value.is_finite()));
    }

    #[test]
    fn an_infinity_does_not_become_the_extreme() {
        let mut samples = vec![1.0; 1000];
        samples[5] = f64::NEG_INFINITY;
        samples[6] = 3.0;
        let vertices = trace(&samples, 0, 1000, 10);
        assert!(passes(&vertices, 3.0));
        assert!(vertices.iter().all(|vertex| vertex.value.is_finite()));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(trace(&[], 0, 0, 10).is_empty());
        assert!(trace(&[f64::NAN; 100], 0, 100, 10).is_empty());
        assert!(trace(&[1.0], 5, 9, 0).is_empty());
    }
}
