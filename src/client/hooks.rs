//! What metrics need to know about calls.

use crate::types::method::Method;
use std::time::Duration;

/// Is told about every attempt and every call, for metrics without `tracing`. Neither event holds bodies,
/// queries or keys.
///
/// The methods run on the task of the call, so they must be quick.
pub trait Hook: Send + Sync + 'static {
    /// One attempt has ended.
    fn on_attempt(&self, attempt: &AttemptEvent<'_>) {
        let _ = attempt;
    }

    /// A call has ended, with all its attempts, and its reply has been read. A call that is dropped before does not
    /// end, nor does that for a page that was fetched ahead and never taken.
    fn on_call(&self, call: &CallEvent<'_>) {
        let _ = call;
    }
}

/// One attempt, as it ended.
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
    /// What failed: `connection_reset`, `timeout`, `card`, …
    pub error: Option<&'static str>,
    /// How long the attempt took, without the wait for the limiter.
    pub duration: Duration,
    /// How long the client waits before the next attempt; `None` if this was the last.
    pub retry_in: Option<Duration>,
}

/// A call, as it ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallEvent<'a> {
    /// The HTTP method.
    pub method: Method,
    /// The path with placeholders instead of ids.
    pub path: &'a str,
    /// The connected account.
    pub account: Option<&'a str>,
    /// How many attempts were made.
    pub attempts: u32,
    /// The HTTP status of the last reply.
    pub status: Option<u16>,
    /// Stripe's id of the last request.
    pub request_id: Option<&'a str>,
    /// What failed: `connection_reset`, `timeout`, `card`, …; `decode` for a reply that came and cannot be read.
    pub error: Option<&'static str>,
    /// How long all of it took, waits included.
    pub duration: Duration,
}
