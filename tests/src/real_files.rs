//! Files from real instruments and laboratories, where the machine has them.

use std::path::PathBuf;

/// The file `name` of `HDF5_ASYNC_DATA`, or of `../shared/data` beside the work tree; without it the test
/// says so and has nothing to do.
pub fn real_file(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    let folder = std::env::var_os("HDF5_ASYNC_DATA").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    let note = format!("not checked: {} is not on this machine\n", path.display());
    std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();
    None
}
