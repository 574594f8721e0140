//! The two headers at the beginning of a log, of which the newer valid one counts.
//!
//! A new header goes into the other place, so that the old one stays until the new one is whole. With each goes a
//! table of the requests that were applied before.

use std::io;

use xxhash_rust::xxh3::xxh3_64;

use super::bytes::{Decoder, Encoder};
use super::disk::DiskFile;
use super::page::{PAGE, PAGE_LEN};
use super::protection::{Protection, holds};
use super::requests::{AppliedRequest, Remembered};
use super::stamp::Stamp;

/// How every log of ours begins.
pub const MAGIC: [u8; 8] = *b"h5a log\n";

/// Raised with each change of the format; an older log is answered with `JournalError::LogVersion`.
pub const LOG_VERSION: u32 = 1;

/// Where the tables begin; before them are the two headers, a page each.
const TABLES_START: u64 = 2 * PAGE_LEN;

/// What is true of the whole log until the next header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The newer header has the higher one.
    pub(super) generation: u64,
    /// Of this log; a record with another one is not this log's.
    pub(super) uuid: [u8; 16],
    /// Counts the openings of the log.
    pub(super) epoch: u64,
    /// The sequence number of the record at `records_start`, if there is one.
    pub(super) first_seq: u64,
    /// Whether the file may have been written to since `stamp`.
    pub(super) state: State,
    /// The file at the last checkpoint.
    pub(super) stamp: Stamp,
    /// The commit up to which the table of applied requests goes.
    pub(super) table_seq: u64,
    /// Bytes of each of the two tables of applied requests.
    pub(super) table_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The file is exactly as at the checkpoint.
    Settled = 0,
    /// The server may have written to it: a checkpoint under way, or data beyond the old end.
    Writing = 1,
}

/// What the beginning of a log says.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing, or a part of the very first header: there was no commit yet.
    Nothing,
    /// A header, and the requests in its table.
    Header(Box<Header>, Vec<AppliedRequest>),
    /// Headers of ours, but none is whole.
    Damaged,
    /// Another version's.
    Version(u32),
    /// Something else altogether.
    Foreign,
}

impl Header {
    pub(super) fn records_start(&self) -> u64 {
        records_start(self.table_bytes)
    }

    /// Writes header and table into the place that the older header has. The caller syncs.
    pub(super) fn write(&self, log: &dyn DiskFile, requests: &Remembered) -> io::Result<()> {
        let place = self.generation % 2;
        let table = requests.encode();
        log.write_at(TABLES_START + place * self.table_bytes, &table)?;
        log.write_at(place * PAGE_LEN, &self.encode(&table))
    }

    fn encode(&self, table: &[u8]) -> Vec<u8> {
        let mut to = Encoder::default();
        to.bytes(&MAGIC);
        to.u32(LOG_VERSION);
        to.u32(self.state as u32);
        to.u64(self.generation);
        to.bytes(&self.uuid);
        to.u64(self.epoch);
        to.u64(self.first_seq);
        to.u64(self.table_seq);
        to.u64(self.table_bytes);
        to.u64(table.len() as u64);
        to.u64(xxh3_64(table));
        self.stamp.encode(&mut to);
        to.0.resize(PAGE - 8, 0);
        let checksum = xxh3_64(&to.0);
        to.u64(checksum);
        to.0
    }
}

pub(super) fn records_start(table_bytes: u64) -> u64 {
    (TABLES_START + 2 * table_bytes).next_multiple_of(PAGE_LEN)
}

/// Reads both headers.
pub(super) fn find(log: &dyn DiskFile) -> io::Result<Found> {
    let mut best: Option<(Header, Vec<AppliedRequest>)> = None;
    let mut ours = false;
    for place in 0..2 {
        let mut bytes = [0; PAGE];
        log.read_at(place * PAGE_LEN, &mut bytes)?;
        let Some(mut from) = bytes.strip_prefix(&MAGIC).map(Decoder) else { continue };
        ours = true;
        match from.u32() {
            Some(LOG_VERSION) => {}
            Some(version) if is_whole(&bytes) => return Ok(Found::Version(version)),
            _ => continue,
        }
        if !is_whole(&bytes) && holds(Protection::ChecksumOfHeader) {
            continue;
        }
        let Some((header, requests)) = decode(log, place, from)? else { continue };
        if best.as_ref().is_none_or(|(best, _)| best.generation < header.generation) {
            best = Some((header, requests));
        }
    }
    Ok(match best {
        Some((header, requests)) => Found::Header(Box::new(header), requests),
        None if is_unborn(log, ours)? => Found::Nothing,
        None if ours => Found::Damaged,
        None => Found::Foreign,
    })
}

/// Whether there is nothing but zeros, and perhaps parts of the first header, which goes into the second place.
fn is_unborn(log: &dyn DiskFile, ours: bool) -> io::Result<bool> {
    let len = log.status()?.len;
    let mut bytes = vec![0; 1 << 20];
    let mut offset = 0;
    while offset < len {
        log.read_at(offset, &mut bytes)?;
        if offset == 0 && (ours || bytes[PAGE..PAGE + MAGIC.len()] == [0; MAGIC.len()]) {
            bytes[PAGE..2 * PAGE].fill(0);
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        offset += bytes.len() as u64;
    }
    Ok(true)
}

fn is_whole(bytes: &[u8; PAGE]) -> bool {
    let (content, checksum) = bytes.split_at(PAGE - 8);
    xxh3_64(content).to_le_bytes() == checksum
}

fn decode(
    log: &dyn DiskFile,
    place: u64,
    mut from: Decoder<'_>,
) -> io::Result<Option<(Header, Vec<AppliedRequest>)>> {
    let mut fields = || {
        let state = if from.u32()? == 0 { State::Settled } else { State::Writing };
        let (generation, uuid, epoch) = (from.u64()?, from.uuid()?, from.u64()?);
        let (first_seq, table_seq, table_bytes) = (from.u64()?, from.u64()?, from.u64()?);
        let (table_len, table_checksum) = (from.u64()?, from.u64()?);
        let stamp = Stamp::decode(&mut from)?;
        let header =
            Header { generation, uuid, epoch, first_seq, state, stamp, table_seq, table_bytes };
        Some((header, table_len, table_checksum))
    };
    let Some((header, table_len, table_checksum)) = fields() else { return Ok(None) };
    if table_len > header.table_bytes || header.table_bytes > log.status()?.len {
        return Ok(None);
    }
    let Ok(table_len) = usize::try_from(table_len) else { return Ok(None) };
    let mut table = vec![0; table_len];
    log.read_at(TABLES_START + place * header.table_bytes, &mut table)?;
    if xxh3_64(&table) != table_checksum && holds(Protection::ChecksumOfHeader) {
        return Ok(None);
    }
    Ok(Remembered::decode(&table).map(|requests| (header, requests)))
}
