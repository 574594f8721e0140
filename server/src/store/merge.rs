//! Rows appended by key: those that are there with the key of a new one are replaced, and the order by key is kept.

use std::borrow::Cow;

use hdf5_async_protocol::model::{AxisRange, Fields, ObjectPath, ResolvedSelection};
use hdf5_async_protocol::query::{Key, keys, keys_of_rows};
use hdf5_async_protocol::values;

use super::append::{Growth, as_rows};
use super::error::{At as _, StoreError};
use super::incoming::{Incoming, Values};
use super::library::dataset;
use super::library::space::Extent;
use super::opened::product;
use super::transfer::{self, buffer_bytes};
use super::view::View;
use super::write::written;
use super::{Outcome, Store, StoreLimits, change};

/// Rows of a dataset that are known to be in the order of their keys, without a key twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ordered {
    path: ObjectPath,
    member: String,
    rows: u64,
}

/// Keys of a block are read at once, so many at most.
const KEYS_AT_ONCE: u64 = 64 << 10;

impl Store {
    /// Puts the rows into their places among those of the dataset, which is a table: compounds along one axis.
    pub(super) fn merge_rows(
        &mut self,
        incoming: &Incoming<'_>,
        axis: u32,
        member: &str,
    ) -> Result<Outcome, StoreError> {
        let (path, limits) = (incoming.path, self.limits);
        let opened = self.dataset(path)?;
        opened.check_writable(path, &self.file, &limits)?;
        let Extent::Simple { dims, max_dims } = opened.extent(path)? else {
            return Err(no_table(path));
        };
        if dims.len() != 1 || axis != 0 {
            return Err(no_table(path));
        }
        let values = as_rows(path, &opened, incoming.in_datatype(&opened.datatype)?, &dims, 0)?;
        let added = in_order(path, values, member)?;
        let Some(first) = added.keys.first() else {
            return written(path, &opened, Some(dims), Vec::new());
        };
        let view = View::new(path, opened, Some(&Fields::One(member.to_owned())))?;
        let old = dims[0];
        let extent = Extent::Simple { dims: dims.clone(), max_dims: max_dims.clone() };
        let reader =
            KeyReader { path, view: &view, member, extent: &extent, rows: old, limits: &limits };
        let known = Ordered { path: path.clone(), member: member.to_owned(), rows: old };
        if self.ordered.as_ref() != Some(&known) {
            reader.check_order()?;
        }
        let from = reader.lower_bound(first)?;
        let tail = AxisRange::Strided { start: from, count: old - from, step: 1 };
        let tail = ResolvedSelection { axes: vec![tail], dropped: vec![false] };
        let opened = &view.opened;
        let rows = transfer::read(path, opened.target(), &extent, &tail, &limits)?;
        let merged = added.merged_behind(path, &rows, old - from, member)?;
        let slot = opened.slot_bytes(path)?;
        buffer_bytes(path, product(&merged.shape), slot, &limits)?;
        let after = from + merged.shape[0];
        let growth = Growth::new(path, opened, &dims, &max_dims, 0, after.saturating_sub(old))?;
        if after > old {
            dataset::set_extent(&opened.handle, &growth.shape).at(path)?;
        }
        let region = AxisRange::Strided { start: from, count: merged.shape[0], step: 1 };
        let region = ResolvedSelection { axes: vec![region], dropped: vec![false] };
        let extent = growth.extent();
        transfer::write(path, opened.target(), &extent, &region, &merged.payload)?;
        let old_shape = (after > old).then_some(dims);
        let shape = growth.shape;
        let change = change::written(&opened.path, &region, old_shape, &shape, &merged, &limits);
        let (path_of, rows) = (path.clone(), shape[0]);
        self.ordered = Some(Ordered { path: path_of, member: member.to_owned(), rows });
        written(path, opened, Some(shape), vec![change])
    }
}

fn no_table(path: &ObjectPath) -> StoreError {
    let reason = "unique_on is for compounds along one axis".to_owned();
    StoreError::Shape { path: path.clone(), reason }
}

/// Rows in the order of their keys, each key once.
pub(super) struct Keyed<'a> {
    keys: Vec<Key>,
    pub(super) values: Values<'a>,
}

