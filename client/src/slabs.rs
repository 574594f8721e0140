//! Cuts a selection into slabs in C order, so that a dataset larger than memory can be read or written in turn.

use hdf5_async_protocol::model::{AxisRange, AxisSelection, ResolvedSelection, Selection};

/// A run of the selected elements in C order, as a selection of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slab {
    pub selection: Selection,
    /// Of the slab, without the axes that an integer dropped.
    pub shape: Vec<u64>,
}

/// The slabs of a selection, made one at a time.
///
/// Where chunks allow, a slab begins at a chunk of the axis that is cut, so that no chunk is decoded twice.
#[derive(Clone, Debug)]
pub struct Slabs {
    selection: ResolvedSelection,
    counts: Vec<u64>,
    /// Elements per axis of one slab.
    dims: Vec<u64>,
    /// Where the next slab starts; `None` after the last.
    next: Option<Vec<u64>>,
}

impl Slabs {
    /// At most `max_elements` in a slab (at least 1 is taken); `chunks` are the dims of a chunk.
    pub fn new(selection: ResolvedSelection, chunks: Option<&[u64]>, max_elements: u64) -> Self {
        let counts = selection.counts();
        let mut dims = vec![1_u64; counts.len()];
        let mut room = max_elements.max(1);
        for axis in (0..counts.len()).rev() {
            dims[axis] = counts[axis].min(room).max(1);
            room /= dims[axis];
            if dims[axis] < counts[axis] {
                let chunk = chunks.and_then(|chunks| chunks.get(axis)).copied().unwrap_or(1);
                dims[axis] = whole_chunks(&selection.axes[axis], dims[axis], chunk);
                break;
            }
        }
        let next = (!counts.contains(&0)).then(|| vec![0; counts.len()]);
        Self { selection, counts, dims, next }
    }

    fn at(&self, offset: &[u64]) -> Slab {
        let mut axes = Vec::with_capacity(offset.len());
        let mut shape = Vec::with_capacity(offset.len());
        for (axis, range) in self.selection.axes.iter().enumerate() {
            let count = (self.counts[axis] - offset[axis]).min(self.dims[axis]);
            let dropped = self.selection.dropped[axis];
            axes.push(as_axis(&range.part(offset[axis], count), dropped));
            if !dropped {
                shape.push(count);
            }
        }
        Slab { selection: Selection { axes }, shape }
    }
}

impl Iterator for Slabs {
    type Item = Slab;

    fn next(&mut self) -> Option<Slab> {
        let offset = self.next.take()?;
        let slab = self.at(&offset);
        let mut following = offset;
        for axis in (0..following.len()).rev() {
            following[axis] += self.dims[axis];
            if following[axis] < self.counts[axis] {
                self.next = Some(following);
                break;
            }
            following[axis] = 0;
        }
        Some(slab)
    }
}

/// As many results of an axis as make whole chunks, where at least one chunk fits and the selection begins at one.
fn whole_chunks(axis: &AxisRange, results: u64, chunk: u64) -> u64 {
    let AxisRange::Strided { start, step, .. } = axis else { return results };
    let aligned = start.is_multiple_of(chunk.max(1)) && chunk.is_multiple_of(*step);
    let per_chunk = chunk / step.max(&1);
    if aligned && per_chunk > 0 && results > per_chunk {
        results / per_chunk * per_chunk
    } else {
        results
    }
}

fn as_axis(range: &AxisRange, dropped: bool) -> AxisSelection {
    // HDF5's sizes stay below 2^63.
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    match range {
        AxisRange::Strided { start, .. } if dropped => AxisSelection::Index(signed(*start)),
        AxisRange::Strided { start, count, step } => AxisSelection::Slice {
            start: Some(signed(*start)),
            stop: Some(signed(start + count.saturating_sub(1) * step + (*count).min(1))),
            step: (*step != 1).then_some(*step),
        },
        AxisRange::Indices { indices } => {
            AxisSelection::Indices(indices.iter().map(|&index| signed(index)).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(selection: &str, dims: &[u64], chunks: Option<&[u64]>, max: u64) -> Vec<String> {
        let resolved = selection.parse::<Selection>().unwrap().resolve(dims).unwrap();
        Slabs::new(resolved, chunks, max).map(|slab| slab.selection.to_string()).collect()
    }

    #[test]
    fn slabs_are_runs_in_c_order() {
        assert_eq!(cut("", &[5], None, 2), ["0:2", "2:4", "4:5"]);
        assert_eq!(cut("", &[3, 4], None, 8), ["0:2, 0:4", "2:3, 0:4"]);
        assert_eq!(cut("", &[2, 3], None, 2), ["0:1, 0:2", "0:1, 2:3", "1:2, 0:2", "1:2, 2:3"]);
        assert_eq!(cut("", &[2, 2], None, 100), ["0:2, 0:2"]);
        assert_eq!(cut("", &[], None, 1), [""]);
        assert_eq!(cut("", &[0, 5], None, 1), Vec::<String>::new());
    }

    #[test]
    fn a_selection_is_cut_as_it_is() {
        assert_eq!(cut("::3", &[10], None, 2), ["0:4:3", "6:10:3"]);
        assert_eq!(cut("-1, 1:", &[3, 4], None, 2), ["2, 1:3", "2, 3:4"]);
        assert_eq!(cut("[4, 0, 2]", &[5], None, 2), ["[4, 0]", "[2]"]);
        let resolved = "1, :2".parse::<Selection>().unwrap().resolve(&[3, 4]).unwrap();
        assert_eq!(Slabs::new(resolved, None, 10).next().unwrap().shape, [2]);
    }

    #[test]
    fn a_slab_ends_where_a_chunk_does() {
        assert_eq!(cut("", &[10], Some(&[3]), 7), ["0:6", "6:10"]);
        assert_eq!(cut("", &[10], Some(&[8]), 7), ["0:7", "7:10"]);
        assert_eq!(cut("1:", &[10], Some(&[3]), 7), ["1:8", "8:10"]);
        assert_eq!(cut("", &[4, 2], Some(&[2, 1]), 7), ["0:2, 0:2", "2:4, 0:2"]);
    }
}
