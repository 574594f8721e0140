//! Which crates a crate of ours leads to, through all dependencies: the protocol and the dashboard are free of
//! the async runtime and of the HDF5 library.

use std::collections::BTreeSet;
use std::process::Command;

use super::sources::root;

const BROWSER: &str = "wasm32-unknown-unknown";
const NATIVE: &str = "x86_64-unknown-linux-gnu";
const RUNTIME_AND_LIBRARY: &[&str] = &["tokio", "hdf5-metno", "hdf5-metno-sys"];

/// The names of all crates that `package` is linked with on `target`.
fn reached_by(package: &str, target: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .args(["--package", package, "--target", target])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8_lossy(&tree.stdout);
    lines.lines().filter_map(|line| line.split(' ').next()).map(ToOwned::to_owned).collect()
}

fn reached_among(package: &str, target: &str, names: &[&str]) -> Vec<String> {
    let reached = reached_by(package, target);
    names
        .iter()
        .filter(|name| reached.contains(**name))
        .map(|name| format!("{package} leads to {name}"))
        .collect()
}

#[test]
fn the_protocol_leads_to_neither_tokio_nor_hdf5() {
    super::assert_none(&reached_among("hdf5-async-protocol", NATIVE, RUNTIME_AND_LIBRARY));
    super::assert_none(&reached_among("hdf5-async-protocol", BROWSER, RUNTIME_AND_LIBRARY));
}

#[test]
fn the_dashboard_leads_to_neither_tokio_nor_hdf5() {
    super::assert_none(&reached_among("hdf5-async-dashboard", BROWSER, RUNTIME_AND_LIBRARY));
    assert_eq!(reached_among("hdf5-async-dashboard", BROWSER, &["hdf5-async-protocol"]).len(), 1);
}

#[test]
fn the_client_leads_to_no_hdf5() {
    super::assert_none(&reached_among(
        "hdf5-async-client",
        NATIVE,
        &["hdf5-metno", "hdf5-metno-sys", "axum"],
    ));
}

/// The same look at the server finds them all: the names are right, and the rules above can fail.
#[test]
fn the_server_leads_to_both() {
    let reached = reached_among("hdf5-async-server", NATIVE, RUNTIME_AND_LIBRARY);
    assert_eq!(reached.len(), RUNTIME_AND_LIBRARY.len(), "{reached:?}");
}
