//! `cp`: an object with all below it, within its file by the server, into another file or onto another server by
//! this program.

use std::io::Write as _;

use clap::Args;
use hdf5_async_client::Location;
use hdf5_async_client::protocol::model::ObjectPath;
use serde_json::json;

use crate::carry::carry;
use crate::destination::{beside, same_file, within};
use crate::failure::Failure;
use crate::screen::Options;
use crate::wording;

#[derive(Debug, Args)]
pub struct Cp {
    /// ws://HOST:PORT/FILE:/PATH of the object
    from: String,
    /// The address of the copy, or its path in the same file; into a group that is there
    to: String,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Cp {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let from = self.options.access.location(&self.from)?;
        let to = beside(&self.options.access, &from, &self.to)?;
        let file = self.options.access.file(&from, "cp").await?;
        let source = from.object();
        if same_file(&from, &to) {
            let target = within(&file, &to.object(), &source).await?;
            file.copy(source.as_str(), target.as_str()).await?;
            return self.report(&source, &target, None, None);
        }
        let other = self.options.access.file(&to, "cp").await?;
        let target = within(&other, &to.object(), &source).await?;
        let objects = carry(&file, &source, &other, &target).await?;
        self.report(&source, &target, Some(&to), Some(objects))
    }

    fn report(
        &self,
        source: &ObjectPath,
        target: &ObjectPath,
        to: Option<&Location>,
        objects: Option<usize>,
    ) -> Result<(), Failure> {
        let mut screen = self.options.screen();
        if screen.json() {
            let mut done = json!({"path": source, "copy": target});
            if let (Some(to), Some(objects)) = (to, objects) {
                done["file"] = json!(to.address.file);
                done["objects"] = json!(objects);
            }
            screen.document(&done)?;
        } else {
            let file = to.and_then(|to| to.address.file.as_deref());
            let place = file.map_or_else(|| target.to_string(), |file| format!("{file}:{target}"));
            let (source, place) = (wording::printable(source.as_str()), wording::printable(&place));
            writeln!(screen, "copied {source} to {place}")?;
        }
        Ok(screen.finish()?)
    }
}
