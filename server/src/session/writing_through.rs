//! Writes to virtual datasets with elements in other files: divided by the worker of the virtual dataset, and done by
//! the worker of each source, each by itself.

use std::sync::Arc;

use bytes::Bytes;
use hdf5_async_protocol::message::command::{Batch, BatchStep, Update};
use hdf5_async_protocol::message::{Command, Durability, ErrorCode, ErrorReply, Outcome, reply};
use serde_json::value::to_raw_value;

use super::Session;
use super::crossing::Asked;
use crate::file::{Applied, Class, JobResult, Submission};
use crate::store::through::{Division, Part};
use crate::worker::job::{Done, Work};

/// What is written to one source.
struct Share {
    file: Arc<str>,
    commands: Vec<BatchStep>,
    values: Vec<u8>,
}

/// Whether a refusal may be that of a virtual dataset with elements in other files.
pub fn is_possible(command: &Command, error: &ErrorReply) -> bool {
    error.code == ErrorCode::Unsupported
        && matches!(command, Command::Write(_) | Command::Update(_))
}

/// Does the write of `asked`, which its file has refused with `refusal`, in the files where the elements lie.
///
/// # Errors
/// The refusal, where it was for another reason or the write is one on a condition; why it cannot be divided; what the
/// first source that fails says, with the outcome `unknown` if others were written before.
pub async fn write(session: &Session, asked: &Asked, refusal: ErrorReply) -> JobResult {
    if asked.terms.if_seq.is_some() {
        return Err(refusal);
    }
    let divided = divide(session, asked).await?;
    let Some(division) = divided.done.division else { return Err(refusal) };
    let Division { datatype, shape, parts } = division;
    let shares = shares(session, asked, &datatype, parts, &divided.values)?;
    let (mut sources, mut durability) = (Vec::new(), Durability::Commit);
    for share in shares {
        match share.write(session, asked).await {
            Ok((source, safe)) => {
                sources.push(source);
                if !safe.is_commit() {
                    durability = safe;
                }
            }
            Err(error) => return Err(in_part(error, &sources)),
        }
    }
    let written = reply::Written { shape: Some(shape), datatype, sources };
    let fields = to_raw_value(&written).map_err(|error| internal(&error))?;
    let done = Done { fields: Some(fields), durability: Some(durability), ..Done::empty(0) };
    Ok(Applied { done, values: Vec::new(), ..divided })
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
    datatype: &hdf5_async_protocol::model::Datatype,
    parts: Vec<Part>,
    mut values: &[u8],
) -> Result<Vec<Share>, ErrorReply> {
    let mut shares: Vec<(String, Share)> = Vec::new();
    for part in parts {
        let bytes = usize::try_from(part.bytes).unwrap_or(usize::MAX).min(values.len());
        let (own, rest) = values.split_at(bytes);
        values = rest;
        let known = shares.iter().position(|(named, _)| *named == part.file);
        let place = if let Some(place) = known {
            place
        } else {
            let file: Arc<str> = if part.file == "." {
                Arc::clone(&asked.file)
            } else {
                session.server.files.source_name(&asked.file, &part.file)?.into()
            };
            let share = Share { file, commands: Vec::new(), values: Vec::new() };
            shares.push((part.file.clone(), share));
            shares.len() - 1
        };
        let share = &mut shares[place].1;
        let update = Update {
            path: part.path,
            selection: Some(part.selection),
            fields: None,
            data: None,
            datatype: Some(datatype.clone()),
            shape: Some(part.shape),
        };
        share.commands.push(BatchStep { command: update.into(), bytes: Some(part.bytes) });
        share.values.extend_from_slice(own);
    }
    Ok(shares.into_iter().map(|(_, share)| share).collect())
}

impl Share {
    async fn write(
        self,
        session: &Session,
        asked: &Asked,
    ) -> Result<(reply::WrittenSource, Durability), ErrorReply> {
        let share = Asked {
            file: Arc::clone(&self.file),
            command: Batch { commands: self.commands }.into(),
            terms: asked.terms.clone(),
            values: Some(Bytes::from(self.values)),
            class: asked.class,
        };
        let applied = share.ask(session).await?;
        let source =
            reply::WrittenSource { file: self.file.to_string(), position: applied.position };
        Ok((source, applied.done.durability.unwrap_or_default()))
    }
}

/// A source has failed after others were written.
fn in_part(mut error: ErrorReply, written: &[reply::WrittenSource]) -> ErrorReply {
    error.index = None;
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
