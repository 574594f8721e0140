//! Removing links, and with the last link the object.

use std::ffi::CString;

use hdf5_async_protocol::message::{Change, command, reply};

use super::error::{At as _, StoreError};
use super::library::link;
use super::resolve::resolve_group;
use super::{Outcome, Store};

impl Store {
    pub(super) fn delete(&mut self, command: &command::Delete) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let (Some(parent), Some(name)) = (path.parent(), path.name()) else {
            return Err(StoreError::RootGroup);
        };
        let group = resolve_group(&self.file, &parent).map_err(|error| error.asked_for(path))?;
        let not_found = || StoreError::NotFound {
            path: path.clone(),
            name: name.to_owned(),
            group: group.path.to_string(),
        };
        let c_name = CString::new(name).map_err(|_| not_found())?;
        if !link::exists(&group.object, &c_name).at(path)? {
            return Err(not_found());
        }
        self.opened.clear();
        link::delete(&group.object, &c_name).at(path)?;
        let real = group.path.join(name).unwrap_or_else(|_| path.clone());
        Outcome::answer(path, &reply::Done {}, vec![Change::Deleted { path: real }])
    }
}
