//! What `hdf5-async` does besides serving: look into served files, read, write and change them from a shell.
//!
//! [`Command`] is what can be said, one file a command below [`commands`]; each asks the server through
//! [`connect`] and prints by [`screen`]. What went wrong is a [`Failure`], which knows its exit code.
//! Elements are read slab by slab ([`elements`]) and go through a [`mod@format`], so that a dataset may be larger
//! than memory.

pub mod carry;
pub mod columns;
pub mod commands;
pub mod connect;
pub mod destination;
pub mod elements;
pub mod failure;
pub mod format;
pub mod input;
pub mod npy;
pub mod paint;
pub mod progress;
pub mod screen;
pub mod wording;

pub use commands::Command;
pub use failure::Failure;
