//! One attempt, free of any database.

use super::{Policy, Step, Stored};
use crate::Client;

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
