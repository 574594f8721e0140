//! Links made, moved and removed; with the last hard link the object goes.

use hdf5_async_protocol::message::command::LinkKind;
use hdf5_async_protocol::message::{Change, command, reply};
use hdf5_async_protocol::model::{Link, ObjectPath};

use super::error::{At as _, StoreError};
use super::library::link;
use super::link_place::{find_link, find_vacancy};
use super::resolve::{Vacancy, resolve};
use super::{Outcome, Store, change};

impl Store {
    pub(super) fn link(&mut self, command: &command::Link) -> Result<Outcome, StoreError> {
        let path = &command.path;
        check_fields(command)?;
        let vacancy = find_vacancy(&self.file, path)?;
        let link = self.make_link(command, &vacancy)?;
        let kind = resolve(&self.file, path).ok().and_then(|target| target.facts.kind);
        let link = (link != Link::Hard).then_some(link);
        let changes = change::linked(&vacancy, kind, link);
        Outcome::answer(path, &reply::Done {}, changes)
    }

    fn make_link(&self, command: &command::Link, vacancy: &Vacancy) -> Result<Link, StoreError> {
        let path = &command.path;
        let target = &command.target;
        match command.kind {
            LinkKind::Hard => {
                let reason = "\"target\" is not the path of an object";
                let target = ObjectPath::new(target).map_err(|_| invalid(path, reason))?;
                let object = resolve(&self.file, &target)?.object;
                link::attach(&object, &vacancy.group, &vacancy.relative()).at(path)?;
                Ok(Link::Hard)
            }
            LinkKind::Soft => {
                link::create_soft(target, &vacancy.group, &vacancy.relative()).at(path)?;
                Ok(Link::Soft { target: target.clone() })
            }
            LinkKind::External => {
                let file = command.target_file.clone().unwrap_or_default();
                let (group, relative) = (&vacancy.group, vacancy.relative());
                link::create_external(&file, target, group, &relative).at(path)?;
                Ok(Link::External { file, target: target.clone() })
            }
        }
    }

    pub(super) fn relocate(&mut self, command: &command::Move) -> Result<Outcome, StoreError> {
        let command::Move { path, to } = command;
        let found = find_link(&self.file, path)?;
        let vacancy = find_vacancy(&self.file, to)?;
        let real = vacancy.paths().pop().unwrap_or_else(|| to.clone());
        if found.link == Link::Hard && real.is_within(&found.path) {
            return Err(invalid(to, "a group cannot be moved into itself"));
        }
        self.opened.clear();
        link::relocate(&found.group, &found.name, &vacancy.group, &vacancy.relative()).at(path)?;
        let mut changes = change::groups_above(&vacancy);
        changes.push(Change::Moved { path: found.path, to: real });
        Outcome::answer(path, &reply::Done {}, changes)
    }

    pub(super) fn delete(&mut self, command: &command::Delete) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let found = find_link(&self.file, path)?;
        self.opened.clear();
        link::delete(&found.group, &found.name).at(path)?;
        Outcome::answer(path, &reply::Done {}, vec![Change::Deleted { path: found.path }])
    }
}

/// Refuses what HDF5 would store and nobody could follow.
fn check_fields(command: &command::Link) -> Result<(), StoreError> {
    let external = command.kind == LinkKind::External;
    let reason = match &command.target_file {
        None if external => Some("an external link needs \"target_file\""),
        Some(_) if !external => Some("\"target_file\" belongs to external links only"),
        Some(file) if file.is_empty() => Some("\"target_file\" is empty"),
        Some(file) if file.contains('\0') => Some("\"target_file\" contains a NUL byte"),
        _ if command.target.is_empty() => Some("\"target\" is empty"),
        _ if command.target.contains('\0') => Some("\"target\" contains a NUL byte"),
        _ => None,
    };
    reason.map_or(Ok(()), |reason| Err(invalid(&command.path, reason)))
}

fn invalid(path: &ObjectPath, reason: &'static str) -> StoreError {
    StoreError::InvalidRequest { path: path.clone(), reason }
}
