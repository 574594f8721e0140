//! What a command has led to: its answer, or the plan of one that is too long for one message, and the changes.

use hdf5_async_protocol::message::{Change, reply};
use hdf5_async_protocol::model::{Fields, ObjectPath, ResolvedSelection};
use serde::{Deserialize, Serialize};

use super::describe_many::Description;
use super::error::StoreError;
use super::read_many::Item;

/// What a command has led to.
#[derive(Debug)]
pub struct Outcome {
    pub answer: Answer,
    /// In the order in which they were made; empty for reads.
    pub changes: Vec<Change>,
}

#[derive(Debug)]
pub enum Answer {
    /// The fields of the reply, as a JSON object.
    Fields(String),
    /// `values.data` is absent; the elements are in `payload` (see `hdf5_async_protocol::values`).
    Values {
        values: reply::Values,
        payload: Vec<u8>,
    },
    /// The values are too many for one block: they are to be fetched with `Store::read_block`.
    Plan(ReadPlan),
    /// Of several reads; the values that are there stand one behind the other in `payload`.
    Many {
        items: Vec<Item>,
        payload: Vec<u8>,
    },
    Descriptions(Vec<Description>),
}

/// What is needed to cut a long read into blocks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadPlan {
    pub values: reply::Values,
    /// Against the dataset's shape at the time of the plan.
    pub selection: ResolvedSelection,
    /// The dims of a chunk, in the dataset's rank.
    pub chunks: Option<Vec<u64>>,
    /// The members that are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Fields>,
}

impl Outcome {
    pub(super) fn read(answer: Answer) -> Self {
        Self { answer, changes: Vec::new() }
    }

    pub(super) fn answer<T: Serialize>(
        path: &ObjectPath,
        reply: &T,
        changes: Vec<Change>,
    ) -> Result<Self, StoreError> {
        match serde_json::to_string(reply) {
            Ok(fields) => Ok(Self { answer: Answer::Fields(fields), changes }),
            Err(error) => Err(StoreError::Reply { path: path.clone(), message: error.to_string() }),
        }
    }
}
