//! `read`: elements of a dataset as a table, JSON, CSV or npy, slab by slab.

use std::fs::File as LocalFile;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use futures::StreamExt as _;
use hdf5_async_client::{File, Values};
use indicatif::ProgressBar;

use crate::elements::Selected;
use crate::failure::Failure;
use crate::format::{Form, Format, Look, Subject};
use crate::progress;
use crate::screen::{Options, is_terminal};
use crate::wording;

/// Rows that a terminal is given unasked.
const ROWS_ON_A_TERMINAL: u64 = 1000;

#[derive(Debug, Args)]
pub struct Read {
    /// ws://HOST:PORT/FILE:/PATH, and what to read of it in brackets, as numpy has it: [0:10, -1, [3, 5]]
    address: String,
    /// How to print the elements; otherwise the name of the output file says it, or it is a table
    #[arg(long, short, value_name = "FORMAT", value_enum, conflicts_with = "json")]
    format: Option<Format>,
    /// Write into a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// At most so many rows, 0 for all; a table on a terminal stops at 1000 otherwise
    #[arg(long, short = 'n', value_name = "ROWS")]
    limit: Option<u64>,
    /// Leave out the line with the names of members in CSV
    #[arg(long)]
    no_header: bool,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Read {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let format = self.format()?;
        let file = self.options.access.file(&location, "read").await?;
        let mut selected = Selected::new(&file, &location.object(), &location.selected()).await?;
        let rows = selected.shape().and_then(|shape| shape.first().copied()).unwrap_or(0);
        let limit = self.rows(format);
        let cut = limit.is_some_and(|limit| selected.truncate(limit));
        let bar = progress::bytes(selected.bytes(), &wording::printable(selected.path.as_str()));
        if let Some(path) = &self.output {
            let local = LocalFile::create(path).map_err(Failure::local(path))?;
            let mut out = BufWriter::new(local);
            self.print(&file, &selected, format, &mut out, &bar).await?;
            out.flush().map_err(Failure::local(path))?;
        } else {
            let mut screen = self.options.screen();
            bar.finish_and_clear();
            self.print(&file, &selected, format, &mut screen, &ProgressBar::hidden()).await?;
            screen.finish()?;
        }
        bar.finish_and_clear();
        if let (true, Some(limit)) = (cut, limit) {
            // A note for the person at the terminal; nobody else needs it.
            drop(writeln!(std::io::stderr(), "{} more rows; --limit 0 shows all", rows - limit));
        }
        Ok(())
    }

    fn format(&self) -> Result<Format, Failure> {
        let format = match (&self.output, self.format) {
            (_, Some(format)) => format,
            (_, None) if self.options.json => Format::Json,
            (Some(path), None) => Format::of_file(path).unwrap_or(Format::Table),
            (None, None) => Format::Table,
        };
        if format == Format::Npy && self.shown() {
            return Err(Failure::Usage(
                "an npy file is nothing for a terminal; name a file with --output".to_owned(),
            ));
        }
        Ok(format)
    }

    /// Whether it goes to a terminal.
    fn shown(&self) -> bool {
        self.output.is_none() && is_terminal()
    }

    fn rows(&self, format: Format) -> Option<u64> {
        match self.limit {
            Some(0) => None,
            Some(limit) => Some(limit),
            None => (format == Format::Table && self.shown()).then_some(ROWS_ON_A_TERMINAL),
        }
    }

    async fn print(
        &self,
        file: &File,
        selected: &Selected,
        format: Format,
        out: &mut dyn Write,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let mut slabs = std::pin::pin!(selected.stream(file));
        // Nothing is printed before it is known that there are values.
        let mut next: Option<Values> = slabs.next().await.transpose()?;
        let datatype = match &next {
            Some(values) => values.datatype.clone(),
            None => selected.dataset.datatype.clone(),
        };
        let subject = Subject {
            path: selected.path.clone(),
            datatype,
            shape: selected.shape(),
            resolved: selected.resolved.clone(),
        };
        let paint = self.options.screen().paint();
        let look = Look { paint, header: !self.no_header, shown: self.shown() };
        let mut form: Box<dyn Form> = format.form(subject, look);
        form.begin(out)?;
        while let Some(values) = next {
            form.push(out, &values)?;
            bar.inc(values.payload.len() as u64);
            next = slabs.next().await.transpose()?;
        }
        form.finish(out)
    }
}
