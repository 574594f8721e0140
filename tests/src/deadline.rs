//! How long anything may take before a test fails instead of hanging.

use std::future::Future;
use std::time::Duration;

/// Far beyond what a loaded two-core machine needs; a test that comes near it is wrong, not slow.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits for `future`, and fails the test when it does not complete.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(DEADLINE, future).await;
    result.unwrap_or_else(|_| panic!("{what} did not happen within {} s", DEADLINE.as_secs()))
}
