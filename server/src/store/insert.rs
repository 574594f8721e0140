//! Values before others along one axis: the dataset grows, what comes after moves up, from the end on.

use hdf5_async_protocol::message::command;
use hdf5_async_protocol::model::{
    AxisRange, ObjectKind, ObjectPath, ResolvedSelection, SelectionError,
};

use super::append::{Growth, as_rows, checked_axis};
use super::error::{At as _, StoreError};
use super::fill::check_rewrite;
use super::incoming::Incoming;
use super::library::dataset;
use super::library::space::Extent;
use super::opened::{Opened, product};
use super::resolve::{Location, expect_kind, locate};
use super::write::written;
use super::{Outcome, Store, StoreLimits, change, transfer};
use crate::cut::{Blocks, Order};

impl Store {
    pub(super) fn insert(
        &mut self,
        command: &command::Insert,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let limits = self.limits;
        let incoming = Incoming::new(path, command.data.as_deref(), payload, &limits)
            .said_to_be(command.datatype.as_ref(), command.shape.as_deref());
        incoming.check_presence()?;
        match locate(&self.file, path)? {
            Location::Vacancy(vacancy) if command.index == 0 => {
                self.append_new(&incoming, command.axis, &vacancy)
            }
            Location::Vacancy(vacancy) => Err(vacancy.not_found(path)),
            Location::Object(resolved) => {
                expect_kind(path, &resolved, ObjectKind::Dataset)?;
                // Closed first: the dataset is to be opened with its own chunk cache.
                drop(resolved);
                self.insert_rows(&incoming, command.index, command.axis)
            }
        }
    }

    fn insert_rows(
        &mut self,
        incoming: &Incoming<'_>,
        index: i64,
        axis: u32,
    ) -> Result<Outcome, StoreError> {
        let (path, limits) = (incoming.path, self.limits);
        let opened = self.dataset(path)?;
        opened.check_writable(path, &self.file, &limits)?;
        let Extent::Simple { dims, max_dims } = opened.extent(path)? else {
            let reason = "a dataset without axes cannot grow".to_owned();
            return Err(StoreError::Shape { path: path.clone(), reason });
        };
        let position = checked_axis(path, axis, dims.len())?;
        let at = resolved_index(index, position, dims[position]).at(path)?;
        let values =
            as_rows(path, &opened, incoming.in_datatype(&opened.datatype)?, &dims, position)?;
        let added = values.shape[position];
        let growth = Growth::new(path, &opened, &dims, &max_dims, position, added)?;
        if added == 0 {
            return written(path, &opened, Some(dims), Vec::new());
        }
        let shifted = Shift { position, at, old: dims[position], by: added };
        let moving = shifted.selection(&dims, at, dims[position] - at);
        let slot = opened.slot_bytes(path)? as u128;
        check_rewrite(path, product(&moving.counts()).saturating_mul(slot), &limits)?;
        dataset::set_extent(&opened.handle, &growth.shape).at(path)?;
        let extent = growth.extent();
        shifted.move_up(path, &opened, &extent, &limits)?;
        let region = shifted.selection(&growth.shape, at, added);
        transfer::write(path, opened.target(), &extent, &region, &values.payload)?;
        let shape = growth.shape;
        let change = if at == dims[position] {
            change::written(&opened.path, &region, Some(dims), &shape, &values, &limits)
        } else {
            let touched = shifted.selection(&shape, at, shape[position] - at);
            change::region(&opened.path, touched.bounding(), Some(dims), &shape, None)
        };
        written(path, &opened, Some(shape), vec![change])
    }
}

/// Where values go that are inserted at `index`: 0 to `length`, as in numpy.
fn resolved_index(index: i64, axis: usize, length: u64) -> Result<u64, SelectionError> {
    let from_end = if index < 0 { i128::from(length) } else { 0 };
    u64::try_from(from_end + i128::from(index))
        .ok()
        .filter(|at| *at <= length)
        .ok_or(SelectionError::OutOfBounds { index, axis, length })
}

/// The elements from `at` to `old` along one axis that move up `by` as many.
#[derive(Clone, Copy, Debug)]
struct Shift {
    position: usize,
    at: u64,
    old: u64,
    by: u64,
}

impl Shift {
    /// All elements with `count` indices from `start` along the axis.
    fn selection(&self, dims: &[u64], start: u64, count: u64) -> ResolvedSelection {
        let mut selection = ResolvedSelection::all(dims);
        selection.axes[self.position] = AxisRange::Strided { start, count, step: 1 };
        selection
    }

    /// Moves slab after slab, the last one first, so that nothing is overwritten before it has moved.
    fn move_up(
        &self,
        path: &ObjectPath,
        opened: &Opened,
        extent: &Extent,
        limits: &StoreLimits,
    ) -> Result<(), StoreError> {
        let Extent::Simple { dims, .. } = extent else { return Ok(()) };
        let slot = opened.slot_bytes(path)? as u64;
        let max_elements = (limits.block_bytes / slot.max(1)).max(1);
        let row: u128 = product(dims) / u128::from(dims[self.position].max(1));
        let height = u128::from(max_elements) / row.max(1);
        let height = u64::try_from(height).unwrap_or(u64::MAX).max(1);
        let mut end = self.old;
        while end > self.at {
            let start = end.saturating_sub(height).max(self.at);
            // Of a slab of one row that is still too large, the blocks lie side by side.
            let slab = self.selection(dims, start, end - start);
            let max = if end - start > 1 { u64::MAX } else { max_elements };
            for block in Blocks::new(slab, None, max, Order::Rows) {
                self.move_block(path, opened, extent, &block.selection, limits)?;
            }
            end = start;
        }
        Ok(())
    }

    /// Moves one block; variable-length elements that turn out to be too long together go in halves.
    fn move_block(
        &self,
        path: &ObjectPath,
        opened: &Opened,
        extent: &Extent,
        from: &ResolvedSelection,
        limits: &StoreLimits,
    ) -> Result<(), StoreError> {
        let read = transfer::read(path, opened.target(), extent, from, limits);
        let AxisRange::Strided { start, count, step } = from.axes[self.position] else {
            return Ok(());
        };
        if matches!(read, Err(StoreError::TooLarge { .. })) && count > 1 {
            let halves = [(start + count / 2, count - count / 2), (start, count / 2)];
            for (start, count) in halves {
                let mut half = from.clone();
                half.axes[self.position] = AxisRange::Strided { start, count, step };
                self.move_block(path, opened, extent, &half, limits)?;
            }
            return Ok(());
        }
        let mut to = from.clone();
        to.axes[self.position] = AxisRange::Strided { start: start + self.by, count, step };
        transfer::write(path, opened.target(), extent, &to, &read?)
    }
}
