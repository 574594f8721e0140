//! Answers `read_many`: the values that came at once, and block by block those that did not, in the order asked for.

use std::sync::Arc;

use hdf5_async_protocol::message::command::{Encoding, ReadItem, ReadMany};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position, reply};
use hdf5_async_protocol::values::to_json;
use serde::Serialize;

use super::Session;
use super::crossing::placed;
use super::departures::{Departure, Departures, leaves};
use super::reading::{Header, Source, too_large, value_error};
use super::responder::{Responder, cancelled_error};
use super::turns::Turn;
use crate::file::Applied;
use crate::store::read_many::Item;

/// Other files that are asked for values, which are held until they are sent; the values of more come block by block.
const FILES_ASKED_FOR_VALUES: usize = 8;

/// One read, and what came of it.
struct Entry {
    /// As it is in `file`.
    read: ReadItem,
    file: Arc<str>,
    item: Item,
    payload: Vec<u8>,
    position: Position,
}

/// All reads of a request, in order.
struct Entries<'a> {
    session: &'a Session,
    /// The file that was asked.
    file: &'a Arc<str>,
    all: Vec<Entry>,
    position: Position,
}

/// The frame of a read that failed.
#[derive(Serialize)]
struct FailedItem<'a> {
    item: usize,
    error: &'a ErrorReply,
    last: bool,
}

/// What stands in front of a result that comes from another file.
#[derive(Serialize)]
struct FromFile<'a> {
    file: &'a str,
    #[serde(flatten)]
    position: Position,
}

/// Answers with what the worker returned for the reads: values, or plans for fetching them; reads whose paths lead
/// into other files are done there.
pub async fn answer(
    session: &Arc<Session>,
    file: &Arc<str>,
    read: ReadMany,
    applied: Applied,
    turn: Turn,
    mut responder: Responder,
) {
    let is_binary = read.encoding == Encoding::Binary && !read.reads.is_empty();
    let position = applied.position;
    let all = entries(file, read.reads, applied);
    let mut entries = Entries { session, file, all, position };
    let cancelled = responder.cancelled.clone();
    tokio::select! {
        () = entries.follow(turn) => {}
        () = cancelled.cancelled() => return responder.refuse(cancelled_error()),
    }
    if is_binary {
        let sent = tokio::select! {
            sent = entries.send(&mut responder) => sent,
            () = cancelled.cancelled() => Err(cancelled_error()),
        };
        if let Err(error) = sent {
            responder.refuse(error);
        }
        return;
    }
    let collected = tokio::select! {
        collected = entries.collect() => collected,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    match collected {
        Ok((fields, position)) => responder.succeed(&fields, Some(position)),
        Err(error) => responder.refuse(error),
    }
}

/// What `file` has answered to `reads`.
fn entries(file: &Arc<str>, reads: Vec<ReadItem>, applied: Applied) -> Vec<Entry> {
    let Applied { done, values, position, .. } = applied;
    let mut rest = &*values;
    let mut items = done.items.into_iter();
    let mut entry = |read| {
        let missing = || ErrorReply::new(ErrorCode::Internal, "the worker answered too few reads");
        let item = items.next().unwrap_or_else(|| Item::Failed(missing()));
        let payload = match &item {
            Item::There { bytes, .. } => take(&mut rest, *bytes),
            _ => Vec::new(),
        };
        Entry { read, file: Arc::clone(file), item, payload, position }
    };
    reads.into_iter().map(&mut entry).collect()
}

/// The next `bytes` of the values that came at once.
fn take(payload: &mut &[u8], bytes: u64) -> Vec<u8> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(payload.len());
    let (values, rest) = payload.split_at(bytes);
    *payload = rest;
    values.to_vec()
}

impl Entry {
    fn source<'a>(&'a self, session: &'a Session) -> Source<'a> {
        Source::new(session, &self.file, &self.read.path, self.read.fields.as_ref())
    }

    /// As [`Self::source`], for what has to come from the file as it was when the read was planned.
    fn rest<'a>(&'a self, session: &'a Session) -> Source<'a> {
        let source = self.source(session);
        source.belongs_to(self.position);
        source
    }

    fn leaves(&self) -> bool {
        matches!(&self.item, Item::Failed(error) if leaves(error))
    }
}

