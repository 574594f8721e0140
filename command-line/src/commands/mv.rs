//! `mv`: another place or name for a link.

use std::io::Write as _;

use clap::Args;
use serde_json::json;

use crate::destination::{beside, same_file, within};
use crate::failure::Failure;
use crate::screen::Options;
use crate::wording;

#[derive(Debug, Args)]
pub struct Mv {
    /// ws://HOST:PORT/FILE:/PATH of the link
    from: String,
    /// Its new address, or its new path in the same file; into a group that is there
    to: String,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Mv {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let from = self.options.access.location(&self.from)?;
        let to = beside(&self.options.access, &from, &self.to)?;
        if !same_file(&from, &to) {
            let message = "a link moves within its file; cp and rm go beyond it";
            return Err(Failure::Usage(message.to_owned()));
        }
        let file = self.options.access.file(&from, "mv").await?;
        let source = from.object();
        let target = within(&file, &to.object(), &source).await?;
        file.rename(source.as_str(), target.as_str()).await?;
        let mut screen = self.options.screen();
        if screen.json() {
            screen.document(&json!({"path": source, "to": target}))?;
        } else {
            let (source, target) = (source.as_str(), target.as_str());
            let (source, target) = (wording::printable(source), wording::printable(target));
            writeln!(screen, "moved {source} to {target}")?;
        }
        Ok(screen.finish()?)
    }
}
