//! Named datatypes: objects that say what elements are, and that datasets and attributes share.

use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::{Datatype, ObjectKind, ObjectPath};

use super::error::{At as _, StoreError};
use super::library::{Handle, datatype, link, object};
use super::references::References;
use super::resolve::{Location, expect_kind, locate, resolve};
use super::transfer::built;
use super::{Outcome, Store, change};

impl Store {
    pub(super) fn create_named_datatype(
        &mut self,
        command: &command::CreateNamedDatatype,
    ) -> Result<Outcome, StoreError> {
        let path = &command.path;
        let vacancy = match locate(&self.file, path)? {
            Location::Vacancy(vacancy) => vacancy,
            Location::Object(found) => {
                let kind = found.facts.kind.unwrap_or(ObjectKind::NamedDatatype);
                return Err(StoreError::AlreadyExists { path: path.clone(), kind });
            }
        };
        let made = built(path, &command.datatype)?;
        datatype::commit_unlinked(&self.file, &made).at(path)?;
        link::attach(&made, &vacancy.group, &vacancy.relative()).at(path)?;
        let changes = change::created(&vacancy, ObjectKind::NamedDatatype);
        Outcome::answer(path, &reply::Done {}, changes)
    }
}

/// The named datatype at `named` of the file that `anchor` is in; it must be what `expected` says.
pub(crate) fn shared(
    path: &ObjectPath,
    anchor: &Handle,
    named: &ObjectPath,
    expected: &Datatype,
) -> Result<Handle, StoreError> {
    let found = resolve(anchor, named)?;
    expect_kind(named, &found, ObjectKind::NamedDatatype)?;
    let own =
        object::file_number(anchor).at(path)? == object::file_number(&found.object).at(path)?;
    let reason = match datatype::describe(&found.object).at(named)? {
        _ if !own => "\"named_datatype\" is in another file",
        datatype if datatype != *expected => "\"datatype\" is not what \"named_datatype\" is",
        _ => return Ok(found.object),
    };
    Err(StoreError::InvalidRequest { path: path.clone(), reason })
}

/// A path of the named datatype that `datatype`, of the dataset or attribute `anchor`, is.
pub(crate) fn path_of(
    path: &ObjectPath,
    anchor: &Handle,
    datatype: &Handle,
    references: &References,
) -> Result<Option<ObjectPath>, StoreError> {
    if !datatype::is_committed(datatype).at(path)? {
        return Ok(None);
    }
    let address = object::address(datatype).at(path)?;
    references.path_of(anchor, address).at(path)
}
