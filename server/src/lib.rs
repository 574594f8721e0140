//! The HDF5 Async server.
//!
//! A connection comes in through [`listener`] and [`http`], past the [`door`], and becomes a [`session`]. Its
//! requests go to the [`files`] they are for; each open [`mod@file`] has one task, which feeds one [`worker`], which
//! is the only one to touch the file ([`store`]). What changes is announced by the file's [`hub`] into the
//! [`outbox`] of every session that asked. The [`journal`] keeps a file whole through crashes. What other programs
//! do to files and folders is noticed by [`watch`]; [`listing`] announces which files there are.

pub mod catalog;
pub mod cli;
pub mod clock;
pub mod codec;
pub mod config;
pub mod crashes;
pub mod cut;
pub mod dashboard;
pub mod demo;
pub mod door;
pub mod download;
pub mod file;
pub mod files;
pub mod http;
pub mod hub;
pub mod journal;
pub mod listener;
pub mod listing;
pub mod outbox;
pub mod pace;
pub mod published;
pub mod scan;
pub mod server;
pub mod session;
pub mod store;
pub mod upkeep;
pub mod upload;
pub mod watch;
pub mod worker;

/// The environment variable that says what is logged; workers inherit it.
pub const LOG_VARIABLE: &str = "HDF5_ASYNC_LOG";

pub use server::{ServeError, Server};
