//! Calls about the objects of a file and their attributes, one method a command.

use hdf5_async_protocol::message::command::{self, Encoding, ListOrder};
use hdf5_async_protocol::message::reply;
use hdf5_async_protocol::model::{Datatype, ObjectPath};

use super::File;
use crate::client::Answer;
use crate::error::CallError;
use crate::values::Values;

impl File {
    /// Everything about one object.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn describe(&self, path: &str) -> Result<Answer<reply::Describe>, CallError> {
        self.call(command::Describe { path: ObjectPath::new(path)? }).await
    }

    /// Everything about several objects, of one moment; at most `hello().limits.max_batch_commands`.
    ///
    /// # Errors
    /// As [`Self::call`]. What cannot be described is an error in its place.
    pub async fn describe_many(
        &self,
        paths: &[&str],
    ) -> Result<Answer<reply::DescribeMany>, CallError> {
        let paths: Result<_, _> = paths.iter().map(|&path| ObjectPath::new(path)).collect();
        self.call(command::DescribeMany { paths: paths? }).await
    }

    /// A page of the links of a group, by name; `limit` is at most and by default the server's `max_list_page`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn list(
        &self,
        path: &str,
        offset: u64,
        limit: Option<u64>,
    ) -> Result<Answer<reply::List>, CallError> {
        let order = ListOrder::Name;
        self.call(command::List { path: ObjectPath::new(path)?, offset, limit, order }).await
    }

    /// Makes a named datatype, for datasets and attributes to share.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn create_named_datatype(
        &self,
        path: &str,
        datatype: Datatype,
    ) -> Result<Answer<reply::Done>, CallError> {
        self.call(command::CreateNamedDatatype { path: ObjectPath::new(path)?, datatype }).await
    }

    /// Removes a link, and with the last link the object.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn delete(&self, path: &str) -> Result<Answer<reply::Done>, CallError> {
        self.call(command::Delete { path: ObjectPath::new(path)? }).await
    }

    /// The attributes of an object, with their values where they are small.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn attributes(&self, path: &str) -> Result<Answer<reply::Attributes>, CallError> {
        self.call(command::Attributes { path: ObjectPath::new(path)? }).await
    }

    /// The value of an attribute.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn read_attribute(
        &self,
        path: &str,
        name: &str,
    ) -> Result<Answer<Values>, CallError> {
        let command = command::ReadAttribute {
            path: ObjectPath::new(path)?,
            name: name.to_owned(),
            encoding: Encoding::Binary,
        };
        self.values(command.into()).await
    }

    /// Removes an attribute.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn delete_attribute(
        &self,
        path: &str,
        name: &str,
    ) -> Result<Answer<reply::Done>, CallError> {
        let path = ObjectPath::new(path)?;
        self.call(command::DeleteAttribute { path, name: name.to_owned() }).await
    }

    /// Minimum, maximum, mean and the like of the selected numbers.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn stats(
        &self,
        path: &str,
        selection: &str,
    ) -> Result<Answer<reply::Stats>, CallError> {
        let selection = selection.parse()?;
        self.call(command::Stats { fields: None, path: ObjectPath::new(path)?, selection }).await
    }
}
