//! Chunks of Blosc 1 and 2: a header, where each block begins, then the blocks.

use super::pipeline::Step;
use crate::codec::CodecError;
use crate::codec::reader::{Reader, within};
use crate::codec::stream::StreamCodec;

const HEADER: usize = 16;
const EXTENDED_HEADER: usize = 32;
const VERSION_1: u8 = 2;
const VERSION_2: u8 = 5;
/// Bits of the flags in a header.
const SHUFFLED: u8 = 1;
const COPIED: u8 = 2;
const BIT_SHUFFLED: u8 = 4;
/// Both kinds of shuffle at once: the header is one of Blosc 2.
const EXTENDED: u8 = SHUFFLED | BIT_SHUFFLED;
const NOT_SPLIT: u8 = 16;
/// Blosc 1 splits blocks into one stream a byte of the element only where these allow it.
const MAX_SPLITS: usize = 16;
const MIN_SPLIT_BYTES: usize = 128;
/// What a block is encoded in.
const BLOCK_BYTES: usize = 256 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::codec) enum Format {
    Blosc1,
    Blosc2,
}

/// How a chunk is to be encoded.
#[derive(Clone, Copy, Debug)]
pub(in crate::codec) struct Layout {
    pub(in crate::codec) filter: &'static str,
    pub(in crate::codec) format: Format,
    pub(in crate::codec) element: usize,
    pub(in crate::codec) level: u32,
    pub(in crate::codec) step: Option<Step>,
    pub(in crate::codec) codec: StreamCodec,
}

/// The header of a chunk that is read.
struct Header {
    filter: &'static str,
    version: u8,
    flags: u8,
    element: usize,
    total: usize,
    block: usize,
    /// In the order in which they were applied, with the width that they take for an element.
    steps: Vec<(Step, usize)>,
    extension: Option<Extension>,
}

/// What only headers of Blosc 2 have.
struct Extension {
    uses_dictionary: bool,
    /// All elements are alike: 1 zero, 2 not a number, 3 the value behind the header, 4 anything.
    special: u8,
}

impl Header {
    fn read(filter: &'static str, bytes: &[u8], limit: usize) -> Result<(Self, usize), CodecError> {
        let mut reader = Reader::new(filter, bytes);
        let (version, _) = (reader.u8()?, reader.u8()?);
        let (flags, element) = (reader.u8()?, usize::from(reader.u8()?).max(1));
        let total = within(filter, reader.length_le()? as u64, limit)?;
        let block = reader.length_le()?;
        let length = reader.length_le()?;
        if length > bytes.len() || (block == 0 && total > 0) {
            return Err(reader.damaged("its header does not fit its bytes"));
        }
        let mut header = Self {
            filter,
            version,
            flags,
            element,
            total,
            block,
            steps: Vec::new(),
            extension: None,
        };
        if flags & EXTENDED != EXTENDED {
            header.steps.extend((flags & SHUFFLED != 0).then_some((Step::Shuffle, element)));
            header.steps.extend((flags & BIT_SHUFFLED != 0).then_some((Step::BitShuffle, element)));
            return Ok((header, HEADER));
        }
        let more = reader.take(EXTENDED_HEADER - HEADER)?;
        for (number, meta) in more[..6].iter().zip(&more[8..14]) {
            if let Some(step) = Step::by_number(filter, *number)? {
                let width = match (step, meta) {
                    (Step::Shuffle | Step::BitShuffle, 1..) => usize::from(*meta),
                    _ => element,
                };
                header.steps.push((step, width));
            }
        }
        header.extension =
            Some(Extension { uses_dictionary: more[15] & 1 != 0, special: (more[15] >> 4) & 7 });
        Ok((header, EXTENDED_HEADER))
    }

    /// How many streams a block of `length` bytes is cut into.
    fn n_streams(&self, length: usize) -> usize {
        let splits = self.flags & NOT_SPLIT == 0 && length == self.block;
        let allowed = self.extension.is_some()
            || (self.element <= MAX_SPLITS && self.block / self.element >= MIN_SPLIT_BYTES);
        if splits && allowed { self.element } else { 1 }
    }
}

/// Decodes a chunk of either version.
pub(in crate::codec) fn decode_chunk(
    filter: &'static str,
    bytes: &[u8],
    limit: usize,
) -> Result<Vec<u8>, CodecError> {
    let (header, at) = Header::read(filter, bytes, limit)?;
    let mut reader = Reader::new(filter, &bytes[at..]);
    if header.total == 0 {
        return Ok(Vec::new());
    }
    if let Some(Extension { special: 1.., .. }) = &header.extension {
        return special(&header, &mut reader);
    }
    if header.flags & COPIED != 0 {
        return reader.take(header.total).map(<[u8]>::to_vec);
    }
    if header.extension.as_ref().is_some_and(|extension| extension.uses_dictionary) {
        let what = "a dictionary".to_owned();
        return Err(CodecError::Unavailable { filter, what });
    }
    let codec = StreamCodec::by_format(filter, header.flags >> 5)?;
    let mut decoded: Vec<u8> = Vec::with_capacity(header.total);
    let first_block = header.block.min(header.total);
    for _ in 0..header.total.div_ceil(header.block) {
        let start = reader.length_le()?;
        let length = header.block.min(header.total - decoded.len());
        let source = bytes.get(start..).ok_or(reader.damaged("a block begins behind its end"))?;
        let mut block = decode_block(&header, codec, source, length)?;
        for (step, element) in header.steps.iter().rev() {
            let first = (!decoded.is_empty()).then(|| &decoded[..first_block]);
            block = match step {
                Step::BitShuffle if header.version <= VERSION_1 => {
                    // Blosc 1 leaves blocks alone whose number of elements is no multiple of 8.
                    let turned = (length / element).is_multiple_of(8);
                    if turned { step.undo(block, *element, first) } else { block }
                }
                _ => step.undo(block, *element, first),
            };
        }
        decoded.extend_from_slice(&block);
    }
    Ok(decoded)
}

