//! What is answered to a change that was applied before and is sent again.

use hdf5_async_protocol::message::command::{Describe, WriteAttribute};
use hdf5_async_protocol::message::{Command, Durability, reply};
use serde_json::value::{RawValue, to_raw_value};

use super::job::Done;
use crate::journal::MAX_REPLY_BYTES;
use crate::store::{Answer, Store};

/// Kept in place of a reply that is too long to be kept.
const SHORTENED: &str = r#"{"shortened":true}"#;

/// What is kept of a reply, with the key of its request.
pub(super) fn kept(fields: &str) -> Vec<u8> {
    let fits = fields.len() <= MAX_REPLY_BYTES;
    if fits { fields } else { SHORTENED }.as_bytes().to_vec()
}

/// The answer to the command, of which `reply` was kept.
pub(super) fn answer(
    job: u64,
    command: Option<&Command>,
    reply: String,
    store: Option<&mut Store>,
) -> Done {
    let is_shortened = reply == SHORTENED;
    let now = || is_shortened.then(|| written(command?, store?)).flatten();
    let fields = now().or_else(|| RawValue::from_string(reply).ok());
    Done { fields, durability: Some(Durability::Commit), ..Done::empty(job) }
}

/// What the command has written as it is now: only its datatype can make such a reply so long.
fn written(command: &Command, store: &mut Store) -> Option<Box<RawValue>> {
    let describe = Describe { path: command.path()?.clone() };
    let outcome = store.execute(&describe.into(), None).ok()?;
    let Answer::Fields(fields) = outcome.answer else { return None };
    let reply::Describe { object } = serde_json::from_str(&fields).ok()?;
    let written = if let Command::WriteAttribute(WriteAttribute { name, .. }) = command {
        let attribute = object.attributes.into_iter().find(|attribute| attribute.name == *name)?;
        reply::Written { shape: attribute.shape, datatype: attribute.datatype, sources: Vec::new() }
    } else {
        let dataset = object.dataset?;
        reply::Written { shape: dataset.shape, datatype: dataset.datatype, sources: Vec::new() }
    };
    to_raw_value(&written).ok()
}
