//! Which elements of a dataset are meant: numpy's basic indexing plus index lists, as one text form.
//!
//! `"10:20, ::2, 5, ..."`: integers drop their axis, negative indices count from the end, slices are
//! clipped to the dataset, steps are positive. A list `[0, 3, 7]` picks indices of one axis; lists on
//! several axes select their cross product, as in h5py.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A selection before the shape is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub axes: Vec<AxisSelection>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AxisSelection {
    Index(i64),
    Slice {
        start: Option<i64>,
        stop: Option<i64>,
        step: Option<u64>,
    },
    Indices(Vec<i64>),
    /// As many full axes as the rank leaves over; at most one.
    Ellipsis,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    #[error("{part:?} is not an index, a slice such as 10:20:2, a list such as [0, 3], or \"...\"")]
    Syntax { part: String },
    #[error("the step {step} is not positive; only steps of 1 and more are possible")]
    Step { step: i64 },
    #[error("\"...\" stands more than once in the selection")]
    TwoEllipses,
    #[error("the selection names {given} axes, but the dataset has {rank}")]
    TooManyAxes { given: usize, rank: usize },
    #[error("the points have {given} coordinates each, but the dataset has {rank} axes")]
    PointRank { given: usize, rank: usize },
    #[error("index {index} is outside axis {axis}, which has {length} elements")]
    OutOfBounds { index: i64, axis: usize, length: u64 },
    #[error("the selection has {elements} elements, more than can be counted in 64 bits")]
    TooManyElements { elements: String },
}

/// One axis of a selection against a known shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AxisRange {
    /// `count` indices from `start`, `step` apart (`step` >= 1).
    Strided { start: u64, count: u64, step: u64 },
    /// Any order, repeats allowed.
    Indices { indices: Vec<u64> },
}

impl AxisRange {
    pub fn count(&self) -> u64 {
        match self {
            Self::Strided { count, .. } => *count,
            Self::Indices { indices } => indices.len() as u64,
        }
    }

    /// The part of this axis that gives the results `offset .. offset + count`.
    ///
    /// The caller keeps `offset + count <= self.count()`.
    #[must_use]
    pub fn part(&self, offset: u64, count: u64) -> Self {
        match self {
            Self::Strided { start, step, .. } => {
                Self::Strided { start: start + offset * step, count, step: *step }
            }
            Self::Indices { indices } => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(indices.len());
                let to = usize::try_from(offset + count).unwrap_or(usize::MAX).min(indices.len());
                Self::Indices { indices: indices[from..to].to_vec() }
            }
        }
    }
}

/// A selection against a known shape: one range per axis of the dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedSelection {
    pub axes: Vec<AxisRange>,
    /// Axes that an integer selected; they are not in the result's shape.
    pub dropped: Vec<bool>,
}

impl ResolvedSelection {
    /// Selects everything.
    pub fn all(dims: &[u64]) -> Self {
        let axes =
            dims.iter().map(|&count| AxisRange::Strided { start: 0, count, step: 1 }).collect();
        Self { axes, dropped: vec![false; dims.len()] }
    }

    /// Elements per axis of the dataset, dropped axes counted as 1.
    pub fn counts(&self) -> Vec<u64> {
        self.axes.iter().map(AxisRange::count).collect()
    }

    /// The shape of the result: [`Self::counts`] without the dropped axes.
    pub fn shape(&self) -> Vec<u64> {
        self.axes
            .iter()
            .zip(&self.dropped)
            .filter(|(_, dropped)| !**dropped)
            .map(|(axis, _)| axis.count())
            .collect()
    }

