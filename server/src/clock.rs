//! The time of day, as messages state it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01 UTC.
pub fn now() -> f64 {
    seconds(SystemTime::now())
}

/// Seconds since 1970-01-01 UTC; 0 for times before.
pub fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Milliseconds since 1970-01-01 UTC: a number that later starts of the server do not give again.
pub fn epoch() -> u64 {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    u64::try_from(millis).unwrap_or(u64::MAX)
}
