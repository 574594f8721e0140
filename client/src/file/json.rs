//! Calls whose values are JSON text: the server gives them their datatype, or the one that is named.

use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::{Datatype, ObjectPath, Selection};
use serde_json::value::RawValue;

use super::File;
use crate::client::Answer;
use crate::error::CallError;

impl File {
    /// Makes the dataset become `data`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn write_json(
        &self,
        path: &str,
        data: Box<RawValue>,
        datatype: Option<Datatype>,
    ) -> Result<Answer<reply::Written>, CallError> {
        let path = ObjectPath::new(path)?;
        let data = Some(data);
        self.call(command::Write {
            fields: None,
            path,
            selection: None,
            data,
            datatype,
            shape: None,
        })
        .await
    }

    /// Puts `data` into a part of a dataset, broadcast as in numpy.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn write_part_json(
        &self,
        path: &str,
        selection: &Selection,
        data: Box<RawValue>,
        datatype: Option<Datatype>,
    ) -> Result<Answer<reply::Written>, CallError> {
        let path = ObjectPath::new(path)?;
        let selection = Some(selection.clone());
        self.call(command::Update {
            fields: None,
            path,
            selection,
            data: Some(data),
            datatype,
            shape: None,
        })
        .await
    }

    /// Puts `data` behind the last element along `axis`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn append_json(
        &self,
        path: &str,
        axis: u32,
        data: Box<RawValue>,
        datatype: Option<Datatype>,
    ) -> Result<Answer<reply::Written>, CallError> {
        let path = ObjectPath::new(path)?;
        self.call(command::Append {
            unique_on: None,
            path,
            axis,
            data: Some(data),
            datatype,
            shape: None,
        })
        .await
    }

    /// Makes an attribute or replaces it.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn write_attribute_json(
        &self,
        path: &str,
        name: &str,
        data: Box<RawValue>,
        datatype: Option<Datatype>,
    ) -> Result<Answer<reply::Written>, CallError> {
        let (path, name) = (ObjectPath::new(path)?, name.to_owned());
        let data = Some(data);
        self.call(command::WriteAttribute {
            path,
            name,
            data,
            datatype,
            named_datatype: None,
            shape: None,
        })
        .await
    }
}
