//! How the dashboard stands with the server, as the badge shows it.

/// Times are milliseconds since 1970, by this machine's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ConnectionStatus {
    /// The first attempt is under way.
    #[default]
    Connecting,
    /// `latency_ms` is the last round trip, once there was one.
    Live { latency_ms: Option<f64> },
    /// Lost since `since_ms`; the next attempt begins at `retry_at_ms`.
    Waiting { since_ms: f64, retry_at_ms: f64 },
    /// Lost since `since_ms`; an attempt is under way.
    Retrying { since_ms: f64 },
    /// The server wants a token that this browser does not have.
    Unauthorized,
}

impl ConnectionStatus {
    pub fn is_live(self) -> bool {
        matches!(self, Self::Live { .. })
    }

    /// Since when what is shown may be out of date.
    pub fn offline_since_ms(self) -> Option<f64> {
        match self {
            Self::Waiting { since_ms, .. } | Self::Retrying { since_ms } => Some(since_ms),
            _ => None,
        }
    }
}
