//! `put`: a whole local file to the server, which has it under its name only when it has all of it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use hdf5_async_client::protocol::message::reply::FileInfo;
use hdf5_async_client::{Location, Upload};

use crate::failure::Failure;
use crate::progress;
use crate::screen::Options;
use crate::wording;

/// Bytes that are read at once.
const PIECE_BYTES: u64 = 256 << 10;

#[derive(Debug, Args)]
pub struct Put {
    /// The file to send
    #[arg(value_name = "LOCAL")]
    from: PathBuf,
    /// ws://HOST:PORT/FILE; without a file, or with a / at its end, it keeps its name
    address: String,
    /// Replace a served file that is there, where the server lets clients delete files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Put {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        if !location.object().is_root() || location.selection.is_some() {
            let message = "put carries whole files; write makes a dataset of a local file";
            return Err(Failure::Usage(message.to_owned()));
        }
        let name = self.name(&location)?;
        let file = File::open(&self.from).map_err(Failure::local(&self.from))?;
        let metadata = file.metadata().map_err(Failure::local(&self.from))?;
        if !metadata.is_file() {
            return Err(Failure::Usage(format!("{} is no file", self.from.display())));
        }
        let connect = self.options.access.options(&location, "put");
        let length = metadata.len();
        let upload = Upload::begin(&connect, &name, length, self.force).await?;
        let served = self.send(upload, file, length, &name).await?;
        let mut screen = self.options.screen();
        if screen.json() {
            screen.document(&served)?;
        } else {
            let name = wording::printable(&served.name);
            writeln!(screen, "{name}  {}", wording::bytes(served.bytes))?;
        }
        Ok(screen.finish()?)
    }

    /// The name of the address, or in the folder that it names that of the local file.
    fn name(&self, location: &Location) -> Result<String, Failure> {
        let given = location.address.file.as_deref().unwrap_or_default();
        if !given.is_empty() && !given.ends_with('/') {
            return Ok(given.to_owned());
        }
        let leaf = self.from.file_name().and_then(|leaf| leaf.to_str());
        let leaf = leaf.ok_or_else(|| {
            let message = format!("{} has no name to keep; give it one", self.from.display());
            Failure::Usage(message)
        })?;
        Ok(format!("{given}{leaf}"))
    }

    async fn send(
        &self,
        mut upload: Upload,
        file: File,
        length: u64,
        name: &str,
    ) -> Result<FileInfo, Failure> {
        let bar = progress::bytes(Some(length), &wording::printable(name));
        let mut left = length;
        // What is put behind its end meanwhile is not part of it.
        let mut file = file.take(length);
        while left > 0 {
            let mut piece = Vec::new();
            let read = file.by_ref().take(PIECE_BYTES).read_to_end(&mut piece);
            let read = read.map_err(Failure::local(&self.from))? as u64;
            if read == 0 {
                let path = self.from.display().to_string();
                let what = format!("it is {left} bytes shorter than it was");
                return Err(Failure::Changed { path, what });
            }
            upload = upload.send(piece.into()).await?;
            left -= read;
            bar.inc(read);
        }
        let served = upload.finish().await?;
        bar.finish_and_clear();
        Ok(served)
    }
}
