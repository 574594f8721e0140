//! A commit as bytes: what changed since the commit before it, and by which requests, under one checksum.
//!
//! A record begins at a multiple of the page size and is padded to one, so that no two records share a sector or a page of the
//! operating system: writing the next one cannot hurt one that was acknowledged.

use std::io;
use std::ops::Range;

use xxhash_rust::xxh3::Xxh3;

use super::bytes::{Decoder, Encoder};
use super::disk::DiskFile;
use super::header::Header;
use super::overlay::Overlay;
use super::page::{PAGE, PAGE_LEN, Ranges, zero_page};
use super::protection::{Protection, holds};
use super::requests::AppliedRequest;

const MAGIC: [u8; 8] = *b"h5acommt";

/// Bytes of pages that are written at once.
const WRITE_BYTES: usize = 1 << 20;

/// Where the checksum stands, and what is before it.
const CHECKSUM: Range<usize> = 8..16;

/// A record that was read back.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) changes: Overlay,
    pub(super) requests: Vec<AppliedRequest>,
    /// Bytes in the log.
    pub(super) len: u64,
}

/// Bytes that the record takes in the log.
pub(super) fn len(changes: &Overlay, requests: &[AppliedRequest]) -> u64 {
    let requests: usize = requests.iter().map(|r| 8 + r.key.len() + r.reply.len()).sum();
    let ranges = changes.zeros.len() + changes.direct.len();
    let head = FIXED_BYTES + 16 * ranges + 8 * changes.pages.len() + requests;
    (head as u64).next_multiple_of(PAGE_LEN) + changes.page_bytes()
}

const FIXED_BYTES: usize = 8 + 8 + 16 + 8 + 8 + 8 + 8 + 4 * 4;

/// Writes the record at `offset`. The caller syncs.
pub(super) fn write(
    log: &dyn DiskFile,
    offset: u64,
    header: &Header,
    seq: u64,
    changes: &Overlay,
    requests: &[AppliedRequest],
) -> io::Result<()> {
    let mut bytes = head(header, seq, changes, requests);
    let mut hash = Xxh3::new();
    hash.update(&bytes);
    for page in changes.pages.values() {
        hash.update(page.as_slice());
    }
    bytes[CHECKSUM].copy_from_slice(&hash.digest().to_le_bytes());
    let mut offset = offset;
    bytes.reserve(WRITE_BYTES.min(changes.pages.len() * PAGE));
    for page in changes.pages.values() {
        if bytes.len() >= WRITE_BYTES {
            log.write_at(offset, &bytes)?;
            offset += bytes.len() as u64;
            bytes.clear();
        }
        bytes.extend_from_slice(page.as_slice());
    }
    log.write_at(offset, &bytes)
}

/// All before the pages, with zeros in the place of the checksum.
fn head(header: &Header, seq: u64, changes: &Overlay, requests: &[AppliedRequest]) -> Vec<u8> {
    let mut to = Encoder::default();
    to.bytes(&MAGIC);
    to.u64(0);
    to.bytes(&header.uuid);
    to.u64(header.epoch);
    to.u64(seq);
    to.u64(changes.end);
    to.u64(0);
    let head_len_at = to.0.len() - 8;
    to.count(changes.zeros.len());
    to.count(changes.direct.len());
    to.count(changes.pages.len());
    to.count(requests.len());
    for pages in changes.zeros.iter().chain(changes.direct.iter()) {
        to.u64(pages.start);
        to.u64(pages.end);
    }
    for page in changes.pages.keys() {
        to.u64(*page);
    }
    for request in requests {
        request.encode(&mut to);
    }
    let mut bytes = to.0;
    bytes.resize(bytes.len().next_multiple_of(PAGE), 0);
    let head_len = (bytes.len() as u64).to_le_bytes();
    bytes[head_len_at..head_len_at + 8].copy_from_slice(&head_len);
    bytes
}

/// Where a record is looked for, and its sequence number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) seq: u64,
}

