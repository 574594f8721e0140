//! Bits of a stream that begins with the lowest bit of each byte.

use super::super::CodecError;
use super::FILTER;

/// What is left to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn bit(&mut self) -> Result<bool, CodecError> {
        let byte = self.bytes.get(self.at / 8).ok_or_else(ended)?;
        let bit = (byte >> (self.at % 8)) & 1 == 1;
        self.at += 1;
        Ok(bit)
    }

    /// The next `count` bits, at most 64, as a number that begins with its lowest bit.
    pub(super) fn number(&mut self, count: u32) -> Result<u64, CodecError> {
        let mut number = 0;
        let mut done = 0;
        while done < count {
            let byte = self.bytes.get(self.at / 8).ok_or_else(ended)?;
            let offset = u32::try_from(self.at % 8).unwrap_or(0);
            let taken = (8 - offset).min(count - done);
            let bits = (u64::from(*byte) >> offset) & ((1 << taken) - 1);
            number |= bits << done;
            done += taken;
            self.at += taken as usize;
        }
        Ok(number)
    }

    /// Passes over bits, which may lie behind the end where nothing else follows.
    pub(super) fn skip(&mut self, count: u32) {
        self.at = self.at.saturating_add(count as usize);
    }
}

fn ended() -> CodecError {
    CodecError::Damaged { filter: FILTER, what: "it ends too early" }
}

/// A stream that is being written.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that are in use; 0 for all of them.
    used: u32,
}

impl BitWriter {
    pub(super) fn bit(&mut self, bit: bool) {
        self.number(u64::from(bit), 1);
    }

    /// The lowest `count` bits of `number`, the lowest first.
    pub(super) fn number(&mut self, number: u64, count: u32) {
        let mut done = 0;
        while done < count {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let taken = (8 - self.used).min(count - done);
            let bits = (number >> done) & ((1 << taken) - 1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::try_from(bits << self.used).unwrap_or(0);
            }
            done += taken;
            self.used = (self.used + taken) % 8;
        }
    }

    pub(super) fn zeros(&mut self, count: u32) {
        for _ in 0..count / 64 {
            self.number(0, 64);
        }
        self.number(0, count % 64);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
