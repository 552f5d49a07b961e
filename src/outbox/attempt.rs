//! One attempt, independent of any database.

use super::{Policy, Step, Stored};
use crate::Client;

/// Sends a stored request once, with the client's retries, and decides what to do next by the default [`Policy`].
///
/// Before calling it, store the current time as the first attempt, unless there is one: a crash afterwards counts as
/// an attempt. After [`Step::Again`] without an effect the time may be cleared.
///
/// If the future is dropped, the attempt counts as one that may have had an effect.
pub async fn attempt(client: &Client, stored: &Stored) -> Step {
    Policy::default().attempt(client, stored).await
}
