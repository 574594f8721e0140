//! A resolved selection as HDF5 reads it: hyperslabs in the file, and where their elements stand in memory.

use hdf5_async_protocol::model::{AxisRange, ResolvedSelection};

use super::library::CallError;
use super::library::space::{Extent, Join, Space};

/// Regularly spaced indices of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    start: u64,
    count: u64,
    step: u64,
}

/// One axis of a hyperslab.
#[derive(Clone, Debug)]
struct Axis {
    /// In ascending order, without repeats.
    runs: Vec<Run>,
    /// How many indices the runs have.
    count: u64,
    /// For each index of the result, its place among those of the runs; `None` where they are the same.
    positions: Option<Vec<usize>>,
}

/// What of a dataset is transferred, axis by axis, and how it relates to the selection.
#[derive(Clone, Debug)]
pub(crate) struct Hyperslab {
    axes: Vec<Axis>,
}

impl Axis {
    fn exact(range: &AxisRange) -> Self {
        match range {
            AxisRange::Strided { start, count, step } => Self {
                runs: vec![Run { start: *start, count: *count, step: (*step).max(1) }],
                count: *count,
                positions: None,
            },
            AxisRange::Indices { indices } => Self::list(indices),
        }
    }

    fn list(indices: &[u64]) -> Self {
        if indices.is_sorted_by(|a, b| a < b) {
            let count = indices.len() as u64;
            return Self { runs: runs(indices), count, positions: None };
        }
        let mut sorted = indices.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        // Every index is in `sorted`, so that the search always finds it.
        let place = |index: &u64| sorted.binary_search(index).unwrap_or_else(|place| place);
        let positions = indices.iter().map(place).collect();
        Self { runs: runs(&sorted), count: sorted.len() as u64, positions: Some(positions) }
    }

    /// All indices from the first to the last, of which the selection takes some.
    fn envelope(range: &AxisRange) -> Self {
        let exact = Self::exact(range);
        let (Some(first), Some(last)) = (exact.runs.first(), exact.runs.last()) else {
            return exact;
        };
        let start = first.start;
        let end = last.start + last.count.saturating_sub(1) * last.step + 1;
        if exact.count == end - start && exact.positions.is_none() {
            return exact;
        }
        let place = |index: u64| usize::try_from(index - start).unwrap_or(usize::MAX);
        let positions = match range {
            AxisRange::Strided { start, count, step } => {
                (0..*count).map(|nth| place(start + nth * step)).collect()
            }
            AxisRange::Indices { indices } => indices.iter().map(|&index| place(index)).collect(),
        };
        Self {
            runs: vec![Run { start, count: end - start, step: 1 }],
            count: end - start,
            positions: Some(positions),
        }
    }
}

/// Cuts ascending indices into runs, so that HDF5 has few hyperslabs to join.
fn runs(indices: &[u64]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &index in indices {
        if let Some(run) = runs.last_mut() {
            let last = run.start + (run.count - 1) * run.step;
            if run.count == 1 {
                // The second index decides on the step of its run.
                *run = Run { start: run.start, count: 2, step: index - last };
                continue;
            }
            if index == last + run.step {
                run.count += 1;
                continue;
            }
            if run.count == 2 && run.step > 1 {
                // Two indices apart are no run yet: the second one may begin a better one.
                *run = Run { start: run.start, count: 1, step: 1 };
                runs.push(Run { start: last, count: 2, step: index - last });
                continue;
            }
        }
        runs.push(Run { start: index, count: 1, step: 1 });
    }
    runs
}

impl Hyperslab {
    /// For reading: joined hyperslabs, or everything between first and last where little is in between.
    ///
    /// Elements that lie apart cost HDF5 far more each than those that lie together.
    pub(crate) fn for_reading(selection: &ResolvedSelection, slot_bytes: usize) -> Self {
        const MAX_EXCESS: u128 = 8;
        const MAX_ENVELOPE_BYTES: u128 = 32 << 20;
        let exact = Self { axes: selection.axes.iter().map(Axis::exact).collect() };
        let envelope = Self { axes: selection.axes.iter().map(Axis::envelope).collect() };
        let elements = |slab: &Self| super::opened::product(&slab.counts());
        let (wanted, total) = (elements(&exact), elements(&envelope));
        let bytes = total.saturating_mul(slot_bytes as u128);
        if total <= wanted.saturating_mul(MAX_EXCESS) && bytes <= MAX_ENVELOPE_BYTES {
            return envelope;
        }
        exact
    }

    /// For writing: exactly the selected elements. Of an index given twice, the last one counts.
    pub(crate) fn for_writing(selection: &ResolvedSelection) -> Self {
        Self { axes: selection.axes.iter().map(Axis::exact).collect() }
    }

    /// Indices per axis that are transferred.
    pub(crate) fn counts(&self) -> Vec<u64> {
        self.axes.iter().map(|axis| axis.count).collect()
    }

    /// Whether the transferred elements are the selected ones in their order.
    pub(crate) fn is_direct(&self) -> bool {
        self.axes.iter().all(|axis| axis.positions.is_none())
    }

    /// For each axis of the result, where its indices stand among the transferred ones.
    pub(crate) fn positions(&self) -> Vec<Option<Vec<usize>>> {
        self.axes.iter().map(|axis| axis.positions.clone()).collect()
    }

