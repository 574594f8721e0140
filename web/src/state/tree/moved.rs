//! A link at another place: what is known of it and below it goes along.

use std::sync::Arc;

use hdf5_async_protocol::model::{Child, ObjectPath};

use super::Tree;

impl Tree {
    /// Returns whether the row at `to` is complete; otherwise its group is to be listed again.
    pub(crate) fn moved(&mut self, path: &ObjectPath, to: &ObjectPath) -> bool {
        let child = self.child(path).cloned();
        let rebased = |old: &ObjectPath| old.rebased(path, to);
        let groups: Vec<_> = self
            .groups
            .iter()
            .filter_map(|(old, group)| Some((Arc::new(rebased(old)?), group.clone())))
            .collect();
        let open: Vec<_> = self.open.iter().filter_map(rebased).collect();
        self.deleted(path);
        let Some((parent, name)) = to.parent().zip(to.name()) else { return false };
        let is_known = child.is_some();
        let total = match (self.groups.get_mut(&parent), child) {
            (Some(group), Some(child)) => {
                group.insert(Child { name: name.to_owned(), ..child });
                Some(group.total)
            }
            (Some(_), None) => None,
            (None, _) => self.child(&parent).and_then(|group| Some(group.n_children? + 1)),
        };
        if total.is_some() {
            self.update_child(&parent, |group| group.n_children = total);
        }
        self.groups.extend(groups);
        self.open.extend(open);
        is_known || !self.groups.contains_key(&parent)
    }
}
