//! The links of one group, as far as they were listed: a beginning of the whole, in order of name.

use hdf5_async_protocol::model::Child;

use crate::refusal::Refusal;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// In the server's order of name, which is that of bytes.
    pub children: Vec<Child>,
    /// How many links the group holds, by the server's last word.
    pub total: u64,
    /// A page is on its way.
    pub loading: bool,
    /// Why the last page did not come.
    pub refusal: Option<Refusal>,
}

impl Group {
    pub fn is_complete(&self) -> bool {
        self.children.len() as u64 >= self.total
    }

    /// How many links are not listed yet.
    pub fn missing(&self) -> u64 {
        self.total.saturating_sub(self.children.len() as u64)
    }

    pub fn child(&self, name: &str) -> Option<&Child> {
        self.position(name).ok().map(|position| &self.children[position])
    }

    pub(super) fn child_mut(&mut self, name: &str) -> Option<&mut Child> {
        self.position(name).ok().map(|position| &mut self.children[position])
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.children.binary_search_by(|child| child.name.as_bytes().cmp(name.as_bytes()))
    }

    /// Takes a page in: it says everything about the names between its first and its last.
    pub(super) fn merge_page(&mut self, offset: u64, total: u64, page: Vec<Child>) {
        let end = offset + page.len() as u64;
        let place = |name: Option<&Child>| {
            name.map_or(0, |child| self.position(&child.name).unwrap_or_else(|position| position))
        };
        let from = if offset == 0 { 0 } else { place(page.first()) };
        let to = match page.last() {
            _ if end >= total => self.children.len(),
            Some(last) => {
                self.position(&last.name).map_or_else(|position| position, |found| found + 1)
            }
            None => from,
        };
        self.children.splice(from..to.max(from), page);
        self.total = total;
        self.loading = false;
        self.refusal = None;
    }

    /// Adds a link; says whether it lies in the part that is listed.
    pub(super) fn insert(&mut self, child: Child) -> bool {
        match self.position(&child.name) {
            Ok(position) => {
                self.children[position] = child;
                true
            }
            Err(position) => {
                let listed = position < self.children.len() || self.is_complete();
                self.total += 1;
                if listed {
                    self.children.insert(position, child);
                }
                listed
            }
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.total = self.total.saturating_sub(1);
        if let Ok(position) = self.position(name) {
            self.children.remove(position);
        }
    }
}