/// All whole records from a place on, in order.
pub(super) fn each(
    log: &dyn DiskFile,
    header: &Header,
    from: Place,
    mut f: impl FnMut(u64, Record),
) -> io::Result<()> {
    let log_len = log.status()?.len;
    let Place { mut offset, mut seq } = from;
    while let Some(record) = read(log, log_len, offset, header, seq)? {
        offset += record.len;
        f(seq, record);
        seq += 1;
    }
    Ok(())
}

/// The record at `offset`, if a whole one with this sequence number is there.
pub(super) fn read(
    log: &dyn DiskFile,
    log_len: u64,
    offset: u64,
    header: &Header,
    seq: u64,
) -> io::Result<Option<Record>> {
    let room = log_len.saturating_sub(offset);
    if room < PAGE_LEN {
        return Ok(None);
    }
    let mut first = vec![0; PAGE];
    log.read_at(offset, &mut first)?;
    let Some(lengths) = lengths(&first, header, seq) else { return Ok(None) };
    let len = lengths.head.checked_add(lengths.pages.saturating_mul(PAGE_LEN));
    let Some(len) = len.filter(|len| *len <= room) else { return Ok(None) };
    let (Ok(size), Ok(head)) = (usize::try_from(len), usize::try_from(lengths.head)) else {
        return Ok(None);
    };
    let mut bytes = first;
    bytes.resize(size, 0);
    log.read_at(offset + PAGE_LEN, &mut bytes[PAGE..])?;
    let checksum: Vec<u8> = bytes[CHECKSUM].to_vec();
    bytes[CHECKSUM].fill(0);
    let mut hash = Xxh3::new();
    hash.update(&bytes);
    if hash.digest().to_le_bytes() != checksum[..] && holds(Protection::ChecksumOfRecord) {
        return Ok(None);
    }
    let (head, pages) = bytes.split_at(head);
    Ok(decode(head, pages).map(|(changes, requests)| Record { changes, requests, len }))
}

struct Lengths {
    head: u64,
    pages: u64,
}

/// What the beginning of a record says about its length, if it is the one that is expected.
fn lengths(first: &[u8], header: &Header, seq: u64) -> Option<Lengths> {
    let mut from = Decoder(first.strip_prefix(&MAGIC)?);
    let _checksum = from.u64()?;
    if from.uuid()? != header.uuid && holds(Protection::IdentityOfRecord) {
        return None;
    }
    let _epoch = from.u64()?;
    if from.u64()? != seq && holds(Protection::SequenceOfRecord) {
        return None;
    }
    let _end = from.u64()?;
    let head = from.u64()?;
    let (_zeros, _direct, pages) = (from.u32()?, from.u32()?, from.u32()?);
    (head >= PAGE_LEN && head % PAGE_LEN == 0).then_some(Lengths { head, pages: pages.into() })
}

fn decode(head: &[u8], pages: &[u8]) -> Option<(Overlay, Vec<AppliedRequest>)> {
    let mut from = Decoder(head);
    from.bytes(MAGIC.len() + CHECKSUM.len() + 16 + 8 + 8)?;
    let mut changes = Overlay::of_end(from.u64()?);
    let _head_len = from.u64()?;
    let (zeros, direct, numbers, requests) =
        (from.count()?, from.count()?, from.count()?, from.count()?);
    changes.zeros = ranges(&mut from, zeros)?;
    changes.direct = ranges(&mut from, direct)?;
    for bytes in pages.as_chunks::<PAGE>().0.iter().take(numbers) {
        let mut page = zero_page();
        page.copy_from_slice(bytes);
        changes.pages.insert(from.u64()?, page);
    }
    let requests = (0..requests).map(|_| AppliedRequest::decode(&mut from));
    Some((changes, requests.collect::<Option<_>>()?))
}

fn ranges(from: &mut Decoder<'_>, count: usize) -> Option<Ranges> {
    let mut ranges = Ranges::default();
    for _ in 0..count {
        ranges.insert(from.u64()?..from.u64()?);
    }
    Some(ranges)
}
