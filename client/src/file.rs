//! Calls about one file.

mod elements;
mod json;
mod links;
mod objects;
mod walking;

use hdf5_async_protocol::message::command::{self, Encoding, Subscribe};
use hdf5_async_protocol::message::{Ask, Command, Position, Terms, reply};
use hdf5_async_protocol::model::{ObjectPath, Selection};
use tokio::sync::oneshot;

use crate::blocks::Blocks;
use crate::client::{Answer, Client};
use crate::error::CallError;
use crate::pending::Waiter;
use crate::subscription::EventStream;
use crate::values::{Assembly, Values};

/// A file on the server; selections are numpy's in text, `""` is everything.
#[derive(Clone, Debug)]
pub struct File {
    client: Client,
    name: Option<String>,
}

impl File {
    pub(crate) fn new(client: Client, name: Option<String>) -> Self {
        Self { client, name }
    }

    /// `None` is the only file of the server.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Asks about this file.
    ///
    /// # Errors
    /// The server's refusal, or why no answer came.
    pub async fn call<C: Ask>(&self, command: C) -> Result<Answer<C::Reply>, CallError> {
        self.client.ask(self.name.clone(), command, None).await
    }

    /// Asks with values in binary, of the datatype and shape that the command states.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn call_with<C: Ask>(
        &self,
        command: C,
        values: &[u8],
    ) -> Result<Answer<C::Reply>, CallError> {
        self.client.ask(self.name.clone(), command, Some(values)).await
    }

    /// Makes a change only if nobody has changed what it is about since `position`, that of an earlier answer.
    ///
    /// # Errors
    /// As [`Self::call`]; refused with `conflict` where somebody has, or where that is not known any more.
    pub async fn call_if<C: Ask>(
        &self,
        position: Position,
        command: C,
        values: Option<&[u8]>,
    ) -> Result<Answer<C::Reply>, CallError> {
        let terms = Terms {
            if_seq: Some(position.seq),
            if_epoch: Some(position.epoch),
            ..Terms::default()
        };
        self.client.ask_on(self.name.clone(), command, terms, values).await
    }

    /// Elements of a dataset, as one buffer.
    ///
    /// # Errors
    /// As [`Self::call`]; `ResultTooLarge` beyond [`crate::Limits::max_result_bytes`].
    pub async fn read(&self, path: &str, selection: &str) -> Result<Answer<Values>, CallError> {
        self.values(read_command(path, selection)?.into()).await
    }

    /// Asks for values in binary, and puts their blocks together.
    async fn values(&self, command: Command) -> Result<Answer<Values>, CallError> {
        let assembly = Box::new(Assembly::new(self.client.options().limits.max_result_bytes));
        let (done, answer) = oneshot::channel();
        let waiter = Waiter::Values { assembly, done };
        let guard =
            self.client.send(self.name.clone(), command, Terms::default(), None, waiter).await?;
        let values = answer.await.unwrap_or_else(|_| Err(self.client.closed()));
        guard.answered();
        values
    }

    /// Elements of a dataset, block by block as they come, over a connection of their own.
    ///
    /// A caller who takes its time with a block slows only this read.
    ///
    /// # Errors
    /// As [`Self::call`], and when there is no second connection.
    pub async fn read_blocks(&self, path: &str, selection: &str) -> Result<Blocks, CallError> {
        Blocks::open(self.client.options(), self.name.clone(), read_command(path, selection)?).await
    }

    /// Makes the dataset become `values`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn write(
        &self,
        path: &str,
        values: &Values,
    ) -> Result<Answer<reply::Written>, CallError> {
        let write = command::Write {
            fields: None,
            path: ObjectPath::new(path)?,
            selection: None,
            data: None,
            datatype: Some(values.datatype.clone()),
            shape: values.shape.clone(),
        };
        self.client.ask(self.name.clone(), write, Some(&values.payload)).await
    }

    /// Puts `values` into a part of a dataset.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn write_part(
        &self,
        path: &str,
        selection: &str,
        values: &Values,
    ) -> Result<Answer<reply::Written>, CallError> {
        let update = command::Update {
            fields: None,
            path: ObjectPath::new(path)?,
            selection: Some(selection.parse()?),
            data: None,
            datatype: Some(values.datatype.clone()),
            shape: values.shape.clone(),
        };
        self.client.ask(self.name.clone(), update, Some(&values.payload)).await
    }

    /// Puts `values` behind the last element along `axis`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn append(
        &self,
        path: &str,
        axis: u32,
        values: &Values,
    ) -> Result<Answer<reply::Written>, CallError> {
        let append = command::Append {
            unique_on: None,
            path: ObjectPath::new(path)?,
            axis,
            data: None,
            datatype: Some(values.datatype.clone()),
            shape: values.shape.clone(),
        };
        self.client.ask(self.name.clone(), append, Some(&values.payload)).await
    }

    /// The changes at or below `path` from now on.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn subscribe(&self, path: &str) -> Result<EventStream, CallError> {
        let command = Subscribe {
            path: ObjectPath::new(path)?,
            data: false,
            snapshot: false,
            since: None,
            max_rate: None,
        };
        self.subscribe_with(command).await
    }

    /// As [`Self::subscribe`], with every option of the command.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn subscribe_with(&self, command: Subscribe) -> Result<EventStream, CallError> {
        self.client.subscribe(self.name.clone(), command).await
    }
}

fn read_command(path: &str, selection: &str) -> Result<command::Read, CallError> {
    let selection: Selection = selection.parse()?;
    Ok(command::Read {
        fields: None,
        path: ObjectPath::new(path)?,
        selection,
        encoding: Encoding::Binary,
    })
}
