//! Filter 32013, ZFP: arrays of one to four axes in blocks of four numbers along each, as H5Z-ZFP stores them.

mod block;
mod integer;
mod mode;
mod order;
mod planes;
mod stream;
mod transform;

#[cfg(test)]
mod tests;

use super::reader::within;
use super::{Chunk, CodecError, NumberClass};
use block::Kind;
use integer::Integer;
use mode::Mode;
use stream::{BitReader, BitWriter};
use transform::SIDE;

const FILTER: &str = "zfp";
const MAX_RANK: usize = 4;
/// The versions of ZFP, of its codec and of H5Z-ZFP whose forms are written.
const VERSIONS: u32 = 0x1010_5111;
/// What a header begins with: `zfp` and the version of the codec.
const MAGIC: u32 = 0x0570_667a;
/// Bits of all axes together in a header.
const AXES_BITS: u32 = 48;

/// What the header among the filter's options says.
#[derive(Clone, Debug)]
struct Plan {
    kind: Kind,
    /// Bytes of a number.
    width: usize,
    /// The fastest axis first.
    dims: Vec<usize>,
}

impl Plan {
    fn of(options: &[u32]) -> Result<Self, CodecError> {
        let refused = |what| CodecError::Options { filter: FILTER, what };
        let header: Vec<u8> = options.iter().skip(1).flat_map(|word| word.to_le_bytes()).collect();
        let mut reader = BitReader::new(&header);
        let cut_off = |_| refused("has a header that is cut off");
        let magic = reader.number(32).map_err(cut_off)?;
        if magic & 0xff_ffff != u64::from(MAGIC) & 0xff_ffff {
            return Err(refused("has no header among its options"));
        }
        if magic != u64::from(MAGIC) {
            let what = format!("version {} of its codec", magic >> 24);
            return Err(CodecError::Unavailable { filter: FILTER, what });
        }
        let kind = reader.number(2).map_err(cut_off)?;
        let rank = usize::try_from(reader.number(2).map_err(cut_off)?).unwrap_or(0) + 1;
        let bits = AXES_BITS / u32::try_from(rank).unwrap_or(1);
        let mut dims = Vec::new();
        for _ in 0..rank {
            let dim = reader.number(bits).map_err(cut_off)?.saturating_add(1);
            dims.push(usize::try_from(dim).unwrap_or(usize::MAX));
        }
        let mode = match Mode::read(&mut reader) {
            Err(CodecError::Damaged { .. }) => return Err(refused("has a header that is cut off")),
            mode => mode?,
        };
        let width = if kind % 2 == 0 { 4 } else { 8 };
        Ok(Self { kind: Kind { mode, rank, float: kind >= 2 }, width, dims })
    }

    fn bytes(&self) -> u64 {
        self.dims.iter().fold(self.width as u64, |bytes, dim| bytes.saturating_mul(*dim as u64))
    }

    fn options(&self) -> Vec<u32> {
        let mut writer = BitWriter::default();
        writer.number(u64::from(MAGIC), 32);
        writer.number(u64::from(self.width == 8) + 2 * u64::from(self.kind.float), 2);
        writer.number(self.dims.len() as u64 - 1, 2);
        let bits = AXES_BITS / u32::try_from(self.dims.len()).unwrap_or(1);
        self.dims.iter().for_each(|dim| writer.number(*dim as u64 - 1, bits));
        self.kind.mode.write(&mut writer);
        let mut bytes = writer.into_bytes();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let words = bytes
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        std::iter::once(VERSIONS).chain(words).collect()
    }

    /// The first number of each block along each axis, in the order in which blocks are stored.
    fn blocks(&self) -> impl Iterator<Item = Vec<usize>> {
        let counts: Vec<usize> = self.dims.iter().map(|dim| dim.div_ceil(SIDE)).collect();
        (0..counts.iter().product()).map(move |mut index: usize| {
            let origin = counts.iter().map(|count| {
                let at = index % count * SIDE;
                index /= count;
                at
            });
            origin.collect()
        })
    }

    /// Where number `index` of a block is in the array; `None` for one that fills a block at the edge.
    fn place(&self, origin: &[usize], index: usize) -> Option<usize> {
        self.located(origin, index, |at, within| (at < within).then_some(at))
    }

