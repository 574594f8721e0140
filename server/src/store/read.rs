//! Reading elements: at once where they are few, otherwise a plan and then block by block.

use std::sync::Arc;

use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::{AxisRange, Fields, ObjectPath, ResolvedSelection, Selection};

use super::error::{At as _, StoreError};
use super::opened::{Opened, product};
use super::resolve::resolve;
use super::view::View;
use super::{Answer, Outcome, ReadPlan, Store, transfer};

impl Store {
    /// The dataset at `path`, kept open for the commands to come.
    pub(super) fn dataset(&mut self, path: &ObjectPath) -> Result<Arc<Opened>, StoreError> {
        if let Some(opened) = self.opened.get(path) {
            return Ok(opened);
        }
        let resolved = resolve(&self.file, path)?;
        let opened = Arc::new(Opened::open(path, resolved, &self.references, &self.limits)?);
        self.opened.insert(path.clone(), &opened);
        Ok(opened)
    }

    pub(super) fn read(&mut self, command: &command::Read) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let plan = self.read_plan(path, &command.selection, command.fields.as_ref())?;
        if plan.values.shape.is_none() {
            return Ok(Outcome::read(Answer::Values { values: plan.values, payload: Vec::new() }));
        }
        let slot = plan.values.datatype.wire_size().unwrap_or(1);
        let bytes = product(&plan.selection.counts()).saturating_mul(slot as u128);
        if bytes > u128::from(self.limits.block_bytes) {
            return Ok(Outcome::read(Answer::Plan(plan)));
        }
        let payload = self.block(path, &plan.selection, command.fields.as_ref())?;
        Ok(Outcome::read(Answer::Values { values: plan.values, payload }))
    }

    /// What `selection` means now. Of a null dataspace it selects nothing, and the values have no shape.
    pub(super) fn read_plan(
        &mut self,
        path: &ObjectPath,
        selection: &Selection,
        fields: Option<&Fields>,
    ) -> Result<ReadPlan, StoreError> {
        let opened = self.dataset(path)?;
        opened.check_accessible(path, &self.limits)?;
        let view = View::new(path, Arc::clone(&opened), fields)?;
        let shape = opened.extent(path)?.shape();
        let selection = selection.resolve(shape.as_deref().unwrap_or_default()).at(path)?;
        let values = reply::Values {
            shape: shape.is_some().then(|| selection.shape()),
            datatype: view.datatype().clone(),
            data: None,
            place: None,
            last: None,
        };
        let (chunks, fields) = (opened.chunks.clone(), fields.cloned());
        Ok(ReadPlan { values, selection, chunks, fields })
    }

    pub(super) fn block(
        &mut self,
        path: &ObjectPath,
        selection: &ResolvedSelection,
        fields: Option<&Fields>,
    ) -> Result<Vec<u8>, StoreError> {
        let opened = self.dataset(path)?;
        opened.check_accessible(path, &self.limits)?;
        let view = View::new(path, Arc::clone(&opened), fields)?;
        let extent = opened.extent(path)?;
        let shape = extent.shape();
        if !shape.as_deref().is_some_and(|dims| fits(selection, dims)) {
            return Err(StoreError::SelectionOutdated { path: path.clone(), shape });
        }
        transfer::read(path, view.target(), &extent, selection, &self.limits)
    }
}

/// Whether every selected index exists.
pub(super) fn fits(selection: &ResolvedSelection, dims: &[u64]) -> bool {
    let inside = |axis: &AxisRange, &dim: &u64| match axis {
        AxisRange::Strided { count: 0, .. } => true,
        AxisRange::Strided { start, count, step } => {
            let last = u128::from(*start) + u128::from(count - 1) * u128::from(*step);
            last < u128::from(dim)
        }
        AxisRange::Indices { indices } => indices.iter().all(|&index| index < dim),
    };
    selection.axes.len() == dims.len()
        && selection.axes.iter().zip(dims).all(|(axis, dim)| inside(axis, dim))
}
