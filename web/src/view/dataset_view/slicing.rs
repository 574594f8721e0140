//! Which slice of an N-dimensional dataset is on screen: the axes shown, and an index along every other.

use hdf5_async_protocol::model::{AxisRange, AxisSelection, Selection};

/// Indices along one axis, the end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub from: u64,
    pub to: u64,
}

/// The part of the axes shown that a change touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    pub x: Stretch,
    pub y: Stretch,
}

/// Axes are counted from 0, as in the shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slicing {
    /// Columns of a table, the horizontal axis of plots; with one axis shown, that one. 0 for rank 0.
    x: usize,
    /// Rows of a table, the vertical axis of images; differs from `x` where the rank allows.
    y: usize,
    /// One index per axis; those of the axes shown wait for when they are not.
    at: Vec<u64>,
}

impl Slicing {
    /// The last two axes, at the first index of the others.
    pub fn new(rank: usize) -> Self {
        Self { x: rank.saturating_sub(1), y: rank.saturating_sub(2), at: vec![0; rank] }
    }

    /// Reads back what [`Self::indices_text`] and [`Self::mapping_text`] wrote; what does not fit `shape` is
    /// left at its default.
    pub fn from_texts(shape: &[u64], indices: Option<&str>, mapping: Option<&str>) -> Self {
        let mut slicing = Self::new(shape.len());
        if let Some((y, x)) = mapping.and_then(|mapping| mapping.split_once(',')) {
            let axis = |text: &str| text.trim().parse().ok().filter(|axis| *axis < shape.len());
            if let (Some(y), Some(x)) = (axis(y), axis(x)) {
                slicing.show_as_x(x);
                slicing.show_as_y(y);
            }
        }
        let selection = indices.and_then(|indices| indices.parse::<Selection>().ok());
        for (axis, part) in selection.iter().flat_map(|selection| &selection.axes).enumerate() {
            let (AxisSelection::Index(index), Some(&length)) = (part, shape.get(axis)) else {
                continue;
            };
            let from_end = || length.checked_sub(index.unsigned_abs());
            let index = u64::try_from(*index).ok().or_else(from_end);
            slicing.at[axis] = index.unwrap_or(0).min(length.saturating_sub(1));
        }
        slicing
    }

    /// numpy's text of the slice, such as `17, :, :`.
    pub fn indices_text(&self, axes_shown: usize) -> String {
        let parts: Vec<String> = (0..self.at.len())
            .map(|axis| {
                if self.is_shown(axis, axes_shown) {
                    ":".to_owned()
                } else {
                    self.at[axis].to_string()
                }
            })
            .collect();
        parts.join(", ")
    }

    /// `y,x`, where it is not the default.
    pub fn mapping_text(&self) -> Option<String> {
        let default = Self::new(self.at.len());
        let differs = (self.x, self.y) != (default.x, default.y);
        differs.then(|| format!("{},{}", self.y, self.x))
    }

    pub fn rank(&self) -> usize {
        self.at.len()
    }

    pub fn x(&self) -> usize {
        self.x
    }

    pub fn y(&self) -> usize {
        self.y
    }

    pub fn at(&self, axis: usize) -> u64 {
        self.at.get(axis).copied().unwrap_or(0)
    }

    pub fn is_shown(&self, axis: usize, axes_shown: usize) -> bool {
        (axes_shown >= 1 && axis == self.x) || (axes_shown >= 2 && axis == self.y)
    }

    /// The axes that have a slider.
    pub fn sliced(&self, axes_shown: usize) -> Vec<usize> {
        (0..self.at.len()).filter(|axis| !self.is_shown(*axis, axes_shown)).collect()
    }

    /// Exchanges the axes if `axis` is the other one.
    pub fn show_as_x(&mut self, axis: usize) {
        if axis == self.y {
            self.y = self.x;
        }
        self.x = axis;
    }

    pub fn show_as_y(&mut self, axis: usize) {
        if axis == self.x {
            self.x = self.y;
        }
        self.y = axis;
    }

