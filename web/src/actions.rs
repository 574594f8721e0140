//! What a person can do, and the only way out to the server: each action is one request.

use hdf5_async_protocol::model::{ObjectPath, Selection};

use crate::address::Address;
use crate::refusal::Refusal;
use crate::slab::Slab;
use crate::state::State;

/// Given by context.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    state: State,
    address: Address,
}

impl Actions {
    pub fn new(state: State, address: Address) -> Self {
        Self { state, address }
    }

    /// The selected elements of a dataset, all frames of the answer put together.
    ///
    /// Dropping the future cancels the request on the server.
    ///
    /// # Errors
    /// What the server refused, or that its answer was not understood.
    pub async fn read(self, path: &ObjectPath, selection: &Selection) -> Result<Slab, Refusal> {
        let _ = (self.state, self.address, path, selection);
        Err(Refusal::offline())
    }

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
        let _ = (self, path, selection, json);
        Err(Refusal::offline())
    }
}
