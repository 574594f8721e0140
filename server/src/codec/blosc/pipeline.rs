//! What Blosc does to a block before its codec, and undoes after it.

use crate::codec::{CodecError, bits};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::codec) enum Step {
    Shuffle,
    BitShuffle,
    /// Elements are combined with those of the first block.
    Delta,
    /// Bits were cut off; nothing is to be undone.
    Truncated,
}

impl Step {
    /// By the number in a chunk of Blosc 2; 0 is no step.
    pub(in crate::codec) fn by_number(
        filter: &'static str,
        number: u8,
    ) -> Result<Option<Self>, CodecError> {
        match number {
            0 => Ok(None),
            1 => Ok(Some(Self::Shuffle)),
            2 => Ok(Some(Self::BitShuffle)),
            3 => Ok(Some(Self::Delta)),
            4 => Ok(Some(Self::Truncated)),
            other => {
                Err(CodecError::Unavailable { filter, what: format!("the filter number {other}") })
            }
        }
    }

    pub(super) fn number(self) -> u8 {
        match self {
            Self::Shuffle => 1,
            Self::BitShuffle => 2,
            Self::Delta => 3,
            Self::Truncated => 4,
        }
    }

    /// Undoes the step. `first` is the first block of the chunk, decoded, unless this is it.
    pub(super) fn undo(self, mut block: Vec<u8>, element: usize, first: Option<&[u8]>) -> Vec<u8> {
        match self {
            Self::Shuffle => bits::unshuffle(&block, element),
            Self::BitShuffle => bit_planes(&block, element, bits::bit_unshuffle),
            Self::Truncated => block,
            Self::Delta => {
                let width = delta_width(element);
                match first {
                    Some(first) => block.iter_mut().zip(first).for_each(|(byte, of)| *byte ^= of),
                    None => {
                        for at in width..block.len() / width * width {
                            block[at] ^= block[at - width];
                        }
                    }
                }
                block
            }
        }
    }

    pub(super) fn apply(self, block: &[u8], element: usize, first: Option<&[u8]>) -> Vec<u8> {
        match self {
            Self::Shuffle => bits::shuffle(block, element),
            Self::BitShuffle => bit_planes(block, element, bits::bit_shuffle),
            Self::Truncated => block.to_vec(),
            Self::Delta => {
                let width = delta_width(element);
                let mut coded = block.to_vec();
                match first {
                    Some(first) => coded.iter_mut().zip(first).for_each(|(byte, of)| *byte ^= of),
                    None => {
                        for at in width..block.len() / width * width {
                            coded[at] ^= block[at - width];
                        }
                    }
                }
                coded
            }
        }
    }
}

fn delta_width(element: usize) -> usize {
    match element {
        1 | 2 | 4 | 8 => element,
        other if other.is_multiple_of(8) => 8,
        _ => 1,
    }
}

/// Turns as many elements as are a multiple of 8; the rest is copied.
fn bit_planes(block: &[u8], element: usize, turn: fn(&[u8], usize, &mut [u8])) -> Vec<u8> {
    let element = element.max(1);
    let whole = block.len() / element / 8 * 8 * element;
    let mut turned = block.to_vec();
    turn(&block[..whole], element, &mut turned[..whole]);
    turned
}
