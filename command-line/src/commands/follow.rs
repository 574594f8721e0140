//! `follow`: rows as they are appended, like `tail -f`.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use futures::StreamExt as _;
use hdf5_async_client::protocol::message::{Change, ErrorCode, ErrorReply};
use hdf5_async_client::protocol::model::{DatasetInfo, ObjectPath, ResolvedSelection};
use hdf5_async_client::slabs::Slabs;
use hdf5_async_client::{CallError, Client, File, Reconnect, Update, Values};

use crate::elements::{dataset_of, elements_per_slab};
use crate::failure::Failure;
use crate::format::{Csv, Elements, Form, Look, Subject, Table};
use crate::screen::{Options, Screen, is_terminal};
use crate::wording;

/// Columns stay aligned until the dataset has more rows than these digits can count.
const LABEL_DIGITS: usize = 6;

#[derive(Debug, Args)]
pub struct Follow {
    /// ws://HOST:PORT/FILE:/PATH of a dataset
    address: String,
    /// Begin with so many rows that are there already
    #[arg(long, short = 'n', value_name = "ROWS", default_value_t = 10)]
    tail: u64,
    /// Aligned columns or CSV; --json prints a row a line
    #[arg(long, short, value_enum, default_value_t, conflicts_with = "json")]
    format: RowFormat,
    #[command(flatten)]
    pub(super) options: Options,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum RowFormat {
    #[default]
    Table,
    Csv,
}

impl Follow {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        if location.selection.is_some() {
            let message = "follow prints whole rows; leave out the selection";
            return Err(Failure::Usage(message.to_owned()));
        }
        let connect = self.options.access.options(&location, "follow").reconnect(Reconnect::Always);
        let file = Client::connect(connect).await?.default_file();
        let path = location.object();
        // First the events, then the rows: none can be missed between the two.
        let mut updates = file.subscribe(path.as_str()).await?;
        let dataset = describe(&file, &path).await?;
        let length = length(&path, &dataset)?;
        let from = length.saturating_sub(self.tail);
        let form = self.form(&path, &dataset, from);
        let screen = self.options.screen();
        let mut rows = Rows { file, path, dataset, next: from, form, screen };
        rows.print_up_to(length).await?;
        while let Some(update) = updates.next().await {
            match update? {
                Update::Event(event) => rows.after(&event.change).await?,
                Update::Resync(_) => rows.look_again().await?,
            }
        }
        Ok(())
    }

    /// `None` prints JSON.
    fn form(&self, path: &ObjectPath, dataset: &DatasetInfo, from: u64) -> Option<Box<dyn Form>> {
        let mut shape = dataset.shape.clone().unwrap_or_default();
        if let Some(length) = shape.first_mut() {
            *length = u64::MAX;
        }
        let datatype = dataset.datatype.clone();
        let subject = Subject { path: path.clone(), datatype, shape: Some(shape), resolved: None };
        let paint = self.options.screen().paint();
        let look = Look { paint, header: true, shown: is_terminal() };
        match self.format {
            _ if self.options.json => None,
            RowFormat::Csv => Some(Box::new(Csv::new(subject, look))),
            RowFormat::Table => Some(Box::new(Table::growing(subject, paint, from, LABEL_DIGITS))),
        }
    }
}

async fn describe(file: &File, path: &ObjectPath) -> Result<DatasetInfo, Failure> {
    dataset_of(file.describe(path.as_str()).await?.reply.object)
}

/// Rows along the first axis.
fn length(path: &ObjectPath, dataset: &DatasetInfo) -> Result<u64, Failure> {
    dataset.shape.as_ref().and_then(|shape| shape.first()).copied().ok_or_else(|| {
        let message = format!("{path} has no rows that could be appended; read prints it");
        let reply = ErrorReply::new(ErrorCode::ShapeMismatch, message).with_path(path.as_str());
        Failure::Call(CallError::Refused(reply))
    })
}

struct Rows {
    file: File,
    path: ObjectPath,
    dataset: DatasetInfo,
    /// The first row that is not printed yet.
    next: u64,
    form: Option<Box<dyn Form>>,
    screen: Screen,
}

impl Rows {
    async fn after(&mut self, change: &Change) -> Result<(), Failure> {
        match change {
            Change::Written { shape, .. } | Change::Resized { shape, .. } => {
                self.print_up_to(shape.first().copied().unwrap_or(0)).await
            }
            Change::Deleted { path } | Change::Moved { path, .. } if self.path.is_within(path) => {
                self.look_again().await
            }
            Change::FileChanged { .. } | Change::Created { .. } => self.look_again().await,
            _ => Ok(()),
        }
    }

    /// Asks how long the dataset is now; it may be another one of the same name.
    async fn look_again(&mut self) -> Result<(), Failure> {
        let dataset = loop {
            match describe(&self.file, &self.path).await {
                // The next call waits for the new connection.
                Err(Failure::Call(CallError::ConnectionLost { .. })) => {}
                dataset => break dataset?,
            }
        };
        let rows = |dataset: &DatasetInfo| {
            dataset.shape.as_ref().map(|shape| shape.iter().skip(1).copied().collect::<Vec<_>>())
        };
        if dataset.datatype != self.dataset.datatype || rows(&dataset) != rows(&self.dataset) {
            let what = "its rows are of another kind now".to_owned();
            return Err(Failure::Changed { path: self.path.to_string(), what });
        }
        let length = length(&self.path, &dataset)?;
        self.dataset = dataset;
        self.print_up_to(length).await
    }

    async fn print_up_to(&mut self, length: u64) -> Result<(), Failure> {
        if length < self.next {
            // For the person who looks; a program sees it by the rows that come again.
            let note = format!("{} was cut to {}", self.path, wording::count(length, "row"));
            drop(writeln!(std::io::stderr(), "{}", wording::printable(&note)));
            self.next = length;
        }
        let mut shape = self.dataset.shape.clone().unwrap_or_default();
        shape[0] = length;
        let mut selected = ResolvedSelection::all(&shape);
        selected.axes[0] = selected.axes[0].part(self.next, length - self.next);
        let whole_rows =
            elements_per_slab(&self.dataset.datatype).max(shape.iter().skip(1).product());
        for slab in Slabs::new(selected, None, whole_rows) {
            let values = self.read(&slab.selection.to_string()).await?;
            if values.shape.as_ref() != Some(&slab.shape) {
                // Cut meanwhile; the event that says so is on its way.
                return Ok(());
            }
            self.print(&values)?;
            self.next += slab.shape[0];
        }
        Ok(self.screen.flush()?)
    }

    async fn read(&self, selection: &str) -> Result<Values, Failure> {
        loop {
            match self.file.read(self.path.as_str(), selection).await {
                Ok(answer) => return Ok(answer.reply),
                // The next call waits for the new connection.
                Err(CallError::ConnectionLost { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn print(&mut self, values: &Values) -> Result<(), Failure> {
        if let Some(form) = &mut self.form {
            return form.push(&mut self.screen, values);
        }
        if values.shape.as_ref().is_some_and(|shape| shape.len() == 1) {
            for element in Elements::new(values)?.texts()? {
                writeln!(self.screen, "{}", element.get())?;
            }
            return Ok(());
        }
        let rows: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(&values.to_json()?)?;
        for row in rows {
            writeln!(self.screen, "{}", wording::printable_json(row.get()))?;
        }
        Ok(())
    }
}
