//! What files and folders may not be called: words that say nothing about what belongs inside.

use std::path::Path;

use super::assert_none;
use super::sources::{Source, with_extensions};

const BANNED: &[&str] = &[
    "base",
    "common",
    "core",
    "handler",
    "handlers",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "processor",
    "service",
    "stuff",
    "util",
    "utilities",
    "utils",
];

fn bad_names(source: &Source) -> Vec<String> {
    let path = Path::new(&source.path);
    let mut complaints = Vec::new();
    for component in path.iter().filter_map(|component| component.to_str()) {
        let stem = component.split('.').next().unwrap_or("");
        let last_word = stem.trim_matches('_').rsplit(['_', '-']).next().unwrap_or("");
        if BANNED.contains(&last_word) {
            complaints.push(format!("{}: `{stem}` does not say what belongs inside", source.path));
        }
    }
    if source.extension() == "rs" && path.file_name().is_some_and(|name| name == "mod.rs") {
        complaints.push(format!("{}: a module is `foo.rs` beside the folder `foo`", source.path));
    }
    complaints
}

#[test]
fn names_say_what_belongs_inside() {
    let sources =
        with_extensions(&["rs", "py", "css", "js", "mjs", "sh"]).expect("git lists the sources");
    assert_none(&sources.iter().flat_map(bad_names).collect::<Vec<_>>());
}

#[test]
fn the_rule_refuses_bad_names() {
    for path in [
        "server/src/utils.rs",
        "server/src/session/common/inbox.rs",
        "python/src/hdf5_async/_helpers.py",
        "server/src/connection_manager.rs",
        "server/src/store/mod.rs",
    ] {
        assert_eq!(bad_names(&Source::sample(path, "")).len(), 1, "{path}");
    }
    assert_none(&bad_names(&Source::sample("web/plotcore/src/base_line.rs", "")));
}
