//! The frame around the chunks of Blosc 2: a `MessagePack` header with the lengths, the chunks, where each begins,
//! and a trailer.

use super::array::Array;
use crate::codec::CodecError;
use crate::codec::blosc::{Layout, decode_chunk};
use crate::codec::reader::{Reader, within};

const FILTER: &str = "blosc2";
const MAGIC: &[u8] = b"\x9e\xa8b2frame\0";
/// Of the header without metadata.
const HEADER: usize = 87;
/// Where numbers stand in the header, behind the byte that says what they are.
const HEADER_LENGTH: usize = 11;
const VALUES: usize = 30;
const PACKED: usize = 39;
const ELEMENT: usize = 48;
const CHUNK: usize = 58;
/// Metadata that say that the chunk is an array: its name today, and before.
const ARRAYS: [&[u8]; 2] = [b"b2nd", b"caterva"];

/// What the header of a frame says.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    bytes: &'a [u8],
    header: usize,
    total: usize,
    packed: usize,
    pub(super) element: usize,
    chunk: usize,
}

impl<'a> Frame<'a> {
    pub(super) fn read(bytes: &'a [u8], limit: usize) -> Result<Self, CodecError> {
        let reader = Reader::new(FILTER, bytes);
        if !bytes.starts_with(MAGIC) || bytes.len() < HEADER {
            return Err(reader.damaged("it is no frame"));
        }
        let header = at(bytes, HEADER_LENGTH)?.u32_be()? as usize;
        let total = within(FILTER, at(bytes, VALUES)?.u64_be()?, limit)?;
        let packed = within(FILTER, at(bytes, PACKED)?.u64_be()?, bytes.len())?;
        let element = within(FILTER, u64::from(at(bytes, ELEMENT)?.u32_be()?), limit)?;
        let chunk = within(FILTER, u64::from(at(bytes, CHUNK)?.u32_be()?), limit)?;
        if header < HEADER || header > bytes.len() || element == 0 || (chunk == 0 && total > 0) {
            return Err(reader.damaged("the lengths in its header are not possible"));
        }
        Ok(Self { bytes, header, total, packed, element, chunk })
    }

    /// The array that the chunk is, if it is one.
    pub(super) fn array(&self) -> Result<Option<Array>, CodecError> {
        let mut reader = at(&self.bytes[..self.header], HEADER)?;
        if reader.rest().is_empty() {
            return Ok(None);
        }
        // An array of three, the length of an index, and a map of names to offsets in the header.
        reader.take(5)?;
        let count = reader.u16_be()?;
        for _ in 0..count {
            let length = usize::from(reader.u8()? & 31);
            let name = reader.take(length)?;
            reader.u8()?;
            let offset = reader.u32_be()? as usize;
            if ARRAYS.contains(&name) {
                let mut content = at(self.bytes, offset)?;
                content.u8()?;
                let length = content.u32_be()? as usize;
                return Array::read(content.take(length)?).map(Some);
            }
        }
        Ok(None)
    }

    /// The values of all chunks, one behind the other.
    pub(super) fn chunks(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
        let damaged = |what| CodecError::Damaged { filter: FILTER, what };
        if self.total == 0 {
            return Ok(Vec::new());
        }
        let n_chunks = self.total.div_ceil(self.chunk);
        let index = at(bytes, self.header + self.packed)?.rest();
        let index = decode_chunk(FILTER, index, n_chunks.saturating_mul(8))?;
        if index.len() != n_chunks * 8 {
            return Err(damaged("its index has another number of chunks"));
        }
        let mut values = Vec::with_capacity(self.total.min(limit));
        for offset in index.chunks_exact(8) {
            let length = self.chunk.min(self.total - values.len());
            let offset = i64::from_le_bytes(offset.try_into().unwrap_or_default());
            if let Ok(offset) = usize::try_from(offset) {
                let chunk = at(bytes, self.header.saturating_add(offset))?.rest();
                values.extend(decode_chunk(FILTER, chunk, limit)?);
            } else {
                values.extend(self.special(offset, length)?);
            }
            if values.len() > self.total {
                return Err(damaged("its chunks are longer than stated"));
            }
        }
        if values.len() == self.total { Ok(values) } else { Err(damaged("it lacks values")) }
    }

    /// A chunk that is not stored because all its elements are alike.
    fn special(&self, offset: i64, length: usize) -> Result<Vec<u8>, CodecError> {
        let value = match ((offset >> 56) & 7, self.element) {
            (1 | 4, _) => vec![0],
            (2, 4) => f32::NAN.to_le_bytes().to_vec(),
            (2, 8) => f64::NAN.to_le_bytes().to_vec(),
            _ => {
                let what = "a chunk of one value is not known";
                return Err(CodecError::Damaged { filter: FILTER, what });
            }
        };
        Ok(value.iter().copied().cycle().take(length).collect())
    }
}

fn at(bytes: &[u8], offset: usize) -> Result<Reader<'_>, CodecError> {
    let mut reader = Reader::new(FILTER, bytes);
    reader.take(offset)?;
    Ok(reader)
}

/// A frame without metadata around one chunk of `total` bytes.
pub(super) fn write(layout: &Layout, codec: u32, total: usize, chunk: &[u8]) -> Vec<u8> {
    const METADATA: [u8; 10] = [0x93, 0xcd, 0, 7, 0xde, 0, 0, 0xdc, 0, 0];
    let int32 = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    let header = HEADER + METADATA.len();
    // The index: one offset, which is 0, as a chunk of zeros.
    let mut index = vec![5, 1, 0x15, 8, 8, 0, 0, 0, 8, 0, 0, 0, 32, 0, 0, 0];
    index.resize(31, 0);
    index.push(1 << 4);
    let trailer = trailer();
    let length = header + chunk.len() + index.len() + trailer.len();
    let mut frame = MAGIC.to_vec();
    frame.push(0xd2);
    frame.extend(int32(header));
    frame.push(0xcf);
    frame.extend((length as u64).to_be_bytes());
    let codec = u8::try_from(codec & 15).unwrap_or(0);
    let level = u8::try_from(layout.level & 15).unwrap_or(0);
    frame.extend([0xa4, 0x12, 0, codec | (level << 4), 0]);
    for value in [total, chunk.len()] {
        frame.push(0xd3);
        frame.extend((value as u64).to_be_bytes());
    }
    // Of the chunk's header: the bytes of an element and of a block.
    let block = chunk.get(8..12).unwrap_or_default().iter().rev().copied();
    frame.push(0xd2);
    frame.extend(int32(usize::from(chunk.get(3).copied().unwrap_or(1))));
    frame.push(0xd2);
    frame.extend(block);
    frame.push(0xd2);
    frame.extend(int32(total));
    frame.extend([0xd1, 0, 1, 0xd1, 0, 1, 0xc2, 0xd8, 6]);
    frame.extend_from_slice(chunk.get(16..22).unwrap_or_default());
    frame.resize(HEADER, 0);
    frame.extend(METADATA);
    frame.extend_from_slice(chunk);
    frame.append(&mut index);
    frame.extend(trailer);
    frame
}

/// No metadata, its own length, and no fingerprint.
fn trailer() -> Vec<u8> {
    let mut trailer = vec![0x94, 1, 0x93, 0xcd, 0, 6, 0xde, 0, 0, 0xdc, 0, 0, 0xce];
    let length = trailer.len() + 4 + 18;
    trailer.extend(u32::try_from(length).unwrap_or(0).to_be_bytes());
    trailer.extend([0xd8, 0]);
    trailer.resize(length, 0);
    trailer
}
