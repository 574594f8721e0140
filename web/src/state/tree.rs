//! The tree of groups as far as it was listed, and the flat list of rows that is shown of it.
//!
//! Plain data behind one signal: groups with thousands of links cost no signal each.

mod group;
mod marks;
mod moved;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hdf5_async_protocol::model::{Child, Link, ObjectInfo, ObjectKind, ObjectPath};

use crate::refusal::Refusal;
pub use group::Group;
pub use marks::Mark;
pub use rows::{Row, RowFacts, RowKind};

#[derive(Clone, Debug, Default)]
pub struct Tree {
    groups: BTreeMap<Arc<ObjectPath>, Group>,
    open: BTreeSet<ObjectPath>,
    filter: String,
    rows: Vec<Row>,
    /// `rows` are those of an earlier tree; see [`Tree::settle`].
    unsettled: bool,
    marks: marks::Marks,
}

impl Tree {
    /// The tree of another file: nothing known but the root group, which is open.
    pub fn begin(&mut self) {
        *self = Self::default();
        self.open.insert(ObjectPath::root());
        self.rebuild();
    }

    pub fn group(&self, path: &ObjectPath) -> Option<&Group> {
        self.groups.get(path)
    }

    /// What the listing of its group says of the object at `path`.
    pub fn child(&self, path: &ObjectPath) -> Option<&Child> {
        self.groups.get(&path.parent()?)?.child(path.name()?)
    }

    pub fn is_open(&self, path: &ObjectPath) -> bool {
        self.open.contains(path)
    }

    /// The groups of which links are known.
    pub fn listed(&self) -> Vec<ObjectPath> {
        self.groups.keys().map(|path| (**path).clone()).collect()
    }

    pub fn set_open(&mut self, path: &ObjectPath, open: bool) {
        let changed = if open { self.open.insert(path.clone()) } else { self.open.remove(path) };
        if changed {
            self.rebuild();
        }
    }

    /// Opens every group above `path`.
    pub fn open_above(&mut self, path: &ObjectPath) {
        let mut above = path.parent();
        while let Some(group) = above {
            above = group.parent();
            self.open.insert(group);
        }
        self.rebuild();
    }

    pub fn filter(&self) -> &str {
        &self.filter
    }

    pub fn set_filter(&mut self, filter: &str) {
        self.filter = filter.to_lowercase();
        self.rebuild();
    }

    /// Forgets the links of groups that are neither open nor on screen: they are listed anew when they are opened.
    pub fn forget_closed(&mut self, shown: Option<&ObjectPath>) {
        let open = &self.open;
        self.groups.retain(|path, _| open.contains(&**path) || Some(&**path) == shown);
        self.rebuild();
    }
}

/// What the server told.
impl Tree {
    /// A page of a group is on its way; `false` if one was already.
    pub(crate) fn begin_loading(&mut self, path: &ObjectPath) -> bool {
        let group = self.groups.entry(Arc::new(path.clone())).or_default();
        let begun = !std::mem::replace(&mut group.loading, true);
        group.refusal = None;
        self.rebuild();
        begun
    }

    pub(crate) fn page(&mut self, path: &ObjectPath, offset: u64, total: u64, page: Vec<Child>) {
        let group = self.groups.entry(Arc::new(path.clone())).or_default();
        group.merge_page(offset, total, page);
        let n_children = total;
        self.update_child(path, |child| child.n_children = Some(n_children));
        self.rebuild();
    }

    pub(crate) fn loading_failed(&mut self, path: &ObjectPath, refusal: Refusal) {
        if let Some(group) = self.groups.get_mut(path) {
            group.loading = false;
            group.refusal = Some(refusal);
            self.rebuild();
        }
    }

    /// Returns whether the facts of the new row are still to be asked for.
    pub(crate) fn created(
        &mut self,
        path: &ObjectPath,
        kind: Option<ObjectKind>,
        link: Link,
    ) -> bool {
        let Some((parent, name)) = path.parent().zip(path.name()) else { return false };
        let Some(group) = self.groups.get_mut(&parent) else {
            self.update_child(&parent, |child| child.n_children = child.n_children.map(|n| n + 1));
            return false;
        };
        let child = Child {
            name: name.to_owned(),
            link,
            kind,
            datatype: None,
            shape: None,
            n_attributes: 0,
            address: None,
            n_children: (kind == Some(ObjectKind::Group)).then_some(0),
        };
        let shown = group.insert(child);
        let total = group.total;
        self.update_child(&parent, |child| child.n_children = Some(total));
        self.unsettled = true;
        shown
    }

    pub(crate) fn deleted(&mut self, path: &ObjectPath) {
        let Some((parent, name)) = path.parent().zip(path.name()) else { return };
        self.groups.retain(|group, _| !group.is_within(path));
        self.open.retain(|group| !group.is_within(path));
        let total = self.groups.get_mut(&parent).map(|group| {
            group.remove(name);
            group.total
        });
        self.update_child(&parent, |child| {
            child.n_children = total.or(child.n_children.map(|n| n.saturating_sub(1)));
        });
        self.unsettled = true;
    }

    /// Lays the rows out anew after [`Self::created`] and [`Self::deleted`]: once for many of them.
    pub(crate) fn settle(&mut self) {
        if self.unsettled {
            self.rebuild();
        }
    }

    pub(crate) fn shape_changed(&mut self, path: &ObjectPath, shape: &[u64]) {
        self.update_child(path, |child| {
            if child.shape.as_deref() != Some(shape) {
                child.shape = Some(shape.to_vec());
            }
        });
    }

    pub(crate) fn described(&mut self, info: &ObjectInfo) {
        let dataset = info.dataset.as_ref();
        self.update_child(&info.path, |child| {
            child.link = info.link.clone();
            child.kind = Some(info.kind);
            child.datatype =
                dataset.map(|facts| &facts.datatype).or(info.datatype.as_ref()).cloned();
            child.shape = dataset.and_then(|facts| facts.shape.clone());
            child.n_attributes = info.attributes.len() as u64;
            child.n_children = info.n_children;
        });
    }

    /// Marks the row of `path`, or of the nearest group above it that has one, as changed by somebody else.
    pub(crate) fn mark(&mut self, path: &ObjectPath, now_ms: f64) {
        let mut visible = path.clone();
        let mut above = path.parent();
        while let Some(group) = above {
            let listed = self.open.contains(&group) && self.groups.contains_key(&group);
            above = group.parent();
            if !listed {
                visible = group;
            }
        }
        self.marks.mark(visible, now_ms);
    }

    fn update_child(&mut self, path: &ObjectPath, update: impl FnOnce(&mut Child)) {
        let Some((parent, name)) = path.parent().zip(path.name()) else { return };
        if let Some(child) = self.groups.get_mut(&parent).and_then(|group| group.child_mut(name)) {
            update(child);
        }
    }
}

#[cfg(test)]
mod tests;