    /// The first of every `step` elements along each axis of the result; a step of 0 counts as 1.
    #[must_use]
    pub fn every(&self, step: &[u64]) -> Self {
        let mut steps = step.iter().map(|&step| step.max(1));
        let axes = self.axes.iter().zip(&self.dropped).map(|(axis, &dropped)| {
            let every = if dropped { 1 } else { steps.next().unwrap_or(1) };
            match axis {
                AxisRange::Strided { start, count, step } => AxisRange::Strided {
                    start: *start,
                    count: count.div_ceil(every),
                    // With more than one index left, the product is below the axis' length.
                    step: step.saturating_mul(every),
                },
                AxisRange::Indices { indices } => {
                    let every = usize::try_from(every).unwrap_or(usize::MAX);
                    AxisRange::Indices { indices: indices.iter().copied().step_by(every).collect() }
                }
            }
        });
        Self { axes: axes.collect(), dropped: self.dropped.clone() }
    }

    /// How many elements are selected; `resolve` made sure that they fit.
    pub fn n_elements(&self) -> u64 {
        self.axes.iter().map(AxisRange::count).product()
    }

    /// The smallest selection of slices that contains this one, in the text form of events.
    pub fn bounding(&self) -> Selection {
        let axes = self
            .axes
            .iter()
            .zip(&self.dropped)
            .map(|(axis, dropped)| bounding_axis(axis, *dropped))
            .collect();
        Selection { axes }
    }
}

fn bounding_axis(axis: &AxisRange, dropped: bool) -> AxisSelection {
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let (first, end) = match axis {
        AxisRange::Strided { start, count, step } => {
            (*start, start + count.saturating_sub(1) * step + (*count).min(1))
        }
        AxisRange::Indices { indices } => {
            let first = indices.iter().copied().min().unwrap_or(0);
            (first, indices.iter().copied().max().map_or(first, |last| last + 1))
        }
    };
    if dropped {
        return AxisSelection::Index(signed(first));
    }
    AxisSelection::Slice { start: Some(signed(first)), stop: Some(signed(end)), step: None }
}

impl Selection {
    /// Everything, of whatever rank.
    pub fn all() -> Self {
        Self::default()
    }

    /// Fixes the selection against `dims`, in numpy's way.
    ///
    /// # Errors
    /// Too many axes, an index outside, or more than 2^64 elements.
    pub fn resolve(&self, dims: &[u64]) -> Result<ResolvedSelection, SelectionError> {
        let named = self.axes.iter().filter(|axis| **axis != AxisSelection::Ellipsis).count();
        if named > dims.len() {
            return Err(SelectionError::TooManyAxes { given: named, rank: dims.len() });
        }
        let full = AxisSelection::Slice { start: None, stop: None, step: None };
        let missing = dims.len() - named;
        let mut expanded: Vec<&AxisSelection> = Vec::with_capacity(dims.len());
        for axis in &self.axes {
            match axis {
                AxisSelection::Ellipsis => expanded.extend(std::iter::repeat_n(&full, missing)),
                other => expanded.push(other),
            }
        }
        expanded.resize(dims.len(), &full);
        let mut resolved = ResolvedSelection { axes: Vec::new(), dropped: Vec::new() };
        for (axis, (selection, &length)) in expanded.into_iter().zip(dims).enumerate() {
            resolved.axes.push(resolve_axis(selection, axis, length)?);
            resolved.dropped.push(matches!(selection, AxisSelection::Index(_)));
        }
        check_count(&resolved)?;
        Ok(resolved)
    }
}

fn check_count(resolved: &ResolvedSelection) -> Result<(), SelectionError> {
    let mut elements: u128 = 1;
    for axis in &resolved.axes {
        elements = elements.saturating_mul(u128::from(axis.count()));
    }
    if u64::try_from(elements).is_err() {
        return Err(SelectionError::TooManyElements { elements: elements.to_string() });
    }
    Ok(())
}

