//! When to try again, and how long to wait before.

use crate::error::headers::should_retry;
use http::HeaderMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// No wait is shorter: Stripe's own clients wait as long at least.
const SHORTEST: Duration = Duration::from_millis(500);
/// The longest wait before the first retry; it doubles with each.
const FIRST: Duration = Duration::from_secs(1);
/// No computed wait is longer.
const LONGEST: Duration = Duration::from_secs(8);

/// Whether a reply with an error status deserves another attempt. What Stripe says goes first; then a
/// conflict with a request at the same time, a failure of the server, and a lock that was not free.
pub(crate) fn wants_retry(status: u16, headers: &HeaderMap, code: Option<&str>) -> bool {
    should_retry(headers).unwrap_or(match status {
        409 | 500.. => true,
        429 => code == Some("lock_timeout"),
        _ => false,
    })
}

/// The wait before a retry (the first is number 1): what the server asked for, or a random time in the upper half of a
/// growing span, so that clients which failed together do not come back together. To be asked for no wait at all is
/// as good as not to be asked.
pub(crate) fn delay(retry: u32, asked: Option<Duration>) -> Duration {
    let wait = asked.filter(|wait| !wait.is_zero());
    let wait = wait.unwrap_or_else(|| span(retry).mul_f64(0.5 + random() / 2.0));
    wait.max(SHORTEST)
}

/// The longest computed wait before a retry.
pub(crate) fn span(retry: u32) -> Duration {
    FIRST.saturating_mul(1 << retry.saturating_sub(1).min(16)).min(LONGEST)
}

/// A number from 0 to 1. Nothing secret hangs on it, so the seed of std's hash maps is random enough.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0_u8);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
pub(crate) mod tests;
