//! What client and server say to each other.
//!
//! A client sends [`Request`]s; the server answers each with a [`Reply`] or an [`ErrorReply`] that carries
//! the request's id, and sends [`Event`]s to subscribers. A message with `status` is an answer, one with
//! `event` is an event.

pub mod answer;
pub mod command;
pub mod error;
pub mod event;
pub mod id;
pub mod reply;
pub mod request;
pub mod terms;

pub use answer::{ErrorReply, Incoming, Reply};
pub use command::{Ask, Command};
pub use error::{ErrorCode, Outcome};
pub use event::{Change, Event, Reason};
pub use id::{Position, RequestId};
pub use request::{Request, RequestError, UnusableRequest};
pub use terms::{Durability, RequestKey, RequestKeyError, Terms};
