//! Answers that need all of a selection but are small themselves: what to keep while its blocks pass by.
//!
//! Pure arithmetic over payloads (see `hdf5_async_protocol::values`); [`crate::session::scanning`] brings the blocks.

pub mod buckets;
pub mod column;
pub mod summary;
