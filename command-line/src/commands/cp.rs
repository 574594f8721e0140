//! `cp`: an object with all below it.

use std::io::Write as _;

use clap::Args;
use serde_json::json;

use crate::destination::{beside, within};
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
        if from.address.file != to.address.file {
            let message = "cp copies within a file; get and put carry whole files";
            return Err(Failure::Usage(message.to_owned()));
        }
        let file = self.options.access.file(&from, "cp").await?;
        let source = from.object();
        let target = within(&file, &to.object(), &source).await?;
        file.copy(source.as_str(), target.as_str()).await?;
        let mut screen = self.options.screen();
        if screen.json() {
            screen.document(&json!({"path": source, "copy": target}))?;
        } else {
            let (source, target) = (source.as_str(), target.as_str());
            let (source, target) = (wording::printable(source), wording::printable(target));
            writeln!(screen, "copied {source} to {target}")?;
        }
        Ok(screen.finish()?)
    }
}
