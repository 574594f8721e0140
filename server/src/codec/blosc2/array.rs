//! Arrays in Blosc 2: a chunk is padded to whole blocks, and its elements are stored block by block.

use crate::codec::CodecError;
use crate::codec::reader::{Reader, within};

const FILTER: &str = "blosc2";
const MAX_RANK: usize = 8;

/// The shapes of an array and of its blocks.
#[derive(Debug)]
pub(super) struct Array {
    shape: Vec<usize>,
    block: Vec<usize>,
}

impl Array {
    /// From the metadata of a frame: version, rank, then the three shapes as `MessagePack`.
    pub(super) fn read(meta: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(FILTER, meta);
        let (_, _, rank) = (reader.u8()?, reader.u8()?, usize::from(reader.u8()?));
        if rank == 0 || rank > MAX_RANK {
            return Err(reader.damaged("an array has no possible rank"));
        }
        let shape = lengths(&mut reader, rank)?;
        let chunk = lengths(&mut reader, rank)?;
        let block = lengths(&mut reader, rank)?;
        let fits = shape.iter().zip(&chunk).all(|(dim, chunk)| dim == chunk);
        if !fits || block.contains(&0) {
            return Err(reader.damaged("an array is not one chunk of whole blocks"));
        }
        Ok(Self { shape, block })
    }

    /// Elements block by block, put into C order, without the padding.
    pub(super) fn in_order(
        &self,
        element: usize,
        blocks: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let damaged = CodecError::Damaged { filter: FILTER, what: "an array has too few elements" };
        let total = product(&self.shape).saturating_mul(element as u64);
        let mut ordered = vec![0; within(FILTER, total, limit)?];
        let grid: Vec<usize> =
            self.shape.iter().zip(&self.block).map(|(dim, block)| dim.div_ceil(*block)).collect();
        let block_bytes = product(&self.block).saturating_mul(element as u64);
        let needed = product(&grid).saturating_mul(block_bytes);
        if needed > blocks.len() as u64 || ordered.is_empty() {
            return if ordered.is_empty() { Ok(ordered) } else { Err(damaged) };
        }
        let last = self.shape.len() - 1;
        let rows = &self.block[..last];
        let row_bytes = self.block[last] * element;
        let mut source = blocks.chunks_exact(row_bytes);
        for at in counting(&grid) {
            let first = at[last] * self.block[last];
            let width = self.block[last].min(self.shape[last] - first);
            for row in counting(rows) {
                let bytes = source.next().ok_or_else(|| damaged.clone())?;
                let index: Vec<usize> =
                    (0..last).map(|axis| at[axis] * self.block[axis] + row[axis]).collect();
                if index.iter().zip(&self.shape).any(|(index, dim)| index >= dim) {
                    continue;
                }
                let line = index.iter().zip(&self.shape).fold(0, |line, (i, dim)| line * dim + i);
                let target = (line * self.shape[last] + first) * element;
                ordered[target..target + width * element]
                    .copy_from_slice(&bytes[..width * element]);
            }
        }
        Ok(ordered)
    }
}

fn product(dims: &[usize]) -> u64 {
    dims.iter().fold(1, |product: u64, dim| product.saturating_mul(*dim as u64))
}

/// All indices of a box in C order.
fn counting(dims: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let total = product(dims);
    (0..total).map(move |number| {
        let mut left = number;
        let mut index = vec![0; dims.len()];
        for (place, dim) in index.iter_mut().zip(dims).rev() {
            *place = usize::try_from(left % *dim as u64).unwrap_or(0);
            left /= *dim as u64;
        }
        index
    })
}

/// A list of `rank` numbers of 32 or 64 bits.
fn lengths(reader: &mut Reader<'_>, rank: usize) -> Result<Vec<usize>, CodecError> {
    if usize::from(reader.u8()?) != 0x90 + rank {
        return Err(reader.damaged("an array's shape has another rank"));
    }
    let mut lengths = Vec::new();
    for _ in 0..rank {
        let length = match reader.u8()? {
            0xd3 => reader.u64_be()?,
            0xd2 => u64::from(reader.u32_be()?),
            _ => return Err(reader.damaged("an array's shape is not made of numbers")),
        };
        lengths.push(within(FILTER, length, i32::MAX as usize)?);
    }
    Ok(lengths)
}
