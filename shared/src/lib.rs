//! The wire protocol, and nothing else: plain data that every client and the server agree on.
//!
//! Read [`model`] for HDF5's nouns, [`message`] for what is said about them, [`values`] for how
//! elements travel, [`query`] for predicates over them, and [`frame`] for the binary form of a message.
//! There is no I/O here; the crate builds for WASM.

pub mod frame;
pub mod message;
pub mod model;
pub mod query;
#[cfg(feature = "schema")]
mod schema;
pub mod values;

/// The version both sides name in `hello`; raised when an old client would misread a new server.
pub const PROTOCOL_VERSION: u32 = 1;

/// The WebSocket subprotocol of version 1.
pub const SUBPROTOCOL: &str = "hdf5-async.v1";

/// A browser cannot set headers on a WebSocket: it offers this prefix plus the token as a subprotocol.
pub const TOKEN_SUBPROTOCOL_PREFIX: &str = "hdf5-async.token.";
