//! `ln`: hard, soft and external links.

use std::io::Write as _;

use clap::Args;
use hdf5_async_client::protocol::model::{Link, ObjectPath};
use hdf5_async_client::{CallError, Location};
use serde_json::json;

use crate::destination::{beside, within};
use crate::failure::Failure;
use crate::screen::Options;
use crate::wording;

#[derive(Debug, Args)]
pub struct Ln {
    /// What the link leads to: a path in the same file, or an address; of another file with --soft
    target: String,
    /// ws://HOST:PORT/FILE:/PATH of the link; into a group that is there
    address: String,
    /// A link to a path, which may lead nowhere, instead of one to an object
    #[arg(long, short)]
    soft: bool,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Ln {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let link = self.link(&location)?;
        let file = self.options.access.file(&location, "ln").await?;
        let target = match &link {
            Link::Soft { target } | Link::External { target, .. } => target.clone(),
            _ => self.target(&location)?.object().to_string(),
        };
        // The link gets the name of what it leads to, where it goes into a group.
        let name = ObjectPath::new(&target).map_err(CallError::from)?;
        let path = within(&file, &location.object(), &name).await?;
        match &link {
            Link::Soft { target } => file.link_soft(path.as_str(), target).await?,
            Link::External { file: target_file, target } => {
                file.link_external(path.as_str(), target_file, target).await?
            }
            _ => file.link(path.as_str(), &target).await?,
        };
        let mut screen = self.options.screen();
        if screen.json() {
            screen.document(&json!({"path": path, "link": link, "target": target}))?;
        } else {
            let shown = wording::link_target(&link);
            let shown = shown.unwrap_or_else(|| wording::printable(&target).into_owned());
            writeln!(screen, "{} -> {shown}", wording::printable(path.as_str()))?;
        }
        Ok(screen.finish()?)
    }

    fn target(&self, location: &Location) -> Result<Location, Failure> {
        beside(&self.options.access, location, &self.target)
    }

    fn link(&self, location: &Location) -> Result<Link, Failure> {
        let is_address = self.target.contains("://") || self.target.contains(":/");
        if self.soft && !is_address {
            return Ok(Link::Soft { target: self.target.clone() });
        }
        let target = self.target(location)?;
        if target.address.authority() != location.address.authority() {
            let message = "a link leads to a file of the same server; these are two servers";
            return Err(Failure::Usage(message.to_owned()));
        }
        let path = target.object().to_string();
        match (&target.address.file, &location.address.file) {
            (theirs, ours) if theirs == ours && self.soft => Ok(Link::Soft { target: path }),
            (theirs, ours) if theirs == ours => Ok(Link::Hard),
            (Some(theirs), ours) if self.soft => {
                let file = relative(theirs, ours.as_deref().unwrap_or_default());
                Ok(Link::External { file, target: path })
            }
            _ => {
                let message = "a link into another file is a soft one; say --soft";
                Err(Failure::Usage(message.to_owned()))
            }
        }
    }
}

/// How `file` is named from the folder of `from`, as HDF5 looks for the file of an external link.
fn relative(file: &str, from: &str) -> String {
    let mut theirs: Vec<&str> = file.split('/').collect();
    let mut ours: Vec<&str> = from.split('/').collect();
    ours.pop();
    while theirs.len() > 1 && !ours.is_empty() && theirs[0] == ours[0] {
        theirs.remove(0);
        ours.remove(0);
    }
    let up = std::iter::repeat_n("..", ours.len());
    up.chain(theirs).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_where_the_link_is() {
        for (file, from, expected) in [
            ("b.h5", "a.h5", "b.h5"),
            ("runs/b.h5", "a.h5", "runs/b.h5"),
            ("b.h5", "runs/a.h5", "../b.h5"),
            ("runs/b.h5", "runs/a.h5", "b.h5"),
            ("runs/1/b.h5", "runs/2/a.h5", "../1/b.h5"),
            ("b.h5", "", "b.h5"),
        ] {
            assert_eq!(relative(file, from), expected, "{file} from {from}");
        }
    }
}
