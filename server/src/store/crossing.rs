//! Paths that leave the file: which external link they meet, and what they mean behind it.

use hdf5_async_protocol::model::ObjectPath;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::resolve::locate;
use super::{Store, locked};

/// Where a path goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The path of the external link, for messages.
    pub link: String,
    /// The other file, as the link stores it.
    pub file: String,
    pub path: ObjectPath,
}

impl Store {
    /// Where `path` goes on, if it meets an external link. With `last` the link that the path ends with counts, too.
    ///
    /// # Errors
    /// When the path leads nowhere before it meets one.
    pub fn crossing(
        &mut self,
        path: &ObjectPath,
        last: bool,
    ) -> Result<Option<Elsewhere>, StoreError> {
        let way = if last { Some(path.clone()) } else { path.parent() };
        let Some(way) = way else { return Ok(None) };
        match locked(|| locate(&self.file, &way)) {
            Ok(_) => Ok(None),
            Err(StoreError::ExternalLink { link, file, mut beyond, .. }) => {
                if let Some(name) = path.name().filter(|_| !last) {
                    beyond = format!("{beyond}/{name}");
                }
                let reason = "what it leads to in the other file is no path that HDF5 can hold";
                let invalid = |_| StoreError::InvalidRequest { path: path.clone(), reason };
                let path = ObjectPath::new(&beyond).map_err(invalid)?;
                Ok(Some(Elsewhere { link, file, path }))
            }
            Err(error) => Err(error),
        }
    }
}
