//! Copies of objects, also from other files, with all that the library's options add and leave out.

use std::ffi::CString;

use hdf5_async_protocol::message::{command, reply};

use super::error::{At as _, StoreError};
use super::library::copying::{self, CopyOptions};
use super::library::driver::{self, SERVED_AS};
use super::library::{Handle, file};
use super::link_place::find_vacancy;
use super::resolve::resolve;
use super::{Outcome, Store, change};

impl Store {
    pub(super) fn copy(&mut self, command: &command::Copy) -> Result<Outcome, StoreError> {
        let command::Copy { path, to, from_file, .. } = command;
        let other = from_file.as_ref().map(|name| self.borrow(command, name)).transpose()?;
        let source = match (&other, from_file) {
            (Some(other), Some(name)) => resolve(other, path).map_err(|source| {
                StoreError::InSource { file: name.clone(), source: Box::new(source) }
            })?,
            _ => resolve(&self.file, path)?,
        };
        let vacancy = find_vacancy(&self.file, to)?;
        let options = CopyOptions {
            shallow: command.shallow,
            expand_soft: command.expand_soft,
            expand_external: command.expand_external,
            expand_references: command.expand_refs,
            without_attributes: command.without_attrs,
        };
        let copy = || copying::copy(&source.object, &vacancy.group, &vacancy.relative(), options);
        if options.expand_external {
            copy()
        } else {
            // Soft links that are expanded may lead through external ones, which the library would follow.
            driver::without_lending(copy)
        }
        .at(path)?;
        let changes = change::linked(&vacancy, source.facts.kind, None);
        Outcome::answer(path, &reply::Done {}, changes)
    }

    /// Opens another served file, as it is lent for this command.
    fn borrow(&self, command: &command::Copy, name: &str) -> Result<Handle, StoreError> {
        let refused = |message: String| StoreError::Source {
            path: command.path.clone(),
            file: name.to_owned(),
            message,
        };
        let served = CString::new(format!("{SERVED_AS}{name}"));
        let served = served.map_err(|error| refused(error.to_string()))?;
        let file = file::open(&served, file::Opening::Lent);
        let file = file.map_err(|error| refused(error.message))?;
        file::limit_metadata(&file, self.limits.metadata_cache_bytes).at(&command.path)?;
        Ok(file)
    }
}
