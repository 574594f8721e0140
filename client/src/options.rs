//! What a connection is made with: where, who, and how much.

use std::time::Duration;

use hdf5_async_protocol::message::Durability;

use crate::address::{Address, AddressError};

/// Where to connect and as whom.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// Its `token` enters the server, its `file` is meant where a call names none.
    pub address: Address,
    /// Shown to others as the author of changes.
    pub name: Option<String>,
    pub reconnect: Reconnect,
    /// How safe changes are when they are answered; `None` is as the server has it, safe.
    pub durability: Option<Durability>,
    pub limits: Limits,
}

/// What happens when the connection is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reconnect {
    /// Calls under way fail, later calls wait for the new connection, subscriptions go on.
    #[default]
    Always,
    /// Everything fails.
    Never,
}

/// Every bound of the client.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls without an answer; the next one waits.
    pub requests_in_flight: usize,
    /// Events that wait for the reader of one [`crate::EventStream`]; beyond, it is told to read again.
    pub queued_events: usize,
    /// Of one message from the server, in bytes.
    pub max_message_bytes: usize,
    /// Of one assembled read, in bytes; [`crate::File::read_blocks`] has no such limit.
    pub max_result_bytes: u64,
    /// For TCP, WebSocket and `hello` together.
    pub connect_timeout: Duration,
    /// A ping after this much time; silence for twice as long is a lost connection.
    pub keepalive: Duration,
    pub min_backoff: Duration,
    pub max_backoff: Duration,
    /// How often a change is sent again whose worker was lost; the server makes it once.
    pub worker_lost_retries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_in_flight: 256,
            queued_events: 4096,
            max_message_bytes: 64 << 20,
            max_result_bytes: 16 << 30,
            connect_timeout: Duration::from_secs(10),
            keepalive: Duration::from_secs(20),
            min_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(30),
            worker_lost_retries: 3,
        }
    }
}

impl ConnectOptions {
    /// # Errors
    /// When `address` is none; see [`Address`].
    pub fn new(address: &str) -> Result<Self, AddressError> {
        address.parse::<Address>().map(Self::from)
    }

    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.address.token = Some(token.into());
        self
    }

    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.address.file = Some(file.into());
        self
    }

    #[must_use]
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.reconnect = reconnect;
        self
    }

    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = Some(durability);
        self
    }

    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl From<Address> for ConnectOptions {
    fn from(address: Address) -> Self {
        Self {
            address,
            name: None,
            reconnect: Reconnect::default(),
            durability: None,
            limits: Limits::default(),
        }
    }
}
