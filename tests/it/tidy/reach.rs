//! Which crates a crate of ours leads to, through all dependencies: the protocol and the dashboard are free of
//! the async runtime and of the HDF5 library.

use std::collections::BTreeSet;
use std::io;
use std::process::Command;

use super::assert_none;
use super::sources::root;

const RUNTIME_AND_LIBRARY: &[&str] = &["tokio", "hdf5-metno", "hdf5-metno-sys"];

#[derive(Clone, Copy)]
enum Target {
    Host,
    Browser,
}

/// The names of all crates that `package` is linked with.
fn reached_by(package: &str, target: Target) -> io::Result<BTreeSet<String>> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args([
        "tree",
        "--locked",
        "--offline",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    tree.args(["--package", package]).current_dir(root());
    if let Target::Browser = target {
        tree.args(["--target", "wasm32-unknown-unknown"]);
    }
    let output = tree.output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    Ok(lines.lines().filter_map(|line| line.split(' ').next()).map(ToOwned::to_owned).collect())
}

fn reached_among(package: &str, target: Target, names: &[&str]) -> io::Result<Vec<String>> {
    let reached = reached_by(package, target)?;
    Ok(names
        .iter()
        .filter(|name| reached.contains(**name))
        .map(|name| format!("{package} leads to {name}"))
        .collect())
}

#[test]
fn the_protocol_leads_to_neither_tokio_nor_hdf5() {
    for target in [Target::Host, Target::Browser] {
        assert_none(
            &reached_among("hdf5-async-protocol", target, RUNTIME_AND_LIBRARY).expect("cargo tree"),
        );
    }
}

#[test]
fn the_dashboard_leads_to_neither_tokio_nor_hdf5() {
    let package = "hdf5-async-dashboard";
    assert_none(&reached_among(package, Target::Browser, RUNTIME_AND_LIBRARY).expect("cargo tree"));
    let protocol =
        reached_among(package, Target::Browser, &["hdf5-async-protocol"]).expect("cargo tree");
    assert_eq!(protocol.len(), 1, "the tree shows what there is");
}

/// JSON Schema is for the tests that write docs/protocol; nobody carries it around.
#[test]
fn only_the_tests_lead_to_schemars() {
    let packages =
        ["hdf5-async-dashboard", "hdf5-async-protocol", "hdf5-async-client", "hdf5-async-server"];
    for package in packages {
        let target = if package == "hdf5-async-dashboard" { Target::Browser } else { Target::Host };
        assert_none(&reached_among(package, target, &["schemars"]).expect("cargo tree"));
    }
    let reached = reached_among("hdf5-async-tests", Target::Host, &["schemars"]);
    assert_eq!(reached.expect("cargo tree").len(), 1, "the tree shows what there is");
}

#[test]
fn the_client_leads_to_no_hdf5() {
    let names = ["hdf5-metno", "hdf5-metno-sys", "axum"];
    assert_none(&reached_among("hdf5-async-client", Target::Host, &names).expect("cargo tree"));
}

/// The same look at the server finds them all: the names are right, and the rules above can fail.
#[test]
fn the_server_leads_to_both() {
    let reached =
        reached_among("hdf5-async-server", Target::Host, RUNTIME_AND_LIBRARY).expect("cargo tree");
    assert_eq!(reached.len(), RUNTIME_AND_LIBRARY.len(), "{reached:?}");
}
