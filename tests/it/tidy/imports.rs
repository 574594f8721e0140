//! Which paths a Rust file names: its `use` declarations, spread out, and the paths written in the code.

use super::sources::Source;

/// Every path, with the number of its line; `self` and `super` are written as paths from `crate`.
pub(super) fn named_paths(source: &Source) -> Vec<(usize, String)> {
    let here = module_path(&source.path);
    let mut paths = Vec::new();
    let mut declaration: Option<(usize, String)> = None;
    for (number, line) in source.code_lines() {
        if let Some((_, text)) = &mut declaration {
            text.push_str(line);
        } else if let Some(tree) = use_declaration(line) {
            declaration = Some((number, tree.to_owned()));
        } else {
            paths.extend(paths_in(line).map(|path| (number, from_crate(&path, &here))));
        }
        if let Some((number, text)) = declaration.take_if(|(_, text)| text.contains(';')) {
            let tree = text.split(';').next().unwrap_or("");
            let mut spread = Vec::new();
            spread_out("", tree, &mut spread);
            paths.extend(spread.iter().map(|path| (number, from_crate(path, &here))));
        }
    }
    paths
}

/// What follows `use` in a line that begins a declaration, whoever may see it.
fn use_declaration(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub").map_or(line, |rest| {
        let rest = rest.trim_start();
        rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest)
    });
    rest.trim_start().strip_prefix("use ")
}

/// `a::{b, c::{d, e as f}}` becomes `a::b`, `a::c::d`, `a::c::e`.
fn spread_out(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    for branch in branches(tree) {
        let branch = branch.trim();
        if let Some((head, inner)) = branch.split_once('{') {
            let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
            spread_out(&format!("{prefix}{head}"), inner, paths);
        } else if !branch.is_empty() {
            let name = branch.split(" as ").next().unwrap_or(branch).trim();
            let path = format!("{prefix}{name}");
            paths.push(
                path.strip_suffix("::self").unwrap_or(&path).trim_start_matches("::").to_owned(),
            );
        }
    }
}

/// Split at the commas that stand outside all braces.
fn branches(tree: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    tree.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

/// The runs of words joined by `::`, with at least one such joint.
fn paths_in(line: &str) -> impl Iterator<Item = String> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .filter(|part| part.contains("::"))
        .map(|part| part.trim_matches(':').to_owned())
}

/// `server/src/session/inbox.rs` is `crate::session::inbox`.
fn module_path(file: &str) -> Vec<String> {
    let inside = file.split_once("src/").map_or(file, |(_, inside)| inside);
    let stem = inside.strip_suffix(".rs").unwrap_or(inside);
    let modules = stem.split('/').filter(|part| !["lib", "main"].contains(part));
    std::iter::once("crate").chain(modules).map(ToOwned::to_owned).collect()
}

fn from_crate(path: &str, here: &[String]) -> String {
    let mut module = here.to_vec();
    let mut rest = path;
    let mut relative = false;
    loop {
        if let Some(after) = rest.strip_prefix("super::") {
            module.pop();
            rest = after;
        } else if let Some(after) = rest.strip_prefix("self::") {
            rest = after;
        } else {
            break;
        }
        relative = true;
    }
    if relative { format!("{}::{rest}", module.join("::")) } else { path.to_owned() }
}

#[test]
fn declarations_are_spread_out() {
    let text = "//! A sample.\nuse std::io;\npub(crate) use a::{b, c::{self, d as e}};\nuse super::{\n    hub,\n    store::File,\n};\n\
                fn f() { self::g(web_sys::WebSocket::new()) }\n// use hidden::away;\n";
    let named = named_paths(&Source::sample("server/src/session/inbox.rs", text));
    let expected = [
        (2, "std::io"),
        (3, "a::b"),
        (3, "a::c"),
        (3, "a::c::d"),
        (4, "crate::session::hub"),
        (4, "crate::session::store::File"),
        (8, "crate::session::inbox::g"),
        (8, "web_sys::WebSocket::new"),
    ];
    assert_eq!(named, expected.map(|(number, path)| (number, path.to_owned())));
}
