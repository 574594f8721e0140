//! Which rows changed a moment ago, so that they can fade.

use std::collections::BTreeMap;

use hdf5_async_protocol::model::ObjectPath;

/// A change that shows on a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Grows with every new fade of this row, so that a running one can begin again.
    pub number: u32,
    pub at_ms: f64,
    /// Changes come faster than the row may flash; a steady dot stands for them.
    pub busy: bool,
}

impl Mark {
    /// A row flashes at most twice a second, below the three of WCAG 2.3.1.
    const AT_MOST_EVERY_MS: f64 = 500.0;
    /// How long a mark can be seen at all.
    pub const SEEN_MS: f64 = 2000.0;
}

#[derive(Clone, Debug, Default)]
pub(super) struct Marks(BTreeMap<ObjectPath, Mark>);

impl Marks {
    /// Enough for every row on a screen; beyond it nothing flashes until the old ones have faded.
    const MOST: usize = 512;

    pub(super) fn get(&self, path: &ObjectPath) -> Option<Mark> {
        self.0.get(path).copied()
    }

    pub(super) fn mark(&mut self, path: ObjectPath, now_ms: f64) {
        if self.0.len() >= Self::MOST {
            self.0.retain(|_, mark| now_ms - mark.at_ms < Mark::SEEN_MS);
        }
        if let Some(mark) = self.0.get_mut(&path) {
            mark.busy = now_ms - mark.at_ms < Mark::AT_MOST_EVERY_MS;
            if !mark.busy {
                mark.number += 1;
                mark.at_ms = now_ms;
            }
        } else if self.0.len() < Self::MOST {
            self.0.insert(path, Mark { number: 1, at_ms: now_ms, busy: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flashes_at_most_twice_a_second() {
        let path = ObjectPath::new("/a").unwrap();
        let mut marks = Marks::default();
        marks.mark(path.clone(), 0.0);
        marks.mark(path.clone(), 100.0);
        assert_eq!(marks.get(&path), Some(Mark { number: 1, at_ms: 0.0, busy: true }));
        marks.mark(path.clone(), 600.0);
        assert_eq!(marks.get(&path), Some(Mark { number: 2, at_ms: 600.0, busy: false }));
    }
}
