//! Filter 32001, Blosc: a chunk of Blosc 1.

mod chunk;
mod pipeline;

use super::CodecError;
use super::stream::StreamCodec;

pub(super) use chunk::{Format, Layout, decode_chunk, encode_chunk};
pub(super) use pipeline::Step;

const FILTER: &str = "blosc";

pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    decode_chunk(FILTER, bytes, limit)
}

/// Options 0 and 1 are versions, 2 the bytes of an element, 3 those of a chunk, then level, shuffle, codec.
pub(super) fn encode(options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let option = |index: usize, default: u32| options.get(index).copied().unwrap_or(default);
    let step = match option(5, 1) {
        0 => None,
        1 => Some(Step::Shuffle),
        2 => Some(Step::BitShuffle),
        _ => {
            let what = "takes as option 5: 0 for no shuffle, 1 for bytes, 2 for bits";
            return Err(CodecError::Options { filter: FILTER, what });
        }
    };
    let layout = Layout {
        filter: FILTER,
        format: Format::Blosc1,
        element: option(2, 1) as usize,
        level: option(4, 5),
        step,
        codec: StreamCodec::by_option(FILTER, option(6, 0))?,
    };
    encode_chunk(&layout, bytes)
}
