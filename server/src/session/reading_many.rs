//! Answers `read_many`: the values that came at once, and block by block those that did not, in the order asked for.

use std::sync::Arc;

use hdf5_async_protocol::message::command::{Encoding, ReadMany};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position, reply};
use hdf5_async_protocol::values::to_json;
use serde::Serialize;

use super::Session;
use super::reading::{Header, Source, too_large, value_error};
use super::responder::{Responder, cancelled_error};
use crate::file::Applied;
use crate::store::read_many::Item;

/// What the worker returned for the reads, one after the other.
struct Items<'a> {
    session: &'a Session,
    file: &'a str,
    read: &'a ReadMany,
    answers: Vec<Item>,
    payload: &'a [u8],
    position: Position,
}

/// The frame of a read that failed.
#[derive(Serialize)]
struct FailedItem<'a> {
    item: usize,
    error: &'a ErrorReply,
    last: bool,
}

/// Answers with what the worker returned for the reads: values, or plans for fetching them.
pub async fn answer(
    session: &Arc<Session>,
    file: &str,
    read: ReadMany,
    applied: Applied,
    mut responder: Responder,
) {
    let Applied { done, values: payload, position } = applied;
    let items =
        Items { session, file, read: &read, answers: done.items, payload: &payload, position };
    let cancelled = responder.cancelled.clone();
    if read.encoding == Encoding::Binary && !read.reads.is_empty() {
        let sent = tokio::select! {
            sent = items.send(&mut responder) => sent,
            () = cancelled.cancelled() => Err(cancelled_error()),
        };
        if let Err(error) = sent {
            responder.refuse(error);
        }
        return;
    }
    let collected = tokio::select! {
        collected = items.collect() => collected,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    match collected {
        Ok((fields, position)) => responder.succeed(&fields, Some(position)),
        Err(error) => responder.refuse(error),
    }
}

impl Items<'_> {
    /// Where the blocks of one read come from.
    fn source(&self, number: usize) -> Result<Source<'_>, ErrorReply> {
        let missing = || ErrorReply::new(ErrorCode::Internal, "the worker answered too many reads");
        let read = self.read.reads.get(number).ok_or_else(missing)?;
        let (path, fields) = (&read.path, read.fields.as_ref());
        Ok(Source { session: self.session, file: self.file, path, fields })
    }

    /// The next `bytes` of the values that came at once.
    fn take(payload: &mut &[u8], bytes: u64) -> Vec<u8> {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(payload.len());
        let (values, rest) = payload.split_at(bytes);
        *payload = rest;
        values.to_vec()
    }

    /// All results in JSON.
    async fn collect(self) -> Result<(String, Position), ErrorReply> {
        let max = self.session.server.limits.max_json_values_bytes;
        let mut room = max;
        let mut rest = self.payload;
        let mut text = "{\"results\":[".to_owned();
        let mut position = self.position;
        for (number, item) in self.answers.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            let (values, data) = match item {
                Item::Failed(error) => {
                    text.push_str(&written(error)?);
                    continue;
                }
                Item::There { values, bytes } => {
                    let payload = Self::take(&mut rest, *bytes);
                    let data = match &values.shape {
                        Some(shape) => to_json(&payload, &values.datatype, shape),
                        None => Ok("null".to_owned()),
                    };
                    (values, data.map_err(|error| value_error(&error))?)
                }
                Item::Planned(plan) => {
                    let (data, latest) = self.source(number)?.collect_json(plan).await?;
                    position = latest;
                    (&plan.values, data)
                }
            };
            room = room
                .checked_sub(data.len() as u64)
                .ok_or_else(|| too_large(max.saturating_add(1), max))?;
            let fields = written(values)?;
            let inner = fields.strip_prefix('{').and_then(|fields| fields.strip_suffix('}'));
            text.push_str("{\"status\":\"success\",");
            text.push_str(inner.unwrap_or_default());
            text.push_str(",\"data\":");
            text.push_str(&data);
            text.push('}');
        }
        text.push_str("]}");
        Ok((text, position))
    }

    /// All results as frames; only the very last one is the answer's last.
    async fn send(self, responder: &mut Responder) -> Result<(), ErrorReply> {
        let mut rest = self.payload;
        for (number, item) in self.answers.iter().enumerate() {
            let last = number + 1 == self.answers.len();
            self.session.outbox.room().await.map_err(|_| cancelled_error())?;
            let header = |values| Header { item: Some(number), ..Header::of(values) };
            match item {
                Item::Failed(error) => {
                    let failed = FailedItem { item: number, error, last };
                    responder.send_block(&failed, last, &[], self.position);
                }
                Item::There { values, bytes } => {
                    let payload = Self::take(&mut rest, *bytes);
                    let shape = values.shape.clone().unwrap_or_default();
                    let offset = vec![0; shape.len()];
                    let place = Some(reply::Place { offset, shape });
                    let values = reply::Values { place, last: Some(last), ..values.clone() };
                    responder.send_block(&header(values), last, &payload, self.position);
                }
                Item::Planned(plan) => {
                    self.source(number)?.send_blocks(plan, header, last, responder).await?;
                }
            }
        }
        Ok(())
    }
}

fn written(value: &impl Serialize) -> Result<String, ErrorReply> {
    serde_json::to_string(value)
        .map_err(|error| ErrorReply::new(ErrorCode::Internal, error.to_string()))
}
