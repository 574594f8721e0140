//! `append`: rows behind the last one, all at once or as they come.

use clap::Args;
use hdf5_async_client::protocol::message::reply;
use hdf5_async_client::protocol::model::{Datatype, ObjectPath, ResolvedSelection};
use hdf5_async_client::slabs::Slabs;
use hdf5_async_client::{Answer, CallError, File};

use crate::elements::dataset_of;
use crate::failure::{Failure, is_not_found};
use crate::input::{Array, Batches, CsvRows, Given, Source};
use crate::progress;
use crate::screen::Options;

use super::write::report;

const PIECE_BYTES: u64 = 8 << 20;

#[derive(Debug, Args)]
pub struct Append {
    /// ws://HOST:PORT/FILE:/PATH; a dataset that is not there is made
    address: String,
    #[command(flatten)]
    given: Given,
    /// The axis that grows
    #[arg(long, value_name = "AXIS", default_value_t = 0)]
    axis: u32,
    #[command(flatten)]
    pub(super) options: Options,
}

impl Append {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let location = self.options.access.location(&self.address)?;
        if location.selection.is_some() {
            let message = "append goes behind the end; a selection has no meaning there";
            return Err(Failure::Usage(message.to_owned()));
        }
        let source = self.given.open()?;
        let file = self.options.access.file(&location, "append").await?;
        let path = location.object();
        let rows = Rows { file, path: path.clone(), axis: self.axis };
        let datatype = self.given.datatype.clone();
        let answer = match source {
            Source::Json(data) => {
                Some(rows.file.append_json(path.as_str(), self.axis, data, datatype).await?)
            }
            Source::Lines(input) => {
                let batches = Batches::of_lines(input, &self.given.origin())?;
                rows.stream(batches, datatype).await?
            }
            Source::Csv(input) => {
                let csv = CsvRows::open(input, &self.given.origin(), self.given.names())?;
                let csv = csv.becoming(rows.known(datatype.as_ref()).await?);
                if csv.is_of_unknown_members() {
                    let (list, found) = csv.collect_rows()?;
                    rows.stream(Batches::of(list.into_iter().map(Ok))?, found).await?
                } else {
                    rows.stream(Batches::of(csv)?, datatype).await?
                }
            }
            Source::Array(array) => {
                self.given.without_datatype()?;
                rows.array(array).await?
            }
            Source::Values(values) => {
                self.given.without_datatype()?;
                Some(rows.file.append(path.as_str(), self.axis, &values).await?)
            }
            Source::Null(_) => None,
        };
        match answer {
            Some(answer) => report(&self.options, path, answer),
            None => Err(Failure::Input {
                origin: self.given.origin(),
                reason: "there are no rows in it".to_owned(),
            }),
        }
    }
}

struct Rows {
    file: File,
    path: ObjectPath,
    axis: u32,
}

impl Rows {
    async fn stream(
        &self,
        mut batches: Batches,
        datatype: Option<Datatype>,
    ) -> Result<Option<Answer<reply::Written>>, Failure> {
        let mut last = None;
        while let Some((rows, _)) = batches.next().await? {
            let answer =
                self.file.append_json(self.path.as_str(), self.axis, rows, datatype.clone());
            last = Some(answer.await?);
        }
        Ok(last)
    }

    /// What the rows of CSV become elements of, as far as it is known before.
    async fn known(&self, datatype: Option<&Datatype>) -> Result<Option<Datatype>, Failure> {
        if datatype.is_some() {
            return Ok(datatype.cloned());
        }
        match self.file.describe(self.path.as_str()).await {
            Ok(answer) => Ok(Some(dataset_of(answer.reply.object)?.datatype)),
            Err(CallError::Refused(error)) if is_not_found(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whole rows at a time, where rows are what is appended.
    async fn array(&self, mut array: Array) -> Result<Option<Answer<reply::Written>>, Failure> {
        let shape = array.shape().to_vec();
        let row_bytes = shape.iter().skip(1).product::<u64>().saturating_mul(array.element_bytes());
        let in_parts = self.axis == 0 && shape.len() > 1 || shape.len() == 1;
        if !in_parts || row_bytes > PIECE_BYTES || array.bytes()? <= PIECE_BYTES {
            let values = array.next(&shape)?;
            return Ok(Some(self.file.append(self.path.as_str(), self.axis, &values).await?));
        }
        let bar = progress::bytes(Some(array.bytes()?), self.path.as_str());
        let mut last = None;
        let per_piece = (PIECE_BYTES / row_bytes.max(1)).max(1);
        let rows = ResolvedSelection::all(&shape[..1]);
        for slab in Slabs::new(rows, None, per_piece) {
            let piece: Vec<u64> = slab.shape.iter().chain(&shape[1..]).copied().collect();
            let values = array.next(&piece)?;
            last = Some(self.file.append(self.path.as_str(), self.axis, &values).await?);
            bar.inc(values.payload.len() as u64);
        }
        bar.finish_and_clear();
        Ok(last)
    }
}
