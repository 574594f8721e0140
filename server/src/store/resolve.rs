//! From a path to an object, link by link, so that HDF5 itself never follows a link to another file.

use std::ffi::{CStr, CString};

use hdf5_async_protocol::model::{Link, ObjectKind, ObjectPath};

use super::error::{At as _, StoreError};
use super::library::object::ObjectFacts;
use super::library::{Handle, link, object};

/// How many soft links one path may pass.
const MAX_SOFT_LINKS: u32 = 32;

/// An object that a path leads to.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// Where the object is once the soft links of the asked path are expanded.
    pub(crate) path: ObjectPath,
    /// The link that the asked path ends with.
    pub(crate) link: Link,
    pub(crate) object: Handle,
    pub(crate) facts: ObjectFacts,
    /// The hard link that leads to the object; `None` for the root group.
    pub(crate) place: Option<Place>,
}

/// A name in an open group.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) group: Handle,
    pub(crate) name: CString,
}

/// Where something can be made: the deepest group there is, and the names that are missing below it.
#[derive(Debug)]
pub(crate) struct Vacancy {
    pub(crate) group: Handle,
    pub(crate) group_path: ObjectPath,
    /// Never empty.
    pub(crate) names: Vec<String>,
}

impl Vacancy {
    /// The refusal where something should be there at `path`.
    pub(crate) fn not_found(self, path: &ObjectPath) -> StoreError {
        StoreError::NotFound {
            path: path.clone(),
            name: self.names.into_iter().next().unwrap_or_default(),
            group: self.group_path.to_string(),
        }
    }

    /// The path below `group`, as the library takes it.
    pub(crate) fn relative(&self) -> String {
        self.names.join("/")
    }

    /// The paths of all that is missing, outermost first; the last one is what was asked for.
    pub(crate) fn paths(&self) -> Vec<ObjectPath> {
        let mut paths: Vec<ObjectPath> = Vec::new();
        for name in &self.names {
            let above = paths.last().unwrap_or(&self.group_path);
            // The names come from a path that was checked, so that joining them gives one again.
            if let Ok(path) = above.join(name) {
                paths.push(path);
            }
        }
        paths
    }
}

#[derive(Debug)]
pub(crate) enum Location {
    Object(Resolved),
    Vacancy(Vacancy),
}

/// Follows `path` from the root group of `file` to an object that must be there.
pub(crate) fn resolve(file: &Handle, path: &ObjectPath) -> Result<Resolved, StoreError> {
    match locate(file, path)? {
        Location::Object(resolved) => Ok(resolved),
        Location::Vacancy(vacancy) => Err(vacancy.not_found(path)),
    }
}

/// As [`resolve`], for a group.
pub(crate) fn resolve_group(file: &Handle, path: &ObjectPath) -> Result<Resolved, StoreError> {
    let resolved = resolve(file, path)?;
    expect_kind(path, &resolved, ObjectKind::Group)?;
    Ok(resolved)
}

pub(crate) fn expect_kind(
    path: &ObjectPath,
    resolved: &Resolved,
    needed: ObjectKind,
) -> Result<(), StoreError> {
    if resolved.facts.kind == Some(needed) {
        return Ok(());
    }
    Err(StoreError::WrongKind {
        path: path.clone(),
        object: resolved.path.to_string(),
        kind: resolved.facts.kind,
        needed,
    })
}

/// Follows `path` from the root group of `file` as far as it leads.
pub(crate) fn locate(file: &Handle, path: &ObjectPath) -> Result<Location, StoreError> {
    let root = object::root(file).at(path)?;
    let facts = object::facts(&root).at(path)?;
    let mut walk = Walk {
        file,
        asked: path,
        here: root,
        facts,
        path: String::new(),
        place: None,
        link: None,
        pending: path.names().rev().map(str::to_owned).collect(),
        soft_links: 0,
        followed: None,
    };
    walk.run()
}

/// Follows the link `name` of the group at `path`; errors are about `path`.
pub(crate) fn resolve_child(
    file: &Handle,
    path: &ObjectPath,
    name: &str,
) -> Result<Resolved, StoreError> {
    match path.join(name) {
        Ok(child) => resolve(file, &child),
        Err(_) => Err(StoreError::NotFound {
            path: path.clone(),
            name: name.to_owned(),
            group: path.to_string(),
        }),
    }
}

