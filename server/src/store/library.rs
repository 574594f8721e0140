//! The HDF5 calls that the store needs, each behind a safe function: the only place of the store with `unsafe`.
//!
//! The `hdf5` crate gives the library's lock, its error stack and the LZF filter. The calls themselves go to
//! `hdf5-sys`, because elements have to keep the file's own datatype and byte order, links have to be followed
//! one by one, and every datatype class has to be described, none of which the typed API offers.
//!
//! Invariant: every function here is called inside [`locked`].

pub(crate) mod attribute;
pub(crate) mod changing;
pub(crate) mod copying;
pub(crate) mod creation;
pub(crate) mod dataset;
pub(crate) mod datatype;
pub(crate) mod descriptor;
pub(crate) mod driver;
pub(crate) mod file;
pub(crate) mod file_creation;
pub(crate) mod filter;
pub(crate) mod form;
pub(crate) mod handle;
pub(crate) mod link;
pub(crate) mod memory;
pub(crate) mod object;
pub(crate) mod reference;
pub(crate) mod representation;
pub(crate) mod signals;
pub(crate) mod space;
pub(crate) mod staging;
pub(crate) mod standard_reference;

pub(crate) use datatype::ieee_format;
pub(crate) use handle::{CallError, ChunkFailure, Handle, c_name};
pub(crate) use hdf5::sync::sync as locked;
