//! Answers a read: values that came at once, or block by block as fast as the client takes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use hdf5_async_protocol::message::command::{Encoding, Read};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position, reply};
use hdf5_async_protocol::model::{Fields, ObjectPath};
use hdf5_async_protocol::values::{JsonArray, ValueError, n_elements, to_json};
use serde::Serialize;

use super::Session;
use super::responder::{Responder, cancelled_error};
use crate::cut::{Block, Blocks, Order};
use crate::file::{Applied, Class, JobResult};
use crate::store::ReadPlan;
use crate::worker::job::Work;
use crate::worker::refusal::file_changed;

/// Blocks of one read that are on their way at once: one is read while the one before it is sent.
const BLOCKS_AHEAD: usize = 2;

/// Estimated bytes that an element points to, for sizing blocks.
const HEAP_ELEMENT_BYTES: u64 = 48;

/// Where a read's blocks come from.
pub(super) struct Source<'a> {
    pub(super) session: &'a Session,
    pub(super) file: &'a str,
    pub(super) path: &'a ObjectPath,
    /// The members that are meant.
    pub(super) fields: Option<&'a Fields>,
    /// All that one answer is made of has to come from one opening of the file: its epoch, 0 before it is known.
    pub(super) epoch: AtomicU64,
}

/// Answers with what the worker returned for the read: values, or a plan for fetching them.
pub async fn answer(
    session: &Arc<Session>,
    file: &str,
    read: Read,
    applied: Applied,
    responder: Responder,
) {
    let Some(plan) = applied.done.plan else {
        return answer_values(applied, read.encoding, responder);
    };
    let source = Source::new(session, file, &read.path, read.fields.as_ref());
    source.belongs_to(applied.position);
    source.send(&plan, read.encoding, Header::of, responder).await;
}

/// Answers with values that came in one piece.
pub fn answer_values(applied: Applied, encoding: Encoding, responder: Responder) {
    let Applied { done, values: payload, position, .. } = applied;
    let Some(values) = done.values else {
        return responder
            .refuse(ErrorReply::new(ErrorCode::Internal, "the worker answered without values"));
    };
    send_values(Header::of(values), &payload, position, encoding, responder);
}

/// What the fields of a reply with values are.
#[derive(Debug, Serialize)]
pub(super) struct Header {
    #[serde(flatten)]
    pub(super) values: reply::Values,
    /// Of a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<Vec<u64>>,
    /// Of several reads: which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<usize>,
}

impl Header {
    pub(super) fn of(values: reply::Values) -> Self {
        Self { values, step: None, item: None }
    }
}

/// Sends values that are all there in one answer.
pub(super) fn send_values(
    mut header: Header,
    payload: &[u8],
    position: Position,
    encoding: Encoding,
    mut responder: Responder,
) {
    let values = &mut header.values;
    if encoding == Encoding::Binary {
        let shape = values.shape.clone().unwrap_or_default();
        values.place = Some(reply::Place { offset: vec![0; shape.len()], shape });
        values.last = Some(true);
        return responder.send_block(&header, true, payload, position);
    }
    let max = responder.session.server.limits.max_json_values_bytes;
    let data = match &values.shape {
        Some(_) if payload.len() as u64 > max => {
            return responder.refuse(too_large(payload.len() as u64, max));
        }
        Some(shape) => to_json(payload, &values.datatype, shape),
        None => Ok("null".to_owned()),
    };
    match data {
        Ok(data) => responder.succeed_with_json(&header, &data, position),
        Err(error) => responder.refuse(value_error(&error)),
    }
}

impl<'a> Source<'a> {
    pub(super) fn new(
        session: &'a Session,
        file: &'a str,
        path: &'a ObjectPath,
        fields: Option<&'a Fields>,
    ) -> Self {
        Self { session, file, path, fields, epoch: AtomicU64::new(0) }
    }

    /// What comes from now on has to come from the same opening of the file; whether what came at `position` does.
    pub(super) fn belongs_to(&self, position: Position) -> bool {
        let (new, order) = (position.epoch, Ordering::Relaxed);
        let known = self.epoch.compare_exchange(0, new, order, order).unwrap_or_else(|known| known);
        known == 0 || known == new
    }

    /// Sends what the plan selects, as fast as the client takes it.
    pub(super) async fn send(
        &self,
        plan: &ReadPlan,
        encoding: Encoding,
        header: impl Fn(reply::Values) -> Header,
        mut responder: Responder,
    ) {
        let cancelled = responder.cancelled.clone();
        if encoding == Encoding::Binary {
            let sent = tokio::select! {
                sent = self.send_blocks(plan, header, true, &mut responder) => sent,
                () = cancelled.cancelled() => Err(cancelled_error()),
            };
            if let Err(error) = sent {
                responder.refuse(error);
            }
            return;
        }
        let collected = tokio::select! {
            collected = self.collect_json(plan) => collected,
            () = cancelled.cancelled() => Err(cancelled_error()),
        };
        match collected {
            Ok((data, position)) => {
                responder.succeed_with_json(&header(plan.values.clone()), &data, position);
            }
            Err(error) => responder.refuse(error),
        }
    }

