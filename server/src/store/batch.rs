//! Several commands as one: each sees what those before it have done, and the first that fails ends it.
//!
//! What the commands before a failed one have done is taken back by the worker, which rolls the whole change back.

use hdf5_async_protocol::message::{command, reply};
use hdf5_async_protocol::model::ObjectPath;
use hdf5_async_protocol::values::to_json;
use serde_json::value::RawValue;

use super::error::{At as _, StoreError};
use super::{Answer, Outcome, Store};

impl Store {
    pub(super) fn batch(
        &mut self,
        batch: &command::Batch,
        payload: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        let count = batch.commands.len();
        if count > self.limits.max_batch_commands {
            return Err(StoreError::TooMany { count, max: self.limits.max_batch_commands });
        }
        check_payload(batch, payload.unwrap_or_default())?;
        let mut rest = payload.unwrap_or_default();
        let mut replies = Vec::with_capacity(count);
        let mut room = self.limits.max_value_bytes;
        let mut changes = Vec::new();
        for (index, step) in batch.commands.iter().enumerate() {
            let values = step.bytes.map(|bytes| {
                let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(rest.len());
                let (values, after) = rest.split_at(bytes);
                rest = after;
                values
            });
            let reply = self.step(&step.command, values, &mut room, &mut changes);
            let in_batch = |source| StoreError::InBatch { index, source: Box::new(source) };
            replies.push(reply.map_err(in_batch)?);
        }
        Outcome::answer(&ObjectPath::root(), &reply::Batch { replies, shortened: false }, changes)
    }

    /// Does one command; its reply takes its bytes from `room`.
    fn step(
        &mut self,
        command: &command::Command,
        values: Option<&[u8]>,
        room: &mut u64,
        changes: &mut Vec<hdf5_async_protocol::message::Change>,
    ) -> Result<Box<RawValue>, StoreError> {
        let root = ObjectPath::root();
        let path = command.path().unwrap_or(&root);
        let outcome = self.answer_and_forget(command, values)?;
        changes.extend(outcome.changes);
        let reply = match outcome.answer {
            Answer::Fields(fields) => RawValue::from_string(fields),
            Answer::Values { mut values, payload } => {
                let data = match &values.shape {
                    Some(shape) => to_json(&payload, &values.datatype, shape).at(path)?,
                    None => "null".to_owned(),
                };
                let failed = |error: serde_json::Error| StoreError::Reply {
                    path: path.clone(),
                    message: error.to_string(),
                };
                values.data = Some(RawValue::from_string(data).map_err(failed)?);
                serde_json::value::to_raw_value(&values)
            }
            Answer::Plan(plan) => {
                let slot = plan.values.datatype.wire_size().unwrap_or(1) as u128;
                let bytes = u128::from(plan.selection.n_elements()) * slot;
                let (path, max) = (path.clone(), self.limits.block_bytes);
                let what = "what a read of a batch selects";
                return Err(StoreError::TooLarge { path, what, bytes, max });
            }
            Answer::Many { .. } | Answer::Descriptions(_) => {
                return Err(StoreError::NotForFile { command: command.name() });
            }
        };
        let reply = reply.map_err(|error| StoreError::Reply {
            path: path.clone(),
            message: error.to_string(),
        })?;
        let bytes = reply.get().len() as u64;
        *room = room.checked_sub(bytes).ok_or_else(|| StoreError::TooLarge {
            path: path.clone(),
            what: "the replies of a batch together",
            bytes: u128::from(self.limits.max_value_bytes) + 1,
            max: self.limits.max_value_bytes,
        })?;
        Ok(reply)
    }
}

/// Makes sure that the values of all commands are exactly what came.
fn check_payload(batch: &command::Batch, payload: &[u8]) -> Result<(), StoreError> {
    let stated: u128 = batch.commands.iter().map(|step| u128::from(step.bytes.unwrap_or(0))).sum();
    if stated == payload.len() as u128 {
        return Ok(());
    }
    let reason = "the \"bytes\" of the commands are not, together, the bytes behind the header";
    Err(StoreError::InvalidRequest { path: ObjectPath::root(), reason })
}
