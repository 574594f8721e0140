//! The shape of nested lists, learned while they are read.

use super::ValueError;

/// HDF5's limit on the rank (`H5S_MAX_RANK`).
const MAX_RANK: usize = 32;

/// The lengths of the nested lists, learned from the first list of each depth and checked on the others.
#[derive(Debug, Default)]
pub(super) struct Shape {
    lengths: Vec<Option<u64>>,
    /// The depth at which the values stand.
    depth: Option<usize>,
}

impl Shape {
    pub(super) fn open(&mut self, axis: usize) -> Result<(), ValueError> {
        if axis >= MAX_RANK {
            return Err(ValueError::TooDeep { max: MAX_RANK });
        }
        if self.depth.is_some_and(|depth| depth <= axis) {
            return Err(ValueError::Ragged { expected: 1, actual: 0 });
        }
        if self.lengths.len() <= axis {
            self.lengths.resize(axis + 1, None);
        }
        Ok(())
    }

    pub(super) fn close(&mut self, axis: usize, length: u64) -> Result<(), ValueError> {
        match self.lengths[axis] {
            Some(expected) if expected != length => {
                Err(ValueError::Ragged { expected, actual: length })
            }
            _ => {
                self.lengths[axis] = Some(length);
                Ok(())
            }
        }
    }

    pub(super) fn value(&mut self, axis: usize) -> Result<(), ValueError> {
        if *self.depth.get_or_insert(axis) != axis || self.lengths.len() > axis {
            return Err(ValueError::Ragged { expected: 0, actual: 1 });
        }
        Ok(())
    }

    pub(super) fn lengths(self) -> Vec<u64> {
        self.lengths.into_iter().map(|length| length.unwrap_or(0)).collect()
    }
}
