//! The files that this thread's worker was given, by the names under which the library may open them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::sync::Arc;

use super::super::handle::CallError;
use super::Medium;

thread_local! {
    /// A worker's handles never leave its thread, and neither do its files: two workers in one process do not
    /// see each other's.
    static GIVEN: RefCell<HashMap<CString, Arc<dyn Medium>>> = RefCell::default();
}

/// A file that the library may open, until this is dropped. What is open of it then stays open.
#[derive(Debug)]
pub(crate) struct Given {
    name: CString,
}

/// Lets the library open `medium` as `name`, instead of what had the name before.
pub(crate) fn give(name: &str, medium: Arc<dyn Medium>) -> Result<Given, CallError> {
    let name = CString::new(name)
        .map_err(|_| CallError::new("name", "the file's name contains a NUL byte"))?;
    GIVEN.with_borrow_mut(|given| given.insert(name.clone(), medium));
    Ok(Given { name })
}

pub(super) fn find(name: &CStr) -> Option<Arc<dyn Medium>> {
    GIVEN.with_borrow(|given| given.get(name).cloned())
}

impl Given {
    pub(crate) fn name(&self) -> &CStr {
        &self.name
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        // The thread may be ending, with its files.
        let forgotten = GIVEN.try_with(|given| given.borrow_mut().remove(&self.name));
        drop(forgotten);
    }
}
