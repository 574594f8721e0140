//! Calls about some elements of a dataset: inserting, resizing, filling, single points.

use hdf5_async_protocol::message::command::{self, Encoding};
use hdf5_async_protocol::message::reply;
use hdf5_async_protocol::model::{Coordinates, Fields, ObjectPath, Selection};

use super::File;
use crate::client::Answer;
use crate::error::CallError;
use crate::values::Values;

impl File {
    /// Puts `values` before the elements at `index` along `axis`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn insert(
        &self,
        path: &str,
        index: i64,
        axis: u32,
        values: &Values,
    ) -> Result<Answer<reply::Written>, CallError> {
        let insert = command::Insert {
            path: ObjectPath::new(path)?,
            index,
            axis,
            data: None,
            datatype: Some(values.datatype.clone()),
            shape: values.shape.clone(),
        };
        self.client.ask(self.name.clone(), insert, Some(&values.payload)).await
    }

    /// Gives a chunked dataset other dims.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn resize(
        &self,
        path: &str,
        shape: &[u64],
    ) -> Result<Answer<reply::Written>, CallError> {
        self.call(command::Resize { path: ObjectPath::new(path)?, shape: shape.to_vec() }).await
    }

    /// Puts the one element of `value`, or else the dataset's fill value, into all that is selected.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn fill(
        &self,
        path: &str,
        selection: &str,
        value: Option<&Values>,
    ) -> Result<Answer<reply::Written>, CallError> {
        let fill = command::Fill {
            path: ObjectPath::new(path)?,
            selection: selection.parse()?,
            data: None,
            datatype: value.map(|value| value.datatype.clone()),
        };
        let payload = value.map(|value| &*value.payload);
        self.client.ask(self.name.clone(), fill, payload).await
    }

    /// Single elements, in the order of `points`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn points(
        &self,
        path: &str,
        points: Coordinates,
    ) -> Result<Answer<Values>, CallError> {
        let path = ObjectPath::new(path)?;
        let read = command::Points { fields: None, path, points, encoding: Encoding::Binary };
        self.values(read.into()).await
    }

    /// Puts `values` into single elements: one for each point, or one for all.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn write_points(
        &self,
        path: &str,
        points: Coordinates,
        values: &Values,
    ) -> Result<Answer<reply::Written>, CallError> {
        let write = command::WritePoints {
            path: ObjectPath::new(path)?,
            points,
            data: None,
            datatype: Some(values.datatype.clone()),
            shape: values.shape.clone(),
        };
        self.client.ask(self.name.clone(), write, Some(&values.payload)).await
    }

    /// Some members of compound elements: one member's values, or compounds of several.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn read_fields(
        &self,
        path: &str,
        selection: &str,
        fields: Fields,
    ) -> Result<Answer<Values>, CallError> {
        let (path, selection) = (ObjectPath::new(path)?, selection.parse()?);
        let encoding = Encoding::Binary;
        let read = command::Read { path, selection, fields: Some(fields), encoding };
        self.values(read.into()).await
    }

    /// The first `limit` rows that a predicate is true of, in JSON; [`command::Query`] has more options.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn query(
        &self,
        path: &str,
        predicate: &str,
        limit: Option<u64>,
    ) -> Result<Answer<reply::Query>, CallError> {
        let query = command::Query {
            path: ObjectPath::new(path)?,
            predicate: predicate.to_owned(),
            selection: Selection::all(),
            fields: None,
            offset: 0,
            limit,
            encoding: Encoding::Json,
        };
        self.call(query).await
    }
}
