//! Makes sure that the folder of the dashboard exists, so that the server can be built without it.

use std::path::Path;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=../dist");
    std::fs::create_dir_all(Path::new("../dist"))
}