fn decode_block(
    header: &Header,
    codec: StreamCodec,
    source: &[u8],
    length: usize,
) -> Result<Vec<u8>, CodecError> {
    let mut reader = Reader::new(header.filter, source);
    let n_streams = header.n_streams(length);
    let each = length / n_streams;
    if each == 0 || each * n_streams != length {
        return Err(reader.damaged("a block cannot be cut into its streams"));
    }
    let mut block = Vec::with_capacity(length);
    for _ in 0..n_streams {
        match reader.i32_le()? {
            0 => block.resize(block.len() + each, 0),
            run @ -255..0 if reader.u8()? & 1 == 1 => {
                block.resize(block.len() + each, run.unsigned_abs().to_le_bytes()[0]);
            }
            packed => {
                let packed = usize::try_from(packed);
                let packed = packed.map_err(|_| reader.damaged("a length is negative"))?;
                let stream = reader.take(packed)?;
                if packed == each {
                    block.extend_from_slice(stream);
                } else {
                    block.extend(codec.decode(header.filter, stream, each)?);
                }
            }
        }
    }
    Ok(block)
}

/// All elements of a chunk of one value.
fn special(header: &Header, reader: &mut Reader<'_>) -> Result<Vec<u8>, CodecError> {
    let value: Vec<u8> =
        match (header.extension.as_ref().map_or(0, |it| it.special), header.element) {
            (1 | 4, element) => vec![0; element],
            (2, 4) => f32::NAN.to_le_bytes().to_vec(),
            (2, 8) => f64::NAN.to_le_bytes().to_vec(),
            (3, element) => reader.take(element)?.to_vec(),
            _ => return Err(reader.damaged("its special value is not known")),
        };
    Ok(value.iter().copied().cycle().take(header.total).collect())
}

/// Encodes a chunk. Where it would not become smaller it holds the bytes as they are.
pub(in crate::codec) fn encode_chunk(layout: &Layout, bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    let Layout { filter, format, element, level, step, codec } = *layout;
    if level > 9 {
        return Err(CodecError::Options { filter, what: "takes a level from 0 to 9" });
    }
    let element = if (1..=255).contains(&element) { element } else { 1 };
    let unit = element * 8;
    let block = (BLOCK_BYTES / unit * unit).min(bytes.len()).max(1);
    let header = if format == Format::Blosc1 { HEADER } else { EXTENDED_HEADER };
    let mut blocks = Vec::new();
    let first_block = &bytes[..block.min(bytes.len())];
    if level > 0 {
        let mut start = header + bytes.len().div_ceil(block) * 4;
        let (mut starts, mut streams) = (Vec::new(), Vec::new());
        for (index, source) in bytes.chunks(block).enumerate() {
            let first = (index > 0).then_some(first_block);
            let turns = step != Some(Step::BitShuffle)
                || format == Format::Blosc2
                || (source.len() / element).is_multiple_of(8);
            let block = match step.filter(|_| turns) {
                Some(step) => step.apply(source, element, first),
                None => source.to_vec(),
            };
            let packed = codec.encode(filter, level, &block)?;
            let stored = if packed.len() < block.len() { &packed } else { &block };
            starts.extend(number(start));
            streams.extend(number(stored.len()));
            streams.extend_from_slice(stored);
            start += 4 + stored.len();
        }
        blocks = starts;
        blocks.append(&mut streams);
    }
    let copied = level == 0 || blocks.len() >= bytes.len();
    if copied {
        blocks = bytes.to_vec();
    }
    let mut encoded =
        header_bytes(layout, element, copied, [bytes.len(), block, header + blocks.len()]);
    encoded.append(&mut blocks);
    Ok(encoded)
}

fn number(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

/// `lengths` are those of the values, of a block, and of the whole chunk.
fn header_bytes(layout: &Layout, element: usize, copied: bool, lengths: [usize; 3]) -> Vec<u8> {
    let mut flags = NOT_SPLIT | (layout.codec.format() << 5);
    flags |= match (layout.format, layout.step) {
        (Format::Blosc2, _) => EXTENDED,
        (Format::Blosc1, Some(Step::Shuffle)) => SHUFFLED,
        (Format::Blosc1, Some(Step::BitShuffle)) => BIT_SHUFFLED,
        (Format::Blosc1, _) => 0,
    };
    if copied {
        flags |= COPIED;
    }
    let version = if layout.format == Format::Blosc1 { VERSION_1 } else { VERSION_2 };
    let mut header = vec![version, 1, flags, u8::try_from(element).unwrap_or(1)];
    header.extend(lengths.into_iter().flat_map(number));
    if layout.format == Format::Blosc2 {
        let mut extension = [0; EXTENDED_HEADER - HEADER];
        // The last of the places for steps is the one that is used first.
        extension[5] = layout.step.map_or(0, Step::number);
        header.extend(extension);
    }
    header
}
