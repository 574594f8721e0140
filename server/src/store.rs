//! One HDF5 file and everything that can be asked of it: a command in, an outcome out.
//!
//! The only part of the server that names the `hdf5` crate. It knows neither sockets nor sessions nor tokio,
//! and runs on one thread; HDF5 handles never leave it.

use hdf5_async_protocol::message::{Change, reply};
use hdf5_async_protocol::model::ResolvedSelection;
use serde::{Deserialize, Serialize};

/// The sizes at which the store stops putting things into one answer.
#[derive(Clone, Copy, Debug)]
pub struct StoreLimits {
    /// Values of at most this many bytes come with the answer to `read`; larger reads are answered with a plan.
    pub block_bytes: u64,
    /// Of an attribute's value inside `describe` and `attributes`, and of values that ride along with events.
    pub inline_value_bytes: u64,
    /// Of the values of an attribute, and of the heap of one block of variable-length values.
    pub max_value_bytes: u64,
    pub max_list_page: u64,
    /// Chunks larger than this, decoded, are refused.
    pub max_chunk_bytes: u64,
}

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
    Values { values: reply::Values, payload: Vec<u8> },
    /// The values are too many for one block: they are to be fetched with `Store::read_block`.
    Plan(ReadPlan),
}

/// What is needed to cut a long read into blocks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadPlan {
    pub values: reply::Values,
    /// Against the dataset's shape at the time of the plan.
    pub selection: ResolvedSelection,
    /// The dims of a chunk, in the dataset's rank.
    pub chunks: Option<Vec<u64>>,
}
