//! Pages, the unit in which changes are kept and logged, and sets of page ranges.

use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a page. A page begins at a multiple of it.
pub(super) const PAGE: usize = 4096;
pub(super) const PAGE_LEN: u64 = PAGE as u64;

pub(super) type Page = Box<[u8; PAGE]>;

pub(super) fn zero_page() -> Page {
    Box::new([0; PAGE])
}

/// The pages that a range of bytes touches.
pub(super) fn pages_of(bytes: &Range<u64>) -> Range<u64> {
    if bytes.is_empty() {
        return 0..0;
    }
    bytes.start / PAGE_LEN..bytes.end.div_ceil(PAGE_LEN)
}

/// A set of pages, kept as ranges that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    pub(super) fn contains(&self, page: u64) -> bool {
        self.0.range(..=page).next_back().is_some_and(|(_, &end)| page < end)
    }

    pub(super) fn intersects(&self, pages: &Range<u64>) -> bool {
        !pages.is_empty()
            && self.0.range(..pages.end).next_back().is_some_and(|(_, &end)| end > pages.start)
    }

    pub(super) fn insert(&mut self, pages: Range<u64>) {
        if pages.is_empty() {
            return;
        }
        let Range { mut start, mut end } = pages;
        if let Some((&before, &before_end)) = self.0.range(..=start).next_back()
            && before_end >= start
        {
            start = before;
            end = end.max(before_end);
        }
        while let Some((&next, &next_end)) = self.0.range(start..=end).next() {
            end = end.max(next_end);
            self.0.remove(&next);
        }
        self.0.insert(start, end);
    }

    pub(super) fn remove(&mut self, pages: &Range<u64>) {
        if pages.is_empty() {
            return;
        }
        while let Some((&start, &end)) = self.0.range(..pages.end).next_back() {
            if end <= pages.start {
                break;
            }
            self.0.remove(&start);
            if end > pages.end {
                self.0.insert(pages.end, end);
            }
            if start < pages.start {
                self.0.insert(start, pages.start);
                break;
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.0.iter().map(|(&start, &end)| start..end)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parts of `pages` that are in the set.
    pub(super) fn within(&self, pages: &Range<u64>) -> Vec<Range<u64>> {
        self.iter()
            .skip_while(|range| range.end <= pages.start)
            .take_while(|range| range.start < pages.end)
            .map(|range| range.start.max(pages.start)..range.end.min(pages.end))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::simulation::random::Random;
    use super::*;

    #[test]
    fn ranges_are_a_set_of_pages() {
        let mut random = Random::new(1);
        for _ in 0..200 {
            let mut ranges = Ranges::default();
            let mut model = BTreeSet::new();
            for _ in 0..30 {
                let start = random.below(40);
                let pages = start..start + random.below(12);
                if random.below(2) == 0 {
                    ranges.insert(pages.clone());
                    model.extend(pages.clone());
                } else {
                    ranges.remove(&pages);
                    model.retain(|page| !pages.contains(page));
                }
                let listed: BTreeSet<u64> = ranges.iter().flatten().collect();
                assert_eq!(listed, model);
                assert!((0..60).all(|page| ranges.contains(page) == model.contains(&page)));
                let some = 10..10 + random.below(20);
                assert_eq!(ranges.intersects(&some), some.clone().any(|p| model.contains(&p)));
                let within: BTreeSet<u64> = ranges.within(&some).into_iter().flatten().collect();
                assert_eq!(within, model.iter().copied().filter(|p| some.contains(p)).collect());
                let gaps = ranges.0.iter().zip(ranges.0.iter().skip(1));
                assert!(gaps.clone().all(|((_, end), (start, _))| end < start), "{ranges:?}");
            }
        }
    }
}
