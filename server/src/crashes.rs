//! Counts a worker's crashes: a file that keeps killing its worker is left alone for a while.

use std::collections::VecDeque;
use std::time::Duration;

use hdf5_async_protocol::message::{ErrorCode, ErrorReply};
use tokio::time::Instant;

/// So many crashes within [`WINDOW`] put a file into quarantine for as long.
const MAX_CRASHES: usize = 3;
const WINDOW: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Crashes {
    times: VecDeque<Instant>,
}

impl Crashes {
    pub fn note(&mut self, now: Instant) {
        self.times.push_back(now);
        while self.times.len() > MAX_CRASHES {
            self.times.pop_front();
        }
    }

    /// The refusal of every request while the file is in quarantine.
    pub fn quarantine(&self, file: &str, now: Instant) -> Option<ErrorReply> {
        let (first, last) = (self.times.front()?, self.times.back()?);
        if self.times.len() < MAX_CRASHES || *last - *first > WINDOW {
            return None;
        }
        let left = (*last + WINDOW).checked_duration_since(now).filter(|left| !left.is_zero())?;
        let message = format!(
            "the worker of {file} ended {MAX_CRASHES} times within {} s; the file is left alone for another {} s",
            WINDOW.as_secs(),
            left.as_secs().max(1),
        );
        let mut error = ErrorReply::new(ErrorCode::FileQuarantined, message);
        error.retry_after_ms = u64::try_from(left.as_millis()).ok();
        Some(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_crashes_in_a_minute_and_a_minute_later() {
        let mut crashes = Crashes::default();
        let start = Instant::now();
        crashes.note(start);
        crashes.note(start);
        assert!(crashes.quarantine("f", start).is_none());
        crashes.note(start);
        assert_eq!(crashes.quarantine("f", start).unwrap().code, ErrorCode::FileQuarantined);
        assert!(crashes.quarantine("f", start + WINDOW).is_none());
    }

    #[test]
    fn crashes_far_apart_are_forgiven() {
        let mut crashes = Crashes::default();
        let mut now = Instant::now();
        for _ in 0..5 {
            crashes.note(now);
            assert!(crashes.quarantine("f", now).is_none());
            now += Duration::from_secs(31);
        }
    }
}
