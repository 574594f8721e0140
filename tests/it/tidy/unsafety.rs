//! Where the compiler's checks may be switched off: only where the HDF5 library is called, each time with its reason.

use super::assert_none;
use super::sources::{Source, with_extensions};

const ALLOWED_IN: &str = "server/src/store";
// Put together, so that this file passes its own rule.
const KEYWORD: &str = concat!("un", "safe");
const REASON: &str = "// SAFETY:";
/// How far above a block its reason may begin.
const REASON_WITHIN_LINES: usize = 6;

fn complaints(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut complaints = Vec::new();
    for (number, code) in source.code_lines().filter(|(_, code)| is_unchecked(code)) {
        if !source.path.starts_with(ALLOWED_IN) {
            complaints.push(format!("{}:{number}: {KEYWORD} outside {ALLOWED_IN}", source.path));
            continue;
        }
        let opens_block = code.contains(&format!("{KEYWORD} {{"));
        let from = number.saturating_sub(REASON_WITHIN_LINES + 1);
        if opens_block && !lines[from..number].iter().any(|line| line.contains(REASON)) {
            complaints.push(format!("{}:{number}: no `{REASON}` above", source.path));
        }
    }
    complaints
}

/// Whether the keyword stands there as a keyword, not as a part of a lint's name or of a text.
fn is_unchecked(code: &str) -> bool {
    code.match_indices(KEYWORD).any(|(at, _)| {
        let begins = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let next = code[at + KEYWORD.len()..].trim_start();
        begins
            && ["{", "(", "fn ", "impl", "extern ", "trait "]
                .iter()
                .any(|follower| next.starts_with(follower))
    })
}

#[test]
fn the_compiler_checks_everything_but_calls_of_hdf5() {
    let sources = with_extensions(&["rs"]).expect("git lists the sources");
    assert_none(&sources.iter().flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn the_rule_refuses_bad_samples() {
    let block = format!("fn f() {{\n    {KEYWORD} {{ g() }}\n}}\n");
    assert_eq!(complaints(&Source::sample("server/src/session.rs", &block)).len(), 1);
    assert_eq!(complaints(&Source::sample("server/src/store/file.rs", &block)).len(), 1);

    let with_reason =
        format!("fn f() {{\n    // SAFETY: g asks for nothing.\n    {KEYWORD} {{ g() }}\n}}\n");
    assert_none(&complaints(&Source::sample("server/src/store/file.rs", &with_reason)));
    assert_eq!(complaints(&Source::sample("web/src/app.rs", &with_reason)).len(), 1);

    for checked in [
        format!("#![deny({KEYWORD}_code)]\n"),
        format!("const POLICY: &str = \"'{KEYWORD}-inline'\";\n"),
    ] {
        assert_none(&complaints(&Source::sample("web/src/app.rs", &checked)));
    }
    for unchecked in ["fn f() {}", "impl Send for A {}", "extern \"C\" {}", "{ f() }"] {
        let sample = Source::sample("web/src/app.rs", &format!("{KEYWORD} {unchecked}\n"));
        assert_eq!(complaints(&sample).len(), 1, "{unchecked}");
    }
}
