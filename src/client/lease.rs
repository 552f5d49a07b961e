//! The right to work on a row of a shared table for a while.

#![cfg(any(feature = "outbox", feature = "webhook"))]

use crate::Error;

/// A lease on an event or a stored request. Every claim returns a new one, so that a worker that lost its claim cannot end
/// that of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease(u64);

impl Lease {
    /// A random lease.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the system has no random numbers.
    pub fn random() -> Result<Self, Error> {
        // Of 63 bits, for databases without unsigned integers.
        getrandom::u64()
            .map(|number| Self(number >> 1))
            .map_err(|error| Error::invalid_input(format!("the system has no random numbers: {error}")))
    }

    /// The lease that was stored as this number.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number to store. That of a random lease fits an `i64`.
    pub fn number(self) -> u64 {
        self.0
    }
}