    pub fn set(&mut self, axis: usize, index: u64) {
        if let Some(known) = self.at.get_mut(axis) {
            *known = index;
        }
    }

    /// With every index inside `shape`.
    pub fn clamp(&mut self, shape: &[u64]) {
        for (index, length) in self.at.iter_mut().zip(shape) {
            *index = (*index).min(length.saturating_sub(1));
        }
    }

    /// The selection of `x` and `y` in this slice; `y` counts only where two axes are shown.
    pub fn selection(&self, axes_shown: usize, x: Strided, y: Strided) -> Selection {
        let axes = (0..self.at.len())
            .map(|axis| match (axes_shown, axis) {
                (1.., axis) if axis == self.x => x.selection(),
                (2.., axis) if axis == self.y => y.selection(),
                _ => AxisSelection::Index(signed(self.at[axis])),
            })
            .collect();
        Selection { axes }
    }

    /// The selection of one element, `x` and `y` along the axes shown.
    pub fn element(&self, axes_shown: usize, x: u64, y: u64) -> Selection {
        let axes = self.coordinates(axes_shown, x, y);
        Selection {
            axes: axes.into_iter().map(|index| AxisSelection::Index(signed(index))).collect(),
        }
    }

    /// The index along every axis of the element at `x` and `y`.
    pub fn coordinates(&self, axes_shown: usize, x: u64, y: u64) -> Vec<u64> {
        let index = |axis: usize| match (axes_shown, axis) {
            (1.., axis) if axis == self.x => x,
            (2.., axis) if axis == self.y => y,
            _ => self.at[axis],
        };
        (0..self.at.len()).map(index).collect()
    }

    /// Whether the elements of a read come with `y` before `x`, so that a row's elements lie side by side.
    pub fn rows_first(&self) -> bool {
        self.y < self.x
    }

    /// What a change of `region` in a dataset of `shape` touches of this slice; `None` if nothing.
    pub fn touched(&self, region: &Selection, shape: &[u64], axes_shown: usize) -> Option<Touched> {
        let resolved = region.resolve(shape).ok()?;
        if resolved.axes.len() != self.at.len() {
            return None;
        }
        let stretch = |axis: usize| {
            let bounds = bounds(resolved.axes.get(axis)?)?;
            (bounds.from < bounds.to).then_some(bounds)
        };
        for axis in self.sliced(axes_shown) {
            let bounds = stretch(axis)?;
            if self.at[axis] < bounds.from || self.at[axis] >= bounds.to {
                return None;
            }
        }
        let whole = Stretch { from: 0, to: 1 };
        let x = if axes_shown >= 1 { stretch(self.x)? } else { whole };
        let y = if axes_shown >= 2 { stretch(self.y)? } else { whole };
        Some(Touched { x, y })
    }
}

/// Indices of one axis for a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strided {
    pub from: u64,
    pub to: u64,
    pub step: u64,
}

impl Strided {
    pub const ONE: Self = Self { from: 0, to: 1, step: 1 };

    pub fn all(from: u64, to: u64) -> Self {
        Self { from, to, step: 1 }
    }

    /// How many indices it selects.
    pub fn count(self) -> u64 {
        self.to.saturating_sub(self.from).div_ceil(self.step.max(1))
    }

    fn selection(self) -> AxisSelection {
        let step = (self.step > 1).then_some(self.step);
        AxisSelection::Slice { start: Some(signed(self.from)), stop: Some(signed(self.to)), step }
    }
}

