//! Filter 32015, Zstandard: one frame.

use std::io::Read as _;

use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::CodecError;

const FILTER: &str = "zstd";
const LEVELS: std::ops::RangeInclusive<i32> = -(1 << 17)..=22;
/// Bytes of a window that a decoder is asked to hold; also frames of small chunks may ask for a large one.
const MAX_WINDOW: u64 = 128 << 20;

pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    decode_as(FILTER, bytes, limit)
}

/// `filter` is the one that has a Zstandard frame inside.
pub(super) fn decode_as(
    filter: &'static str,
    bytes: &[u8],
    limit: usize,
) -> Result<Vec<u8>, CodecError> {
    let damaged = || CodecError::Damaged { filter, what: "it is no whole Zstandard frame" };
    let decoder = StreamingDecoder::new_with_max_window_size(bytes, MAX_WINDOW);
    let mut decoded = Vec::with_capacity(bytes.len().saturating_mul(4).min(limit));
    let mut reader = decoder.map_err(|_| damaged())?.take(limit as u64 + 1);
    reader.read_to_end(&mut decoded).map_err(|_| damaged())?;
    if decoded.len() > limit {
        return Err(CodecError::TooLarge { filter, limit });
    }
    Ok(decoded)
}

/// Levels below zero are stored as numbers without a sign. There is one level of effort, whatever is asked for.
pub(super) fn encode(options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let level = options.first().map_or(0, |level| level.cast_signed());
    if !LEVELS.contains(&level) {
        return Err(CodecError::Options { filter: FILTER, what: "takes a level of at most 22" });
    }
    Ok(with_length(compress(bytes), bytes.len()))
}

/// States in the header of a frame how long its content is, without which other programs do not decode chunks.
fn with_length(mut frame: Vec<u8>, length: usize) -> Vec<u8> {
    /// The magic number; then what the header has, and the size of the window.
    const DESCRIPTOR: usize = 4;
    const WINDOW: usize = 5;
    /// A length of 8 bytes, of none; a frame without a window; a dictionary.
    const HAS_LENGTH: u8 = 0xc0;
    const NO_WINDOW: u8 = 0x20;
    const DICTIONARY: u8 = 0x03;
    if frame.len() > WINDOW && frame[DESCRIPTOR] & (HAS_LENGTH | NO_WINDOW | DICTIONARY) == 0 {
        frame[DESCRIPTOR] |= HAS_LENGTH;
        let rest = frame.split_off(WINDOW + 1);
        frame.extend((length as u64).to_le_bytes());
        frame.extend(rest);
    }
    frame
}

pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}
