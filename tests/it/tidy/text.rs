//! What every source looks like: it opens with its sentence, is short, is finished, and has no trailing blanks.

use super::assert_none;
use super::sources::{Source, with_extensions};

const MAX_LINES: usize = 500;
const WRITTEN: &[&str] = &["rs", "py", "css", "js", "mjs", "sh"];

/// Words of work that is not done. Put together here, so that this file passes its own rule.
const LEFTOVERS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("dbg", "!("),
    concat!("console", ".log("),
];

fn opening(source: &Source) -> Option<String> {
    let mut lines = source.text.lines().skip_while(|line| {
        line.starts_with("#!") || line.starts_with("# shellcheck ") || line.trim().is_empty()
    });
    let first = lines.next().unwrap_or("");
    let marks: &[&str] = match source.extension() {
        "rs" => &["//! "],
        "py" => &["\"\"\"", "r\"\"\""],
        "css" => &["/* "],
        "js" | "mjs" => &["// ", "/** ", "/* "],
        "sh" => &["# "],
        _ => return None,
    };
    let sentence = marks.iter().find_map(|mark| first.strip_prefix(mark));
    // Ten letters tell a sentence from a stub.
    match sentence {
        Some(sentence) if sentence.trim().len() >= 10 => None,
        _ => Some(format!("{}: opens without a sentence on its part in the story", source.path)),
    }
}

fn length(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    (lines > MAX_LINES).then(|| {
        format!("{}: {lines} lines; split it by noun, {MAX_LINES} is the most", source.path)
    })
}

fn leftovers(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        for word in LEFTOVERS.iter().filter(|word| line.contains(*word)) {
            // The scripts and tools on the command line may print.
            let is_tool = source.extension() == "mjs";
            if !(is_tool && word.starts_with("console")) {
                complaints.push(format!("{}:{}: {word} is left over", source.path, index + 1));
            }
        }
    }
    complaints
}

fn blanks(source: &Source) -> Vec<String> {
    let mut complaints: Vec<String> = source
        .text
        .split('\n')
        .enumerate()
        .filter(|(_, line)| line.ends_with([' ', '\t', '\r']))
        .map(|(index, _)| format!("{}:{}: trailing blank", source.path, index + 1))
        .collect();
    if !source.text.is_empty() && (!source.text.ends_with('\n') || source.text.ends_with("\n\n")) {
        complaints.push(format!("{}: does not end with exactly one line end", source.path));
    }
    complaints
}

#[test]
fn every_source_opens_with_its_sentence() {
    let sources = with_extensions(WRITTEN).expect("git lists the sources");
    assert_none(&sources.iter().filter_map(opening).collect::<Vec<_>>());
}

#[test]
fn no_source_is_long() {
    let sources = with_extensions(WRITTEN).expect("git lists the sources");
    assert_none(&sources.iter().filter_map(length).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_over() {
    let sources = with_extensions(&[WRITTEN, &["toml", "md", "html"]].concat())
        .expect("git lists the sources");
    assert_none(&sources.iter().flat_map(leftovers).collect::<Vec<_>>());
}

#[test]
fn no_line_ends_with_blanks() {
    let sources = with_extensions(&[WRITTEN, &["toml", "md", "html", "yml"]].concat())
        .expect("git lists the sources");
    assert_none(&sources.iter().flat_map(blanks).collect::<Vec<_>>());
}

#[test]
fn the_rules_refuse_bad_samples() {
    for (path, text) in [
        ("a.rs", "use std::io;\n"),
        ("a.rs", "//! stub\n"),
        ("a.rs", ""),
        ("a.py", "import os\n"),
        ("a.sh", "#!/bin/sh\nset -e\n"),
        ("a.css", "body { color: red; }\n"),
        ("a.mjs", "import fs from 'node:fs';\n"),
    ] {
        assert!(opening(&Source::sample(path, text)).is_some(), "{path}: {text}");
    }
    assert!(length(&Source::sample("a.rs", &"//! A line.\n".repeat(MAX_LINES + 1))).is_some());
    assert!(length(&Source::sample("a.rs", &"//! A line.\n".repeat(MAX_LINES))).is_none());
    for word in LEFTOVERS {
        assert_eq!(
            leftovers(&Source::sample("a.rs", &format!("//! Text.\n// {word}: later\n"))).len(),
            1,
            "{word}"
        );
    }
    for text in ["//! Text. \n", "//! Text.\t\n", "//! Text.\r\n", "//! Text.", "//! Text.\n\n"] {
        assert_ne!(blanks(&Source::sample("a.rs", text)), Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn the_rules_accept_good_samples() {
    for (path, text) in [
        ("a.rs", "//! A good beginning of a story.\n"),
        ("a.py", "#!/usr/bin/env python3\n\"\"\"A good beginning of a story.\"\"\"\n"),
        ("a.sh", "#!/usr/bin/env bash\n# A good beginning of a story.\n"),
        ("a.css", "/* A good beginning of a story. */\n"),
        ("a.mjs", "// A good beginning of a story.\n"),
    ] {
        let source = Source::sample(path, text);
        assert_eq!(opening(&source), None);
        assert_none(&leftovers(&source));
        assert_none(&blanks(&source));
    }
}
