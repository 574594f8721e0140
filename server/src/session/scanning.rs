//! Answers `stats` and `sample`: block by block through all that is selected, keeping only what the answer needs.
//!
//! The blocks come as those of a long read do: others' small requests go first between two of them, and what other
//! sessions write meanwhile is seen.

use std::sync::Arc;

use futures::TryStreamExt as _;
use hdf5_async_protocol::message::command::{Sample, SampleMethod, Stats};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position, reply};
use hdf5_async_protocol::model::{ObjectPath, Selection};

use super::Session;
use super::reading::{Header, Source, element_bytes, send_values};
use super::responder::{Responder, cancelled_error};
use crate::cut::{Block, Order};
use crate::file::{Applied, Class};
use crate::scan::buckets::{Buckets, Grid, Reduction};
use crate::scan::column::{Column, Numeric};
use crate::scan::summary::Summary;
use crate::store::ReadPlan;
use crate::worker::job::Work;

/// A request for something small about much.
#[derive(Debug)]
pub enum Scan {
    Stats(Stats),
    Sample(Sample),
}

impl Scan {
    pub fn path_mut(&mut self) -> &mut ObjectPath {
        match self {
            Self::Stats(stats) => &mut stats.path,
            Self::Sample(sample) => &mut sample.path,
        }
    }
}

impl From<Stats> for Scan {
    fn from(stats: Stats) -> Self {
        Self::Stats(stats)
    }
}

impl From<Sample> for Scan {
    fn from(sample: Sample) -> Self {
        Self::Sample(sample)
    }
}

/// Looks at all that is selected, and answers.
pub async fn answer(session: &Arc<Session>, file: &str, scan: Scan, responder: Responder) {
    match scan {
        Scan::Stats(command) => stats(session, file, command, responder).await,
        Scan::Sample(command) => sample(session, file, command, responder).await,
    }
}