impl Entries<'_> {
    /// Does the reads whose paths leave the file where they lead to.
    async fn follow(&mut self, turn: Turn) {
        let leaving = self.all.iter().enumerate().filter(|(_, entry)| entry.leaves());
        let leaving = leaving.map(|(number, entry)| (number, entry.read.path.clone())).collect();
        let Departures { by_file, lost } =
            Departures::follow(self.session, self.file, leaving, turn).await;
        for (number, error) in lost {
            self.all[number].item = Item::Failed(error);
        }
        for (count, departure) in by_file.iter().enumerate() {
            for (number, path) in &departure.places {
                let entry = &mut self.all[*number];
                (entry.file, entry.read.path) = (Arc::clone(&departure.file), path.clone());
            }
            if count < FILES_ASKED_FOR_VALUES {
                self.ask(departure).await;
            } else {
                self.plan(departure).await;
            }
        }
    }

    /// Asks another file for the reads that lead there.
    async fn ask(&mut self, departure: &Departure) {
        let numbers = departure.places.iter().map(|(number, _)| *number);
        let reads: Vec<ReadItem> =
            numbers.clone().map(|number| self.all[number].read.clone()).collect();
        let command = ReadMany { reads: reads.clone(), encoding: Encoding::default() };
        match departure.ask(self.session, command.into()).await {
            Ok(applied) => {
                for (number, mut entry) in numbers.zip(entries(&departure.file, reads, applied)) {
                    if let Item::Failed(error) = entry.item {
                        entry.item = Item::Failed(placed(error, &departure.file));
                    }
                    self.all[number] = entry;
                }
            }
            Err(error) => {
                for number in numbers {
                    self.all[number].item = Item::Failed(error.clone());
                }
            }
        }
    }

    /// Prepares reads of another file whose values are fetched when they are sent.
    async fn plan(&mut self, departure: &Departure) {
        for (number, _) in &departure.places {
            let entry = &mut self.all[*number];
            match entry.source(self.session).plan(&entry.read.selection).await {
                Ok((plan, position)) => {
                    entry.position = position;
                    let is_empty = plan.values.shape.is_none() || plan.selection.n_elements() == 0;
                    entry.item = if is_empty {
                        Item::There { values: plan.values, bytes: 0 }
                    } else {
                        Item::Planned(plan)
                    };
                }
                Err(error) => entry.item = Item::Failed(placed(error, &entry.file)),
            }
        }
    }

    /// All results in JSON.
    async fn collect(self) -> Result<(String, Position), ErrorReply> {
        let max = self.session.server.limits.max_json_values_bytes;
        let mut room = max;
        let mut text = "{\"results\":[".to_owned();
        let mut position = self.position;
        for (number, entry) in self.all.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            let is_here = entry.file == *self.file;
            let mut read_at = entry.position;
            let (values, data) = match &entry.item {
                Item::Failed(error) => {
                    text.push_str(&written(error)?);
                    continue;
                }
                Item::There { values, .. } => {
                    let data = match &values.shape {
                        Some(shape) => to_json(&entry.payload, &values.datatype, shape),
                        None => Ok("null".to_owned()),
                    };
                    (values, data.map_err(|error| value_error(&error))?)
                }
                Item::Planned(plan) => {
                    let (data, latest) = entry.rest(self.session).collect_json(plan).await?;
                    read_at = latest;
                    (&plan.values, data)
                }
            };
            room = room
                .checked_sub(data.len() as u64)
                .ok_or_else(|| too_large(max.saturating_add(1), max))?;
            text.push_str("{\"status\":\"success\",");
            if is_here {
                position = read_at;
            } else {
                text.push_str(&inner(&FromFile { file: &entry.file, position: read_at })?);
                text.push(',');
            }
            text.push_str(&inner(values)?);
            text.push_str(",\"data\":");
            text.push_str(&data);
            text.push('}');
        }
        text.push_str("]}");
        Ok((text, position))
    }

    /// All results as frames; only the very last one is the answer's last.
    async fn send(self, responder: &mut Responder) -> Result<(), ErrorReply> {
        for (number, entry) in self.all.iter().enumerate() {
            let last = number + 1 == self.all.len();
            self.session.outbox.room().await.map_err(|_| cancelled_error())?;
            responder.answered_by(Some(&entry.file).filter(|&file| file != self.file));
            let header = |values| Header { item: Some(number), ..Header::of(values) };
            match &entry.item {
                Item::Failed(error) => {
                    responder.answered_by(None);
                    let failed = FailedItem { item: number, error, last };
                    responder.send_block(&failed, last, &[], self.position);
                }
                Item::There { values, .. } => {
                    let shape = values.shape.clone().unwrap_or_default();
                    let offset = vec![0; shape.len()];
                    let place = Some(reply::Place { offset, shape });
                    let values = reply::Values { place, last: Some(last), ..values.clone() };
                    responder.send_block(&header(values), last, &entry.payload, entry.position);
                }
                Item::Planned(plan) => {
                    entry.rest(self.session).send_blocks(plan, header, last, responder).await?;
                }
            }
        }
        Ok(())
    }
}

/// The fields of an object in JSON, without its braces.
fn inner(value: &impl Serialize) -> Result<String, ErrorReply> {
    let text = written(value)?;
    let fields = text.strip_prefix('{').and_then(|fields| fields.strip_suffix('}'));
    Ok(fields.unwrap_or_default().to_owned())
}

fn written(value: &impl Serialize) -> Result<String, ErrorReply> {
    serde_json::to_string(value)
        .map_err(|error| ErrorReply::new(ErrorCode::Internal, error.to_string()))
}
