//! A dataset as a command sees it: all of its elements, or some of their members.

use std::sync::Arc;

use hdf5_async_protocol::model::{Datatype, Fields, ObjectPath};

use super::error::StoreError;
use super::library::Handle;
use super::library::form::Form;
use super::opened::Opened;
use super::transfer::{self, Target};

/// An open dataset, and what of its elements is meant.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) opened: Arc<Opened>,
    picked: Option<Arc<Picked>>,
}

/// Some members of the elements: the library converts to and from a compound of those alone.
#[derive(Debug)]
struct Picked {
    /// Of a single member, the member's.
    datatype: Datatype,
    memory_type: Handle,
    form: Form,
}

impl View {
    pub(crate) fn new(
        path: &ObjectPath,
        opened: Arc<Opened>,
        fields: Option<&Fields>,
    ) -> Result<Self, StoreError> {
        let Some(fields) = fields else { return Ok(Self { opened, picked: None }) };
        let refused = |source| StoreError::Fields { path: path.clone(), source };
        let members = fields.of(&opened.datatype).map_err(refused)?;
        let unsupported = || StoreError::UnsupportedDatatype {
            path: path.clone(),
            datatype: opened.datatype.clone(),
        };
        let compound = Datatype::packed(members.clone()).ok_or_else(unsupported)?;
        let memory_type = transfer::built(path, &compound)?;
        let form = transfer::form_of(&compound, &memory_type).ok_or_else(unsupported)?;
        // A compound of one member has the member's slots.
        let datatype = match (fields, members.into_iter().next()) {
            (Fields::One(_), Some((_, member))) => member,
            _ => compound,
        };
        let picked = Some(Arc::new(Picked { datatype, memory_type, form }));
        Ok(Self { opened, picked })
    }

    pub(crate) fn datatype(&self) -> &Datatype {
        self.picked.as_ref().map_or(&self.opened.datatype, |picked| &picked.datatype)
    }

    pub(crate) fn target(&self) -> Target<'_> {
        let whole = self.opened.target();
        match &self.picked {
            Some(picked) => Target {
                memory_type: &picked.memory_type,
                datatype: &picked.datatype,
                form: Some(&picked.form),
                plain_chunks: None,
                ..whole
            },
            None => whole,
        }
    }
}
