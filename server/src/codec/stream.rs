//! The codecs inside Blosc chunks, by the numbers that stand in their headers.

use super::{CodecError, blosclz, deflate, lz4, zstandard};

/// What compresses the blocks of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamCodec {
    BloscLz,
    Lz4,
    Snappy,
    Zlib,
    Zstd,
}

impl StreamCodec {
    /// By the number in the flags of a chunk.
    pub(super) fn by_format(filter: &'static str, format: u8) -> Result<Self, CodecError> {
        match format {
            0 => Ok(Self::BloscLz),
            1 => Ok(Self::Lz4),
            2 => Ok(Self::Snappy),
            3 => Ok(Self::Zlib),
            4 => Ok(Self::Zstd),
            other => {
                Err(CodecError::Unavailable { filter, what: format!("the codec number {other}") })
            }
        }
    }

    /// By the number among the options of a filter. LZ4HC is LZ4 that takes longer; it is written as LZ4.
    pub(super) fn by_option(filter: &'static str, option: u32) -> Result<Self, CodecError> {
        match option {
            0 => Ok(Self::BloscLz),
            1 | 2 => Ok(Self::Lz4),
            3 => Ok(Self::Snappy),
            4 => Ok(Self::Zlib),
            5 => Ok(Self::Zstd),
            _ => Err(CodecError::Options {
                filter,
                what: "takes as option 6 a codec: 0 blosclz, 1 lz4, 2 lz4hc, 3 snappy, 4 zlib, 5 zstd",
            }),
        }
    }

    pub(super) fn format(self) -> u8 {
        match self {
            Self::BloscLz => 0,
            Self::Lz4 => 1,
            Self::Snappy => 2,
            Self::Zlib => 3,
            Self::Zstd => 4,
        }
    }

    /// Decodes a stream of exactly `length` bytes.
    pub(super) fn decode(
        self,
        filter: &'static str,
        bytes: &[u8],
        length: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let decoded = match self {
            Self::BloscLz => blosclz::decode(filter, bytes, length),
            Self::Lz4 => {
                let mut decoded = vec![0; length];
                lz4::decode_block(filter, bytes, &mut decoded).map(|()| decoded)
            }
            Self::Snappy => snappy(filter, bytes, length),
            Self::Zlib => deflate::decode(bytes, length),
            Self::Zstd => zstandard::decode_as(filter, bytes, length),
        }?;
        if decoded.len() == length {
            return Ok(decoded);
        }
        Err(CodecError::Damaged { filter, what: "a stream is not as long as stated" })
    }

    /// `level` is Blosc's, from 1 to 9.
    pub(super) fn encode(
        self,
        filter: &'static str,
        level: u32,
        bytes: &[u8],
    ) -> Result<Vec<u8>, CodecError> {
        match self {
            Self::BloscLz => Ok(blosclz::encode(bytes)),
            Self::Lz4 => Ok(lz4_flex::block::compress(bytes)),
            Self::Snappy => snap::raw::Encoder::new().compress_vec(bytes).map_err(|_| {
                CodecError::Options { filter, what: "could not compress a chunk with snappy" }
            }),
            Self::Zlib => deflate::encode(&[level.min(9)], bytes),
            Self::Zstd => Ok(zstandard::compress(bytes)),
        }
    }
}

fn snappy(filter: &'static str, bytes: &[u8], length: usize) -> Result<Vec<u8>, CodecError> {
    let damaged = CodecError::Damaged { filter, what: "a Snappy stream is not as long as stated" };
    if snap::raw::decompress_len(bytes).ok() != Some(length) {
        return Err(damaged);
    }
    snap::raw::Decoder::new().decompress_vec(bytes).map_err(|_| damaged)
}
