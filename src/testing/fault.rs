//! What goes wrong between a program and Stripe, on demand.

use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// What the first request of a step meets. The request that follows it, if it is the same, gets the reply of the step.
///
/// In a step's file it is the member `fault`: `"reset"`, `"malformed"`, `{ "delay_ms": 300 }` or `{ "status": 503 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The connection ends without a reply.
    Reset,
    /// The reply is cut off: it is no JSON.
    Malformed,
    /// The reply comes after so many milliseconds. A program that does not wait for it and asks again gets it at once.
    DelayMs(u64),
    /// The reply is an error of Stripe's with this status.
    Status(u16),
}

impl Fault {
    pub(crate) fn delay(self) -> Option<Duration> {
        match self {
            Self::DelayMs(milliseconds) => Some(Duration::from_millis(milliseconds)),
            _ => None,
        }
    }

    /// Refuses what a server cannot do.
    pub(crate) fn check(self) -> Result<Self, String> {
        match self {
            Self::Status(status) if !(400..600).contains(&status) => {
                Err(format!("a fault has a status from 400 to 599, not {status}"))
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