async fn stats(session: &Arc<Session>, file: &str, stats: Stats, responder: Responder) {
    let source = Source::new(session, file, &stats.path, stats.fields.as_ref());
    let cancelled = responder.cancelled.clone();
    let summary = tokio::select! {
        summary = source.summary(&stats.selection) => summary,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    match summary {
        Ok((body, position)) => responder.succeed_with(&body, Some(position)),
        Err(error) => responder.refuse(error),
    }
}

async fn sample(session: &Arc<Session>, file: &str, sample: Sample, responder: Responder) {
    let source = Source::new(session, file, &sample.path, sample.fields.as_ref());
    let cancelled = responder.cancelled.clone();
    let small = tokio::select! {
        small = source.small(&sample) => small,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    match small {
        Ok(Small::There { header, payload, position }) => {
            send_values(header, &payload, position, sample.encoding, responder);
        }
        Ok(Small::Elements { plan, step }) => {
            let header = |values| Header { step: Some(step.clone()), ..Header::of(values) };
            source.send(&plan, sample.encoding, header, responder).await;
        }
        Err(error) => responder.refuse(error),
    }
}

/// A sample.
enum Small {
    There {
        header: Header,
        payload: Vec<u8>,
        position: Position,
    },
    /// Some elements of the dataset as they are, still to be read.
    Elements {
        plan: ReadPlan,
        step: Vec<u64>,
    },
}

impl Source<'_> {
    async fn summary(&self, selection: &Selection) -> Result<(reply::Stats, Position), ErrorReply> {
        let (plan, position) = self.plan(selection).await?;
        let numeric = self.numeric(&plan)?;
        let mut summary = Summary::default();
        let scanned = self.scan(&plan, numeric, |_, column| summary.add(&column)).await?;
        Ok((summary.reply(numeric.is_real()), scanned.unwrap_or(position)))
    }

    async fn small(&self, sample: &Sample) -> Result<Small, ErrorReply> {
        let (plan, position) = self.plan(&sample.selection).await?;
        let shape = plan.values.shape.clone().unwrap_or_default();
        let grid = self.grid(&shape, &sample.size, &plan)?;
        let reduction = match sample.method {
            SampleMethod::First => return Ok(first_of_each(plan, grid, position)),
            SampleMethod::Mean => Reduction::Mean,
            SampleMethod::MinMax => Reduction::MinMax,
        };
        let numeric = self.numeric(&plan)?;
        let step = grid.step.clone();
        let mut buckets = Buckets::new(grid, reduction);
        let scanned =
            self.scan(&plan, numeric, |block, column| buckets.add(&block.place, &column)).await?;
        let (datatype, shape, payload) = buckets.finish(numeric.is_real());
        // A null dataspace has no buckets and no shape.
        let shape = plan.values.shape.is_some().then_some(shape);
        let payload = if shape.is_some() { payload } else { Vec::new() };
        let values = reply::Values { shape, datatype, ..plan.values };
        let header = Header { step: Some(step), ..Header::of(values) };
        Ok(Small::There { header, payload, position: scanned.unwrap_or(position) })
    }

    pub(super) async fn plan(
        &self,
        selection: &Selection,
    ) -> Result<(ReadPlan, Position), ErrorReply> {
        let (path, selection) = (self.path.clone(), selection.clone());
        let work = Work::Plan { path, selection, fields: self.fields.cloned() };
        let Applied { done, position, .. } = self.submit(work, Class::Small).await?;
        let missing = || ErrorReply::new(ErrorCode::Internal, "the worker answered without a plan");
        Ok((done.plan.ok_or_else(missing)?, position))
    }

    /// Calls `take` with each block's numbers; says the position of the last.
    async fn scan(
        &self,
        plan: &ReadPlan,
        numeric: Numeric,
        mut take: impl FnMut(&Block, Column),
    ) -> Result<Option<Position>, ErrorReply> {
        if plan.values.shape.is_none() {
            return Ok(None);
        }
        self.check_scan(plan)?;
        let mut position = None;
        let mut blocks = std::pin::pin!(self.blocks(plan, Order::Chunks));
        while let Some((block, applied)) = blocks.try_next().await? {
            take(&block, numeric.column(&applied.values));
            position = Some(applied.position);
            tokio::task::yield_now().await;
        }
        Ok(position)
    }

    fn check_scan(&self, plan: &ReadPlan) -> Result<(), ErrorReply> {
        let bytes = element_bytes(plan).saturating_mul(plan.selection.n_elements());
        let max = self.session.server.limits.max_scan_bytes;
        if bytes <= max {
            return Ok(());
        }
        let message = format!(
            "the selection has {bytes} bytes of values; at most {max} are looked at for one answer. \
             Select less, or take the first element of each bucket (\"method\": \"first\")"
        );
        Err(ErrorReply::new(ErrorCode::TooLarge, message).with_path(self.path.as_str()))
    }

    fn numeric(&self, plan: &ReadPlan) -> Result<Numeric, ErrorReply> {
        Numeric::of(&plan.values.datatype).ok_or_else(|| {
            let message = format!(
                "{} holds {}, which are not integers, IEEE floats or bools",
                self.path, plan.values.datatype
            );
            ErrorReply::new(ErrorCode::UnsupportedDatatype, message).with_path(self.path.as_str())
        })
    }

    fn grid(&self, shape: &[u64], size: &[u64], plan: &ReadPlan) -> Result<Grid, ErrorReply> {
        let refused =
            |code, message| Err(ErrorReply::new(code, message).with_path(self.path.as_str()));
        if size.len() != shape.len() || size.contains(&0) {
            let message = format!(
                "\"size\" is {size:?}, but the selection has the shape {shape:?}: give one number above 0 for each axis"
            );
            return refused(ErrorCode::InvalidRequest, message);
        }
        let grid = Grid::new(shape, size);
        let buckets = grid.dims.iter().fold(1_u64, |n, &dim| n.saturating_mul(dim));
        // A bucket is at most two numbers of 8 bytes.
        let bytes = buckets.saturating_mul(element_bytes(plan).max(16));
        let max = self.session.server.limits.max_json_values_bytes;
        if bytes > max {
            let message = format!(
                "the sample has {buckets} buckets, {bytes} bytes; at most {max} bytes go into one: give a smaller \"size\""
            );
            return refused(ErrorCode::TooLarge, message);
        }
        Ok(grid)
    }
}

fn first_of_each(plan: ReadPlan, grid: Grid, position: Position) -> Small {
    let selection = plan.selection.every(&grid.step);
    let shape = plan.values.shape.is_some().then(|| selection.shape());
    if shape.is_none() {
        let header = Header { step: Some(grid.step), ..Header::of(plan.values) };
        return Small::There { header, payload: Vec::new(), position };
    }
    let values = reply::Values { shape, ..plan.values };
    Small::Elements {
        plan: ReadPlan { values, selection, chunks: plan.chunks, fields: plan.fields },
        step: grid.step,
    }
}
