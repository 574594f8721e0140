//! Chunk dims where a client leaves them open.

use super::opened::product;

/// Small chunks cost an index entry and a filter call each.
const MIN_BYTES: u128 = 16 << 10;
/// Large ones are read and decoded whole for a single element.
const MAX_BYTES: u128 = 1 << 20;
/// A dataset of its present size is cut into about this many chunks.
const CHUNKS_WANTED: u128 = 64;

/// Dims of a chunk: the dataset's, halved along the longest axis until they are small, then doubled along the
/// first axis that grows until they are not too small.
pub(crate) fn guess(dims: &[u64], max_dims: &[Option<u64>], element_bytes: usize) -> Vec<u64> {
    let element = (element_bytes as u128).max(1);
    let bytes = |chunk: &[u64]| product(chunk).saturating_mul(element);
    let mut chunk: Vec<u64> = dims.iter().map(|&dim| dim.clamp(1, u64::from(u32::MAX))).collect();
    let target = (bytes(&chunk) / CHUNKS_WANTED).clamp(MIN_BYTES, MAX_BYTES);
    while bytes(&chunk) > target {
        // Of equally long axes the first: the last one is read most often whole.
        let longest = chunk.iter().copied().max().unwrap_or(1);
        match chunk.iter_mut().find(|dim| **dim == longest) {
            Some(dim) if *dim > 1 => *dim = dim.div_ceil(2),
            _ => break,
        }
    }
    let room = |axis: usize| max_dims.get(axis).copied().flatten().unwrap_or(u64::from(u32::MAX));
    let growing = (0..chunk.len()).find(|&axis| room(axis) > dims[axis]);
    if let Some(axis) = growing {
        while bytes(&chunk).saturating_mul(2) <= MIN_BYTES && chunk[axis] < room(axis) {
            chunk[axis] = (chunk[axis] * 2).min(room(axis));
        }
    }
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_neither_tiny_nor_huge() {
        let shapes: [(&[u64], &[Option<u64>]); 6] = [
            (&[0], &[None]),
            (&[1], &[None]),
            (&[1_000_000_000], &[None]),
            (&[1, 2048, 2048], &[None, Some(2048), Some(2048)]),
            (&[100_000, 3], &[Some(100_000), Some(3)]),
            (&[1 << 40, 1 << 40], &[None, None]),
        ];
        for (dims, max_dims) in shapes {
            let chunk = guess(dims, max_dims, 8);
            let bytes = product(&chunk) * 8;
            assert!((MIN_BYTES / 2..=MAX_BYTES).contains(&bytes), "{dims:?}: {chunk:?}");
            assert!(chunk.iter().zip(max_dims).all(|(c, max)| max.is_none_or(|max| *c <= max)));
        }
    }

    #[test]
    fn a_small_dataset_that_cannot_grow_is_one_chunk() {
        assert_eq!(guess(&[10, 10], &[Some(10), Some(10)], 8), [10, 10]);
        assert_eq!(guess(&[4], &[Some(6)], 8), [6]);
    }

    #[test]
    fn rows_stay_whole_longer_than_columns() {
        assert_eq!(guess(&[512, 512], &[Some(512), Some(512)], 4), [64, 64]);
        assert_eq!(guess(&[1_000_000, 4], &[None, Some(4)], 8)[1], 4);
    }
}
