//! docs/protocol says what is true: what is generated from the types is current, and every example can be run.
//!
//! `UPDATE_DOCS=1 cargo test -p hdf5-async-tests documents` writes what is generated.

mod asyncapi;
mod commands;
mod examples;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file of the repository.
pub(crate) fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

pub(crate) fn text(name: &str) -> String {
    std::fs::read_to_string(repository(name)).unwrap()
}

/// The golden messages of shared/wire, by the names of their files.
pub(crate) fn golden() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(repository("shared/wire")).unwrap();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    };
    files.map(|file| read(file.unwrap().path())).collect()
}

/// The file is `expected`, or is made so where that was asked for.
pub(crate) fn is_current(name: &str, expected: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(repository(name), expected).unwrap();
    }
    let found = std::fs::read_to_string(repository(name)).unwrap_or_default();
    let first = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(
        found == expected,
        "{name} is not what the types say; UPDATE_DOCS=1 writes it. The first difference: {first:?}"
    );
}
