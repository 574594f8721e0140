//! Copies of objects within the file.

use hdf5_async_protocol::message::{command, reply};

use super::error::{At as _, StoreError};
use super::library::copying::{self, CopyOptions};
use super::library::driver;
use super::link_place::find_vacancy;
use super::resolve::resolve;
use super::{Outcome, Store, change};

impl Store {
    pub(super) fn copy(&mut self, command: &command::Copy) -> Result<Outcome, StoreError> {
        let command::Copy { path, to, .. } = command;
        let source = resolve(&self.file, path)?;
        let vacancy = find_vacancy(&self.file, to)?;
        let options = CopyOptions {
            shallow: command.shallow,
            expand_soft: command.expand_soft,
            expand_references: command.expand_refs,
            without_attributes: command.without_attrs,
        };
        // Soft links that are expanded may lead through external ones, which the library would follow.
        driver::without_lending(|| {
            copying::copy(&source.object, &vacancy.group, &vacancy.relative(), options)
        })
        .at(path)?;
        let changes = change::linked(&vacancy, source.facts.kind, None);
        Outcome::answer(path, &reply::Done {}, changes)
    }
}
