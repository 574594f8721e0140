//! A long read, block by block, without ever holding more than one block.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::{SinkExt as _, Stream, StreamExt as _};
use hdf5_async_protocol::message::reply::Place;
use hdf5_async_protocol::message::{Outcome, Position, Terms, command, reply};
use hdf5_async_protocol::model::Datatype;
use hdf5_async_protocol::values::check;
use tokio_tungstenite::tungstenite::Message;

use crate::error::{CallError, ProtocolError};
use crate::handshake::{self, Socket, request_text};
use crate::incoming::{Incoming, Kind};
use crate::options::ConnectOptions;
use crate::values::check_place;

const READ_ID: i64 = 1;

/// The blocks of one read, in the order in which the server sends them.
///
/// It owns a connection: what is not taken stays with the server, and dropping it ends the read.
#[derive(Debug)]
pub struct Blocks {
    socket: Socket,
    datatype: Datatype,
    shape: Option<Vec<u64>>,
    position: Option<Position>,
    /// The first block, which told datatype and shape.
    first: Option<Incoming>,
    received: u64,
    done: bool,
}

/// A box of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub place: Place,
    /// The elements in C order; see [`hdf5_async_protocol::values`].
    pub payload: Bytes,
}

impl Blocks {
    pub(crate) async fn open(
        options: &ConnectOptions,
        file: Option<String>,
        read: command::Read,
    ) -> Result<Self, CallError> {
        let lost =
            |reason: String| CallError::ConnectionLost { reason, outcome: Outcome::NotApplied };
        let (mut socket, _) =
            handshake::open(options).await.map_err(|error| lost(error.to_string()))?;
        let text = request_text(READ_ID, file, Terms::default(), read.into());
        socket.send(Message::text(text)).await.map_err(|error| lost(error.to_string()))?;
        let first = loop {
            if let Some(incoming) = handshake::next(&mut socket).await? {
                break incoming;
            }
        };
        let header = header(&first)?;
        let position = first.position();
        Ok(Self {
            socket,
            datatype: header.datatype,
            shape: header.shape,
            position,
            first: Some(first),
            received: 0,
            done: false,
        })
    }

    pub fn datatype(&self) -> &Datatype {
        &self.datatype
    }

    /// Of the whole result; `None` for a null dataspace, which has no blocks.
    pub fn shape(&self) -> Option<&[u64]> {
        self.shape.as_deref()
    }

    /// The file's event position that the first block contains.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    fn accept(&mut self, incoming: &Incoming) -> Result<Option<Block>, CallError> {
        let header = header(incoming)?;
        if header.datatype != self.datatype || header.shape != self.shape {
            return Err(ProtocolError::Inconsistent.into());
        }
        self.done = header.last.unwrap_or(true);
        let Some(shape) = &self.shape else { return Ok(None) };
        let whole = || Place { offset: vec![0; shape.len()], shape: shape.clone() };
        let place = header.place.unwrap_or_else(whole);
        let count = check_place(&place, shape)?;
        let (_, payload) = incoming.block()?;
        check(payload, &self.datatype, count).map_err(ProtocolError::Values)?;
        self.received += count;
        let expected = hdf5_async_protocol::values::n_elements(shape)?;
        if self.done && self.received != expected {
            return Err(ProtocolError::Incomplete { received: self.received, expected }.into());
        }
        Ok(Some(Block { place, payload: payload.clone() }))
    }

    fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<Result<Incoming, CallError>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Ok(first));
        }
        loop {
            let message = ready!(self.socket.poll_next_unpin(context));
            if let Some(incoming) = handshake::read(message)? {
                return Poll::Ready(Ok(incoming));
            }
        }
    }
}

fn header(incoming: &Incoming) -> Result<reply::Values, CallError> {
    match incoming.kind()? {
        Kind::Success => Ok(incoming.block()?.0),
        Kind::Error => Err(incoming.error()),
        Kind::Event => Err(ProtocolError::Form { command: "read", form: "an event" }.into()),
    }
}

impl Stream for Blocks {
    type Item = Result<Block, CallError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let incoming = ready!(self.poll_incoming(context));
        let block = incoming.and_then(|incoming| self.accept(&incoming));
        if block.is_err() {
            self.done = true;
        }
        Poll::Ready(block.transpose())
    }
}
