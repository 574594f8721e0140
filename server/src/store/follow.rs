//! Datasets that another program makes larger (SWMR): which they are, and how they have grown.

use std::collections::{HashSet, VecDeque};

use hdf5_async_protocol::message::{Change, event};
use hdf5_async_protocol::model::{AxisRange, Layout, ObjectKind, ObjectPath, ResolvedSelection};

use super::error::{At as _, StoreError};
use super::incoming::inline_json;
use super::library::space::Extent;
use super::library::{dataset, link, object};
use super::opened::product;
use super::resolve::{resolve, resolve_group};
use super::{Store, change};

/// Objects that are looked at for each dataset that may be followed, so that files with millions of others do not take
/// for ever.
const OBJECTS_PER_DATASET: usize = 20;

/// A dataset that may grow, and its shape when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growable {
    pub path: ObjectPath,
    pub shape: Vec<u64>,
}

impl Store {
    /// The datasets that may become larger, at most `max_followed_datasets`; whether these are all.
    ///
    /// # Errors
    /// When the root group cannot be read. Others that cannot are passed over.
    pub fn growable(&mut self) -> Result<(Vec<Growable>, bool), StoreError> {
        self.lending(None, Self::find_growable)
    }

    fn find_growable(&mut self) -> Result<(Vec<Growable>, bool), StoreError> {
        let most = self.limits.max_followed_datasets;
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut groups = VecDeque::from([ObjectPath::root()]);
        while let Some(path) = groups.pop_front() {
            let group = match resolve_group(&self.file, &path) {
                Ok(group) => group.object,
                Err(error) if path.is_root() => return Err(error),
                Err(_) => continue,
            };
            for (name, address) in link::hard(&group).at(&path)? {
                if found.len() >= most || seen.len() >= most.saturating_mul(OBJECTS_PER_DATASET) {
                    return Ok((found, false));
                }
                // An object with several links is followed by its first.
                if !seen.insert(address) {
                    continue;
                }
                let Ok(child) = path.join(&name.to_string_lossy()) else { continue };
                let Ok(object) = object::open(&group, &name) else { continue };
                match object::facts(&object).map(|facts| facts.kind) {
                    Ok(Some(ObjectKind::Group)) => groups.push_back(child),
                    Ok(Some(ObjectKind::Dataset)) => {
                        found.extend(
                            growable_shape(&object).map(|shape| Growable { path: child, shape }),
                        );
                    }
                    _ => {}
                }
            }
        }
        Ok((found, true))
    }

    /// How the dataset has changed its shape since it was last looked at; `known` is brought up to date.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn growth(&mut self, known: &mut Growable) -> Result<Option<Change>, StoreError> {
        let path = known.path.clone();
        self.lending(Some(&path), |store| {
            let resolved = resolve(&store.file, &path)?;
            let extent = dataset::extent(&resolved.object).at(&path)?;
            let shape = extent.shape().unwrap_or_default();
            if shape == known.shape {
                return Ok(None);
            }
            let old = std::mem::replace(&mut known.shape, shape.clone());
            Ok(Some(store.reshaped(&path, old, shape)))
        })
    }

    /// The event of rows that were appended along one axis, or of another shape.
    fn reshaped(&mut self, path: &ObjectPath, old: Vec<u64>, shape: Vec<u64>) -> Change {
        let mut differing = old.iter().zip(&shape).enumerate().filter(|(_, (old, new))| old != new);
        let (Some((axis, (&from, &to))), None) = (differing.next(), differing.next()) else {
            return Change::Resized { path: path.clone(), old_shape: old, shape };
        };
        if to < from || old.len() != shape.len() {
            return Change::Resized { path: path.clone(), old_shape: old, shape };
        }
        let mut added = ResolvedSelection::all(&shape);
        added.axes[axis] = AxisRange::Strided { start: from, count: to - from, step: 1 };
        let values = self.small_values(path, &added);
        change::region(path, added.bounding(), Some(old), &shape, values)
    }

    /// The selected values, where they are few enough to ride along with an event.
    fn small_values(
        &mut self,
        path: &ObjectPath,
        selection: &ResolvedSelection,
    ) -> Option<event::Written> {
        let limits = self.limits;
        let datatype = self.dataset(path).ok()?.datatype.clone();
        let slot = datatype.wire_size()? as u128;
        if product(&selection.counts()).saturating_mul(slot) > u128::from(limits.inline_value_bytes)
        {
            return None;
        }
        let payload = self.block(path, selection, None).ok()?;
        let data = inline_json(&payload, &datatype, Some(&selection.shape()), &limits)?;
        Some(event::Written { datatype, data })
    }
}

/// The shape of a dataset that is stored in chunks and smaller than it may be.
fn growable_shape(dataset: &super::Handle) -> Option<Vec<u64>> {
    let creation = dataset::creation(dataset).ok()?;
    if creation.layout().ok()? != Layout::Chunked {
        return None;
    }
    match dataset::extent(dataset).ok()? {
        Extent::Simple { dims, max_dims } => {
            let grows = dims.iter().zip(&max_dims).any(|(&dim, &max)| max != Some(dim));
            grows.then_some(dims)
        }
        _ => None,
    }
}
