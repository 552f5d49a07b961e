//! What is put into an outbox.

use super::OutboxError;
use crate::{Method, Prepared};
use std::time::Duration;

/// A request on its way into an [`Outbox`](super::Outbox).
#[derive(Clone, Debug)]
pub struct Entry {
    request: Prepared,
    kind: String,
    reference: Option<String>,
    order: Option<String>,
    delay: Duration,
}

impl Entry {
    /// A request without a reference, in no order, to be sent as soon as possible.
    pub fn new(request: &Prepared) -> Self {
        let kind = format!("{} {}", request.method().as_str(), request.template());
        Self { request: request.clone(), kind, reference: None, order: None, delay: Duration::ZERO }
    }

    /// Sets your own reference, such as the primary key of the row that the request is for.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Sets what the row is called in metrics and logs, `POST /v1/payouts` otherwise.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Sends entries with the same name one after the other, in the order in which they were stored. The next one waits until
    /// the one before it is done, also while that needs review.
    #[must_use]
    pub fn ordered_by(mut self, name: impl AsRef<str>) -> Self {
        self.order = Some(name.as_ref().to_owned());
        self
    }

    /// Waits at least this long before the first attempt, in whole milliseconds.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The request.
    pub fn request(&self) -> &Prepared {
        &self.request
    }

    /// What the row is called in metrics and logs.
    pub fn kind_name(&self) -> &str {
        &self.kind
    }

    /// Your own reference.
    pub fn reference_text(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// What it is ordered by.
    pub fn order(&self) -> Option<&str> {
        self.order.as_deref()
    }

    /// The wait before the first attempt.
    pub fn initial_delay(&self) -> Duration {
        self.delay
    }

    /// Checks that the request can be sent any number of times for one effect, and returns its idempotency key. Every
    /// implementation of [`Outbox`](super::Outbox) calls this first.
    ///
    /// # Errors
    /// [`OutboxError::Unsuitable`] for a read, for a v1 DELETE (Stripe ignores its key) and for a request without a key.
    pub fn key(&self) -> Result<&str, OutboxError> {
        let v2 = self.request.path().starts_with("/v2/");
        match (self.request.method(), self.request.idempotency_key()) {
            (Method::Get, _) => Err(OutboxError::Unsuitable("a GET changes nothing".to_owned())),
            (Method::Delete, _) if !v2 => {
                Err(OutboxError::Unsuitable("Stripe ignores the idempotency key of a v1 DELETE".to_owned()))
            }
            (_, Some(key)) => Ok(key),
            (_, None) => Err(OutboxError::Unsuitable("the request has no idempotency key".to_owned())),
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
