//! How a file looked at its last checkpoint, and whether it still looks so.
//!
//! An ordinary .h5 has no room for a mark of ours, so the log remembers length, time of modification, and checksums of some
//! pages: the first (HDF5's superblock and the root group), the last, and some in between.

use std::io;

use xxhash_rust::xxh3::xxh3_64;

use super::bytes::{Decoder, Encoder};
use super::disk::{DiskFile, FileStatus};
use super::error::Difference;
use super::page::{PAGE, PAGE_LEN, Ranges, zero_page};
use super::protection::{Protection, holds};

const FIRST_PAGES: u64 = 4;
const PAGES_BETWEEN: u64 = 8;

/// Fewer bytes may be equal by chance.
const TELLING_BYTES: u64 = 64;

/// Status and sampled content of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) status: FileStatus,
    samples: Vec<(u64, u64)>,
}

/// What differs, and whether the file is another one altogether.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub(super) difference: Difference,
    pub(super) replaced: bool,
}

impl Stamp {
    pub(super) fn take(file: &dyn DiskFile) -> io::Result<Self> {
        let status = file.status()?;
        let mut samples = Vec::new();
        for page in sampled_pages(status.len) {
            samples.push((page, checksum(file, page, status.len)?));
        }
        Ok(Self { status, samples })
    }

    /// For a log that says that nobody has written to the file since.
    pub(super) fn check_settled(
        &self,
        file: &dyn DiskFile,
        accept_touched: bool,
    ) -> io::Result<Option<Mismatch>> {
        let found = file.status()?;
        if !holds(Protection::StampOfFile) {
            return Ok(None);
        }
        if found.len != self.status.len {
            let difference = Difference::Length { expected: self.status.len, found: found.len };
            return Ok(Some(self.mismatch(difference, &found)));
        }
        if let Some(page) = self.changed_page(file, &Ranges::default())? {
            return Ok(Some(self.mismatch(Difference::Content { page }, &found)));
        }
        let touched = !accept_touched && !same_time(found.modified, self.status.modified);
        Ok(touched.then(|| self.mismatch(Difference::Time, &found)))
    }

    /// For a log that says that its own server may have written to the file since, in the pages of the log's
    /// records. The others have to be what they were; of another inode, at least one has to show it.
    pub(super) fn check_writing(
        &self,
        file: &dyn DiskFile,
        accept_touched: bool,
        touched: &Ranges,
    ) -> io::Result<Option<Mismatch>> {
        let found = file.status()?;
        if !holds(Protection::StampOfFile) {
            return Ok(None);
        }
        if let Some(page) = self.changed_page(file, touched)? {
            return Ok(Some(self.mismatch(Difference::Content { page }, &found)));
        }
        let zeros = xxh3_64(zero_page().as_slice());
        let known = found.inode == self.status.inode
            || self.samples.iter().any(|&(page, checksum)| {
                let has_bytes = page * PAGE_LEN + TELLING_BYTES <= self.status.len;
                !touched.contains(page) && has_bytes && checksum != zeros
            });
        Ok((!known && !accept_touched).then(|| self.mismatch(Difference::Inode, &found)))
    }

    /// The first sampled page, other than the touched ones, that is not what it was.
    fn changed_page(&self, file: &dyn DiskFile, touched: &Ranges) -> io::Result<Option<u64>> {
        for &(page, expected) in &self.samples {
            if !touched.contains(page) && checksum(file, page, self.status.len)? != expected {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    fn mismatch(&self, difference: Difference, found: &FileStatus) -> Mismatch {
        Mismatch { difference, replaced: found.inode != self.status.inode }
    }

    pub(super) fn encode(&self, to: &mut Encoder) {
        to.u64(self.status.len);
        to.u64(self.status.modified.0.cast_unsigned());
        to.u32(self.status.modified.1);
        to.u64(self.status.inode);
        to.count(self.samples.len());
        for &(page, checksum) in &self.samples {
            to.u64(page);
            to.u64(checksum);
        }
    }

    pub(super) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        let status = FileStatus {
            len: from.u64()?,
            modified: (from.u64()?.cast_signed(), from.u32()?),
            inode: from.u64()?,
        };
        let samples = (0..from.count()?).map(|_| Some((from.u64()?, from.u64()?)));
        Some(Self { status, samples: samples.collect::<Option<_>>()? })
    }
}

fn sampled_pages(len: u64) -> Vec<u64> {
    let pages = len.div_ceil(PAGE_LEN);
    let between = (1..=PAGES_BETWEEN).map(|i| pages / (PAGES_BETWEEN + 1) * i);
    let mut sampled: Vec<u64> = (0..FIRST_PAGES.min(pages))
        .chain(between.filter(|page| *page >= FIRST_PAGES))
        .chain(pages.checked_sub(1))
        .collect();
    sampled.dedup();
    sampled
}

/// Of the part of the page that lies in a file of this length.
fn checksum(file: &dyn DiskFile, page: u64, len: u64) -> io::Result<u64> {
    let mut bytes = zero_page();
    let offset = page * PAGE_LEN;
    let inside = usize::try_from(len.saturating_sub(offset)).map_or(PAGE, |rest| rest.min(PAGE));
    file.read_at(offset, &mut bytes[..inside])?;
    Ok(xxh3_64(bytes.as_slice()))
}

/// Archives that keep whole seconds only are common.
fn same_time(found: (i64, u32), expected: (i64, u32)) -> bool {
    found == expected || (found.1 == 0 && found.0 == expected.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_few_and_ordered() {
        assert_eq!(sampled_pages(0), Vec::<u64>::new());
        assert_eq!(sampled_pages(1), [0]);
        assert_eq!(sampled_pages(3 * PAGE_LEN + 1), [0, 1, 2, 3]);
        for pages in 5..300 {
            let sampled = sampled_pages(pages * PAGE_LEN);
            assert!(sampled.is_sorted_by(|a, b| a < b), "{sampled:?}");
            assert!(sampled.len() <= 13 && sampled.ends_with(&[pages - 1]), "{sampled:?}");
        }
    }

    #[test]
    fn whole_seconds_are_enough() {
        assert!(same_time((5, 0), (5, 77)));
        assert!(!same_time((5, 1), (5, 77)));
        assert!(!same_time((6, 0), (5, 0)));
    }
}
