//! Where links are and where they can be made: paths whose last link is not followed.

use std::ffi::CString;

use hdf5_async_protocol::model::{Link, ObjectKind, ObjectPath};

use super::error::{At as _, StoreError};
use super::library::{Handle, link};
use super::resolve::{Location, Vacancy, locate, resolve, resolve_group};

/// A link, wherever it leads.
#[derive(Debug)]
pub(crate) struct FoundLink {
    pub(crate) group: Handle,
    pub(crate) name: CString,
    pub(crate) link: Link,
    /// Where it is once the soft links on the way are expanded.
    pub(crate) path: ObjectPath,
}

/// The link that `path` ends with.
pub(crate) fn find_link(file: &Handle, path: &ObjectPath) -> Result<FoundLink, StoreError> {
    let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
        return Err(StoreError::RootGroup);
    };
    let group = resolve_group(file, &parent).map_err(|error| error.asked_for(path))?;
    let not_found = || StoreError::NotFound {
        path: path.clone(),
        name: name.to_owned(),
        group: group.path.to_string(),
    };
    let c_name = CString::new(name).map_err(|_| not_found())?;
    if !link::exists(&group.object, &c_name).at(path)? {
        return Err(not_found());
    }
    let link = link::get(&group.object, &c_name).at(path)?;
    let real = group.path.join(name).unwrap_or_else(|_| path.clone());
    Ok(FoundLink { group: group.object, name: c_name, link, path: real })
}

/// The place for a new link at `path`; one that is there is in the way, also where it leads nowhere.
pub(crate) fn find_vacancy(file: &Handle, path: &ObjectPath) -> Result<Vacancy, StoreError> {
    let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
        return Err(StoreError::AlreadyExists { path: path.clone(), kind: ObjectKind::Group });
    };
    match locate(file, &parent).map_err(|error| error.asked_for(path))? {
        Location::Vacancy(mut above) => {
            above.names.push(name.to_owned());
            Ok(above)
        }
        Location::Object(found) => {
            super::resolve::expect_kind(path, &found, ObjectKind::Group)?;
            let c_name = CString::new(name).unwrap_or_default();
            if link::exists(&found.object, &c_name).at(path)? {
                let kind = resolve(file, path).ok().and_then(|object| object.facts.kind);
                return Err(kind.map_or_else(
                    || StoreError::LinkExists { path: path.clone() },
                    |kind| StoreError::AlreadyExists { path: path.clone(), kind },
                ));
            }
            let names = vec![name.to_owned()];
            Ok(Vacancy { group: found.object, group_path: found.path, names })
        }
    }
}
