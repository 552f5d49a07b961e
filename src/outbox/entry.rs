//! The entries of an outbox.

use super::OutboxError;
use crate::{Method, Prepared};
use std::time::Duration;

/// A request to be stored in an [`Outbox`](super::Outbox).
#[derive(Clone, Debug)]
pub struct Entry {
    request: Prepared,
    kind: String,
    reference: Option<String>,
    order: Option<String>,
    delay: Duration,
}

impl Entry {
    /// Creates an entry without reference and order, to be sent as soon as possible.
    pub fn new(request: &Prepared) -> Self {
        let kind = format!("{} {}", request.method().as_str(), request.template());
        Self { request: request.clone(), kind, reference: None, order: None, delay: Duration::ZERO }
    }

    /// Sets your reference, such as the primary key of the related row.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Sets the name used in metrics and logs. Defaults to method and path, as in `POST /v1/payouts`.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Sends entries with the same order name one after the other, in the order of storage. The next one waits until
    /// the previous one is done, including its review.
    #[must_use]
    pub fn ordered_by(mut self, name: impl AsRef<str>) -> Self {
        self.order = Some(name.as_ref().to_owned());
        self
    }

    /// Sets the minimum wait before the first attempt, in whole milliseconds.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The request.
    pub fn request(&self) -> &Prepared {
        &self.request
    }

    /// The name used in metrics and logs.
    pub fn kind_name(&self) -> &str {
        &self.kind
    }

    /// Your reference.
    pub fn reference_text(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// The order name.
    pub fn order(&self) -> Option<&str> {
        self.order.as_deref()
    }

    /// The wait before the first attempt.
    pub fn initial_delay(&self) -> Duration {
        self.delay
    }

    /// Checks that the request can be sent repeatedly with one effect, and returns its idempotency key. Every
    /// implementation of [`Outbox`](super::Outbox) calls this first.
    ///
    /// # Errors
    /// Returns [`OutboxError::Unsuitable`] for a read, for a v1 DELETE (Stripe ignores its key) and for a request
    /// without a key.
    pub fn key(&self) -> Result<&str, OutboxError> {
        let v2 = self.request.path().starts_with("/v2/");
        match (self.request.method(), self.request.idempotency_key()) {
            (Method::Get, _) => {
                Err(OutboxError::Unsuitable("a GET request has no effect to guarantee".to_owned()))
            }
            (Method::Delete, _) if !v2 => {
                Err(OutboxError::Unsuitable("Stripe ignores the idempotency key of a v1 DELETE".to_owned()))
            }
            (_, Some(key)) => Ok(key),
            (_, None) => {
                Err(OutboxError::Unsuitable("the request has no idempotency key; set one".to_owned()))
            }
        }
    }
}

impl From<&Prepared> for Entry {
    fn from(request: &Prepared) -> Self {
        Self::new(request)
    }
}

impl From<&Entry> for Entry {
    fn from(entry: &Entry) -> Self {
        entry.clone()
    }
}