/// Sorts rows by key; of those with the same key, the last one stays.
pub(super) fn in_order<'a>(
    path: &ObjectPath,
    values: Values<'a>,
    member: &str,
) -> Result<Keyed<'a>, StoreError> {
    let Values { payload, datatype, shape } = values;
    if shape.len() != 1 {
        return Err(no_table(path));
    }
    let keyed = keys_of_rows(&payload, member, &datatype, shape[0]);
    let keyed = keyed.map_err(|source| StoreError::Key { path: path.clone(), source })?;
    let mut places: Vec<usize> = (0..keyed.len()).collect();
    places.sort_by(|&left, &right| keyed[left].cmp(&keyed[right]));
    let is_last = |(at, &place): (usize, &usize)| {
        let next = places.get(at + 1);
        next.is_none_or(|&next| keyed[next] != keyed[place]).then_some(place)
    };
    let kept: Vec<usize> = places.iter().enumerate().filter_map(is_last).collect();
    let payload = values::take(&payload, &datatype, shape[0], &kept).at(path)?;
    let keys = kept.iter().map(|&place| keyed[place].clone()).collect();
    let shape = vec![kept.len() as u64];
    Ok(Keyed { keys, values: Values { payload: Cow::Owned(payload), datatype, shape } })
}

impl Keyed<'_> {
    /// The rows of `old`, which are in order, too, and these; of the same key, these.
    fn merged_behind(
        &self,
        path: &ObjectPath,
        old: &[u8],
        n_old: u64,
        member: &str,
    ) -> Result<Values<'static>, StoreError> {
        let datatype = &self.values.datatype;
        let there = keys_of_rows(old, member, datatype, n_old);
        let there = there.map_err(|source| StoreError::Key { path: path.clone(), source })?;
        let n_added = self.keys.len() as u64;
        let joined =
            values::join(datatype, (old, n_old), (&self.values.payload, n_added)).at(path)?;
        let mut places = Vec::with_capacity(there.len() + self.keys.len());
        let (mut left, mut right) = (0, 0);
        while left < there.len() || right < self.keys.len() {
            match (there.get(left), self.keys.get(right)) {
                (Some(old), Some(new)) if old < new => {
                    places.push(left);
                    left += 1;
                }
                (Some(old), Some(new)) if old == new => left += 1,
                (_, Some(_)) => {
                    places.push(there.len() + right);
                    right += 1;
                }
                (_, None) => {
                    places.push(left);
                    left += 1;
                }
            }
        }
        let payload = values::take(&joined, datatype, n_old + n_added, &places).at(path)?;
        let (payload, shape) = (Cow::Owned(payload), vec![places.len() as u64]);
        Ok(Values { payload, datatype: datatype.clone(), shape })
    }
}

/// Reads the keys of the rows that are there.
struct KeyReader<'a> {
    path: &'a ObjectPath,
    /// The member alone.
    view: &'a View,
    member: &'a str,
    extent: &'a Extent,
    rows: u64,
    limits: &'a StoreLimits,
}

impl KeyReader<'_> {
    fn read(&self, start: u64, count: u64) -> Result<Vec<Key>, StoreError> {
        let range = AxisRange::Strided { start, count, step: 1 };
        let selection = ResolvedSelection { axes: vec![range], dropped: vec![false] };
        let target = self.view.target();
        let payload = transfer::read(self.path, target, self.extent, &selection, self.limits)?;
        keys(&payload, self.member, self.view.datatype(), count)
            .map_err(|source| StoreError::Key { path: self.path.clone(), source })
    }

    /// Makes sure that all rows are in the order of their keys, each key once.
    fn check_order(&self) -> Result<(), StoreError> {
        let mut last: Option<Key> = None;
        let mut start = 0;
        while start < self.rows {
            let count = KEYS_AT_ONCE.min(self.rows - start);
            for key in self.read(start, count)? {
                if last.as_ref().is_some_and(|last| *last >= key) {
                    let member = self.member;
                    let reason = format!(
                        "the rows are not in the order of {member:?}, or have one of its values twice; unique_on needs that order"
                    );
                    return Err(StoreError::Layout { path: self.path.clone(), reason });
                }
                last = Some(key);
            }
            start += count;
        }
        Ok(())
    }

    /// The first row whose key is not below `key`.
    fn lower_bound(&self, key: &Key) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, self.rows);
        while low < high {
            // Data mostly comes at the end: the last row is looked at first.
            let middle = if high == self.rows { self.rows - 1 } else { low + (high - low) / 2 };
            if self.read(middle, 1)?.first().is_some_and(|found| found < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}
