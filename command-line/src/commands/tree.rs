//! `tree`: what lies below a group, drawn with lines or as one JSON object a line.

use std::io::Write as _;

use clap::Args;
use hdf5_async_client::File;
use hdf5_async_client::protocol::model::{Child, Link, ObjectKind, ObjectPath};
use serde::Serialize;

use super::describe::attribute_row;
use super::ls::{extent, label, tone};
use crate::columns::Cell;
use crate::failure::Failure;
use crate::paint::Tone;
use crate::screen::{Options, Screen};
use crate::wording;

#[derive(Debug, Args)]
pub struct Tree {
    /// ws://HOST:PORT/FILE:/PATH; without a path the root group
    address: String,
    /// How many levels to show
    #[arg(long, short, value_name = "LEVELS")]
    depth: Option<u64>,
    /// Show attributes, too
    #[arg(long, short)]
    attributes: bool,
    #[command(flatten)]
    pub(super) options: Options,
}

/// A link with its path, for programs.
#[derive(Serialize)]
struct Entry<'a> {
    path: &'a ObjectPath,
    #[serde(flatten)]
    child: &'a Child,
}

/// A group whose links are being shown, a page of them at a time.
struct Level {
    path: ObjectPath,
    page: std::vec::IntoIter<Child>,
    shown: u64,
    total: u64,
    /// What stands before its lines.
    indent: String,
    /// The group, or one above it, has several hard links and may lie below itself.
    shared: bool,
}

impl Tree {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let file = self.options.access.file(&location, "tree").await?;
        let mut drawing = Drawing {
            file,
            screen: self.options.screen(),
            attributes: self.attributes,
            counts: [0; 3],
        };
        let root = location.object();
        if !drawing.screen.json() {
            let name = location.address.file.as_deref().filter(|_| root.is_root());
            let name = wording::printable(name.unwrap_or(root.as_str())).into_owned();
            let heading = drawing.screen.tone(Tone::Heading, name);
            writeln!(drawing.screen, "{heading}")?;
            drawing.attributes(&root, "").await?;
        }
        let mut levels = vec![drawing.level(root, String::new(), false).await?];
        while let Some(level) = levels.last_mut() {
            let Some(child) = drawing.next(level).await? else {
                levels.pop();
                continue;
            };
            let (path, indent) = drawing.show(level, &child).await?;
            let shared = level.shared;
            let deeper = self.depth.is_none_or(|depth| (levels.len() as u64) < depth);
            // A soft link is shown, not followed: what it leads to has its own place in the tree.
            let group = child.kind == Some(ObjectKind::Group) && child.link == Link::Hard;
            if group && deeper && child.n_children != Some(0) {
                let n_links = drawing.file.describe(path.as_str()).await?.reply.object.n_links;
                if n_links > 1 && shared {
                    drawing.not_again(&indent)?;
                } else {
                    levels.push(drawing.level(path, indent, shared || n_links > 1).await?);
                }
            }
        }
        drawing.finish()
    }
}

struct Drawing {
    file: File,
    screen: Screen,
    attributes: bool,
    /// Groups, datasets, other links.
    counts: [u64; 3],
}

impl Drawing {
    async fn level(
        &self,
        path: ObjectPath,
        indent: String,
        shared: bool,
    ) -> Result<Level, Failure> {
        let page = self.file.list(path.as_str(), 0, None).await?.reply;
        let total = page.total;
        Ok(Level { path, page: page.children.into_iter(), shown: 0, total, indent, shared })
    }

    async fn next(&self, level: &mut Level) -> Result<Option<Child>, Failure> {
        if level.page.len() == 0 && level.shown < level.total {
            let page = self.file.list(level.path.as_str(), level.shown, None).await?.reply;
            level.total = page.total;
            level.page = page.children.into_iter();
        }
        let child = level.page.next();
        level.shown += u64::from(child.is_some());
        Ok(child)
    }

    /// Prints a link; returns its path, and what stands before the lines below it.
    async fn show(
        &mut self,
        level: &Level,
        child: &Child,
    ) -> Result<(ObjectPath, String), Failure> {
        // A name that is no path component cannot be asked about; it is shown all the same.
        let path = level.path.join(&child.name).unwrap_or_else(|_| level.path.clone());
        let slot = match child.kind {
            Some(ObjectKind::Group) => 0,
            Some(ObjectKind::Dataset) => 1,
            _ => 2,
        };
        self.counts[slot] += 1;
        if self.screen.json() {
            self.screen.document(&Entry { path: &path, child })?;
            return Ok((path, String::new()));
        }
        let last = level.shown >= level.total;
        let branch = format!("{}{}", level.indent, if last { "└── " } else { "├── " });
        let indent = format!("{}{}", level.indent, if last { "    " } else { "│   " });
        let name = self.screen.tone(tone(child), label(child));
        let mut facts = Vec::new();
        if child.kind != Some(ObjectKind::Group) {
            facts.push(extent(child));
            facts.extend(child.datatype.as_ref().map(wording::datatype));
        }
        if child.n_attributes > 0 && !self.attributes {
            facts.push(wording::count(child.n_attributes, "attribute"));
        }
        facts.retain(|fact| !fact.is_empty());
        let facts =
            if facts.is_empty() { String::new() } else { format!("  {}", facts.join("  ")) };
        let (branch, facts) =
            (self.screen.tone(Tone::Quiet, branch), self.screen.tone(Tone::Quiet, facts));
        writeln!(self.screen, "{branch}{name}{facts}")?;
        if child.kind.is_some() && child.n_attributes > 0 {
            self.attributes(&path, &indent).await?;
        }
        Ok((path, indent))
    }

    async fn attributes(&mut self, path: &ObjectPath, indent: &str) -> Result<(), Failure> {
        if !self.attributes {
            return Ok(());
        }
        let attributes = self.file.attributes(path.as_str()).await?.reply.attributes;
        let rows: Vec<Vec<Cell>> = attributes
            .iter()
            .map(|attribute| {
                let mut row = attribute_row(attribute);
                row[0] = Cell::new(format!("{indent}@{}", wording::printable(&attribute.name)));
                row
            })
            .collect();
        Ok(self.screen.rows(&rows)?)
    }

    fn not_again(&mut self, indent: &str) -> Result<(), Failure> {
        if !self.screen.json() {
            let line = format!("{indent}... several links lead to this group");
            let line = self.screen.tone(Tone::Quiet, line);
            writeln!(self.screen, "{line}")?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        if !self.screen.json() {
            let [groups, datasets, others] = self.counts;
            let mut line = format!(
                "{}, {}",
                wording::count(groups, "group"),
                wording::count(datasets, "dataset")
            );
            if others > 0 {
                line = format!("{line}, {}", wording::count(others, "other link"));
            }
            let line = self.screen.tone(Tone::Quiet, line);
            writeln!(self.screen, "{line}")?;
        }
        Ok(self.screen.finish()?)
    }
}
