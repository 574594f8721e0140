//! Rows tested with a predicate, a block at a time, and those that pass read in the same job, so that they are of one
//! moment.

use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::{AxisRange, Datatype, Fields, ObjectPath, ResolvedSelection};
use hdf5_async_protocol::query::{self, Bound};
use hdf5_async_protocol::values;
use serde::{Deserialize, Serialize};

use super::error::{At as _, StoreError};
use super::read::fits;
use super::view::View;
use super::{Store, transfer};

/// What is needed to cut a query into blocks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueryPlan {
    /// Of the rows that are answered.
    pub datatype: Datatype,
    /// The rows that are looked at.
    pub rows: AxisRange,
    /// Bytes of a whole row.
    pub row_bytes: u64,
}

/// One block of a query.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueryBlock {
    pub path: ObjectPath,
    pub predicate: String,
    pub fields: Option<Fields>,
    /// The rows that are looked at.
    pub rows: AxisRange,
    /// So many of those that pass are left out at first.
    pub skip: u64,
    /// So many of the others are taken.
    pub take: u64,
}

/// The rows of a block that passed; their values are a payload beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Matches {
    /// Those that were taken, in the dataset.
    pub indices: Vec<u64>,
    /// How many passed, taken or not.
    pub passed: u64,
    /// How many rows had been looked at when the last one was taken.
    pub scanned: u64,
}

impl Store {
    pub(super) fn query_plan(&mut self, query: &command::Query) -> Result<QueryPlan, StoreError> {
        let path = &query.path;
        let (view, _) = self.tested(path, &query.predicate)?;
        let opened = view.opened;
        let shape = opened.extent(path)?.shape().unwrap_or_default();
        if shape.len() != 1 {
            let reason = format!("a query needs a dataset with one axis, this one has {shape:?}");
            return Err(StoreError::Shape { path: path.clone(), reason });
        }
        let selection = query.selection.resolve(&shape).at(path)?;
        let rows = selection.axes.into_iter().next();
        let rows = rows.unwrap_or(AxisRange::Strided { start: 0, count: 0, step: 1 });
        let row_bytes = opened.slot_bytes(path)? as u64;
        let answered = View::new(path, opened, query.fields.as_ref())?;
        Ok(QueryPlan { datatype: answered.datatype().clone(), rows, row_bytes })
    }

    pub(super) fn query_rows(
        &mut self,
        block: &QueryBlock,
    ) -> Result<(Matches, Vec<u8>), StoreError> {
        let path = &block.path;
        let (view, test) = self.tested(path, &block.predicate)?;
        let extent = view.opened.extent(path)?;
        let selection = ResolvedSelection { axes: vec![block.rows.clone()], dropped: vec![false] };
        let shape = extent.shape();
        if !shape.as_deref().is_some_and(|dims| fits(&selection, dims)) {
            return Err(StoreError::SelectionOutdated { path: path.clone(), shape });
        }
        let count = block.rows.count();
        let looked_at = transfer::read(path, view.target(), &extent, &selection, &self.limits)?;
        let passed = test.matching(&looked_at, count).at(path)?;
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let taken: Vec<usize> =
            passed.iter().copied().skip(size(block.skip)).take(size(block.take)).collect();
        let is_full = taken.len() as u64 == block.take;
        let scanned = match taken.last() {
            Some(&last) if is_full => last as u64 + 1,
            _ => count,
        };
        let matches = Matches {
            indices: taken.iter().map(|&place| index_of(&block.rows, place)).collect(),
            passed: passed.len() as u64,
            scanned,
        };
        if taken.is_empty() {
            return Ok((matches, Vec::new()));
        }
        let answered = View::new(path, view.opened, block.fields.as_ref())?;
        let whole = transfer::read(path, answered.target(), &extent, &selection, &self.limits)?;
        let rows = values::take(&whole, answered.datatype(), count, &taken).at(path)?;
        Ok((matches, rows))
    }

    /// The dataset with the members that the predicate looks at, and the predicate tied to them.
    fn tested(&mut self, path: &ObjectPath, text: &str) -> Result<(View, Bound), StoreError> {
        let refused = |source| StoreError::Query { path: path.clone(), source };
        let predicate = query::parse(text).map_err(refused)?;
        let opened = self.dataset(path)?;
        opened.check_accessible(path, &self.limits)?;
        // Against all members first, so that one that is missing is refused with its place in the text.
        let bound = predicate.bind(&opened.datatype).map_err(refused)?;
        if !matches!(opened.datatype, Datatype::Compound { .. }) {
            return Ok((View::new(path, opened, None)?, bound));
        }
        let members = predicate.members().into_iter().map(str::to_owned).collect();
        let view = View::new(path, opened, Some(&Fields::Several(members)))?;
        let bound = predicate.bind(view.datatype()).map_err(refused)?;
        Ok((view, bound))
    }
}

fn index_of(rows: &AxisRange, place: usize) -> u64 {
    match rows {
        AxisRange::Strided { start, step, .. } => start + place as u64 * step,
        AxisRange::Indices { indices } => indices.get(place).copied().unwrap_or_default(),
    }
}

/// The answer of one block as the reply has it.
pub fn reply_of(plan: &QueryPlan, indices: Vec<u64>, scanned: u64, more: bool) -> reply::Query {
    reply::Query {
        shape: vec![indices.len() as u64],
        datatype: plan.datatype.clone(),
        indices,
        scanned,
        more,
        data: None,
        last: None,
    }
}
