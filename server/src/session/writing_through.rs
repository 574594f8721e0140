//! Writes to virtual datasets with elements in other files: divided by the worker of the virtual dataset, and done by
//! the worker of each source, each by itself.
//!
//! A request with a key that is sent again is divided again: each part has a key of its own, so that those that were
//! written are answered as then, and the others are written. The key of the request is kept once all of it is safe.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use hdf5_async_protocol::message::command::{Batch, BatchStep, Update};
use hdf5_async_protocol::message::{
    Command, Durability, ErrorCode, ErrorReply, Outcome, RequestKey, Terms, reply,
};
use hdf5_async_protocol::model::Datatype;
use serde_json::value::{RawValue, to_raw_value};
use xxhash_rust::xxh3::xxh3_128;

use super::Session;
use super::crossing::Asked;
use super::turns::Turn;
use crate::file::{Applied, Class, JobResult, Submission};
use crate::store::through::{Division, Part};
use crate::worker::job::{Done, Work};

/// What is written to one source.
struct Share {
    /// As it is served, by which those that the virtual dataset names in several ways are one.
    file: Arc<str>,
    commands: Vec<BatchStep>,
    values: Vec<u8>,
}

/// Whether a refusal may be that of a virtual dataset with elements in other files.
pub fn is_possible(command: &Command, error: &ErrorReply) -> bool {
    error.code == ErrorCode::Unsupported
        && matches!(command, Command::Write(_) | Command::Update(_))
}

/// Does the write of `asked`, which its file has refused with `refusal`, in the files where the elements lie, once all
/// that came before `turn` has gone its way.
///
/// # Errors
/// The refusal, where it was for another reason or the write is one on a condition; why it cannot be divided; what the
/// first source that fails says, with the outcome `unknown` if others were written before.
pub async fn write(
    session: &Session,
    asked: &Asked,
    turn: &Turn,
    refusal: ErrorReply,
) -> JobResult {
    if asked.terms.if_seq.is_some() {
        return Err(refusal);
    }
    turn.come().await;
    let divided = divide(session, asked).await?;
    let mut position = divided.position;
    let Some(division) = divided.done.division else { return Err(refusal) };
    let Division { datatype, shape, parts } = division;
    let shares = shares(session, asked, &datatype, parts, &divided.values)?;
    let (mut sources, mut durability) = (Vec::new(), Durability::Commit);
    for share in shares {
        let file = Arc::clone(&share.file);
        let applied = match share.write(session, asked).await {
            Ok(applied) => applied,
            Err(error) => return Err(in_part(error, &file, &sources)),
        };
        if file == asked.file {
            position = applied.position;
        }
        let safe = applied.done.durability.unwrap_or_default();
        durability = if safe.is_commit() { durability } else { safe };
        sources.push(reply::WrittenSource { file: file.to_string(), position: applied.position });
    }
    let written = reply::Written { shape: Some(shape), datatype, sources };
    let fields = to_raw_value(&written).map_err(|error| internal(&error))?;
    // A crash of one file may still take back what is not committed there.
    if durability.is_commit()
        && let Err(error) = keep_key(session, asked, &fields).await
    {
        // It is written all the same, and its shares have keys of their own.
        tracing::warn!(file = &*asked.file, error = error.message, "a request key was not kept");
    }
    let done = Done { fields: Some(fields), durability: Some(durability), ..Done::empty(0) };
    Ok(Applied { done, values: Vec::new(), position, ..divided })
}

async fn divide(session: &Session, asked: &Asked) -> JobResult {
    let work = Work::Divide { command: asked.in_json()?, binary: asked.values.is_some() };
    let (mut submission, divided) = Submission::new(work, Class::Small);
    submission.payload = asked.values.clone().unwrap_or_default();
    session.server.files.submit(&asked.file, submission).await?;
    divided.come().await
}

/// The parts by the files that they are in, all of which are served.
fn shares(
    session: &Session,
    asked: &Asked,
    datatype: &Datatype,
    parts: Vec<Part>,
    mut values: &[u8],
) -> Result<Vec<Share>, ErrorReply> {
    let mut shares: Vec<Share> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut by_file: HashMap<Arc<str>, usize> = HashMap::new();
    for part in parts {
        let bytes = usize::try_from(part.bytes).unwrap_or(usize::MAX).min(values.len());
        let (own, rest) = values.split_at(bytes);
        values = rest;
        let place = if let Some(&place) = by_name.get(&part.file) {
            place
        } else {
            let file = source_file(session, asked, &part.file)?;
            let place = *by_file.entry(Arc::clone(&file)).or_insert(shares.len());
            if place == shares.len() {
                shares.push(Share { file, commands: Vec::new(), values: Vec::new() });
            }
            by_name.insert(part.file, place);
            place
        };
        let update = Update {
            path: part.path,
            selection: Some(part.selection),
            fields: None,
            data: None,
            datatype: Some(datatype.clone()),
            shape: Some(part.shape),
        };
        let share = &mut shares[place];
        share.commands.push(BatchStep { command: update.into(), bytes: Some(part.bytes) });
        share.values.extend_from_slice(own);
    }
    Ok(shares)
}

/// The file that the virtual dataset calls `named`.
fn source_file(session: &Session, asked: &Asked, named: &str) -> Result<Arc<str>, ErrorReply> {
    if named == "." {
        return Ok(Arc::clone(&asked.file));
    }
    Ok(session.server.files.source_name(&asked.file, named)?.into())
}

impl Share {
    async fn write(self, session: &Session, asked: &Asked) -> JobResult {
        let request_key = match &asked.terms.request_key {
            Some(whole) => Some(key_of_share(whole, session.server.files.identity(&self.file)?)?),
            None => None,
        };
        let share = Asked {
            file: self.file,
            command: Batch { commands: self.commands }.into(),
            terms: Terms { request_key, ..asked.terms.clone() },
            values: Some(Bytes::from(self.values)),
            class: asked.class,
        };
        share.ask(session).await
    }
}

/// By what the share of a file in the request with the key `whole` is known: the same each time that it is divided,
/// whichever of its names the file has then.
fn key_of_share(whole: &RequestKey, (device, inode): (u64, u64)) -> Result<RequestKey, ErrorReply> {
    let hash = xxh3_128(format!("{device} {inode} {}", whole.as_str()).as_bytes());
    let key = RequestKey::new(format!("share {hash:032x}"));
    key.map_err(|error| ErrorReply::new(ErrorCode::Internal, error.to_string()))
}

/// Has the file of the virtual dataset remember that all of the request is written, and what it was answered.
async fn keep_key(session: &Session, asked: &Asked, fields: &RawValue) -> Result<(), ErrorReply> {
    if asked.terms.request_key.is_none() {
        return Ok(());
    }
    let work = Work::Remember { terms: asked.terms.clone(), fields: fields.to_owned() };
    let (mut submission, kept) = Submission::new(work, Class::Small);
    submission.is_change = true;
    session.server.files.submit(&asked.file, submission).await?;
    kept.come().await.map(drop)
}

/// The share of `file` has failed after others were written.
fn in_part(mut error: ErrorReply, file: &str, written: &[reply::WrittenSource]) -> ErrorReply {
    error.index = None;
    error.message = format!("{} (in {file:?})", error.message);
    if !written.is_empty() {
        let files: Vec<&str> = written.iter().map(|source| &*source.file).collect();
        error.message = format!("{}; before it, {files:?} were written", error.message);
        error.outcome = Some(Outcome::Unknown);
    }
    error
}

fn internal(error: &serde_json::Error) -> ErrorReply {
    ErrorReply::new(ErrorCode::Internal, error.to_string())
}
