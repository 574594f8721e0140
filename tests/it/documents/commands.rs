//! No command is without its section, its golden messages, and a test of what it refuses.

use std::collections::BTreeSet;

use hdf5_async_client::protocol::message::Command;

use super::{golden, is_current, text};
use crate::errors::by_command;

/// Around the table of errors in docs/protocol.md.
const MARKS: [&str; 2] = ["<!-- errors by command: written by a test -->\n", "<!-- end -->"];

#[test]
fn every_command_is_documented_pinned_and_refused() {
    let document = text("docs/protocol/commands.md");
    let overview = text("docs/protocol.md");
    let golden = golden();
    let pinned = |kind: &str| -> BTreeSet<&str> {
        let messages = golden.values().filter(|golden| golden["kind"] == kind);
        messages.map(|golden| golden["command"].as_str().unwrap()).collect()
    };
    let (requests, replies) = (pinned("request"), pinned("reply"));
    let refused: BTreeSet<&str> = by_command::cases().iter().map(|case| case.command).collect();
    let mut lacking = Vec::new();
    for name in Command::NAMES {
        let section = document.split(&format!("\n## `{name}`\n")).nth(1);
        let section = section.and_then(|rest| rest.split("\n## ").next()).unwrap_or_default();
        let lacks = [
            (section.is_empty(), "no section in docs/protocol/commands.md"),
            (!section.contains("<!-- shared/wire/request_"), "no request in its section"),
            (!overview.contains(&format!("`{name}`")), "no place in docs/protocol.md"),
            (!requests.contains(name), "no golden request"),
            (!replies.contains(name), "no golden reply"),
            (!refused.contains(name), "no error in tests/it/errors/by_command"),
        ];
        let lacks = lacks.iter().filter(|(lacks, _)| *lacks);
        lacking.extend(lacks.map(|(_, what)| format!("{name} has {what}")));
    }
    assert_eq!(lacking, Vec::<String>::new());
}

#[test]
fn the_table_of_errors_is_current() {
    let document = text("docs/protocol.md");
    let (before, rest) = document.split_once(MARKS[0]).unwrap();
    let (_, after) = rest.split_once(MARKS[1]).unwrap();
    let current = format!("{before}{}{}{}{after}", MARKS[0], by_command::table(), MARKS[1]);
    is_current("docs/protocol.md", &current);
}
