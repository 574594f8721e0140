//! What a person can do, and the only way out to the server: each action is one request.

mod browse;
mod edit;

use hdf5_async_protocol::message::command::{Encoding, Read, ReadAttribute};
use hdf5_async_protocol::model::{ObjectPath, Selection};
use leptos::prelude::*;

use crate::address::{Address, Place};
use crate::connection::Connection;
use crate::refusal::Refusal;
use crate::slab::Slab;
use crate::state::State;
pub use browse::Below;
pub use edit::NewDataset;

/// Given by context.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    state: State,
    address: Address,
    connection: StoredValue<Connection, LocalStorage>,
}

impl Actions {
    pub fn new(state: State, address: Address, connection: Connection) -> Self {
        Self { state, address, connection: StoredValue::new_local(connection) }
    }

    fn connection(self) -> Connection {
        self.connection.get_value()
    }

    /// Requests are about the file on screen.
    fn file(self) -> Option<String> {
        self.address.place_untracked().file
    }

    /// The selected elements of a dataset, all frames of the answer put together.
    ///
    /// Dropping the future cancels the request on the server.
    ///
    /// # Errors
    /// What the server refused, or that its answer was not understood.
    pub async fn read(self, path: &ObjectPath, selection: &Selection) -> Result<Slab, Refusal> {
        let (path, selection) = (path.clone(), selection.clone());
        let read = Read { fields: None, path, selection, encoding: Encoding::default() };
        self.connection().read(self.file(), read).await
    }

    /// The elements of an attribute, whatever its size.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_attribute(self, path: &ObjectPath, name: &str) -> Result<Slab, Refusal> {
        let (path, name) = (path.clone(), name.to_owned());
        let read = ReadAttribute { path, name, encoding: Encoding::default() };
        self.connection().read_attribute(self.file(), read).await
    }

    /// Shows another object of the file on screen.
    pub fn go_to(self, path: &ObjectPath) {
        if let Some(file) = self.file() {
            self.address.go_to(Place::in_file(&file, path.clone()));
        }
    }

    /// Shows another file.
    pub fn go_to_file(self, file: &str) {
        self.address.go_to(Place::in_file(file, ObjectPath::root()));
    }

    /// Tries to connect at once.
    pub fn retry_connection(self) {
        self.connection().retry_now();
    }
}
