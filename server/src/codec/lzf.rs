//! Filter 32000, LZF: literal runs, and copies of what came at most 8 KiB before.

use super::CodecError;
use super::reader::Reader;

const FILTER: &str = "lzf";
const MAX_LITERALS: usize = 32;
const MAX_DISTANCE: usize = 1 << 13;
const MIN_MATCH: usize = 3;
const MAX_MATCH: usize = 264;
const HASH_BITS: u32 = 14;

pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let mut reader = Reader::new(FILTER, bytes);
    let mut decoded: Vec<u8> = Vec::with_capacity(bytes.len().saturating_mul(2).min(limit));
    while !reader.rest().is_empty() {
        let control = usize::from(reader.u8()?);
        let length = if control < MAX_LITERALS {
            decoded.extend_from_slice(reader.take(control + 1)?);
            0
        } else {
            let mut length = control >> 5;
            if length == 7 {
                length += usize::from(reader.u8()?);
            }
            length + 2
        };
        if length > 0 {
            let distance = ((control & 31) << 8) + usize::from(reader.u8()?) + 1;
            let from = decoded.len().checked_sub(distance);
            let from = from.ok_or(reader.damaged("it copies from before its start"))?;
            copy_within(&mut decoded, from, length);
        }
        if decoded.len() > limit {
            return Err(CodecError::TooLarge { filter: FILTER, limit });
        }
    }
    Ok(decoded)
}

/// Appends `length` bytes that begin at `from`; they may reach into what is appended.
pub(super) fn copy_within(decoded: &mut Vec<u8>, from: usize, length: usize) {
    let mut left = length;
    while left > 0 {
        // What is behind `from` repeats itself, so that twice as much can be taken each time.
        let part = left.min(decoded.len() - from);
        decoded.extend_from_within(from..from + part);
        left -= part;
    }
}

pub(super) fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len() / 2);
    let mut seen = vec![usize::MAX; 1 << HASH_BITS];
    let (mut at, mut literals_from) = (0, 0);
    while at + MIN_MATCH <= bytes.len() {
        let slot = hash(&bytes[at..at + MIN_MATCH]);
        let candidate = std::mem::replace(&mut seen[slot], at);
        let near = candidate < at && at - candidate <= MAX_DISTANCE;
        if !near || bytes[candidate..candidate + MIN_MATCH] != bytes[at..at + MIN_MATCH] {
            at += 1;
            continue;
        }
        let length = matching(bytes, candidate, at, MAX_MATCH);
        push_literals(&mut encoded, &bytes[literals_from..at]);
        push_match(&mut encoded, at - candidate - 1, length - 2);
        at += length;
        literals_from = at;
    }
    push_literals(&mut encoded, &bytes[literals_from..]);
    encoded
}

fn hash(three: &[u8]) -> usize {
    let value = u32::from_le_bytes([three[0], three[1], three[2], 0]);
    (value.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

/// How many bytes from `first` and from `second` on are equal, at most `most`.
pub(super) fn matching(bytes: &[u8], first: usize, second: usize, most: usize) -> usize {
    bytes[first..].iter().zip(&bytes[second..]).take(most).take_while(|(a, b)| a == b).count()
}

fn push_literals(encoded: &mut Vec<u8>, literals: &[u8]) {
    for run in literals.chunks(MAX_LITERALS) {
        encoded.push(u8::try_from(run.len() - 1).unwrap_or(0));
        encoded.extend_from_slice(run);
    }
}

/// `length` is two less than what is copied, `distance` one less.
fn push_match(encoded: &mut Vec<u8>, distance: usize, length: usize) {
    let high = distance >> 8;
    let byte = |value: usize| u8::try_from(value & 255).unwrap_or(0);
    if length < 7 {
        encoded.push(byte((length << 5) | high));
    } else {
        encoded.extend([byte((7 << 5) | high), byte(length - 7)]);
    }
    encoded.push(byte(distance));
}