    /// For each axis and each index that is transferred, where it stands last in the values.
    pub(crate) fn sources(&self) -> Vec<Option<Vec<usize>>> {
        let inverted = |axis: &Axis| {
            let positions = axis.positions.as_ref()?;
            let mut sources = vec![0; usize::try_from(axis.count).unwrap_or(0)];
            for (value, &position) in positions.iter().enumerate() {
                if let Some(source) = sources.get_mut(position) {
                    *source = value;
                }
            }
            Some(sources)
        };
        self.axes.iter().map(inverted).collect()
    }

    /// Selects the elements in a dataspace with `dims`.
    pub(crate) fn select(&self, space: &mut Space, dims: &[u64]) -> Result<(), CallError> {
        if self.axes.is_empty() {
            return Ok(());
        }
        if self.axes.iter().any(|axis| axis.count == 0) {
            return space.select_none();
        }
        let whole = |axis: &Axis, &dim: &u64| match axis.runs.as_slice() {
            [run] => *run,
            _ => Run { start: 0, count: dim, step: 1 },
        };
        let outer: Vec<Run> =
            self.axes.iter().zip(dims).map(|(axis, dim)| whole(axis, dim)).collect();
        let broken: Vec<usize> =
            (0..self.axes.len()).filter(|&axis| self.axes[axis].runs.len() > 1).collect();
        if let [axis] = broken.as_slice() {
            return self.join(space, &outer, *axis);
        }
        select_runs(space, Join::Replace, &outer)?;
        for axis in broken {
            let full: Vec<Run> =
                dims.iter().map(|&count| Run { start: 0, count, step: 1 }).collect();
            let mut slices = Space::new(&Extent::fixed(dims))?;
            self.join(&mut slices, &full, axis)?;
            space.intersect(&slices)?;
        }
        Ok(())
    }

    /// Selects the runs of `axis`, in the other axes what `outer` says.
    fn join(&self, space: &mut Space, outer: &[Run], axis: usize) -> Result<(), CallError> {
        let mut slab = outer.to_vec();
        for (nth, run) in self.axes[axis].runs.iter().enumerate() {
            slab[axis] = *run;
            let join = if nth == 0 { Join::Replace } else { Join::Or };
            select_runs(space, join, &slab)?;
        }
        Ok(())
    }
}

fn select_runs(space: &mut Space, join: Join, runs: &[Run]) -> Result<(), CallError> {
    let start: Vec<u64> = runs.iter().map(|run| run.start).collect();
    let stride: Vec<u64> = runs.iter().map(|run| run.step).collect();
    let count: Vec<u64> = runs.iter().map(|run| run.count).collect();
    space.select(join, &start, &stride, &count)
}

/// Calls `emit` with the elements to take, in C order of the result: the index of the first and how many follow.
///
/// `dims` are those of the source; `positions` say per axis which of its indices are taken, `None` for all.
pub(crate) fn gather(
    dims: &[u64],
    positions: &[Option<Vec<usize>>],
    emit: &mut impl FnMut(usize, usize),
) {
    let lengths: Vec<usize> =
        dims.iter().map(|&dim| usize::try_from(dim).unwrap_or(usize::MAX)).collect();
    let leading = positions.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let block: usize = lengths[leading..].iter().product();
    visit(&lengths[..leading], &positions[..leading], 0, block, emit);
}

fn visit(
    lengths: &[usize],
    positions: &[Option<Vec<usize>>],
    index: usize,
    block: usize,
    emit: &mut impl FnMut(usize, usize),
) {
    let (Some((&length, lengths)), Some((taken, positions))) =
        (lengths.split_first(), positions.split_first())
    else {
        emit(index * block, block);
        return;
    };
    match taken {
        Some(taken) => {
            for &position in taken {
                visit(lengths, positions, index * length + position, block, emit);
            }
        }
        None => {
            for position in 0..length {
                visit(lengths, positions, index * length + position, block, emit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_cut_into_few_runs() {
        let run = |start, count, step| Run { start, count, step };
        assert_eq!(runs(&[0, 1, 2, 5, 6, 10]), [run(0, 3, 1), run(5, 2, 1), run(10, 1, 1)]);
        assert_eq!(runs(&[1, 4, 7, 10]), [run(1, 4, 3)]);
        assert_eq!(runs(&[0, 5, 6, 7]), [run(0, 1, 1), run(5, 3, 1)]);
        assert_eq!(runs(&[]), []);
    }

    #[test]
    fn every_run_covers_exactly_its_indices() {
        let lists: [&[u64]; 4] = [&[0, 2, 3, 9, 10, 11, 40], &[7], &[1, 2, 4, 8, 16, 32], &[0, 9]];
        for list in lists {
            let covered: Vec<u64> = runs(list)
                .iter()
                .flat_map(|run| (0..run.count).map(|nth| run.start + nth * run.step))
                .collect();
            assert_eq!(covered, list);
        }
    }

    #[test]
    fn gathering_takes_cross_products() {
        let mut taken = Vec::new();
        gather(&[2, 3], &[Some(vec![1, 0]), None], &mut |first, count| {
            taken.extend(first..first + count);
        });
        assert_eq!(taken, [3, 4, 5, 0, 1, 2]);
        taken.clear();
        gather(&[2, 3], &[None, Some(vec![2, 2, 0])], &mut |first, count| {
            taken.extend(first..first + count);
        });
        assert_eq!(taken, [2, 2, 0, 5, 5, 3]);
    }
}
