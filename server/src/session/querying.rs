//! Answers `query`: looks at the rows block by block, and passes on those that match as they are found.
//!
//! Others' small requests go between two blocks, and nothing is kept of a block that was answered.

use std::sync::Arc;

use hdf5_async_protocol::message::command::{Encoding, Query};
use hdf5_async_protocol::message::{ErrorCode, ErrorReply, Position, reply};
use hdf5_async_protocol::values::to_json;

use super::Session;
use super::reading::{Source, too_large, value_error};
use super::responder::{Responder, cancelled_error};
use crate::file::{Applied, Class};
use crate::store::query::{Matches, QueryBlock, QueryPlan, reply_of};
use crate::worker::job::Work;

/// Looks at all rows that are selected, and answers.
pub async fn answer(session: &Arc<Session>, file: &str, query: Query, mut responder: Responder) {
    let source = Source::new(session, file, &query.path, None);
    let cancelled = responder.cancelled.clone();
    if query.encoding == Encoding::Binary {
        let sent = tokio::select! {
            sent = send(source, &query, &mut responder) => sent,
            () = cancelled.cancelled() => Err(cancelled_error()),
        };
        if let Err(error) = sent {
            responder.refuse(error);
        }
        return;
    }
    let collected = tokio::select! {
        collected = collect(source, &query) => collected,
        () = cancelled.cancelled() => Err(cancelled_error()),
    };
    match collected {
        Ok((header, data, position)) => responder.succeed_with_json(&header, &data, position),
        Err(error) => responder.refuse(error),
    }
}

/// A query under way.
struct Search<'a> {
    source: Source<'a>,
    query: &'a Query,
    plan: QueryPlan,
    /// Rows that were looked at.
    scanned: u64,
    /// Matches still to be left out.
    skip: u64,
    /// Matches still wanted.
    room: u64,
    position: Position,
}

impl<'a> Search<'a> {
    async fn start(source: Source<'a>, query: &'a Query) -> Result<Self, ErrorReply> {
        let work = Work::PlanQuery(Box::new(query.clone()));
        let Applied { done, position, .. } = source.submit(work, Class::Small).await?;
        let plan = done.query_plan.ok_or_else(|| internal("without a plan"))?;
        let bytes = plan.row_bytes.saturating_mul(plan.rows.count());
        let max = source.session.server.limits.max_scan_bytes;
        if bytes > max {
            let message = format!(
                "the rows have {bytes} bytes; at most {max} are looked at for one answer: give a smaller \"selection\""
            );
            return Err(
                ErrorReply::new(ErrorCode::TooLarge, message).with_path(query.path.as_str())
            );
        }
        let room = query.limit.unwrap_or(u64::MAX);
        Ok(Self { source, query, plan, scanned: 0, skip: query.offset, room, position })
    }

    fn is_done(&self) -> bool {
        self.room == 0 || self.scanned >= self.plan.rows.count()
    }

    /// Looks at one block more: the indices of the rows that are taken, and their values.
    async fn next(&mut self) -> Result<(Vec<u64>, Vec<u8>), ErrorReply> {
        let block_rows =
            (self.source.session.server.limits.block_bytes / self.plan.row_bytes.max(1)).max(1);
        let count = block_rows.min(self.plan.rows.count() - self.scanned);
        let block = QueryBlock {
            path: self.query.path.clone(),
            predicate: self.query.predicate.clone(),
            fields: self.query.fields.clone(),
            rows: self.plan.rows.part(self.scanned, count),
            skip: self.skip,
            take: self.room,
        };
        let applied = self.source.submit(Work::Query(Box::new(block)), Class::Bulk).await?;
        let Matches { indices, passed, scanned } =
            applied.done.matches.ok_or_else(|| internal("without matches"))?;
        self.scanned += scanned.min(count);
        self.skip = self.skip.saturating_sub(passed);
        self.room = self.room.saturating_sub(indices.len() as u64);
        self.position = applied.position;
        tokio::task::yield_now().await;
        Ok((indices, applied.values))
    }

    fn reply(&self, indices: Vec<u64>) -> reply::Query {
        let more = self.room == 0 && self.scanned < self.plan.rows.count();
        reply_of(&self.plan, indices, self.scanned, more)
    }
}

/// Sends a frame for each block with matches; the last one ends the answer, whether it has any or not.
async fn send(
    source: Source<'_>,
    query: &Query,
    responder: &mut Responder,
) -> Result<(), ErrorReply> {
    let outbox = Arc::clone(&responder.session.outbox);
    let mut search = Search::start(source, query).await?;
    loop {
        let (indices, rows) =
            if search.is_done() { (Vec::new(), Vec::new()) } else { search.next().await? };
        let last = search.is_done();
        if !last && indices.is_empty() {
            continue;
        }
        outbox.room().await.map_err(|_| cancelled_error())?;
        let header = reply::Query { last: Some(last), ..search.reply(indices) };
        responder.send_block(&header, last, &rows, search.position);
        if last {
            return Ok(());
        }
    }
}

/// All matches as one JSON list.
async fn collect(
    source: Source<'_>,
    query: &Query,
) -> Result<(reply::Query, String, Position), ErrorReply> {
    let max = source.session.server.limits.max_json_values_bytes;
    let mut search = Search::start(source, query).await?;
    let mut data = "[".to_owned();
    let mut indices = Vec::new();
    while !search.is_done() {
        let (found, rows) = search.next().await?;
        if found.is_empty() {
            continue;
        }
        let text = to_json(&rows, &search.plan.datatype, &[found.len() as u64])
            .map_err(|error| value_error(&error))?;
        if !indices.is_empty() {
            data.push(',');
        }
        let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        data.push_str(inner.unwrap_or_default());
        indices.extend(found);
        let bytes = data.len() as u64 + indices.len() as u64 * 8;
        if bytes > max {
            return Err(too_large(bytes, max).with_path(query.path.as_str()));
        }
    }
    data.push(']');
    Ok((search.reply(indices), data, search.position))
}

fn internal(what: &str) -> ErrorReply {
    ErrorReply::new(ErrorCode::Internal, format!("the worker answered {what}"))
}
