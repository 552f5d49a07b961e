//! A stored request, as an attempt needs it.

use crate::{Prepared, Timestamp};

/// A stored request with what decides whether it may be sent. All times come from the clock of the store.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)]
pub struct Stored {
    /// The request with its idempotency key.
    pub request: Prepared,
    /// How many attempts were made before.
    pub attempts: u32,
    /// When the first attempt was made that may have had an effect. `None` if none may have.
    pub first_attempt: Option<Timestamp>,
    /// The latest time that is recorded of the request.
    pub latest: Timestamp,
    /// The present.
    pub now: Timestamp,
}

impl Stored {
    /// A request that was never sent.
    pub fn new(request: Prepared, now: Timestamp) -> Self {
        Self { request, attempts: 0, first_attempt: None, latest: now, now }
    }
}
