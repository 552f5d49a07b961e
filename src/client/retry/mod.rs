//! When to retry, and how long to wait.

use crate::error::headers::should_retry;
use http::HeaderMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The minimum wait, as in Stripe's own clients.
const SHORTEST: Duration = Duration::from_millis(500);
/// The maximum wait before the first retry; it doubles with each retry.
const FIRST: Duration = Duration::from_secs(1);
/// The maximum computed wait.
const LONGEST: Duration = Duration::from_secs(8);

/// Whether to retry after an error status. Stripe's explicit header takes precedence; then a conflict with a
/// concurrent request, a server error, and a lock timeout.
pub(crate) fn wants_retry(status: u16, headers: &HeaderMap, code: Option<&str>) -> bool {
    should_retry(headers).unwrap_or(match status {
        409 | 500.. => true,
        429 => code == Some("lock_timeout"),
        _ => false,
    })
}

/// The wait before a retry, numbered from 1: the server's requested wait, or a random time in the upper half of a
/// growing interval, so that clients that failed together do not retry together. A requested wait of zero is ignored.
pub(crate) fn delay(retry: u32, asked: Option<Duration>) -> Duration {
    let wait = asked.filter(|wait| !wait.is_zero());
    let wait = wait.unwrap_or_else(|| span(retry).mul_f64(0.5 + random() / 2.0));
    wait.max(SHORTEST)
}

/// The maximum computed wait before a retry.
pub(crate) fn span(retry: u32) -> Duration {
    FIRST.saturating_mul(1 << retry.saturating_sub(1).min(16)).min(LONGEST)
}

/// A random number from 0 to 1. It is not security-relevant, so the seed of std's hash maps suffices.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0_u8);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
pub(crate) mod tests;
