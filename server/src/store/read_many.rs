//! Several reads as one: what is small is read at once, so that it is of one moment; for the rest there are plans.

use hdf5_async_protocol::message::{ErrorReply, command, reply};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::opened::product;
use super::{Answer, Outcome, ReadPlan, Store};

/// What came of one of several reads.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// The values are the next `bytes` of the payload.
    There {
        values: reply::Values,
        bytes: u64,
    },
    Planned(ReadPlan),
    Failed(ErrorReply),
}

impl Store {
    pub(super) fn read_many(&mut self, command: &command::ReadMany) -> Result<Outcome, StoreError> {
        let count = command.reads.len();
        if count > self.limits.max_batch_commands {
            return Err(StoreError::TooMany { count, max: self.limits.max_batch_commands });
        }
        let mut items = Vec::with_capacity(count);
        let mut payload = Vec::new();
        for read in &command.reads {
            let item = self.item(read, &mut payload);
            items.push(item.unwrap_or_else(|error| Item::Failed(error.to_reply())));
        }
        Ok(Outcome::read(Answer::Many { items, payload }))
    }

    fn item(
        &mut self,
        read: &command::ReadItem,
        payload: &mut Vec<u8>,
    ) -> Result<Item, StoreError> {
        let plan = self.read_plan(&read.path, &read.selection, read.fields.as_ref())?;
        if plan.values.shape.is_none() {
            return Ok(Item::There { values: plan.values, bytes: 0 });
        }
        let slot = plan.values.datatype.wire_size().unwrap_or(1) as u128;
        let bytes = product(&plan.selection.counts()).saturating_mul(slot);
        if payload.len() as u128 + bytes > u128::from(self.limits.block_bytes) {
            return Ok(Item::Planned(plan));
        }
        let block = self.block(&read.path, &plan.selection, read.fields.as_ref())?;
        payload.extend_from_slice(&block);
        Ok(Item::There { values: plan.values, bytes: block.len() as u64 })
    }
}
