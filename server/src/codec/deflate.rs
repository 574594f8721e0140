//! Filter 1, deflate: one zlib stream.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::CodecError;

const FILTER: &str = "deflate";

pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let mut decoded = Vec::with_capacity(bytes.len().saturating_mul(4).min(limit));
    let mut reader = ZlibDecoder::new(bytes).take(limit as u64 + 1);
    reader
        .read_to_end(&mut decoded)
        .map_err(|_| CodecError::Damaged { filter: FILTER, what: "it is no whole zlib stream" })?;
    if decoded.len() > limit {
        return Err(CodecError::TooLarge { filter: FILTER, limit });
    }
    Ok(decoded)
}

pub(super) fn encode(options: &[u32], bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let level = options.first().copied().filter(|level| *level <= 9);
    let refused = CodecError::Options { filter: FILTER, what: "takes a level from 0 to 9" };
    let mut writer = ZlibEncoder::new(Vec::new(), Compression::new(level.ok_or(refused)?));
    let failed = |_| CodecError::Options { filter: FILTER, what: "could not compress a chunk" };
    writer.write_all(bytes).map_err(failed)?;
    writer.finish().map_err(failed)
}
