//! The newest content where it is not the file's own: pages in memory, ranges that read as zeros, and the end of
//! the file.

use std::collections::BTreeMap;
use std::ops::Range;

use super::page::{PAGE_LEN, Page, Ranges};

/// A layer over the file, or over an older layer. A page is in at most one of the three.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay {
    pub(super) pages: BTreeMap<u64, Page>,
    /// Read as zeros, whatever is below.
    pub(super) zeros: Ranges,
    /// The file's own bytes are the newest, whatever an older layer has.
    pub(super) direct: Ranges,
    /// The length of the file.
    pub(super) end: u64,
}

/// Where the newest content of a page is.
#[derive(Debug)]
pub(super) enum Place<'a> {
    Memory(&'a Page),
    Zeros,
    File,
    /// Not in this layer.
    Below,
}

impl Overlay {
    pub(super) fn of_end(end: u64) -> Self {
        Self { end, ..Self::default() }
    }

    pub(super) fn find(&self, page: u64) -> Place<'_> {
        if let Some(bytes) = self.pages.get(&page) {
            Place::Memory(bytes)
        } else if self.zeros.contains(page) {
            Place::Zeros
        } else if self.direct.contains(page) {
            Place::File
        } else {
            Place::Below
        }
    }

    pub(super) fn put_page(&mut self, page: u64, bytes: Page) {
        self.zeros.remove(&(page..page + 1));
        self.direct.remove(&(page..page + 1));
        self.pages.insert(page, bytes);
    }

    pub(super) fn put_zeros(&mut self, pages: Range<u64>) {
        self.drop_pages(&pages);
        self.direct.remove(&pages);
        self.zeros.insert(pages);
    }

    pub(super) fn put_direct(&mut self, pages: Range<u64>) {
        self.drop_pages(&pages);
        self.zeros.remove(&pages);
        self.direct.insert(pages);
    }

    fn drop_pages(&mut self, pages: &Range<u64>) {
        if pages.is_empty() || self.pages.range(pages.clone()).next().is_none() {
            return;
        }
        let mut rest = self.pages.split_off(&pages.start);
        let mut after = rest.split_off(&pages.end);
        self.pages.append(&mut after);
    }

    /// From now on the file itself holds these pages.
    pub(super) fn forget(&mut self, pages: &Range<u64>) {
        self.drop_pages(pages);
        self.zeros.remove(pages);
        self.direct.remove(pages);
    }

    /// Lays a newer layer, which becomes one with this one, directly over the file.
    pub(super) fn absorb(&mut self, newer: Self) {
        for pages in newer.zeros.iter() {
            self.put_zeros(pages);
        }
        for pages in newer.direct.iter() {
            self.forget(&pages);
        }
        for (page, bytes) in newer.pages {
            self.put_page(page, bytes);
        }
        self.end = newer.end;
    }

    /// Whether the newest content of any of these pages is not below.
    pub(super) fn covers_any(&self, pages: &Range<u64>) -> bool {
        !pages.is_empty()
            && (self.pages.range(pages.clone()).next().is_some()
                || self.zeros.intersects(pages)
                || self.direct.intersects(pages))
    }

    /// Whether it changes anything that a reader of an older layer with the same end could see. Zeros beyond the end change
    /// nothing.
    pub(super) fn is_change_of(&self, end: u64) -> bool {
        self.end != end
            || !self.pages.is_empty()
            || !self.direct.is_empty()
            || self.zeros.intersects(&(0..end.div_ceil(PAGE_LEN)))
    }

    /// Bytes of memory that the pages take.
    pub(super) fn page_bytes(&self) -> u64 {
        self.pages.len() as u64 * PAGE_LEN
    }
}
