//! A time-limited claim on a row of a shared table.

#![cfg(any(feature = "outbox", feature = "webhook"))]

use crate::Error;
use crate::client::request::random_key::unavailable;

/// A lease on an event or a stored request. Every claim returns a new one, so that a worker whose lease expired
/// cannot complete the next worker's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease(u64);

impl Lease {
    /// Creates a random lease.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the system's random number generator is unavailable.
    pub fn random() -> Result<Self, Error> {
        // 63 bits, for databases without unsigned integers.
        getrandom::u64().map(|number| Self(number >> 1)).map_err(unavailable)
    }

    /// Restores the lease that was stored as this number.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number to store. That of a random lease fits into an `i64`.
    pub fn number(self) -> u64 {
        self.0
    }
}
