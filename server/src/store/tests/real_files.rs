//! Files from laboratories, where they are at hand: everything is described and read.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Access, Answer, Bench, LIMITS, Store};

/// The files beside the repository; none on machines that do not have them.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "nxs" || extension == "h5ad")
        })
        .collect()
}

fn bench(path: &Path) -> Bench {
    let mut bench = Bench::new();
    bench.store = Store::open(path, "test.h5", Access::ReadOnly, LIMITS).unwrap();
    bench
}

/// Every path of the file, by listing each group.
fn paths(bench: &mut Bench) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut groups = vec![String::new()];
    while let Some(group) = groups.pop() {
        let shown = if group.is_empty() { "/" } else { &group };
        let list = bench.fields(&json!({"command": "list", "path": shown}).to_string());
        for child in list["children"].as_array().unwrap() {
            let path = format!("{group}/{}", child["name"].as_str().unwrap());
            if child["kind"] == "group" {
                groups.push(path.clone());
            }
            found.push((path, child.clone()));
        }
    }
    found
}

#[test]
fn everything_in_them_is_described_as_it_is_listed() {
    for file in files() {
        let mut bench = bench(&file);
        for (path, child) in paths(&mut bench) {
            let object =
                bench.fields(&json!({"command": "describe", "path": path}).to_string())["object"]
                    .take();
            assert_eq!(object["kind"], child["kind"], "{path}");
            assert_eq!(object["dataset"].get("shape"), child.get("shape"), "{path}");
            assert_eq!(object["dataset"].get("datatype"), child.get("datatype"), "{path}");
            assert_eq!(
                object["attributes"].as_array().unwrap().len(),
                child["n_attributes"],
                "{path}"
            );
        }
    }
}

#[test]
fn every_dataset_is_read() {
    for file in files() {
        let mut bench = bench(&file);
        for (path, child) in paths(&mut bench) {
            if child["kind"] != "dataset" {
                continue;
            }
            let json = json!({"command": "read", "path": path}).to_string();
            assert!(!matches!(bench.run(&json).answer, Answer::Fields(_)), "{path}");
        }
    }
}
