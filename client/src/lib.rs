//! The async Rust client: typed calls, binary values, and events as a stream that survives reconnects.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use futures::StreamExt as _;
//! use hdf5_async_client::{Client, ConnectOptions, Update};
//!
//! let client = Client::connect(ConnectOptions::new("ws://127.0.0.1:8750/scan.h5#token=secret")?).await?;
//! let file = client.file("scan.h5");
//! let image = file.read("/entry/data/data", "0, ...").await?;
//! println!("{:?} of {}", image.reply.shape, image.reply.datatype);
//!
//! let mut updates = file.subscribe("/entry").await?;
//! while let Some(update) = updates.next().await {
//!     match update? {
//!         Update::Event(event) => println!("{event:?}"),
//!         Update::Resync(_) => println!("read again what you show"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! One task owns the socket ([`Client`] is a cheap handle to it); a call is one message to that task and one
//! answer from it. Every queue between the two is bounded by [`Limits`].

pub mod address;
pub mod backoff;
pub mod blocks;
pub mod client;
mod connection;
mod departures;
pub mod download;
pub mod element;
pub mod error;
pub mod file;
pub mod file_list;
mod handshake;
mod http;
mod incoming;
mod keys;
pub mod location;
pub mod many;
pub mod options;
mod pending;
pub mod slabs;
pub mod subscription;
pub mod upload;
pub mod values;
pub mod watch;

pub use address::{Address, AddressError};
pub use blocks::{Block, Blocks};
pub use client::{Answer, Client, ConnectionState};
pub use download::Download;
pub use element::Element;
pub use error::{CallError, ConnectError, ProtocolError};
pub use file::File;
pub use file_list::FileList;
pub use hdf5_async_protocol as protocol;
pub use location::{Location, LocationError};
pub use many::Batch;
pub use options::{ConnectOptions, Limits, Reconnect};
pub use subscription::{EventStream, Resync, ResyncCause, Update};
pub use upload::Upload;
pub use values::Values;