fn resolve_axis(
    selection: &AxisSelection,
    axis: usize,
    length: u64,
) -> Result<AxisRange, SelectionError> {
    let index_of = |index: i64| {
        let position =
            if index < 0 { i128::from(length) + i128::from(index) } else { i128::from(index) };
        u64::try_from(position)
            .ok()
            .filter(|position| *position < length)
            .ok_or(SelectionError::OutOfBounds { index, axis, length })
    };
    match selection {
        AxisSelection::Index(index) => {
            Ok(AxisRange::Strided { start: index_of(*index)?, count: 1, step: 1 })
        }
        AxisSelection::Indices(indices) => {
            let indices = indices.iter().map(|&index| index_of(index)).collect::<Result<_, _>>()?;
            Ok(AxisRange::Indices { indices })
        }
        AxisSelection::Slice { start, stop, step } => {
            let clip = |index: i64| {
                let position = if index < 0 {
                    i128::from(length) + i128::from(index)
                } else {
                    i128::from(index)
                };
                u64::try_from(position.max(0)).unwrap_or(u64::MAX).min(length)
            };
            let step = step.unwrap_or(1).max(1);
            let start = start.map_or(0, clip);
            let stop = stop.map_or(length, clip);
            let count = stop.saturating_sub(start).div_ceil(step);
            Ok(AxisRange::Strided { start, count, step })
        }
        AxisSelection::Ellipsis => Ok(AxisRange::Strided { start: 0, count: length, step: 1 }),
    }
}

impl FromStr for Selection {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let inner = text.trim();
        if inner.is_empty() {
            return Ok(Self::all());
        }
        let mut axes = Vec::new();
        for part in split_axes(inner) {
            axes.push(parse_axis(part.trim())?);
        }
        if axes.iter().filter(|axis| **axis == AxisSelection::Ellipsis).count() > 1 {
            return Err(SelectionError::TwoEllipses);
        }
        Ok(Self { axes })
    }
}

/// Splits at commas that are not inside a list; a comma at the end is allowed, as in Python.
fn split_axes(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut from = 0;
    for (position, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[from..position]);
                from = position + 1;
            }
            _ => {}
        }
    }
    let last = &text[from..];
    if parts.is_empty() || !last.trim().is_empty() {
        parts.push(last);
    }
    parts
}

