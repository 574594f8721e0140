//! Several objects described as one question: all of one moment, each with its own answer or its own error.

use hdf5_async_protocol::message::{ErrorReply, command};
use hdf5_async_protocol::model::ObjectPath;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::error::StoreError;
use super::{Answer, Outcome, Store};

/// What came of one of several paths.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Description {
    /// The object, as `describe` has it.
    There(Box<RawValue>),
    Failed(ErrorReply),
}

impl Description {
    /// How much it adds to the answer, but for its frame.
    pub fn bytes(&self) -> u64 {
        let bytes = match self {
            Self::There(object) => object.get().len(),
            Self::Failed(error) => error.message.len() + error.path.as_ref().map_or(0, String::len),
        };
        bytes as u64
    }
}

impl Store {
    pub(super) fn describe_many(
        &mut self,
        command: &command::DescribeMany,
    ) -> Result<Outcome, StoreError> {
        let count = command.paths.len();
        if count > self.limits.max_batch_commands {
            return Err(StoreError::TooMany { count, max: self.limits.max_batch_commands });
        }
        let max = self.limits.max_json_values_bytes;
        let mut room = max;
        let mut descriptions = Vec::with_capacity(count);
        for path in &command.paths {
            let description = self
                .description(path)
                .unwrap_or_else(|error| Description::Failed(error.to_reply()));
            room = room.checked_sub(description.bytes()).ok_or_else(|| StoreError::TooLarge {
                path: path.clone(),
                what: "what describe_many says of all objects up to this one",
                bytes: u128::from(max) + u128::from(description.bytes() - room),
                max,
            })?;
            descriptions.push(description);
        }
        Ok(Outcome::read(Answer::Descriptions(descriptions)))
    }

    fn description(&mut self, path: &ObjectPath) -> Result<Description, StoreError> {
        let object = self.object_info(path)?;
        to_raw_value(&object)
            .map(Description::There)
            .map_err(|error| StoreError::Reply { path: path.clone(), message: error.to_string() })
    }
}
