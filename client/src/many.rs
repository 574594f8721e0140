//! Several commands in one request: batches, and reads of several datasets.

use hdf5_async_protocol::message::command::{self, BatchStep, Encoding, ReadItem, ReadMany};
use hdf5_async_protocol::message::{Command, ErrorReply, Terms, reply};
use hdf5_async_protocol::model::ObjectPath;
use serde::Deserialize;
use tokio::sync::oneshot;

use crate::client::Answer;
use crate::error::{CallError, ProtocolError};
use crate::file::File;
use crate::incoming::Incoming;
use crate::pending::Waiter;
use crate::values::{Assembly, Values};

/// What came of one of several reads.
pub type ItemResult = Result<Values, ErrorReply>;

/// Changes, and questions between them, that are done together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    commands: Vec<BatchStep>,
    payload: Vec<u8>,
}

impl Batch {
    /// Adds a command whose values, if it has any, are in its `data`.
    pub fn add(&mut self, command: impl Into<Command>) -> &mut Self {
        self.commands.push(BatchStep { command: command.into(), bytes: None });
        self
    }

    /// Adds a command whose values are `payload`, of the datatype and shape that it states.
    pub fn add_binary(&mut self, command: impl Into<Command>, payload: &[u8]) -> &mut Self {
        let bytes = Some(payload.len() as u64);
        self.commands.push(BatchStep { command: command.into(), bytes });
        self.payload.extend_from_slice(payload);
        self
    }
}

impl File {
    /// Does all commands of the batch, or none of them.
    ///
    /// # Errors
    /// As [`Self::call`]; the refusal's `index` is the command's that failed.
    pub async fn batch(&self, batch: &Batch) -> Result<Answer<reply::Batch>, CallError> {
        let command = command::Batch { commands: batch.commands.clone() };
        let payload = (!batch.payload.is_empty()).then_some(&*batch.payload);
        self.client().ask(self.name().map(str::to_owned), command, payload).await
    }

    /// Elements of several datasets, given as paths and selections; those that are small together are of one moment.
    ///
    /// # Errors
    /// As [`Self::call`]. What cannot be read is an error in its place.
    pub async fn read_many(
        &self,
        reads: &[(&str, &str)],
    ) -> Result<Answer<Vec<ItemResult>>, CallError> {
        let read = |(path, selection): &(&str, &str)| {
            Ok(ReadItem {
                fields: None,
                path: ObjectPath::new(path)?,
                selection: selection.parse()?,
            })
        };
        let reads: Vec<ReadItem> = reads.iter().map(read).collect::<Result<_, CallError>>()?;
        if reads.is_empty() {
            return Ok(Answer { reply: Vec::new(), position: None, file: None });
        }
        let max_bytes = self.client().options().limits.max_result_bytes;
        let gathering = Box::new(Gathering::new(reads.len(), max_bytes));
        let (done, answer) = oneshot::channel();
        let command = ReadMany { reads, encoding: Encoding::Binary };
        let waiter = Waiter::Many { gathering, done };
        let file = self.name().map(str::to_owned);
        let guard =
            self.client().send(file, command.into(), Terms::default(), None, waiter).await?;
        let results = answer.await.unwrap_or_else(|_| Err(self.client().closed()));
        guard.answered();
        results
    }
}

/// What of a frame's header is about several reads.
#[derive(Deserialize)]
struct ItemHeader {
    item: usize,
    error: Option<ErrorReply>,
    last: bool,
}

/// The results of several reads on their way; their frames come in order.
#[derive(Debug)]
pub(crate) struct Gathering {
    items: Vec<Result<Assembly, ErrorReply>>,
    max_bytes: u64,
}

impl Gathering {
    fn new(count: usize, max_bytes: u64) -> Self {
        Self { items: (0..count).map(|_| Ok(Assembly::new(max_bytes))).collect(), max_bytes }
    }

    /// Takes one frame; `true` when it was the last.
    pub(crate) fn add(&mut self, incoming: &Incoming) -> Result<bool, CallError> {
        let ItemHeader { item, error, last } = incoming.header("read_many")?;
        let expected = self.items.len() as u64;
        let unasked = ProtocolError::Incomplete { received: item as u64, expected };
        let result = self.items.get_mut(item).ok_or(unasked)?;
        match (error, result) {
            (Some(error), result) => *result = Err(error),
            (None, Ok(assembly)) => {
                let (header, values) = incoming.block()?;
                let bytes = values.len() as u64;
                let limit = self.max_bytes;
                self.max_bytes = limit
                    .checked_sub(bytes)
                    .ok_or(CallError::ResultTooLarge { bytes: limit.saturating_add(1), limit })?;
                assembly.add(&header, values)?;
            }
            (None, Err(_)) => return Err(ProtocolError::Inconsistent.into()),
        }
        Ok(last)
    }

    pub(crate) fn finish(self) -> Result<Vec<ItemResult>, CallError> {
        let finished = self.items.into_iter().map(|item| match item {
            Ok(assembly) => Ok(Ok(assembly.finish()?)),
            Err(error) => Ok(Err(error)),
        });
        finished.collect()
    }
}
