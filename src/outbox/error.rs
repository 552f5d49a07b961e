//! Errors of an outbox.

use std::fmt;

/// An error of an outbox.
#[derive(Debug)]
#[non_exhaustive]
pub enum OutboxError {
    /// The request cannot be stored, with the reason.
    Unsuitable(String),
    /// Another request is stored under this idempotency key.
    KeyReused(String),
    /// The store failed.
    Store(Box<dyn std::error::Error + Send + Sync>),
}

impl OutboxError {
    /// Creates an error for a failure of the store.
    pub fn store(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Store(error.into())
    }
}

impl fmt::Display for OutboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsuitable(problem) => write!(f, "the request cannot be stored: {problem}"),
            Self::KeyReused(key) => {
                write!(
                    f,
                    "idempotency key {key:?} is stored with another request; use a new key for a new request"
                )
            }
            Self::Store(error) => write!(f, "the outbox failed: {error}"),
        }
    }
}

impl std::error::Error for OutboxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(&**error),
            _ => None,
        }
    }
}
