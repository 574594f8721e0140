//! Calls that change which links lead to which objects, one method a command.

use hdf5_async_protocol::message::command::{self, LinkKind};
use hdf5_async_protocol::message::reply;
use hdf5_async_protocol::model::ObjectPath;

use super::File;
use crate::client::Answer;
use crate::error::CallError;

impl File {
    /// Makes a link at `path` to the object at `target`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn link(&self, path: &str, target: &str) -> Result<Answer<reply::Done>, CallError> {
        self.make_link(path, LinkKind::Hard, target, None).await
    }

    /// Makes a link at `path` to whatever is at `target`, now or later.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn link_soft(
        &self,
        path: &str,
        target: &str,
    ) -> Result<Answer<reply::Done>, CallError> {
        self.make_link(path, LinkKind::Soft, target, None).await
    }

    /// Makes a link at `path` to whatever is at `target` in another file, named as the link stores it.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn link_external(
        &self,
        path: &str,
        target_file: &str,
        target: &str,
    ) -> Result<Answer<reply::Done>, CallError> {
        self.make_link(path, LinkKind::External, target, Some(target_file)).await
    }

    async fn make_link(
        &self,
        path: &str,
        kind: LinkKind,
        target: &str,
        target_file: Option<&str>,
    ) -> Result<Answer<reply::Done>, CallError> {
        let link = command::Link {
            path: ObjectPath::new(path)?,
            kind,
            target: target.to_owned(),
            target_file: target_file.map(str::to_owned),
        };
        self.call(link).await
    }

    /// Gives a link another place or name.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn rename(&self, path: &str, to: &str) -> Result<Answer<reply::Done>, CallError> {
        self.call(command::Move { path: ObjectPath::new(path)?, to: ObjectPath::new(to)? }).await
    }

    /// Copies an object with all below it; [`command::Copy`] has options, and copies from other files.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn copy(&self, path: &str, to: &str) -> Result<Answer<reply::Done>, CallError> {
        let copy = command::Copy {
            path: ObjectPath::new(path)?,
            to: ObjectPath::new(to)?,
            from_file: None,
            shallow: false,
            expand_soft: false,
            expand_external: false,
            expand_refs: false,
            without_attrs: false,
        };
        self.call(copy).await
    }

    /// Gives an attribute another name.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn rename_attribute(
        &self,
        path: &str,
        name: &str,
        to: &str,
    ) -> Result<Answer<reply::Done>, CallError> {
        let path = ObjectPath::new(path)?;
        let (name, to) = (name.to_owned(), to.to_owned());
        self.call(command::RenameAttribute { path, name, to }).await
    }
}
