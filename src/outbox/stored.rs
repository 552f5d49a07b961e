//! A stored request, as an attempt needs it.

use crate::{Prepared, Timestamp};

/// A stored request with the data that decides whether it may be sent. All times come from the store's clock.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Stored {
    /// The request with its idempotency key.
    pub request: Prepared,
    /// The number of earlier attempts.
    pub attempts: u32,
    /// The time of the first attempt that may have had an effect, if any.
    pub first_attempt: Option<Timestamp>,
    /// The latest time recorded for the request.
    pub latest: Timestamp,
    /// The current time.
    pub now: Timestamp,
}

impl Stored {
    /// Creates a request that was never sent.
    pub fn new(request: Prepared, now: Timestamp) -> Self {
        Self { request, attempts: 0, first_attempt: None, latest: now, now }
    }
}
