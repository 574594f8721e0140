//! `get`: a whole file, as it is at one moment, whoever writes to it meanwhile; what broke off can go on.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use hdf5_async_client::protocol::message::command::Files;
use hdf5_async_client::{CallError, ConnectOptions, Download, Location};
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
    /// Keep what has come when the download breaks off, and go on with it if the file is still the same
    #[arg(long = "continue")]
    go_on: bool,
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
        if self.to == Path::new("-") {
            let mut out = std::io::stdout().lock();
            receive(Download::begin(&connect, &name).await?, &name, &mut out).await?;
            return Ok(out.flush()?);
        }
        let target = self.target(&name);
        if target.exists() && !self.force {
            let message = format!("{} is there already; --force replaces it", target.display());
            return Err(Failure::Usage(message));
        }
        let bytes = Arriving::new(&target, self.go_on).save(&connect, &name).await?;
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
        let files = client.call(Files::default()).await?.reply.files;
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

/// A file beside the target, renamed at the end, so that nobody takes half a file for a whole one.
struct Arriving<'target> {
    target: &'target Path,
    part: PathBuf,
    /// Holds the tag of what is in `part`.
    tag: PathBuf,
    /// Whether it stays when the download breaks off.
    keep: bool,
}

impl<'target> Arriving<'target> {
    fn new(target: &'target Path, keep: bool) -> Self {
        let beside = |suffix| {
            let mut name: OsString = target.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Self { target, part: beside(".part"), tag: beside(".part.tag"), keep }
    }

    async fn save(&self, connect: &ConnectOptions, name: &str) -> Result<u64, Failure> {
        let download = self.begin(connect, name).await?;
        let saved = self.receive(download, name).await;
        if saved.is_ok() || !self.keep {
            // Of no use to anybody; if something failed, that is what is told.
            drop(std::fs::remove_file(&self.tag));
            drop(std::fs::remove_file(&self.part));
        }
        saved
    }

    /// Asks for what is not there yet, or for all of it.
    async fn begin(&self, connect: &ConnectOptions, name: &str) -> Result<Download, CallError> {
        let tag = std::fs::read_to_string(&self.tag).ok();
        let have = std::fs::metadata(&self.part).map_or(0, |part| part.len());
        match tag {
            // The last byte comes again: the server has none to send behind the end of the file.
            Some(tag) if self.keep && have > 0 => {
                Download::go_on(connect, name, have - 1, &tag).await
            }
            _ => Download::begin(connect, name).await,
        }
    }

    async fn receive(&self, download: Download, name: &str) -> Result<u64, Failure> {
        let mut out = std::io::BufWriter::new(self.room(&download)?);
        let received = receive(download, name, &mut out).await;
        out.flush().map_err(Failure::local(&self.part))?;
        let bytes = received?;
        std::fs::rename(&self.part, self.target).map_err(Failure::local(self.target))?;
        Ok(bytes)
    }

    /// The part with what stays of it, and the tag of what comes.
    fn room(&self, download: &Download) -> Result<File, Failure> {
        let local = || Failure::local(&self.part);
        let file = File::options().write(true).create(true).truncate(false).open(&self.part);
        let mut file = file.map_err(local())?;
        file.set_len(download.offset()).map_err(local())?;
        file.seek(SeekFrom::End(0)).map_err(local())?;
        // Only now: at no moment may a tag stand beside other content than its own, wherever this ends.
        if download.offset() == 0 {
            match download.tag().filter(|_| self.keep) {
                Some(tag) => std::fs::write(&self.tag, tag).map_err(Failure::local(&self.tag))?,
                None => drop(std::fs::remove_file(&self.tag)),
            }
        }
        Ok(file)
    }
}

/// Writes what comes; the bytes of the whole file.
async fn receive(mut download: Download, name: &str, out: &mut impl Write) -> Result<u64, Failure> {
    let bar = progress::bytes(download.length(), &wording::printable(name));
    let mut bytes = download.offset();
    bar.inc(bytes);
    while let Some(piece) = download.next().await? {
        out.write_all(&piece)?;
        bytes += piece.len() as u64;
        bar.inc(piece.len() as u64);
    }
    bar.finish_and_clear();
    Ok(bytes)
}
