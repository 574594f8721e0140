//! Reading through the overlays, and whether the file itself would tell the same.

use std::ops::Range;

use super::error::{Doing, storage};
use super::overlay::Place;
use super::page::{PAGE, PAGE_LEN, Page, pages_of};
use super::{Journal, JournalError, index};

impl Journal {
    /// Fills `buffer` from `offset` with the newest content, committed or not; beyond the end with zeros.
    ///
    /// # Errors
    /// Errors of the disk.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), JournalError> {
        let len = buffer.len() as u64;
        let end = offset.checked_add(len).ok_or(JournalError::OutOfRange { offset, len })?;
        let inside = index(self.len().saturating_sub(offset).min(len));
        buffer[inside..].fill(0);
        let buffer = &mut buffer[..inside];
        let pages = pages_of(&(offset..end.min(self.len())));
        if !self.is_covered(&pages) {
            return self.read_file(offset, buffer);
        }
        let mut rest = buffer;
        let mut position = offset;
        let mut number = position / PAGE_LEN;
        while !rest.is_empty() {
            let run =
                if self.is_page_of_file(number) { self.run_of_file(number, pages.end) } else { 1 };
            let run_end = (number + run) * PAGE_LEN;
            let (part, after) = rest.split_at_mut(index(run_end - position).min(rest.len()));
            let inside = index(position % PAGE_LEN);
            match self.place(number) {
                Place::Memory(page) => part.copy_from_slice(&page[inside..inside + part.len()]),
                Place::Zeros => part.fill(0),
                Place::File | Place::Below => self.read_file(position, part)?,
            }
            rest = after;
            position = run_end;
            number += run;
        }
        Ok(())
    }

    pub(super) fn read_page(&self, number: u64, page: &mut Page) -> Result<(), JournalError> {
        match self.place(number) {
            Place::Memory(bytes) => page.copy_from_slice(bytes.as_slice()),
            Place::Zeros => page.fill(0),
            Place::File | Place::Below => {
                let offset = number * PAGE_LEN;
                let inside = index(self.len().saturating_sub(offset)).min(PAGE);
                page[inside..].fill(0);
                self.read_file(offset, &mut page[..inside])?;
            }
        }
        Ok(())
    }

    fn read_file(&self, offset: u64, buffer: &mut [u8]) -> Result<(), JournalError> {
        self.main.read_at(offset, buffer).map_err(storage(Doing::Reading))
    }

    fn place(&self, page: u64) -> Place<'_> {
        let sealed = self.sealed.as_ref().map(|sealed| &*sealed.changes);
        for layer in [Some(&self.pending), sealed].into_iter().flatten() {
            match layer.find(page) {
                Place::Below => {}
                place => return place,
            }
        }
        self.committed.find(page)
    }

    /// Whether any of these pages is elsewhere than in the file alone.
    fn is_covered(&self, pages: &Range<u64>) -> bool {
        self.pending.covers_any(pages)
            || self.sealed.as_ref().is_some_and(|sealed| sealed.changes.covers_any(pages))
            || self.committed.covers_any(pages)
    }

    fn is_page_of_file(&self, page: u64) -> bool {
        matches!(self.place(page), Place::File | Place::Below)
    }

    /// How many pages from this one on are the file's own.
    fn run_of_file(&self, first: u64, end: u64) -> u64 {
        (first..end).take_while(|page| self.is_page_of_file(*page)).count() as u64
    }

    /// Whether the file itself holds the newest committed content of these bytes, and nothing uncommitted is about
    /// to replace it: whoever reads them from the file reads the truth. `false` when they go beyond its end.
    pub fn is_in_file(&self, bytes: Range<u64>) -> bool {
        let pages = pages_of(&bytes);
        bytes.end <= self.committed.end.min(self.base_end()).min(self.main_len)
            && !self.is_covered(&pages)
    }
}
