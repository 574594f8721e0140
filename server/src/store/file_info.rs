//! What is known of the file as a whole.

use hdf5_async_protocol::message::reply;
use hdf5_async_protocol::model::ObjectPath;

use super::error::{At as _, StoreError};
use super::library::{file, file_creation};
use super::{Outcome, Store};

impl Store {
    pub(super) fn file_info(&mut self) -> Result<Outcome, StoreError> {
        let root = ObjectPath::root();
        // HDF5 miscounts a file with a user block as long as nothing of it was written.
        file::flush(&self.file).at(&root)?;
        let details = reply::FileDetails {
            bytes: file_creation::bytes(&self.file).at(&root)?,
            free_bytes: file_creation::free_bytes(&self.file).at(&root)?,
            creation: file_creation::of(&self.file).at(&root)?,
        };
        Outcome::answer(&root, &details, Vec::new())
    }
}
