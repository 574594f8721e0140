//! The options that a filter stores with a dataset, worked out from those that were asked for.

use super::{Codec, CodecError, szip, zfp};

/// Axes of the arrays that Blosc 2 knows.
const MAX_ARRAY_RANK: usize = 8;

/// What a filter learns of the dataset that it is set for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Bytes of an element.
    pub element: usize,
    /// Bytes of what an element is made of: those of an array's members, otherwise as `element`.
    pub part: usize,
    pub dims: Vec<u64>,
    /// What a number is like, where elements are numbers or arrays of them.
    pub number: Option<Number>,
}

/// What filters for numbers learn of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    pub class: NumberClass,
    pub big_endian: bool,
    /// The lowest bits that have all of the value.
    pub precision: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberClass {
    Integer,
    Float,
    /// Enumerations, bitfields and arrays.
    Other,
}

impl Chunk {
    fn bytes(&self) -> u32 {
        let bytes =
            self.dims.iter().fold(self.element as u64, |bytes, dim| bytes.saturating_mul(*dim));
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// # Errors
    /// When the filter does not take the options.
    pub fn options(&self, codec: Codec, asked: &[u32]) -> Result<Vec<u32>, CodecError> {
        let options = self.stored(codec, asked)?;
        if codec == Codec::Zfp {
            return Ok(options);
        }
        // Whatever is not possible is not possible for a few zeros either.
        codec.encode(&options, &[0; 64]).map(|_| options)
    }

    fn stored(&self, codec: Codec, asked: &[u32]) -> Result<Vec<u32>, CodecError> {
        let element = u32::try_from(self.element).unwrap_or(u32::MAX);
        match codec {
            Codec::Deflate | Codec::Zstd | Codec::Lz4 => Ok(asked.to_vec()),
            Codec::Szip => szip::stored(self, asked),
            Codec::Lzf => {
                let version =
                    |index: usize, own| asked.get(index).copied().filter(|v| *v > 0).unwrap_or(own);
                Ok(vec![version(0, 4), version(1, 0x105), self.bytes()])
            }
            Codec::Zfp => zfp::stored(self, asked),
            Codec::Bitshuffle => bitshuffle(asked, element),
            Codec::Blosc => {
                let mut options = asked.to_vec();
                options.resize(asked.len().max(4), 0);
                let part = if self.part > 255 { 1 } else { self.part };
                options[0] = 2;
                options[1] = 2;
                options[2] = u32::try_from(part).unwrap_or(1);
                options[3] = self.bytes();
                Ok(options)
            }
            Codec::Blosc2 => Ok(self.blosc2(asked)),
        }
    }

    fn blosc2(&self, asked: &[u32]) -> Vec<u32> {
        let defaults = [0, 0, 0, 0, 5, 1, 0];
        let mut options: Vec<u32> =
            (0..7).map(|index| asked.get(index).copied().unwrap_or(defaults[index])).collect();
        let part = if self.part > 255 { 1 } else { self.part };
        options[0] = 1;
        options[2] = u32::try_from(part).unwrap_or(1);
        options[3] = self.bytes();
        if (2..=MAX_ARRAY_RANK).contains(&self.dims.len()) {
            let dims = self.dims.iter().map(|dim| u32::try_from(*dim).unwrap_or(u32::MAX));
            options.push(u32::try_from(self.dims.len()).unwrap_or(0));
            options.extend(dims);
        }
        options
    }
}

/// Asked for are block, compression and level; stored behind the filter's version and the element's bytes.
fn bitshuffle(asked: &[u32], element: u32) -> Result<Vec<u32>, CodecError> {
    let stored = asked.len() > 3
        || (asked.len() == 3 && asked[0] == 0 && asked[1] > 3 && asked[2] == element);
    let own = if stored { &asked[3..] } else { asked };
    if own.first().is_some_and(|block| block % 8 != 0) {
        let what = "takes blocks of a multiple of 8 elements";
        return Err(CodecError::Options { filter: "bitshuffle", what });
    }
    if own.get(1).is_some_and(|compression| !matches!(compression, 0 | 2 | 3)) {
        let what = "takes as its compression 0 for none, 2 for lz4, 3 for zstd";
        return Err(CodecError::Options { filter: "bitshuffle", what });
    }
    let version = if stored { [asked[0], asked[1]] } else { [0, 4] };
    Ok(version.into_iter().chain([element]).chain(own.iter().copied()).collect())
}
