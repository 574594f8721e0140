//! `write`: a dataset from JSON, CSV or npy, or a part of one that is there.

use clap::Args;
use hdf5_async_client::protocol::message::command::CreateDataset;
use hdf5_async_client::protocol::message::{Position, reply};
use hdf5_async_client::protocol::model::{Datatype, ObjectPath, ResolvedSelection, Selection};
use hdf5_async_client::slabs::Slabs;
use hdf5_async_client::{Answer, CallError, File, Values};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::elements::{Selected, dataset_of};
use crate::failure::{Failure, is_not_found};
use crate::input::{Array, CsvRows, Given, Source};
use crate::progress;
use crate::screen::Options;
use crate::wording;

/// Of one request with values; well below what servers take.
const PIECE_BYTES: u64 = 8 << 20;

#[derive(Debug, Args)]
pub struct Write {
    /// ws://HOST:PORT/FILE:/PATH for a whole dataset, made or replaced; with [SELECTION] for a part of one
    address: String,
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    pub(super) options: Options,
}

/// What a change has made.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    path: ObjectPath,
    #[serde(flatten)]
    written: reply::Written,
    #[serde(flatten)]
    position: Option<Position>,
}

impl Write {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        let source = self.given.open()?;
        let file = self.options.access.file(&location, "write").await?;
        let target = Target { file, path: location.object(), selection: location.selection };
        let datatype = self.given.datatype.clone();
        let answer = match source {
            Source::Json(data) => target.json(data, datatype).await?,
            Source::Lines(_) => {
                let message = "lines are rows to append; write takes json, csv or npy";
                return Err(Failure::Usage(message.to_owned()));
            }
            Source::Csv(input) => {
                let rows = CsvRows::open(input, &self.given.origin(), self.given.names())?;
                let known = target.known(&rows, datatype.as_ref()).await?;
                let (data, found) = rows.becoming(known).collect_list()?;
                // Into a part of a dataset values go as its own.
                let found = found.filter(|_| target.selection.is_none());
                target.json(data, datatype.or(found)).await?
            }
            Source::Array(array) => {
                self.given.without_datatype()?;
                target.array(array).await?
            }
            Source::Values(values) => {
                self.given.without_datatype()?;
                target.values(&values).await?
            }
            Source::Null(null) => {
                self.given.without_datatype()?;
                target.json(RawValue::from_string("null".to_owned())?, Some(null)).await?
            }
        };
        report(&self.options, target.path, answer)
    }
}

/// Says what was written.
pub(super) fn report(
    options: &Options,
    path: ObjectPath,
    answer: Answer<reply::Written>,
) -> Result<(), Failure> {
    use std::io::Write as _;

    let mut screen = options.screen();
    let written = answer.reply;
    if screen.json() {
        screen.document(&Done { path, written, position: answer.position })?;
    } else {
        let shape = wording::shape(written.shape.as_deref());
        let datatype = wording::datatype(&written.datatype);
        writeln!(screen, "{}  {shape}  {datatype}", wording::printable(path.as_str()))?;
    }
    Ok(screen.finish()?)
}

struct Target {
    file: File,
    path: ObjectPath,
    selection: Option<Selection>,
}

impl Target {
    async fn json(
        &self,
        data: Box<RawValue>,
        datatype: Option<Datatype>,
    ) -> Result<Answer<reply::Written>, Failure> {
        let path = self.path.as_str();
        Ok(match &self.selection {
            None => self.file.write_json(path, data, datatype).await?,
            Some(selection) => self.file.write_part_json(path, selection, data, datatype).await?,
        })
    }

    /// What the rows of CSV become elements of, as far as it is known before.
    async fn known(
        &self,
        rows: &CsvRows,
        datatype: Option<&Datatype>,
    ) -> Result<Option<Datatype>, Failure> {
        if datatype.is_some() {
            return Ok(datatype.cloned());
        }
        match self.file.describe(self.path.as_str()).await {
            Ok(answer) if self.selection.is_some() => {
                Ok(Some(dataset_of(answer.reply.object)?.datatype))
            }
            Ok(answer) => {
                // A whole dataset becomes what the file has; a table with these members stays one.
                let there = answer.reply.object.dataset.map(|dataset| dataset.datatype);
                Ok(there.filter(|datatype| rows.names_members_of(datatype)))
            }
            Err(CallError::Refused(error)) if is_not_found(&error) && self.selection.is_none() => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn values(&self, values: &Values) -> Result<Answer<reply::Written>, Failure> {
        let path = self.path.as_str();
        Ok(match &self.selection {
            None => self.file.write(path, values).await?,
            Some(part) => self.file.write_part(path, &part.to_string(), values).await?,
        })
    }

    async fn array(&self, mut array: Array) -> Result<Answer<reply::Written>, Failure> {
        let shape = array.shape().to_vec();
        if array.bytes()? <= PIECE_BYTES {
            return self.values(&array.next(&shape)?).await;
        }
        let selected = match &self.selection {
            Some(selection) => Selected::new(&self.file, &self.path, selection).await?.resolved,
            None => Some(self.make_room(&array).await?),
        };
        let selected = selected.filter(|selected| selected.shape() == shape).ok_or_else(|| {
            let there = "the selection has another shape than the npy file; select exactly as much";
            Failure::Usage(format!("{there}: {}", wording::shape(Some(&shape))))
        })?;
        self.pieces(array, selected).await
    }

    /// A dataset of the array's shape and datatype, the one that is there or a new one.
    async fn make_room(&self, array: &Array) -> Result<ResolvedSelection, Failure> {
        let (shape, datatype) = (array.shape().to_vec(), array.datatype());
        match self.file.describe(self.path.as_str()).await {
            Ok(answer) => {
                let dataset = dataset_of(answer.reply.object)?;
                if dataset.shape.as_ref() != Some(&shape) || dataset.datatype != datatype {
                    let message = format!(
                        "{} is there with another shape or datatype, and the file is too large for one message; rm it first",
                        self.path
                    );
                    return Err(Failure::Usage(message));
                }
            }
            Err(CallError::Refused(error)) if is_not_found(&error) => {
                let make = CreateDataset {
                    shape: Some(shape.clone()),
                    ..CreateDataset::new(self.path.clone(), datatype)
                };
                self.file.call(make).await?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(ResolvedSelection::all(&shape))
    }

    async fn pieces(
        &self,
        mut array: Array,
        selected: ResolvedSelection,
    ) -> Result<Answer<reply::Written>, Failure> {
        let bar = progress::bytes(Some(array.bytes()?), self.path.as_str());
        let (bytes, mut last) = (array.element_bytes(), None);
        for slab in Slabs::new(selected, None, PIECE_BYTES / bytes) {
            let values = array.next(&slab.shape)?;
            let part = slab.selection.to_string();
            last = Some(self.file.write_part(self.path.as_str(), &part, &values).await?);
            bar.inc(slab.shape.iter().product::<u64>() * bytes);
        }
        bar.finish_and_clear();
        last.ok_or_else(|| Failure::Usage("there is nothing to write".to_owned()))
    }
}
