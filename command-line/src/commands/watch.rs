//! `watch`: every change as a line, until it is stopped.

use std::io;

use clap::Args;
use hdf5_async_client::Reconnect;
use hdf5_async_client::watch::{self, Format, WatchOptions};

use crate::failure::Failure;
use crate::screen::Options;

#[derive(Debug, Args)]
pub struct Watch {
    /// The address that the server printed, ws://HOST:PORT/FILE, or ws://HOST:PORT/FILE:/PATH
    address: String,
    /// Only what happens to this object and below it
    path: Option<String>,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Watch {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        if location.path.is_some() && self.path.is_some() {
            let message = "the path stands in the address and behind it; once is enough";
            return Err(Failure::Usage(message.to_owned()));
        }
        let mut connect =
            self.options.access.options(&location, "watch").reconnect(Reconnect::Always);
        connect.name = Some("watch".to_owned());
        let path = self.path.unwrap_or_else(|| location.object().to_string());
        let format = if self.options.json { Format::Json } else { Format::Text };
        let options = WatchOptions { connect, path, format };
        Ok(watch::run(options, &mut io::stdout()).await?)
    }
}
