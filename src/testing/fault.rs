//! Injected faults between a program and Stripe.

use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// A fault for the first request of a step. If the program repeats the request, it gets the reply of the step.
///
/// In a step's file it is the member `fault`: `"reset"`, `"malformed"`, `{ "delay_ms": 300 }` or `{ "status": 503 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The connection is closed without a reply.
    Reset,
    /// The reply is truncated, so it is not JSON.
    Malformed,
    /// The reply is delayed by this many milliseconds. A program that times out and repeats the request gets the
    /// reply at once.
    DelayMs(u64),
    /// The reply is a Stripe error with this status.
    Status(u16),
}

impl Fault {
    pub(crate) fn delay(self) -> Option<Duration> {
        match self {
            Self::DelayMs(milliseconds) => Some(Duration::from_millis(milliseconds)),
            _ => None,
        }
    }

    /// Rejects faults that a server cannot produce.
    pub(crate) fn check(self) -> Result<Self, String> {
        match self {
            Self::Status(status) if !(400..600).contains(&status) => {
                Err(format!("the status of a fault must be 400 to 599, not {status}"))
            }
            possible => Ok(possible),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => f.write_str("connection reset"),
            Self::Malformed => f.write_str("200, cut off"),
            Self::DelayMs(milliseconds) => write!(f, "late by {milliseconds} ms"),
            Self::Status(status) => write!(f, "{status}, once"),
        }
    }
}
