//! Keys by which a server knows a change that is sent again, so that it is made once.

use std::sync::atomic::{AtomicU64, Ordering};

use hdf5_async_protocol::message::RequestKey;

/// Different from those of all other clients.
#[derive(Debug)]
pub(crate) struct RequestKeys {
    /// `None` without a source of randomness; changes are then not sent again.
    client: Option<u64>,
    next: AtomicU64,
}

impl RequestKeys {
    pub(crate) fn new() -> Self {
        Self { client: getrandom::u64().ok(), next: AtomicU64::new(1) }
    }

    pub(crate) fn next(&self) -> Option<RequestKey> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        RequestKey::new(format!("{:016x}-{number}", self.client?)).ok()
    }
}