fn parse_axis(part: &str) -> Result<AxisSelection, SelectionError> {
    let syntax = || SelectionError::Syntax { part: part.chars().take(80).collect() };
    if part == "..." {
        return Ok(AxisSelection::Ellipsis);
    }
    if let Some(list) = part.strip_prefix('[') {
        let list = list.strip_suffix(']').ok_or_else(syntax)?;
        if list.trim().is_empty() {
            return Ok(AxisSelection::Indices(Vec::new()));
        }
        let indices = list
            .split(',')
            .map(|index| index.trim().parse().map_err(|_| syntax()))
            .collect::<Result<_, _>>();
        return Ok(AxisSelection::Indices(indices?));
    }
    if !part.contains(':') {
        return part.parse().map(AxisSelection::Index).map_err(|_| syntax());
    }
    let numbers: Vec<Option<i64>> = part
        .split(':')
        .map(|number| match number.trim() {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| syntax()),
        })
        .collect::<Result<_, _>>()?;
    match numbers.as_slice() {
        [start, stop] => Ok(AxisSelection::Slice { start: *start, stop: *stop, step: None }),
        [start, stop, step] => {
            let step = match step {
                Some(step) if *step <= 0 => return Err(SelectionError::Step { step: *step }),
                Some(step) => Some(step.unsigned_abs()),
                None => None,
            };
            Ok(AxisSelection::Slice { start: *start, stop: *stop, step })
        }
        _ => Err(syntax()),
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, axis) in self.axes.iter().enumerate() {
            if position > 0 {
                formatter.write_str(", ")?;
            }
            axis.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for AxisSelection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(formatter, "{index}"),
            Self::Ellipsis => formatter.write_str("..."),
            Self::Indices(indices) => write!(formatter, "{indices:?}"),
            Self::Slice { start, stop, step } => {
                let text = |number: &Option<i64>| {
                    number.map_or(String::new(), |number| number.to_string())
                };
                write!(formatter, "{}:{}", text(start), text(stop))?;
                step.map_or(Ok(()), |step| write!(formatter, ":{step}"))
            }
        }
    }
}

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str, dims: &[u64]) -> Result<Vec<u64>, SelectionError> {
        text.parse::<Selection>()?.resolve(dims).map(|resolved| resolved.shape())
    }

    #[test]
    fn shapes_are_numpys() {
        assert_eq!(shape("", &[4, 5]), Ok(vec![4, 5]));
        assert_eq!(shape("...", &[]), Ok(vec![]));
        assert_eq!(shape("1", &[4, 5]), Ok(vec![5]));
        assert_eq!(shape("-1, ::2", &[4, 5]), Ok(vec![3]));
        assert_eq!(shape("..., 0", &[4, 5, 6]), Ok(vec![4, 5]));
        assert_eq!(shape("1:100, 3:2", &[4, 5]), Ok(vec![3, 0]));
        assert_eq!(shape("-3:-1", &[10]), Ok(vec![2]));
        assert_eq!(shape("[3, 0, 3], 1:", &[4, 5]), Ok(vec![3, 4]));
        assert_eq!(shape("1,", &[4, 5]), Ok(vec![5]));
        assert_eq!(shape("[]", &[4]), Ok(vec![0]));
    }

    #[test]
    fn errors_say_what_and_where() {
        assert_eq!(
            shape("4", &[4]),
            Err(SelectionError::OutOfBounds { index: 4, axis: 0, length: 4 })
        );
        assert_eq!(
            shape("0, -6", &[4, 5]),
            Err(SelectionError::OutOfBounds { index: -6, axis: 1, length: 5 })
        );
        assert_eq!(shape("0, 0", &[4]), Err(SelectionError::TooManyAxes { given: 2, rank: 1 }));
        assert_eq!(shape("::0", &[4]), Err(SelectionError::Step { step: 0 }));
        assert_eq!(shape("::-1", &[4]), Err(SelectionError::Step { step: -1 }));
        assert_eq!(shape("..., ...", &[4]), Err(SelectionError::TwoEllipses));
        for text in ["a", "1:2:3:4", "[1", "[1, x]", "1.5", ",", "1,,2", "9223372036854775808"] {
            assert!(matches!(shape(text, &[4, 4]), Err(SelectionError::Syntax { .. })), "{text}");
        }
        let huge = [u64::MAX, u64::MAX, u64::MAX];
        assert!(matches!(shape("", &huge), Err(SelectionError::TooManyElements { .. })));
    }

    #[test]
    fn text_round_trips() {
        for text in ["1, 2:3, ::2, ..., [0, 3, 7]", "-1", "", ":", "5::7"] {
            let selection: Selection = text.parse().unwrap();
            assert_eq!(selection.to_string().parse(), Ok(selection), "{text}");
        }
    }

    #[test]
    fn bounding_covers_exactly_what_was_touched() {
        let resolved =
            "3, 1:9:3, [7, 2]".parse::<Selection>().unwrap().resolve(&[5, 10, 10]).unwrap();
        assert_eq!(resolved.bounding().to_string(), "3, 1:8, 2:8");
        let empty = "5:5".parse::<Selection>().unwrap().resolve(&[10]).unwrap();
        assert_eq!(empty.bounding().to_string(), "5:5");
    }

    #[test]
    fn parts_of_an_axis() {
        let axis = AxisRange::Strided { start: 10, count: 20, step: 3 };
        assert_eq!(axis.part(5, 2), AxisRange::Strided { start: 25, count: 2, step: 3 });
        let list = AxisRange::Indices { indices: vec![9, 1, 4] };
        assert_eq!(list.part(1, 2), AxisRange::Indices { indices: vec![1, 4] });
    }
}
