//! `rm`: links, and with the last link of an object the object.

use std::io::Write as _;

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::screen::Options;
use crate::wording;

#[derive(Debug, Args)]
pub struct Rm {
    /// ws://HOST:PORT/FILE:/PATH, one or more
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Rm {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut locations = Vec::new();
        for address in &self.addresses {
            let location = self.options.access.location(address)?;
            if location.selection.is_some() {
                let message = "elements of a dataset cannot be deleted; leave out the selection";
                return Err(Failure::Usage(message.to_owned()));
            }
            if location.path.is_none() {
                let message = format!("{location} names no object; rm deletes objects, not files");
                return Err(Failure::Usage(message));
            }
            locations.push(location);
        }
        let mut screen = self.options.screen();
        for location in locations {
            let file = self.options.access.file(&location, "rm").await?;
            let path = location.object();
            let position = file.delete(path.as_str()).await?.position;
            if screen.json() {
                let (epoch, seq) = position.map(|at| (at.epoch, at.seq)).unzip();
                screen.document(&json!({"deleted": path, "epoch": epoch, "seq": seq}))?;
            } else {
                writeln!(screen, "deleted {}", wording::printable(path.as_str()))?;
            }
            screen.flush()?;
        }
        Ok(screen.finish()?)
    }
}
