//! One attempt, free of any database.

use super::{Policy, Step};
use crate::{Client, Prepared, Timestamp};

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

/// Sends a stored request once, with the retries of the client, and decides what the result means, by the default
/// [`Policy`].
///
/// Before it is called, the time must be stored as the first attempt, unless there is one: a crash in between counts as an
/// attempt. After [`Step::Again`] without an effect the time may be cleared.
///
/// The step of a dropped future is lost; the attempt counts as one that may have had an effect.
pub async fn attempt(client: &Client, stored: &Stored) -> Step {
    Policy::default().attempt(client, stored).await
}
