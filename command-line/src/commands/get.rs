//! `get`: a whole file, as it is at one moment, whoever writes to it meanwhile.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use hdf5_async_client::protocol::message::command::Files;
use hdf5_async_client::{Download, Location};
use serde_json::json;

use crate::failure::Failure;
use crate::progress;
use crate::screen::Options;
use crate::wording;

#[derive(Debug, Args)]
pub struct Get {
    /// ws://HOST:PORT/FILE; without a file the only one of the server
    address: String,
    /// Where to write it, a file or a folder; - is standard output
    #[arg(default_value = ".", value_name = "LOCAL")]
    to: PathBuf,
    /// Replace a local file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Get {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        if !location.object().is_root() || location.selection.is_some() {
            let message = "get carries whole files; read has a form for each dataset";
            return Err(Failure::Usage(message.to_owned()));
        }
        let name = self.name(&location).await?;
        let connect = self.options.access.options(&location, "get");
        let download = Download::begin(&connect, &name);
        if self.to == Path::new("-") {
            let mut out = std::io::stdout().lock();
            receive(download.await?, &name, &mut out).await?;
            return Ok(out.flush()?);
        }
        let target = self.target(&name);
        if target.exists() && !self.force {
            let message = format!("{} is there already; --force replaces it", target.display());
            return Err(Failure::Usage(message));
        }
        let bytes = save(download.await?, &name, &target).await?;
        let mut screen = self.options.screen();
        if screen.json() {
            screen.document(&json!({"file": name, "to": target, "bytes": bytes}))?;
        } else {
            let target = target.display().to_string();
            writeln!(screen, "{}  {}", wording::printable(&target), wording::bytes(bytes))?;
        }
        Ok(screen.finish()?)
    }

    /// The file of the address, or the only one of the server.
    async fn name(&self, location: &Location) -> Result<String, Failure> {
        if let Some(name) = &location.address.file {
            return Ok(name.clone());
        }
        let client = self.options.access.connect(location, "get").await?;
        let files = client.call(Files {}).await?.reply.files;
        let [file] = &*files else {
            let count = wording::count(files.len() as u64, "file");
            return Err(Failure::Usage(format!("the server has {count}; name the one to get")));
        };
        Ok(file.name.clone())
    }

    fn target(&self, name: &str) -> PathBuf {
        let leaf = name.rsplit('/').next().unwrap_or(name);
        if self.to.is_dir() { self.to.join(leaf) } else { self.to.clone() }
    }
}

/// Writes beside the target and renames at the end, so that nobody takes half a file for a whole one.
async fn save(download: Download, name: &str, target: &Path) -> Result<u64, Failure> {
    let mut part: OsString = target.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let file = std::fs::File::create(&part).map_err(Failure::local(&part))?;
    let mut out = std::io::BufWriter::new(file);
    let received = async {
        let bytes = receive(download, name, &mut out).await?;
        out.flush().map_err(Failure::local(&part))?;
        std::fs::rename(&part, target).map_err(Failure::local(target))?;
        Ok(bytes)
    };
    let received: Result<u64, Failure> = received.await;
    if received.is_err() {
        // It is of no use to anybody; the failure itself is what is told.
        drop(std::fs::remove_file(&part));
    }
    received
}

async fn receive(mut download: Download, name: &str, out: &mut impl Write) -> Result<u64, Failure> {
    let bar = progress::bytes(download.length(), &wording::printable(name));
    let mut bytes = 0;
    while let Some(piece) = download.next().await? {
        out.write_all(&piece)?;
        bytes += piece.len() as u64;
        bar.inc(piece.len() as u64);
    }
    bar.finish_and_clear();
    Ok(bytes)
}
