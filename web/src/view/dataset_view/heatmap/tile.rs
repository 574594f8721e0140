//! A rectangle of an image as it was read: every element, or every Nth along each axis.

use plotcore::heatmap::Sampling;
use plotcore::{Image, Span};

use super::super::slicing::Strided;
use crate::slab::Slab;

/// Elements of one read; a screen has about as many pixels.
pub const MAX_ELEMENTS: f64 = 1_500_000.0;

/// What to read for a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileRead {
    pub x: Strided,
    pub y: Strided,
}

impl TileRead {
    /// The part of an image of `lengths` that lies in `view`, as fine as `pixels` can show or, where it is
    /// small, whole.
    pub fn of_view(view: (Span, Span), lengths: (u64, u64), pixels: (f64, f64)) -> Self {
        let stretch = |span: Span, length: u64| {
            let from = span.from.floor().max(0.0) as u64;
            let to = (span.to.ceil().max(1.0) as u64).min(length);
            (from.min(length.saturating_sub(1)), to)
        };
        let ((x_from, x_to), (y_from, y_to)) =
            (stretch(view.0, lengths.0), stretch(view.1, lengths.1));
        let elements = (x_to - x_from) as f64 * (y_to - y_from) as f64;
        let step = |from: u64, to: u64, pixels: f64| {
            if elements <= MAX_ELEMENTS {
                return 1;
            }
            (((to - from) as f64 / pixels.max(1.0)).floor() as u64).max(1)
        };
        let (x_step, y_step) = (step(x_from, x_to, pixels.0), step(y_from, y_to, pixels.1));
        let mut read = Self {
            x: Strided { from: x_from, to: x_to, step: x_step },
            y: Strided { from: y_from, to: y_to, step: y_step },
        };
        // A long, thin rectangle may still be too much.
        while read.x.count() as f64 * read.y.count() as f64 > 2.0 * MAX_ELEMENTS {
            if read.x.count() > read.y.count() { read.x.step *= 2 } else { read.y.step *= 2 }
        }
        read
    }

    /// Whether it shows `other` at least as finely.
    pub fn covers(&self, other: &Self) -> bool {
        let axis = |mine: Strided, other: Strided| {
            mine.from <= other.from && mine.to >= other.to && mine.step <= other.step
        };
        axis(self.x, other.x) && axis(self.y, other.y)
    }

    /// The larger of both strides; 1 where every element is there.
    pub fn step(&self) -> u64 {
        self.x.step.max(self.y.step)
    }
}

#[derive(Debug)]
pub struct Tile {
    pub read: TileRead,
    pub values: Vec<f64>,
    slab: Slab,
    rows_first: bool,
}

impl Tile {
    pub fn new(read: TileRead, slab: Slab, rows_first: bool) -> Self {
        let values = slab.to_f64();
        let values = if rows_first { values } else { transposed(&values, read) };
        Self { read, values, slab, rows_first }
    }

    pub fn image(&self) -> Image<'_, f64> {
        let sampling = |axis: Strided| Sampling {
            start: axis.from,
            step: axis.step,
            count: axis.count() as usize,
        };
        Image { values: &self.values, x: sampling(self.read.x), y: sampling(self.read.y) }
    }

    /// The element of this tile nearest to a place: its indices and exact text; `None` outside.
    pub fn at(&self, x: f64, y: f64) -> Option<(u64, u64, String)> {
        let sample = |axis: Strided, place: f64| {
            let offset = (place - axis.from as f64) / axis.step as f64;
            (offset >= 0.0 && offset < axis.count() as f64).then_some(offset as u64)
        };
        let (column, row) = (sample(self.read.x, x)?, sample(self.read.y, y)?);
        let index = if self.rows_first {
            row * self.read.x.count() + column
        } else {
            column * self.read.y.count() + row
        };
        let text = self.slab.text_at(usize::try_from(index).ok()?);
        let (x, y) = (self.read.x, self.read.y);
        Some((x.from + column * x.step, y.from + row * y.step, text))
    }
}

fn transposed(values: &[f64], read: TileRead) -> Vec<f64> {
    let (columns, rows) = (read.x.count() as usize, read.y.count() as usize);
    let place =
        |row: usize, column: usize| values.get(column * rows + row).copied().unwrap_or(f64::NAN);
    (0..rows).flat_map(|row| (0..columns).map(move |column| place(row, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(x: (f64, f64), y: (f64, f64)) -> (Span, Span) {
        (Span::new(x.0, x.1), Span::new(y.0, y.1))
    }

    #[test]
    fn small_images_are_read_whole_and_large_ones_by_pixels() {
        let small =
            TileRead::of_view(view((0.0, 1000.0), (0.0, 1000.0)), (1000, 1000), (500.0, 400.0));
        assert_eq!((small.step(), small.x.count(), small.y.count()), (1, 1000, 1000));
        let large =
            TileRead::of_view(view((0.0, 1e5), (0.0, 5e4)), (100_000, 50_000), (1000.0, 500.0));
        assert_eq!((large.x.step, large.y.step), (100, 100));
        let part =
            TileRead::of_view(view((10.5, 20.5), (-3.0, 5.2)), (100_000, 50_000), (1000.0, 500.0));
        assert_eq!((part.x, part.y), (Strided::all(10, 21), Strided::all(0, 6)));
        assert!(small.covers(&TileRead { x: Strided::all(3, 9), y: Strided::all(0, 1000) }));
        assert!(!large.covers(&part));
    }

    #[test]
    fn no_read_is_larger_than_the_bound() {
        for lengths in [(1_000_000_000, 16), (16, 1_000_000_000), (1 << 40, 1 << 40)] {
            let whole = view((0.0, lengths.0 as f64), (0.0, lengths.1 as f64));
            let read = TileRead::of_view(whole, lengths, (2000.0, 1500.0));
            assert!(
                read.x.count() as f64 * read.y.count() as f64 <= 2.0 * MAX_ELEMENTS,
                "{lengths:?}"
            );
        }
    }

    #[test]
    fn elements_are_found_in_both_orders() {
        let read = TileRead { x: Strided { from: 0, to: 6, step: 2 }, y: Strided::all(5, 7) };
        let slab = |shape: [u64; 2]| Slab {
            datatype: "|u1".parse().unwrap(),
            shape: shape.to_vec(),
            payload: (0..6).collect(),
        };
        let plain = Tile::new(read, slab([2, 3]), true);
        assert_eq!(plain.at(3.0, 6.5), Some((2, 6, "4".to_owned())));
        assert_eq!(plain.at(6.0, 6.0), None);
        let turned = Tile::new(read, slab([3, 2]), false);
        assert_eq!(turned.at(3.0, 6.5), Some((2, 6, "3".to_owned())));
        assert_eq!(turned.values, [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
    }
}
