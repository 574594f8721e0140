//! `find`: objects whose names and attributes fit patterns, as the server finds them.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use futures::StreamExt as _;
use hdf5_async_client::protocol::message::command::Search;
use hdf5_async_client::protocol::message::reply::Found;
use hdf5_async_client::protocol::model::ObjectKind;

use crate::failure::Failure;
use crate::format::plain;
use crate::paint::Tone;
use crate::screen::{Options, Screen};
use crate::wording;

#[derive(Debug, Args)]
pub struct Find {
    /// ws://HOST:PORT/FILE:/PATH of the group to look in and below
    address: String,
    /// For names, or with a / inside for paths: * within a name, ** for anything, ? for a letter, [a-z] for one of some
    pattern: Option<String>,
    /// Only objects with an attribute whose name fits
    #[arg(long, short, value_name = "PATTERN")]
    attribute: Option<String>,
    /// Only objects with an attribute whose value, or one of its elements, fits
    #[arg(long, short, value_name = "PATTERN")]
    value: Option<String>,
    /// Only objects of a kind
    #[arg(long, short, value_name = "KIND", value_enum)]
    kind: Option<Kind>,
    /// Take small and capital letters for the same
    #[arg(long, short)]
    ignore_case: bool,
    #[command(flatten)]
    pub(super) options: Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Group,
    Dataset,
    Datatype,
}

impl Find {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let file = self.options.access.file(&location, "find").await?;
        let search = Search {
            path: location.object(),
            pattern: self.pattern,
            attribute: self.attribute,
            value: self.value,
            kind: self.kind.map(|kind| match kind {
                Kind::Group => ObjectKind::Group,
                Kind::Dataset => ObjectKind::Dataset,
                Kind::Datatype => ObjectKind::NamedDatatype,
            }),
            ignore_case: self.ignore_case,
            limit: None,
            cursor: None,
        };
        let mut screen = self.options.screen();
        let mut found = std::pin::pin!(file.search(search));
        while let Some(found) = found.next().await {
            print(&mut screen, &found?)?;
        }
        Ok(screen.finish()?)
    }
}

/// A path a line, so that a shell can go through them.
fn print(screen: &mut Screen, found: &Found) -> Result<(), Failure> {
    if screen.json() {
        return Ok(screen.document(found)?);
    }
    let path = wording::printable(found.path.as_str()).into_owned();
    let Some(attribute) = &found.attribute else { return Ok(writeln!(screen, "{path}")?) };
    let value = found.value.as_ref().map(|value| plain(value.get()).into_owned());
    let value = value.map(|value| format!(" = {}", wording::printable(&value)));
    let fact = format!("  {}{}", wording::printable(attribute), value.unwrap_or_default());
    let fact = screen.tone(Tone::Quiet, fact);
    Ok(writeln!(screen, "{path}{fact}")?)
}
