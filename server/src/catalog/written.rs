//! Which files are open for writing, by what they are and not by how they are called: a file with two names would have
//! two logs, and one would undo what the other has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Device and inode.
type Identity = (u64, u64);

#[derive(Clone, Debug, Default)]
pub(super) struct Written(Arc<Mutex<HashMap<Identity, String>>>);

/// The file is open for writing until this is dropped.
#[derive(Debug)]
pub(super) struct Writing {
    written: Written,
    identity: Identity,
}

impl Written {
    /// The name under which the file is open for writing.
    pub(super) fn name(&self, identity: Identity) -> Option<String> {
        self.lock().get(&identity).cloned()
    }

    /// Opens the file for writing as `name`.
    ///
    /// # Errors
    /// The name under which it is open already.
    pub(super) fn begin(&self, identity: Identity, name: &str) -> Result<Writing, String> {
        let mut names = self.lock();
        if let Some(other) = names.get(&identity) {
            return Err(other.clone());
        }
        names.insert(identity, name.to_owned());
        Ok(Writing { written: self.clone(), identity })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Identity, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.written.lock().remove(&self.identity);
    }
}
