//! Cuts much into blocks: boxes of a selection, each small enough to never hold the worker or much memory for long.

use hdf5_async_protocol::message::reply::Place;
use hdf5_async_protocol::model::{AxisRange, ResolvedSelection};

/// How the boxes may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each block is a run of elements in C order, for JSON.
    Rows,
    /// Blocks follow the dataset's chunks, so that no chunk is decoded for more blocks than needed.
    Chunks,
}

/// A block: where it lies in the result, and what to select for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub place: Place,
    pub selection: ResolvedSelection,
}

/// The blocks of a read, made one at a time.
#[derive(Debug)]
pub struct Blocks {
    selection: ResolvedSelection,
    counts: Vec<u64>,
    /// Elements per axis of one block.
    block: Vec<u64>,
    /// Where the next block starts; `None` after the last one.
    next: Option<Vec<u64>>,
}

impl Blocks {
    /// `max_elements` is the size of a block (at least 1 is taken); `chunks` are the dims of a chunk in the
    /// dataset's rank.
    pub fn new(
        selection: ResolvedSelection,
        chunks: Option<&[u64]>,
        max_elements: u64,
        order: Order,
    ) -> Self {
        let counts = selection.counts();
        let unit: Vec<u64> = match (order, chunks) {
            (Order::Chunks, Some(chunks)) if chunks.len() == counts.len() => selection
                .axes
                .iter()
                .zip(chunks)
                .map(|(axis, &chunk)| results_per_chunk(axis, chunk))
                .collect(),
            _ => vec![1; counts.len()],
        };
        let block = block_dims(&counts, &unit, max_elements.max(1));
        let next = (!counts.contains(&0)).then(|| vec![0; counts.len()]);
        Self { selection, counts, block, next }
    }

    fn at(&self, offset: &[u64]) -> Block {
        let shape: Vec<u64> = offset
            .iter()
            .zip(&self.counts)
            .zip(&self.block)
            .map(|((at, count), block)| (count - at).min(*block))
            .collect();
        let axes = self.selection.axes.iter().zip(offset.iter().zip(&shape));
        let axes = axes.map(|(axis, (&at, &count))| axis.part(at, count)).collect();
        let kept = |values: &[u64]| {
            let kept = values.iter().zip(&self.selection.dropped).filter(|(_, dropped)| !**dropped);
            kept.map(|(value, _)| *value).collect()
        };
        Block {
            place: Place { offset: kept(offset), shape: kept(&shape) },
            selection: ResolvedSelection { axes, dropped: self.selection.dropped.clone() },
        }
    }
}

impl Iterator for Blocks {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let offset = self.next.take()?;
        let block = self.at(&offset);
        let mut following = offset;
        for axis in (0..following.len()).rev() {
            following[axis] += self.block[axis];
            if following[axis] < self.counts[axis] {
                self.next = Some(following);
                break;
            }
            following[axis] = 0;
        }
        Some(block)
    }
}

/// How many consecutive results of an axis lie in one chunk.
fn results_per_chunk(axis: &AxisRange, chunk: u64) -> u64 {
    match axis {
        AxisRange::Strided { step, .. } => (chunk / step).max(1),
        AxisRange::Indices { .. } => 1,
    }
}

/// Grows a block from one element, axis by axis from the last: first to a whole unit (chunk), then to as many
/// units as fit. A block that does not span an axis is not extended along the axes before it.
fn block_dims(counts: &[u64], unit: &[u64], max_elements: u64) -> Vec<u64> {
    let mut block = vec![1_u64; counts.len()];
    let mut room = max_elements;
    for axis in (0..counts.len()).rev() {
        let whole = unit[axis].min(counts[axis]).max(1);
        block[axis] = whole.min(room).max(1);
        room /= block[axis];
        if block[axis] < whole {
            return block;
        }
    }
    for axis in (0..counts.len()).rev() {
        let more = (room.min(counts[axis].div_ceil(block[axis]))).max(1);
        block[axis] = block[axis].saturating_mul(more).min(counts[axis]).max(1);
        room /= more;
        if block[axis] < counts[axis] {
            break;
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(dims: &[u64], chunks: Option<&[u64]>, max: u64, order: Order) -> Vec<Place> {
        Blocks::new(ResolvedSelection::all(dims), chunks, max, order)
            .map(|block| block.place)
            .collect()
    }

    /// Every element of the result lies in exactly one block, and no block is too large.
    fn check_cover(dims: &[u64], chunks: Option<&[u64]>, max: u64, order: Order) {
        let mut seen = vec![0; usize::try_from(dims.iter().product::<u64>()).unwrap()];
        for place in blocks(dims, chunks, max, order) {
            assert!(place.shape.iter().product::<u64>() <= max, "{place:?}");
            let inside = ResolvedSelection::all(&place.shape);
            for element in Blocks::new(inside, None, 1, Order::Rows) {
                let mut flat = 0;
                let offsets = place.offset.iter().zip(&element.place.offset);
                for (dim, (block, inside)) in dims.iter().zip(offsets) {
                    flat = flat * dim + block + inside;
                }
                seen[usize::try_from(flat).unwrap()] += 1;
            }
        }
        assert!(seen.iter().all(|&times| times == 1), "{dims:?} {chunks:?} {max}");
    }

    #[test]
    fn blocks_cover_the_result_once() {
        for dims in [&[7_u64][..], &[4, 9], &[3, 4, 5], &[1, 1, 6, 2]] {
            for max in [1, 2, 5, 12, 1000] {
                check_cover(dims, None, max, Order::Rows);
                check_cover(dims, Some(&vec![2; dims.len()]), max, Order::Chunks);
                check_cover(dims, Some(&vec![100; dims.len()]), max, Order::Chunks);
            }
        }
    }

    #[test]
    fn rows_are_runs_in_c_order() {
        let places = blocks(&[4, 10], None, 25, Order::Rows);
        assert_eq!(places[0], Place { offset: vec![0, 0], shape: vec![2, 10] });
        let places = blocks(&[4, 10], None, 7, Order::Rows);
        assert_eq!(places[1], Place { offset: vec![0, 7], shape: vec![1, 3] });
    }

    #[test]
    fn blocks_are_whole_chunks_where_they_fit() {
        let places = blocks(&[100, 100], Some(&[10, 20]), 450, Order::Chunks);
        assert_eq!(places[0].shape, [10, 40]);
        assert_eq!(places[1].offset, [0, 40]);
    }

    #[test]
    fn dropped_axes_are_not_in_the_place() {
        let selection = "3, 2:8"
            .parse::<hdf5_async_protocol::model::Selection>()
            .unwrap()
            .resolve(&[5, 9])
            .unwrap();
        let cut: Vec<Block> = Blocks::new(selection, None, 4, Order::Rows).collect();
        assert_eq!(cut[1].place, Place { offset: vec![4], shape: vec![2] });
        assert_eq!(cut[1].selection.axes[0], AxisRange::Strided { start: 3, count: 1, step: 1 });
        assert_eq!(cut[1].selection.axes[1], AxisRange::Strided { start: 6, count: 2, step: 1 });
    }

    #[test]
    fn nothing_and_scalars() {
        assert!(blocks(&[3, 0], None, 5, Order::Rows).is_empty());
        assert_eq!(blocks(&[], None, 5, Order::Rows), [Place { offset: vec![], shape: vec![] }]);
    }
}
