//! The rows on show: open groups laid out as one flat list.

use std::sync::Arc;

use hdf5_async_protocol::model::{Child, Link, ObjectKind, ObjectPath};

use super::{Group, Mark, Tree};

/// A place in the list; what it says is looked up when it is drawn.
#[derive(Clone, Debug)]
pub struct Row {
    parent: Arc<ObjectPath>,
    entry: Entry,
    depth: u32,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    Root,
    /// The child at this position of the parent.
    Child(usize),
    /// The links of the parent that are not listed yet, or the reason why.
    Rest,
}

/// What a row stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum RowKind {
    Object(Option<ObjectKind>),
    /// So many links more.
    More(u64),
    Loading,
    Failed(String),
}

/// All that the drawing of a row needs.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFacts {
    /// Of the object; for rows that are none, of the group they belong to.
    pub path: ObjectPath,
    pub name: String,
    pub kind: RowKind,
    pub link: Link,
    /// 1 for the root group.
    pub level: u32,
    /// 1-based place among its siblings, and how many there are.
    pub position: (u64, u64),
    /// `None` where there is nothing to open.
    pub open: Option<bool>,
    /// Datatype and shape, muted.
    pub detail: String,
    pub n_attributes: u64,
    pub n_children: Option<u64>,
    pub mark: Option<Mark>,
}

impl Tree {
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The path of row `index`, if it is an object.
    pub fn path_at(&self, index: usize) -> Option<ObjectPath> {
        let row = self.rows.get(index)?;
        match row.entry {
            Entry::Root => Some(ObjectPath::root()),
            Entry::Child(position) => {
                let child = self.groups.get(&row.parent)?.children.get(position)?;
                row.parent.join(&child.name).ok()
            }
            Entry::Rest => None,
        }
    }

    /// Where `path` stands in the list.
    pub fn row_of(&self, path: &ObjectPath) -> Option<usize> {
        let parent = path.parent();
        self.rows.iter().position(|row| match row.entry {
            Entry::Root => path.is_root(),
            Entry::Child(_) if parent.as_ref() != Some(&*row.parent) => false,
            Entry::Child(position) => self
                .groups
                .get(&row.parent)
                .and_then(|group| group.children.get(position))
                .is_some_and(|child| Some(child.name.as_str()) == path.name()),
            Entry::Rest => false,
        })
    }

    pub fn row(&self, index: usize) -> Option<RowFacts> {
        let row = self.rows.get(index)?;
        match row.entry {
            Entry::Root => Some(self.root_facts()),
            Entry::Child(position) => {
                let group = self.groups.get(&row.parent)?;
                let child = group.children.get(position)?;
                self.child_facts(row, group, position, child)
            }
            Entry::Rest => Some(rest_facts(row, self.groups.get(&row.parent)?)),
        }
    }

    fn root_facts(&self) -> RowFacts {
        let root = ObjectPath::root();
        RowFacts {
            name: "/".to_owned(),
            kind: RowKind::Object(Some(ObjectKind::Group)),
            link: Link::Hard,
            level: 1,
            position: (1, 1),
            open: Some(self.is_open(&root)),
            detail: String::new(),
            n_attributes: 0,
            n_children: self.groups.get(&root).map(|group| group.total),
            mark: self.marks.get(&root),
            path: root,
        }
    }

    fn child_facts(
        &self,
        row: &Row,
        group: &Group,
        position: usize,
        child: &Child,
    ) -> Option<RowFacts> {
        let path = row.parent.join(&child.name).ok()?;
        let openable = child.kind == Some(ObjectKind::Group) && child.n_children != Some(0);
        Some(RowFacts {
            name: child.name.clone(),
            kind: RowKind::Object(child.kind),
            link: child.link.clone(),
            level: row.depth + 1,
            position: (position as u64 + 1, group.total.max(group.children.len() as u64)),
            open: openable.then(|| self.is_open(&path) || !self.filter.is_empty()),
            detail: child_detail(child),
            n_attributes: child.n_attributes,
            n_children: child.n_children,
            mark: self.marks.get(&path),
            path,
        })
    }

    /// Lays the list out anew; after every change of what is listed, open, or filtered.
    pub(super) fn rebuild(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        let root = Arc::new(ObjectPath::root());
        rows.push(Row { parent: Arc::clone(&root), entry: Entry::Root, depth: 0 });
        if self.filter.is_empty() {
            self.push_open(&root, 1, &mut rows);
        } else {
            self.push_matching(&root, 1, &mut rows);
        }
        self.rows = rows;
        self.unsettled = false;
    }

    fn push_open(&self, path: &ObjectPath, depth: u32, rows: &mut Vec<Row>) {
        let Some((parent, group)) = self.groups.get_key_value(path) else { return };
        if !self.is_open(path) {
            return;
        }
        for (position, child) in group.children.iter().enumerate() {
            rows.push(Row { parent: Arc::clone(parent), entry: Entry::Child(position), depth });
            if child.kind == Some(ObjectKind::Group)
                && let Ok(below) = path.join(&child.name)
            {
                self.push_open(&below, depth + 1, rows);
            }
        }
        if group.loading || group.refusal.is_some() || !group.is_complete() {
            rows.push(Row { parent: Arc::clone(parent), entry: Entry::Rest, depth });
        }
    }

    /// Every listed row that matches the filter, with the groups above it; says whether there was one.
    fn push_matching(&self, path: &ObjectPath, depth: u32, rows: &mut Vec<Row>) -> bool {
        let Some((parent, group)) = self.groups.get_key_value(path) else { return false };
        let before = rows.len();
        for (position, child) in group.children.iter().enumerate() {
            let Ok(below) = path.join(&child.name) else { continue };
            rows.push(Row { parent: Arc::clone(parent), entry: Entry::Child(position), depth });
            let matches = below.as_str().to_lowercase().contains(&self.filter);
            let below_matches = child.kind == Some(ObjectKind::Group)
                && self.push_matching(&below, depth + 1, rows);
            if !matches && !below_matches {
                rows.pop();
            }
        }
        rows.len() > before
    }
}

fn rest_facts(row: &Row, group: &Group) -> RowFacts {
    let kind = match &group.refusal {
        Some(refusal) => RowKind::Failed(refusal.message.clone()),
        None if group.loading => RowKind::Loading,
        None => RowKind::More(group.missing()),
    };
    RowFacts {
        path: (*row.parent).clone(),
        name: String::new(),
        kind,
        link: Link::Hard,
        level: row.depth + 1,
        position: (group.children.len() as u64 + 1, group.total.max(1)),
        open: None,
        detail: String::new(),
        n_attributes: 0,
        n_children: None,
        mark: None,
    }
}

/// `<f4 1024 × 1024`; for links that the server does not follow, where they point.
fn child_detail(child: &Child) -> String {
    if child.kind.is_none() {
        return match &child.link {
            Link::Hard => String::new(),
            Link::Soft { target } => format!("→ {target}"),
            Link::External { file, target } => format!("→ {file}:{target}"),
            Link::UserDefined { class } => format!("link class {class}"),
        };
    }
    let datatype = child.datatype.as_ref().map(crate::words::datatype_short).unwrap_or_default();
    let shape = match (&child.shape, child.kind) {
        (Some(shape), _) => crate::words::shape(shape),
        (None, Some(ObjectKind::Dataset)) if child.datatype.is_some() => "null".to_owned(),
        _ => String::new(),
    };
    if shape.is_empty() { datatype } else { format!("{datatype} {shape}") }
}
