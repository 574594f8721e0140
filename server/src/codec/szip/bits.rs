//! Bits of a stream that begins with the highest bit of each byte.

use super::super::CodecError;
use super::FILTER;

/// What is left to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// Bits taken from `bytes` and not yet read, the next one highest.
    ahead: u64,
    n_ahead: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, ahead: 0, n_ahead: 0 }
    }

    fn fill(&mut self) {
        while self.n_ahead <= 56 {
            let Some((byte, rest)) = self.bytes.split_first() else { return };
            self.ahead |= u64::from(*byte) << (56 - self.n_ahead);
            self.n_ahead += 8;
            self.bytes = rest;
        }
    }

    /// The next `count` bits, at most 32, as a number.
    pub(super) fn number(&mut self, count: u32) -> Result<u32, CodecError> {
        if count == 0 {
            return Ok(0);
        }
        if self.n_ahead < count {
            self.fill();
        }
        if self.n_ahead < count {
            return Err(ended());
        }
        let number = self.ahead >> (64 - count);
        self.ahead <<= count;
        self.n_ahead -= count;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// The number of zeros before the next one.
    pub(super) fn zeros(&mut self) -> Result<u32, CodecError> {
        let mut zeros = 0_u32;
        loop {
            if self.n_ahead == 0 {
                self.fill();
            }
            if self.n_ahead == 0 {
                return Err(ended());
            }
            let leading = self.ahead.leading_zeros();
            if leading < self.n_ahead {
                // Two steps, because the one may be the last of 64 bits.
                self.ahead = (self.ahead << leading) << 1;
                self.n_ahead -= leading + 1;
                return Ok(zeros.saturating_add(leading));
            }
            zeros = zeros.saturating_add(self.n_ahead);
            (self.ahead, self.n_ahead) = (0, 0);
        }
    }
}

fn ended() -> CodecError {
    CodecError::Damaged { filter: FILTER, what: "it ends too early" }
}

/// A stream behind what `bytes` already has.
#[derive(Debug)]
pub(super) struct BitWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// Bits that do not make a byte yet, the last one lowest.
    open: u64,
    n_open: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, open: 0, n_open: 0 }
    }

    /// The lowest `count` bits of `number`.
    pub(super) fn number(&mut self, number: u32, count: u32) {
        let mask = (1_u64 << count) - 1;
        self.open = (self.open << count) | (u64::from(number) & mask);
        self.n_open += count;
        while self.n_open >= 8 {
            self.n_open -= 8;
            self.bytes.push(u8::try_from((self.open >> self.n_open) & 255).unwrap_or(0));
        }
    }

    /// `count` zeros and a one.
    pub(super) fn zeros(&mut self, mut count: u32) {
        while count >= 32 {
            self.number(0, 32);
            count -= 32;
        }
        self.number(0, count);
        self.number(1, 1);
    }

    /// Fills the last byte with zeros.
    pub(super) fn finish(mut self) {
        if self.n_open > 0 {
            self.number(0, 8 - self.n_open);
        }
    }
}