fn signed(index: u64) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// The smallest stretch that holds the indices of a resolved axis.
fn bounds(axis: &AxisRange) -> Option<Stretch> {
    match axis {
        AxisRange::Strided { start, count, step } => {
            let to = start + count.saturating_sub(1) * step + (*count).min(1);
            Some(Stretch { from: *start, to })
        }
        AxisRange::Indices { indices } => {
            let from = indices.iter().copied().min()?;
            Some(Stretch { from, to: indices.iter().copied().max()? + 1 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [u64; 4] = [10, 20, 30, 40];

    #[test]
    fn the_address_brings_the_slice_back() {
        let mut slicing = Slicing::new(4);
        slicing.set(0, 7);
        slicing.set(2, 29);
        slicing.show_as_y(1);
        let (indices, mapping) = (slicing.indices_text(2), slicing.mapping_text());
        assert_eq!((indices.as_str(), mapping.as_deref()), ("7, :, 29, :", Some("1,3")));
        let back = Slicing::from_texts(&SHAPE, Some(&indices), mapping.as_deref());
        assert_eq!(back.indices_text(2), indices);
        assert_eq!((back.y(), back.x()), (1, 3));
    }

    #[test]
    fn an_address_that_does_not_fit_is_brought_inside() {
        let slicing = Slicing::from_texts(&SHAPE, Some("-1, 5, 99, :"), Some("9,0"));
        assert_eq!(slicing.indices_text(2), "9, 5, :, :");
        assert_eq!((slicing.y(), slicing.x(), slicing.at(2)), (2, 3, 29));
        assert_eq!(Slicing::from_texts(&SHAPE, Some("nonsense"), Some("x")), Slicing::new(4));
        assert_eq!(Slicing::from_texts(&[], Some("3"), None), Slicing::new(0));
        assert_eq!(Slicing::from_texts(&[0, 3], Some("5, 1"), None).at(0), 0);
    }

    #[test]
    fn choosing_the_other_axis_exchanges_them() {
        let mut slicing = Slicing::new(3);
        slicing.show_as_x(1);
        assert_eq!((slicing.y(), slicing.x(), slicing.rows_first()), (2, 1, false));
        slicing.show_as_y(0);
        assert_eq!((slicing.y(), slicing.x()), (0, 1));
    }

    #[test]
    fn a_read_names_the_shown_axes_as_slices() {
        let mut slicing = Slicing::new(3);
        slicing.set(0, 5);
        let x = Strided { from: 0, to: 100, step: 4 };
        assert_eq!(slicing.selection(2, x, Strided::all(3, 9)).to_string(), "5, 3:9, 0:100:4");
        assert_eq!(slicing.selection(1, x, Strided::ONE).to_string(), "5, 0, 0:100:4");
        assert_eq!(slicing.element(2, 8, 2).to_string(), "5, 2, 8");
        assert_eq!(Slicing::new(0).element(0, 0, 0).to_string(), "");
        assert_eq!(x.count(), 25);
    }

    #[test]
    fn only_changes_of_the_slice_count() {
        let mut slicing = Slicing::new(3);
        slicing.set(0, 5);
        let touched = |region: &str| slicing.touched(&region.parse().unwrap(), &[10, 20, 30], 2);
        let stretch = |from, to| Stretch { from, to };
        assert_eq!(touched("5, 2:4, 7"), Some(Touched { x: stretch(7, 8), y: stretch(2, 4) }));
        assert_eq!(touched("0:6, 2:4, 7:9"), Some(Touched { x: stretch(7, 9), y: stretch(2, 4) }));
        assert_eq!(touched("4, 2:4, 7"), None);
        assert_eq!(touched("..."), Some(Touched { x: stretch(0, 30), y: stretch(0, 20) }));
        assert_eq!(touched("5, 3:3, 7"), None);
        assert_eq!(touched("99"), None);
        assert_eq!(slicing.touched(&"5, 1, 2:3".parse().unwrap(), &[10, 20, 30], 1), None);
        assert!(Slicing::new(0).touched(&Selection::all(), &[], 0).is_some());
    }

    #[test]
    fn shrinking_brings_indices_inside() {
        let mut slicing = Slicing::new(2);
        slicing.set(0, 9);
        slicing.clamp(&[3, 5]);
        assert_eq!(slicing.at(0), 2);
        slicing.clamp(&[0, 5]);
        assert_eq!(slicing.at(0), 0);
    }
}
