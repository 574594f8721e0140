//! Chunks that are written whole and lie in the file as they come: they go there past the library's chunk cache, which
//! would clear memory for each and copy it twice.

use std::ops::Range;

use hdf5_async_protocol::model::{AxisRange, ResolvedSelection};

use super::opened::product;

/// Smaller chunks are left to the cache, which gathers what comes to one of them in several commands.
const SMALLEST_BYTES: u128 = 64 << 10;

/// A box of whole chunks whose bytes stand in the values one chunk behind the other.
#[derive(Debug)]
pub(crate) struct WholeChunks<'a> {
    chunk: &'a [u64],
    /// Along each axis the chunks, counted from the dataset's origin.
    numbers: Vec<Range<u64>>,
    pub(crate) chunk_bytes: usize,
}

impl<'a> WholeChunks<'a> {
    /// What is selected, if it is such a box. `chunk` has the dims of the dataset's chunks, the selection lies in
    /// the dataset.
    pub(crate) fn of(
        selection: &ResolvedSelection,
        chunk: &'a [u64],
        element_bytes: usize,
    ) -> Option<Self> {
        let bytes = product(chunk).saturating_mul(element_bytes as u128);
        if bytes < SMALLEST_BYTES || chunk.len() != selection.axes.len() {
            return None;
        }
        let along = |(axis, &dim): (&AxisRange, &u64)| match *axis {
            AxisRange::Strided { start, count, step }
                if (step == 1 || count == 1)
                    && count > 0
                    && start.is_multiple_of(dim)
                    && count.is_multiple_of(dim) =>
            {
                Some(start / dim..(start + count) / dim)
            }
            _ => None,
        };
        let numbers: Vec<_> = selection.axes.iter().zip(chunk).map(along).collect::<Option<_>>()?;
        // Behind the first axis along which a chunk is longer than 1, its rows have to be those of the values.
        let rows = chunk.iter().zip(&numbers).skip_while(|(dim, _)| **dim == 1).skip(1);
        if rows.into_iter().any(|(_, numbers)| numbers.end - numbers.start != 1) {
            return None;
        }
        Some(Self { chunk, numbers, chunk_bytes: usize::try_from(bytes).ok()? })
    }

    /// Where the chunks begin in the dataset, in the order of their bytes.
    pub(crate) fn origins(&self) -> impl Iterator<Item = Vec<u64>> + '_ {
        let mut next: Option<Vec<u64>> = Some(self.numbers.iter().map(|axis| axis.start).collect());
        std::iter::from_fn(move || {
            let numbers = next.take()?;
            next = self.after(&numbers);
            Some(numbers.iter().zip(self.chunk).map(|(number, dim)| number * dim).collect())
        })
    }

    /// The last axis goes fastest.
    fn after(&self, numbers: &[u64]) -> Option<Vec<u64>> {
        let axis =
            (0..numbers.len()).rev().find(|&axis| numbers[axis] + 1 < self.numbers[axis].end)?;
        let mut after: Vec<u64> = self.numbers.iter().map(|numbers| numbers.start).collect();
        after[..axis].copy_from_slice(&numbers[..axis]);
        after[axis] = numbers[axis] + 1;
        Some(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strided(start: u64, count: u64) -> AxisRange {
        AxisRange::Strided { start, count, step: 1 }
    }

    fn origins(axes: Vec<AxisRange>, chunk: &[u64]) -> Option<Vec<Vec<u64>>> {
        let dropped = vec![false; axes.len()];
        let selection = ResolvedSelection { axes, dropped };
        WholeChunks::of(&selection, chunk, 8).map(|chunks| chunks.origins().collect())
    }

    #[test]
    fn rows_of_chunks_are_found_in_the_order_of_the_values() {
        let rows = origins(vec![strided(200, 300), strided(0, 100)], &[100, 100]);
        assert_eq!(rows, Some(vec![vec![200, 0], vec![300, 0], vec![400, 0]]));
        let tiles = vec![strided(3, 2), strided(1, 2), strided(0, 10_000)];
        let expected = [[3, 1, 0], [3, 2, 0], [4, 1, 0], [4, 2, 0]].map(Vec::from).to_vec();
        assert_eq!(origins(tiles, &[1, 1, 10_000]), Some(expected));
    }

    #[test]
    fn everything_else_is_left_to_the_library() {
        let chunk = [100, 100];
        let refused = [
            vec![strided(0, 100), strided(0, 200)],
            vec![strided(50, 100), strided(0, 100)],
            vec![strided(0, 150), strided(0, 100)],
            vec![strided(0, 0), strided(0, 100)],
            vec![AxisRange::Strided { start: 0, count: 100, step: 2 }, strided(0, 100)],
            vec![AxisRange::Indices { indices: (0..100).collect() }, strided(0, 100)],
            vec![strided(0, 100)],
        ];
        for axes in refused {
            assert_eq!(origins(axes.clone(), &chunk), None, "{axes:?}");
        }
        assert_eq!(origins(vec![strided(0, 50), strided(0, 50)], &[50, 50]), None, "too small");
    }
}
