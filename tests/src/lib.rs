//! What the tests stand on: a real server process, h5py as the judge of files, sockets without manners.
//!
//! Nothing here knows the server's code. A test waits for events and answers, never for time to pass, and
//! every wait has a deadline.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test that cannot go on has failed"
)]

pub mod deadline;
pub mod events;
pub mod h5py;
pub mod processes;
pub mod program;
pub mod proxy;
pub mod raw;
pub mod real_files;
pub mod server;
pub mod twin;

pub use deadline::within;
pub use h5py::{Steps, h5py, h5py_with};
pub use program::Program;
pub use server::{Setup, TestServer};
