//! A large box of numbers as a smaller one, for plots: each bucket is the mean, or the smallest and the largest, of the
//! numbers in it.

use hdf5_async_protocol::message::reply::Place;
use hdf5_async_protocol::model::{ByteOrder, Datatype};

use super::column::Column;

/// How a box is divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Numbers per bucket along each axis; the last bucket of an axis may have fewer.
    pub step: Vec<u64>,
    /// Buckets along each axis.
    pub dims: Vec<u64>,
}

impl Grid {
    /// Divides a box of shape `shape` into at most `size` buckets along each axis, all but the last equally wide.
    pub fn new(shape: &[u64], size: &[u64]) -> Self {
        let step: Vec<u64> =
            shape.iter().zip(size).map(|(dim, size)| dim.div_ceil(*size).max(1)).collect();
        let dims = shape.iter().zip(&step).map(|(dim, step)| dim.div_ceil(*step)).collect();
        Self { step, dims }
    }

    pub fn n_buckets(&self) -> u64 {
        self.dims.iter().product()
    }

    /// Calls `take` with the bucket of each number of the box `place`, in C order.
    fn visit(&self, place: &Place, mut take: impl FnMut(usize)) {
        let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let Some((last, outer)) = place.shape.split_last() else { return take(0) };
        let axis = outer.len();
        let rows: u64 = outer.iter().product();
        for row in 0..rows {
            let mut rest = row;
            let mut bucket = 0;
            let mut stride = self.dims[axis];
            for axis in (0..axis).rev() {
                let index = place.offset[axis] + rest % place.shape[axis];
                rest /= place.shape[axis];
                bucket += index / self.step[axis] * stride;
                stride *= self.dims[axis];
            }
            for index in place.offset[axis]..place.offset[axis] + last {
                take(size(bucket + index / self.step[axis]));
            }
        }
    }
}

/// What a bucket becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    Mean,
    MinMax,
}

/// Buckets being filled. NaN is left out; a bucket of nothing else is NaN.
#[derive(Debug)]
pub struct Buckets {
    grid: Grid,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Means(Vec<Mean>),
    Signed(Vec<(i64, i64)>),
    Unsigned(Vec<(u64, u64)>),
    Real(Vec<(f64, f64)>),
    /// Minima and maxima before the first block says of what.
    Unknown,
}

#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: u64,
}

impl Buckets {
    pub fn new(grid: Grid, reduction: Reduction) -> Self {
        let content = match reduction {
            Reduction::Mean => Content::Means(vec![Mean::default(); n_buckets(&grid)]),
            Reduction::MinMax => Content::Unknown,
        };
        Self { grid, content }
    }

    /// Adds the numbers of the box `place`; all columns of a dataset are of one kind.
    pub fn add(&mut self, place: &Place, column: &Column) {
        let n = n_buckets(&self.grid);
        if matches!(self.content, Content::Unknown) {
            self.content = match column {
                Column::Signed(_) => Content::Signed(vec![(i64::MAX, i64::MIN); n]),
                Column::Unsigned(_) => Content::Unsigned(vec![(u64::MAX, u64::MIN); n]),
                Column::Real(_) => Content::Real(vec![(f64::NAN, f64::NAN); n]),
            };
        }
        let grid = &self.grid;
        match (&mut self.content, column) {
            (Content::Means(means), Column::Signed(numbers)) => {
                add_means(grid, place, means, numbers, as_real);
            }
            (Content::Means(means), Column::Unsigned(numbers)) => {
                add_means(grid, place, means, numbers, unsigned_as_real);
            }
            (Content::Means(means), Column::Real(numbers)) => {
                add_means(grid, place, means, numbers, |n| n);
            }
            (Content::Signed(ranges), Column::Signed(numbers)) => {
                each(grid, place, numbers, |at, n| {
                    ranges[at] = (ranges[at].0.min(n), ranges[at].1.max(n));
                });
            }
            (Content::Unsigned(ranges), Column::Unsigned(numbers)) => {
                each(grid, place, numbers, |at, n| {
                    ranges[at] = (ranges[at].0.min(n), ranges[at].1.max(n));
                });
            }
            // Of NaN and a number, `min` and `max` are the number.
            (Content::Real(ranges), Column::Real(numbers)) => {
                each(grid, place, numbers, |at, n| {
                    ranges[at] = (ranges[at].0.min(n), ranges[at].1.max(n));
                });
            }
            _ => {}
        }
    }

    /// Datatype, shape and payload of the buckets: minima and maxima have an axis of two more.
    pub fn finish(self, real: bool) -> (Datatype, Vec<u64>, Vec<u8>) {
        let mut shape = self.grid.dims;
        let little = ByteOrder::Little;
        if !matches!(self.content, Content::Means(_)) {
            shape.push(2);
        }
        match self.content {
            Content::Means(means) => {
                let mean = |mean: &Mean| (mean.sum / unsigned_as_real(mean.count)).to_le_bytes();
                (Datatype::float(8, little), shape, means.iter().flat_map(mean).collect())
            }
            Content::Signed(ranges) => {
                (Datatype::integer(8, true, little), shape, bytes(&ranges, i64::to_le_bytes))
            }
            Content::Unsigned(ranges) => {
                (Datatype::integer(8, false, little), shape, bytes(&ranges, u64::to_le_bytes))
            }
            Content::Real(ranges) => {
                (Datatype::float(8, little), shape, bytes(&ranges, f64::to_le_bytes))
            }
            Content::Unknown if real => (Datatype::float(8, little), shape, Vec::new()),
            Content::Unknown => (Datatype::integer(8, true, little), shape, Vec::new()),
        }
    }
}

