//! Changing the file. Every change is answered before it counts; a refusal goes back to its editor.

use hdf5_async_protocol::message::command::{
    self, CreateDataset, CreateGroup, Delete, DeleteAttribute, WriteAttribute,
};
use hdf5_async_protocol::model::{Datatype, Filter, ObjectPath, Selection};
use leptos::prelude::*;
use serde_json::value::RawValue;

use super::Actions;
use crate::refusal::Refusal;
use crate::state::PendingAttribute;

/// What a person filled in for a new dataset.
#[derive(Clone, Debug)]
pub struct NewDataset {
    pub path: ObjectPath,
    pub datatype: Datatype,
    pub shape: Vec<u64>,
    /// Absent where the dataset cannot grow.
    pub max_shape: Option<Vec<Option<u64>>>,
    /// Absent where the server chooses.
    pub chunks: Option<Vec<u64>>,
    pub filters: Vec<Filter>,
    /// As JSON.
    pub fill_value: Option<String>,
}

impl Actions {
    /// Writes elements, given as JSON (nested lists or one value for all), into a selection of a dataset.
    ///
    /// # Errors
    /// What the server refused; nothing was written then.
    pub async fn write_elements(
        self,
        path: &ObjectPath,
        selection: Selection,
        json: String,
    ) -> Result<(), Refusal> {
        let update = command::Update {
            fields: None,
            path: path.clone(),
            selection: Some(selection),
            data: Some(raw(json)?),
            datatype: None,
            shape: None,
        };
        self.connection().call(self.file(), update).await.map(drop)
    }

    /// # Errors
    /// What the server refused.
    pub async fn create_group(self, path: ObjectPath) -> Result<(), Refusal> {
        let create = CreateGroup { path, exist_ok: false, track_order: false };
        self.connection().call(self.file(), create).await.map(drop)
    }

    /// # Errors
    /// What the server refused.
    pub async fn create_dataset(self, new: NewDataset) -> Result<(), Refusal> {
        let create = CreateDataset {
            shape: Some(new.shape),
            max_shape: new.max_shape,
            chunks: new.chunks,
            filters: new.filters,
            fill_value: new.fill_value.map(raw).transpose()?,
            ..CreateDataset::new(new.path, new.datatype)
        };
        self.connection().call(self.file(), create).await.map(drop)
    }

    /// Removes the link at `path`; shows its group if it was on screen.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn delete(self, path: ObjectPath) -> Result<(), Refusal> {
        let delete = Delete { path: path.clone() };
        self.connection().call(self.file(), delete).await?;
        if self.address.place_untracked().path.is_within(&path)
            && let Some(parent) = path.parent()
        {
            self.go_to(&parent);
        }
        Ok(())
    }

    /// Makes or replaces an attribute; its new value (JSON) is shown until the server has answered.
    ///
    /// Without `datatype` an attribute keeps its own, and a new one gets that of the value.
    ///
    /// # Errors
    /// What the server refused; the attribute is then as it was.
    pub async fn write_attribute(
        self,
        path: &ObjectPath,
        name: &str,
        json: String,
        datatype: Option<Datatype>,
    ) -> Result<(), Refusal> {
        let write = WriteAttribute {
            named_datatype: None,
            path: path.clone(),
            name: name.to_owned(),
            data: Some(raw(json.clone())?),
            datatype,
            shape: None,
        };
        let edits = self.state.edits;
        edits.update(|edits| edits.begin(path, name, PendingAttribute::Written(json)));
        let answer = self.connection().call(self.file(), write).await;
        if answer.is_ok() {
            self.describe_shown().await;
        }
        edits.update(|edits| edits.end(path, name));
        answer.map(drop)
    }

    /// # Errors
    /// What the server refused; the attribute is then still there.
    pub async fn delete_attribute(self, path: &ObjectPath, name: &str) -> Result<(), Refusal> {
        let delete = DeleteAttribute { path: path.clone(), name: name.to_owned() };
        let edits = self.state.edits;
        edits.update(|edits| edits.begin(path, name, PendingAttribute::Deleted));
        let answer = self.connection().call(self.file(), delete).await;
        if answer.is_ok() {
            self.describe_shown().await;
        }
        edits.update(|edits| edits.end(path, name));
        answer.map(drop)
    }
}

fn raw(json: String) -> Result<Box<RawValue>, Refusal> {
    RawValue::from_string(json)
        .map_err(|error| Refusal::new("invalid_value", format!("The value is not JSON: {error}")))
}
