//! How long to wait before the next attempt to connect: doubling, with jitter, up to a ceiling.

use std::time::Duration;

/// The schedule; jitter keeps the clients of a restarted server from coming back all at once.
#[derive(Clone, Debug)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    failures: u32,
}

impl Backoff {
    pub fn new(min: Duration, max: Duration) -> Self {
        Self { min, max: max.max(min), failures: 0 }
    }

    /// The wait before the next attempt.
    pub fn next_wait(&mut self) -> Duration {
        self.wait_with_jitter(jitter())
    }

    /// A connection stood: the next failure starts from the beginning.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// `jitter` in 0..1 adds up to half of the wait.
    fn wait_with_jitter(&mut self, jitter: f64) -> Duration {
        let doubled = self.min.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1).min(31);
        doubled.min(self.max).mul_f64(1.0 + jitter / 2.0).min(self.max)
    }
}

/// A number in 0..1; without a source of randomness a middle one does.
fn jitter() -> f64 {
    getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff() -> Backoff {
        Backoff::new(Duration::from_millis(500), Duration::from_secs(30))
    }

    #[test]
    fn doubles_up_to_the_ceiling() {
        let mut backoff = backoff();
        let waits: Vec<u128> = (0..9).map(|_| backoff.wait_with_jitter(0.0).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        backoff.reset();
        assert_eq!(backoff.wait_with_jitter(0.0).as_millis(), 500);
    }

    #[test]
    fn jitter_adds_at_most_half_and_never_passes_the_ceiling() {
        let mut backoff = backoff();
        let waits: Vec<u128> = (0..8).map(|_| backoff.wait_with_jitter(1.0).as_millis()).collect();
        assert_eq!(waits, [750, 1500, 3000, 6000, 12_000, 24_000, 30_000, 30_000]);
        for _ in 0..1000 {
            let wait = backoff.next_wait();
            assert!(wait <= Duration::from_secs(30) && wait >= Duration::from_millis(500));
        }
    }

    #[test]
    fn a_wait_differs_from_the_next() {
        let waits: std::collections::HashSet<Duration> =
            (0..16).map(|_| backoff().next_wait()).collect();
        assert!(waits.len() > 1);
    }
}