fn n_buckets(grid: &Grid) -> usize {
    usize::try_from(grid.n_buckets()).unwrap_or(usize::MAX)
}

fn bytes<T: Copy>(ranges: &[(T, T)], number: fn(T) -> [u8; 8]) -> Vec<u8> {
    ranges.iter().flat_map(|(min, max)| [number(*min), number(*max)].concat()).collect()
}

fn each<T: Copy>(grid: &Grid, place: &Place, numbers: &[T], mut take: impl FnMut(usize, T)) {
    let mut numbers = numbers.iter();
    grid.visit(place, |bucket| {
        if let Some(&number) = numbers.next() {
            take(bucket, number);
        }
    });
}

fn add_means<T: Copy>(
    grid: &Grid,
    place: &Place,
    means: &mut [Mean],
    numbers: &[T],
    real: fn(T) -> f64,
) {
    each(grid, place, numbers, |at, number| {
        let number = real(number);
        if !number.is_nan() {
            means[at].sum += number;
            means[at].count += 1;
        }
    });
}

#[expect(clippy::cast_precision_loss, reason = "a mean is a double")]
fn as_real(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "a mean is a double")]
fn unsigned_as_real(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(shape: &[u64]) -> Place {
        Place { offset: vec![0; shape.len()], shape: shape.to_vec() }
    }

    fn doubles(payload: &[u8]) -> Vec<f64> {
        payload.as_chunks().0.iter().map(|slot| f64::from_le_bytes(*slot)).collect()
    }

    #[test]
    fn buckets_are_equally_wide_and_never_more_than_asked() {
        let grid = Grid::new(&[10, 7, 3], &[4, 7, 100]);
        assert_eq!((grid.step, grid.dims), (vec![3, 1, 1], vec![4, 7, 3]));
        assert_eq!(Grid::new(&[0], &[5]).dims, [0]);
    }

    #[test]
    fn means_of_an_image_do_not_depend_on_the_blocks() {
        let image: Vec<i64> = (0..30).collect();
        let mut buckets = Buckets::new(Grid::new(&[5, 6], &[3, 2]), Reduction::Mean);
        // Columns 0 and 1, then the rest.
        for (first, width) in [(0_u64, 2_u64), (2, 4)] {
            let columns = usize::try_from(first).unwrap()..usize::try_from(first + width).unwrap();
            let numbers = image.chunks(6).flat_map(|row| row[columns.clone()].to_vec()).collect();
            let place = Place { offset: vec![0, first], shape: vec![5, width] };
            buckets.add(&place, &Column::Signed(numbers));
        }
        let (datatype, shape, payload) = buckets.finish(false);
        assert_eq!((datatype, shape), (Datatype::float(8, ByteOrder::Little), vec![3, 2]));
        assert_eq!(doubles(&payload), [4.0, 7.0, 16.0, 19.0, 25.0, 28.0]);
    }

    #[test]
    fn minima_and_maxima_are_exact_and_skip_nan() {
        let mut buckets = Buckets::new(Grid::new(&[4], &[2]), Reduction::MinMax);
        buckets.add(&whole(&[4]), &Column::Unsigned(vec![u64::MAX, 1, 5, u64::MAX - 1]));
        let (datatype, shape, payload) = buckets.finish(false);
        assert_eq!((datatype.to_string().as_str(), shape), ("<u8", vec![2, 2]));
        let numbers: Vec<u64> =
            payload.as_chunks().0.iter().map(|slot| u64::from_le_bytes(*slot)).collect();
        assert_eq!(numbers, [1, u64::MAX, 5, u64::MAX - 1]);

        let mut buckets = Buckets::new(Grid::new(&[4], &[2]), Reduction::MinMax);
        buckets.add(&whole(&[4]), &Column::Real(vec![f64::NAN, 2.0, f64::NAN, f64::NAN]));
        let numbers = doubles(&buckets.finish(true).2);
        assert_eq!(numbers[..2], [2.0, 2.0]);
        assert!(numbers[2].is_nan() && numbers[3].is_nan());
    }

    #[test]
    fn a_scalar_is_one_bucket_and_nothing_is_none() {
        let mut buckets = Buckets::new(Grid::new(&[], &[]), Reduction::Mean);
        buckets.add(&whole(&[]), &Column::Real(vec![2.5]));
        let (_, shape, payload) = buckets.finish(true);
        assert_eq!((shape, doubles(&payload)), (vec![], vec![2.5]));
        let (datatype, shape, payload) =
            Buckets::new(Grid::new(&[0], &[9]), Reduction::MinMax).finish(true);
        assert_eq!((datatype.to_string().as_str(), shape, payload), ("<f8", vec![0, 2], vec![]));
    }
}
