//! The HDF5 Async server.

pub mod store;
