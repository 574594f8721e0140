//! The rows of the table: commands in the order of the documentation, for each what is wrong and the code.

mod attributes;
mod creating;
mod elements;
mod files;
mod links;
mod looking;
mod many;
mod reading;
mod session;
mod writing;

use serde_json::Value;

use super::{Case, Served};

/// Long enough to be refused as a path.
fn long_path() -> String {
    "/x".repeat(20_000)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (command, rows) in [
        session::session(),
        files::files(),
        many::many(),
        looking::looking(),
        reading::reading(),
        creating::creating(),
        writing::writing(),
        elements::elements(),
        links::links(),
        attributes::attributes(),
    ]
    .into_iter()
    .flatten()
    {
        cases.extend(rows.into_iter().map(|(wrong, fields, code)| {
            let server = if code == "read_only" { Served::ForReading } else { Served::OneFile };
            Case { command, wrong, fields, code, server }
        }));
    }
    cases
}

/// What is wrong, the fields, the code.
type Row = (&'static str, Value, &'static str);

type Rows = Vec<(&'static str, Vec<Row>)>;
