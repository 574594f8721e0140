//! Filter 32026, Blosc2: a frame of Blosc 2 with one chunk, which may be an array cut into n-dimensional blocks.

mod array;
mod frame;

use super::CodecError;
use super::blosc::{Format, Layout, Step, encode_chunk};
use super::stream::StreamCodec;

const FILTER: &str = "blosc2";

pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let frame = frame::Frame::read(bytes, limit)?;
    match frame.array()? {
        Some(array) => array.in_order(frame.element, &frame.chunks(bytes, limit)?, limit),
        None => frame.chunks(bytes, limit),
    }
}

/// Option 2 is the bytes of an element, 3 those of a chunk, then level, filter, codec.
pub(super) fn encode(options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let option = |index: usize, default: u32| options.get(index).copied().unwrap_or(default);
    let number = u8::try_from(option(5, 1)).unwrap_or(u8::MAX);
    let step = Step::by_number(FILTER, number)?;
    if step == Some(Step::Truncated) {
        let what = "cuts off bits only with a precision, for which its options have no place";
        return Err(CodecError::Options { filter: FILTER, what });
    }
    let layout = Layout {
        filter: FILTER,
        format: Format::Blosc2,
        element: option(2, 1) as usize,
        level: option(4, 5),
        step,
        codec: StreamCodec::by_option(FILTER, option(6, 0))?,
    };
    let chunk = encode_chunk(&layout, bytes)?;
    Ok(frame::write(&layout, option(6, 0), bytes.len(), &chunk))
}