    /// The number that fills a block at the edge: along an axis the last one, then the first.
    fn filling(&self, origin: &[usize], index: usize) -> usize {
        let nearest = |at, within| match (at, within) {
            (at, within) if at < within => Some(at),
            (3, _) => Some(0),
            (_, within) => Some(within - 1),
        };
        self.located(origin, index, nearest).unwrap_or(0)
    }

    /// `choose` is given a place along an axis of a block, and how many there are.
    fn located(
        &self,
        origin: &[usize],
        mut index: usize,
        choose: impl Fn(usize, usize) -> Option<usize>,
    ) -> Option<usize> {
        let (mut place, mut stride) = (0, 1);
        for (dim, start) in self.dims.iter().zip(origin) {
            place += (start + choose(index % SIDE, dim - start)?) * stride;
            index /= SIDE;
            stride *= dim;
        }
        Some(place)
    }

    fn decode<I: Integer>(&self, bytes: &[u8], length: usize) -> Result<Vec<u8>, CodecError> {
        let mut decoded = vec![0; length];
        let mut reader = BitReader::new(bytes);
        let mut block = vec![I::default(); self.kind.n_numbers()];
        for origin in self.blocks() {
            self.kind.decode(&mut reader, &mut block)?;
            for (index, number) in block.iter().enumerate() {
                if let Some(place) = self.place(&origin, index) {
                    number.put_le(&mut decoded[place * self.width..][..self.width]);
                }
            }
        }
        Ok(decoded)
    }

    fn encode<I: Integer>(&self, bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut writer = BitWriter::default();
        let mut block = vec![I::default(); self.kind.n_numbers()];
        for origin in self.blocks() {
            for (index, number) in block.iter_mut().enumerate() {
                let place = self.filling(&origin, index) * self.width;
                *number = I::from_le(&bytes[place..][..self.width]);
            }
            self.kind.encode(&mut writer, &mut block)?;
        }
        Ok(writer.into_bytes())
    }
}

pub(super) fn decode(options: &[u32], bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let plan = Plan::of(options)?;
    let length = within(FILTER, plan.bytes(), limit)?;
    if plan.width == 4 {
        plan.decode::<i32>(bytes, length)
    } else {
        plan.decode::<i64>(bytes, length)
    }
}

pub(super) fn encode(options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let plan = Plan::of(options)?;
    if plan.bytes() != bytes.len() as u64 {
        let what =
            "takes whole chunks of numbers; it has to come before filters that change their length";
        return Err(CodecError::Options { filter: FILTER, what });
    }
    if plan.width == 4 { plan.encode::<i32>(bytes) } else { plan.encode::<i64>(bytes) }
}

/// The options to store: versions, and a header of what is asked for and what the chunk is like.
pub(super) fn stored(chunk: &Chunk, asked: &[u32]) -> Result<Vec<u32>, CodecError> {
    let refused = |what| CodecError::Options { filter: FILTER, what };
    let number = chunk.number.filter(|number| {
        matches!(chunk.element, 4 | 8) && number.precision as usize == chunk.element * 8
    });
    let float = match number.map(|number| number.class) {
        Some(NumberClass::Float) => true,
        Some(NumberClass::Integer) => false,
        _ => return Err(refused("takes integers and floats of 4 or 8 bytes")),
    };
    let mut dims = Vec::new();
    for dim in chunk.dims.iter().rev().filter(|dim| **dim != 1) {
        dims.push(usize::try_from(*dim).map_err(|_| refused("takes smaller chunks"))?);
    }
    if !(1..=MAX_RANK).contains(&dims.len()) {
        return Err(refused("takes chunks of one to four axes with more than one element"));
    }
    let bits = AXES_BITS / u32::try_from(dims.len()).unwrap_or(1);
    if dims.iter().any(|dim| (*dim as u64 - 1) >> bits != 0) {
        return Err(refused("takes smaller chunks"));
    }
    let mode = if asked.get(1) == Some(&MAGIC) {
        Plan::of(asked)?.kind.mode
    } else {
        let float_width = if float { u32::try_from(chunk.element * 8).unwrap_or(0) } else { 0 };
        Mode::asked(asked, dims.len(), float_width)?
    };
    if number.is_some_and(|number| number.big_endian) && !mode.is_reversible() {
        return Err(refused("takes little-endian numbers, unless nothing is to be lost"));
    }
    let kind = Kind { mode, rank: dims.len(), float };
    let mut options = Plan { kind, width: chunk.element, dims }.options();
    if asked.get(1) == Some(&MAGIC) {
        options[0] = asked[0];
    }
    Ok(options)
}