struct Walk<'a> {
    file: &'a Handle,
    asked: &'a ObjectPath,
    here: Handle,
    facts: ObjectFacts,
    /// Of `here`, soft links expanded; empty for the root group.
    path: String,
    place: Option<Place>,
    /// Known once the last name of the asked path was looked up.
    link: Option<Link>,
    /// The names still to follow, the next one last.
    pending: Vec<String>,
    soft_links: u32,
    /// The soft link whose target is being followed, the target, and how many names were pending behind it.
    /// Links inside the target belong to it.
    followed: Option<(String, String, usize)>,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<Location, StoreError> {
        while let Some(name) = self.pending.pop() {
            if self.followed.as_ref().is_some_and(|(_, _, behind)| self.pending.len() < *behind) {
                self.followed = None;
            }
            if self.facts.kind != Some(ObjectKind::Group) {
                return Err(StoreError::WrongKind {
                    path: self.asked.clone(),
                    object: self.shown_path(),
                    kind: self.facts.kind,
                    needed: ObjectKind::Group,
                });
            }
            let c_name = CString::new(name.clone()).unwrap_or_default();
            if !link::exists(&self.here, &c_name).at(self.asked)? {
                return self.missing(name);
            }
            self.step(&name, &c_name)?;
        }
        let root = object::root(self.file).at(self.asked)?;
        let path = ObjectPath::new(&self.shown_path()).unwrap_or_else(|_| self.asked.clone());
        Ok(Location::Object(Resolved {
            path,
            link: self.link.take().unwrap_or(Link::Hard),
            object: std::mem::replace(&mut self.here, root),
            facts: self.facts,
            place: self.place.take(),
        }))
    }

    fn step(&mut self, name: &str, c_name: &CStr) -> Result<(), StoreError> {
        let link = link::get(&self.here, c_name).at(self.asked)?;
        if self.pending.is_empty() && self.link.is_none() {
            self.link = Some(link.clone());
        }
        let link_path = format!("{}/{name}", self.path);
        match link {
            Link::Hard => {
                let object = object::open(&self.here, c_name).at(self.asked)?;
                self.facts = object::facts(&object).at(self.asked)?;
                let group = std::mem::replace(&mut self.here, object);
                self.place = Some(Place { group, name: c_name.to_owned() });
                self.path = link_path;
                Ok(())
            }
            Link::Soft { target } => self.follow(link_path, target),
            Link::External { file, target } => {
                let mut beyond = target.clone();
                for name in self.pending.iter().rev() {
                    beyond = format!("{beyond}/{name}");
                }
                let path = self.asked.clone();
                Err(StoreError::ExternalLink { path, link: link_path, file, target, beyond })
            }
            Link::UserDefined { class } => Err(StoreError::UserDefinedLink {
                path: self.asked.clone(),
                link: link_path,
                class,
            }),
        }
    }

    fn follow(&mut self, link: String, target: String) -> Result<(), StoreError> {
        self.soft_links += 1;
        if self.soft_links > MAX_SOFT_LINKS {
            let path = self.asked.clone();
            return Err(StoreError::TooManySoftLinks { path, max: MAX_SOFT_LINKS });
        }
        if target.starts_with('/') {
            self.here = object::root(self.file).at(self.asked)?;
            self.facts = object::facts(&self.here).at(self.asked)?;
            self.path = String::new();
            self.place = None;
        }
        let behind = self.pending.len();
        let names = target.split('/').filter(|name| !name.is_empty() && *name != ".");
        self.pending.extend(names.rev().map(str::to_owned));
        self.followed.get_or_insert((link, target, behind));
        Ok(())
    }

    fn missing(&mut self, name: String) -> Result<Location, StoreError> {
        let group = self.shown_path();
        if let Some((link, target, behind)) = self.followed.take()
            && self.pending.len() >= behind
        {
            return Err(StoreError::Dangling {
                path: self.asked.clone(),
                link,
                target,
                name,
                group,
            });
        }
        let mut names = vec![name];
        names.extend(self.pending.drain(..).rev());
        let root = object::root(self.file).at(self.asked)?;
        Ok(Location::Vacancy(Vacancy {
            group: std::mem::replace(&mut self.here, root),
            group_path: ObjectPath::new(&group).unwrap_or_else(|_| ObjectPath::root()),
            names,
        }))
    }

    fn shown_path(&self) -> String {
        if self.path.is_empty() { "/".to_owned() } else { self.path.clone() }
    }
}