    pub(super) async fn collect_json(
        &self,
        plan: &ReadPlan,
    ) -> Result<(String, Position), ErrorReply> {
        let limits = &self.session.server.limits;
        let shape = plan.values.shape.as_deref().unwrap_or_default();
        let bytes = element_bytes(plan).saturating_mul(plan.selection.n_elements());
        if bytes > limits.max_json_values_bytes {
            return Err(
                too_large(bytes, limits.max_json_values_bytes).with_path(self.path.as_str())
            );
        }
        let mut array =
            JsonArray::new(&plan.values.datatype, shape).map_err(|error| value_error(&error))?;
        let mut position = None;
        let mut blocks = std::pin::pin!(self.blocks(plan, Order::Rows));
        while let Some((block, applied)) = blocks.try_next().await? {
            let count = n_elements(&block.place.shape).map_err(|error| value_error(&error))?;
            array.push(&applied.values, count).map_err(|error| value_error(&error))?;
            if array.len() as u64 > limits.max_json_values_bytes.saturating_mul(8) {
                let message =
                    "the values are too long for one JSON reply; ask for \"encoding\": \"binary\"";
                return Err(
                    ErrorReply::new(ErrorCode::TooLarge, message).with_path(self.path.as_str())
                );
            }
            position = Some(applied.position);
            tokio::task::yield_now().await;
        }
        let data = array.finish().map_err(|error| value_error(&error))?;
        Ok((data, position.unwrap_or_default()))
    }

    /// Sends block by block; with `closing` the last one ends the answer.
    pub(super) async fn send_blocks(
        &self,
        plan: &ReadPlan,
        header: impl Fn(reply::Values) -> Header,
        closing: bool,
        responder: &mut Responder,
    ) -> Result<(), ErrorReply> {
        let total = plan.selection.n_elements();
        let mut sent = 0;
        let mut blocks = std::pin::pin!(self.blocks(plan, Order::Chunks));
        while let Some((block, applied)) = blocks.try_next().await? {
            self.session.outbox.room().await.map_err(|_| cancelled_error())?;
            sent += block.place.shape.iter().product::<u64>();
            let last = closing && sent == total;
            let values =
                reply::Values { place: Some(block.place), last: Some(last), ..plan.values.clone() };
            responder.send_block(&header(values), last, &applied.values, applied.position);
        }
        Ok(())
    }

    /// The blocks of what the plan selects, in order.
    pub(super) fn blocks<'b>(
        &'b self,
        plan: &'b ReadPlan,
        order: Order,
    ) -> impl stream::Stream<Item = Result<(Block, Applied), ErrorReply>> + 'b {
        let max_elements = self.session.server.limits.block_bytes / element_bytes(plan).max(1);
        let blocks =
            Blocks::new(plan.selection.clone(), plan.chunks.as_deref(), max_elements, order);
        stream::iter(blocks).map(|block| self.fetch(block)).buffered(BLOCKS_AHEAD)
    }

    async fn fetch(&self, block: Block) -> Result<(Block, Applied), ErrorReply> {
        let (path, selection) = (self.path.clone(), block.selection.clone());
        let work = Work::ReadBlock { path, selection, fields: self.fields.cloned() };
        let applied = self.submit(work, Class::Bulk).await?;
        Ok((block, applied))
    }

    /// Lets the worker do something that changes nothing.
    pub(super) async fn submit(&self, work: Work, class: Class) -> JobResult {
        let applied = self.session.server.files.ask(self.file, work, class).await?;
        if self.belongs_to(applied.position) { Ok(applied) } else { Err(file_changed(self.file)) }
    }
}

pub(super) fn too_large(bytes: u64, max: u64) -> ErrorReply {
    let message = format!(
        "the selection has {bytes} bytes of values; at most {max} go into one JSON reply. \
         Ask for \"encoding\": \"binary\", or select less"
    );
    ErrorReply::new(ErrorCode::TooLarge, message)
}

pub(super) fn element_bytes(plan: &ReadPlan) -> u64 {
    let slot = plan.values.datatype.wire_size().map_or(1, |size| size as u64);
    if plan.values.datatype.has_heap() { slot + HEAP_ELEMENT_BYTES } else { slot }
}

pub(super) fn value_error(error: &ValueError) -> ErrorReply {
    ErrorReply::new(ErrorCode::TooLarge, error.to_string())
}
