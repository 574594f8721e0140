//! Which calls change the file: whether a command that failed has left something behind.

use std::cell::Cell;

/// Beginnings of the names of the functions that change a file, other than by making what nobody can reach.
const CHANGING: &[&str] = &[
    "H5Acreate",
    "H5Adelete",
    "H5Arename",
    "H5Awrite",
    "H5DOappend",
    "H5Dcreate",
    "H5Dfill",
    "H5Dset_extent",
    "H5Dwrite",
    "H5Gcreate",
    "H5Gmove",
    "H5Gunlink",
    "H5Lcopy",
    "H5Lcreate",
    "H5Ldelete",
    "H5Lmove",
    "H5Ocopy",
    "H5Olink",
    "H5Oset_comment",
    "H5Tcommit",
];

thread_local! {
    /// A worker's library calls are made on its thread.
    static CHANGED: Cell<bool> = const { Cell::new(false) };
}

/// Takes note of a call, whether or not it succeeded.
pub(super) fn note(call: &str) {
    if CHANGING.iter().any(|changing| call.starts_with(changing)) {
        CHANGED.set(true);
    }
}

/// Whether a call since the last [`forget`] may have changed the file.
pub(crate) fn has_changed() -> bool {
    CHANGED.get()
}

pub(crate) fn forget() {
    CHANGED.set(false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_that_change_the_file_are_noted() {
        forget();
        note("H5Dread");
        note("H5Dget_space");
        assert!(!has_changed());
        note("H5Dcreate2");
        assert!(has_changed());
    }
}
