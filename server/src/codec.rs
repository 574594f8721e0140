//! What the compressing filters of HDF5 do to a chunk: bytes in, bytes out, in safe code.
//!
//! Chunks come from files that anybody may have written. A decoder trusts no length in them, and gives up when
//! more than `limit` bytes would come out.

mod bits;
mod bitshuffle;
mod blosc;
mod blosc2;
mod blosclz;
mod deflate;
mod lz4;
mod lzf;
mod options;
mod reader;
mod stream;
mod szip;
mod zfp;
mod zstandard;

#[cfg(test)]
mod tests;

pub use options::{Chunk, Number, NumberClass};

/// Why a chunk cannot be decoded or encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("its bytes are not what {filter} writes: {what}")]
    Damaged { filter: &'static str, what: &'static str },
    #[error("{filter} makes more than {limit} bytes of it")]
    TooLarge { filter: &'static str, limit: usize },
    #[error("{filter} was used with {what}, which is not available here")]
    Unavailable { filter: &'static str, what: String },
    #[error("{filter} {what}")]
    Options { filter: &'static str, what: &'static str },
}

/// A compressing filter, by the name under which it is registered with The HDF Group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Deflate,
    Szip,
    Lzf,
    Blosc,
    Lz4,
    Bitshuffle,
    Zfp,
    Zstd,
    Blosc2,
}

impl Codec {
    pub const ALL: [Self; 9] = [
        Self::Deflate,
        Self::Szip,
        Self::Lzf,
        Self::Blosc,
        Self::Lz4,
        Self::Bitshuffle,
        Self::Zfp,
        Self::Zstd,
        Self::Blosc2,
    ];

    /// The number that stands for the filter in a file.
    pub const fn id(self) -> u16 {
        match self {
            Self::Deflate => 1,
            Self::Szip => 4,
            Self::Lzf => 32000,
            Self::Blosc => 32001,
            Self::Lz4 => 32004,
            Self::Bitshuffle => 32008,
            Self::Zfp => 32013,
            Self::Zstd => 32015,
            Self::Blosc2 => 32026,
        }
    }

    pub fn by_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.id() == id)
    }

    /// Whether a chunk of `bytes` that became `encoded` is stored as it is, where the filter is not mandatory.
    pub const fn leaves_as_it_is(self, bytes: usize, encoded: usize) -> bool {
        match self {
            // The length in front does not count.
            Self::Szip => encoded > bytes + 4,
            Self::Lzf | Self::Blosc | Self::Blosc2 => encoded >= bytes,
            _ => false,
        }
    }

    /// Undoes the filter. `options` are those that stand in the file.
    ///
    /// # Errors
    /// When the bytes are damaged, or would become more than `limit` bytes.
    pub fn decode(
        self,
        options: &[u32],
        bytes: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, CodecError> {
        match self {
            Self::Deflate => deflate::decode(bytes, limit),
            Self::Szip => szip::decode(options, bytes, limit),
            Self::Lzf => lzf::decode(bytes, limit),
            Self::Blosc => blosc::decode(bytes, limit),
            Self::Lz4 => lz4::decode(bytes, limit),
            Self::Bitshuffle => bitshuffle::decode(options, bytes, limit),
            Self::Zfp => zfp::decode(options, bytes, limit),
            Self::Zstd => zstandard::decode(bytes, limit),
            Self::Blosc2 => blosc2::decode(bytes, limit),
        }
    }

    /// Applies the filter. `options` are those that [`Chunk::options`] gave.
    ///
    /// # Errors
    /// When the options are not possible.
    pub fn encode(self, options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
        match self {
            Self::Deflate => deflate::encode(options, bytes),
            Self::Szip => szip::encode(options, bytes),
            Self::Lzf => Ok(lzf::encode(bytes)),
            Self::Blosc => blosc::encode(options, bytes),
            Self::Lz4 => lz4::encode(options, bytes),
            Self::Bitshuffle => bitshuffle::encode(options, bytes),
            Self::Zfp => zfp::encode(options, bytes),
            Self::Zstd => zstandard::encode(options, bytes),
            Self::Blosc2 => blosc2::encode(options, bytes),
        }
    }
}
