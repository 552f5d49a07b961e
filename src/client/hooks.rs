//! Hooks for metrics.

use crate::types::method::Method;
use std::time::Duration;

/// Receives an event after every attempt and every call, for metrics without `tracing`. Events contain no bodies,
/// queries or keys.
///
/// The methods run on the task of the call, so they must return quickly.
pub trait Hook: Send + Sync + 'static {
    /// Called after each attempt.
    fn on_attempt(&self, attempt: &AttemptEvent<'_>) {
        let _ = attempt;
    }

    /// Called after a call with all its attempts, when its reply has been decoded. Not called for a call that is
    /// dropped earlier, or for a prefetched page that is never used.
    fn on_call(&self, call: &CallEvent<'_>) {
        let _ = call;
    }
}

/// A finished attempt.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AttemptEvent<'a> {
    /// The HTTP method.
    pub method: Method,
    /// The path with placeholders instead of ids.
    pub path: &'a str,
    /// The connected account.
    pub account: Option<&'a str>,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The HTTP status, if there was a reply.
    pub status: Option<u16>,
    /// Stripe's id of the request.
    pub request_id: Option<&'a str>,
    /// The kind of failure: `connection_reset`, `timeout`, `card`, …
    pub error: Option<&'static str>,
    /// The duration of the attempt, without waiting for the rate limiter.
    pub duration: Duration,
    /// The wait before the next attempt; `None` if this was the last.
    pub retry_in: Option<Duration>,
}

/// A finished call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallEvent<'a> {
    /// The HTTP method.
    pub method: Method,
    /// The path with placeholders instead of ids.
    pub path: &'a str,
    /// The connected account.
    pub account: Option<&'a str>,
    /// The number of attempts.
    pub attempts: u32,
    /// The HTTP status of the last reply.
    pub status: Option<u16>,
    /// Stripe's id of the last request.
    pub request_id: Option<&'a str>,
    /// The kind of failure: `connection_reset`, `timeout`, `card`, …; `decode` for a reply that cannot be decoded.
    pub error: Option<&'static str>,
    /// The duration of the call, including waits.
    pub duration: Duration,
}
