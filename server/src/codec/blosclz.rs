//! The codec that Blosc brings along: literal runs, and copies of what came at most 72 KiB before.

use super::CodecError;
use super::lzf::{copy_within, matching};
use super::reader::Reader;

const MAX_LITERALS: usize = 32;
/// Distances above this one are stored in two more bytes.
const MAX_NEAR: usize = 8191;
const MIN_MATCH: usize = 4;
const HASH_BITS: u32 = 14;
/// A stream ends with literals.
const LAST_LITERALS: usize = 8;

/// Decodes exactly `length` bytes.
pub(super) fn decode(
    filter: &'static str,
    bytes: &[u8],
    length: usize,
) -> Result<Vec<u8>, CodecError> {
    let mut reader = Reader::new(filter, bytes);
    let mut decoded: Vec<u8> = Vec::with_capacity(length);
    let mut control = usize::from(reader.u8()? & 31);
    loop {
        if control < MAX_LITERALS {
            decoded.extend_from_slice(reader.take(control + 1)?);
        } else {
            let mut count = (control >> 5) - 1;
            let high = control & 31;
            if count == 6 {
                loop {
                    let more = usize::from(reader.u8()?);
                    count += more;
                    if more < 255 || count > length {
                        break;
                    }
                }
            }
            let low = usize::from(reader.u8()?);
            let mut distance = (high << 8) + low;
            if distance == MAX_NEAR {
                distance += usize::from(reader.u16_be()?);
            }
            let from = decoded.len().checked_sub(distance + 1);
            let from = from.ok_or(reader.damaged("it copies from before its start"))?;
            if count + 3 > length {
                return Err(reader.damaged("a BloscLZ stream is longer than stated"));
            }
            copy_within(&mut decoded, from, count + 3);
        }
        if decoded.len() > length {
            return Err(reader.damaged("a BloscLZ stream is longer than stated"));
        }
        if reader.rest().is_empty() {
            break;
        }
        control = usize::from(reader.u8()?);
    }
    if decoded.len() < length {
        return Err(reader.damaged("a BloscLZ stream is shorter than stated"));
    }
    Ok(decoded)
}

/// A stream that every decoder of the codec reads; it never looks further back than 8 KiB.
pub(super) fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len() / 2);
    let mut seen = vec![usize::MAX; 1 << HASH_BITS];
    let (mut at, mut literals_from) = (1, 0);
    while at + MIN_MATCH + LAST_LITERALS <= bytes.len() {
        let slot = hash(&bytes[at..at + MIN_MATCH]);
        let candidate = std::mem::replace(&mut seen[slot], at);
        let near = candidate < at && at - candidate <= MAX_NEAR;
        if !near || bytes[candidate..candidate + MIN_MATCH] != bytes[at..at + MIN_MATCH] {
            at += 1;
            continue;
        }
        let most = bytes.len() - LAST_LITERALS - at;
        let length = matching(bytes, candidate, at, most);
        push_literals(&mut encoded, &bytes[literals_from..at]);
        push_match(&mut encoded, at - candidate - 1, length - 2);
        at += length;
        literals_from = at;
    }
    push_literals(&mut encoded, &bytes[literals_from..]);
    encoded
}

fn hash(four: &[u8]) -> usize {
    let value = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    (value.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

fn push_literals(encoded: &mut Vec<u8>, literals: &[u8]) {
    for run in literals.chunks(MAX_LITERALS) {
        encoded.push(u8::try_from(run.len() - 1).unwrap_or(0));
        encoded.extend_from_slice(run);
    }
}

/// `length` is two less than what is copied, `distance` one less.
fn push_match(encoded: &mut Vec<u8>, distance: usize, length: usize) {
    let byte = |value: usize| u8::try_from(value & 255).unwrap_or(0);
    let high = distance >> 8;
    if length < 7 {
        encoded.push(byte((length << 5) | high));
    } else {
        encoded.push(byte((7 << 5) | high));
        let mut left = length - 7;
        while left >= 255 {
            encoded.push(255);
            left -= 255;
        }
        encoded.push(byte(left));
    }
    encoded.push(byte(distance));
}
