//! A reply with its head.

use crate::error::CallInfo;
use crate::error::headers::text;
use http::HeaderMap;
use std::fmt;

/// What Stripe replied, together with what came in the headers and what was sent.
#[derive(Clone)]
pub struct Response<T> {
    data: T,
    meta: Meta,
}

/// Everything about a reply but its body.
#[derive(Clone)]
pub(crate) struct Meta {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) call: CallInfo,
}

impl<T> Response<T> {
    pub(crate) fn new(data: T, meta: Meta) -> Self {
        Self { data, meta }
    }

    /// The reply itself.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// Takes the reply itself.
    pub fn into_inner(self) -> T {
        self.data
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.meta.status
    }

    /// Stripe's id of the request (`req_…`).
    pub fn request_id(&self) -> Option<&str> {
        self.header("request-id")
    }

    /// The idempotency key that the call carried, yours or the generated one.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.meta.call.idempotency_key.as_deref()
    }

    /// Whether this is the stored reply to an earlier request with the same idempotency key.
    pub fn idempotent_replayed(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }

    /// The id of the request that had the effect, if this is a stored reply to it.
    pub fn original_request(&self) -> Option<&str> {
        self.header("original-request")
    }

    /// The API version that Stripe replied in.
    pub fn stripe_version(&self) -> Option<&str> {
        self.header("stripe-version")
    }

    /// The connected account that the call was made on.
    pub fn account(&self) -> Option<&str> {
        self.header("stripe-account").or(self.meta.call.account.as_deref())
    }

    /// What Stripe wants the developer to know about the request, if anything.
    pub fn notice(&self) -> Option<String> {
        text(&self.meta.headers, "stripe-notice")
    }

    /// How many attempts it took.
    pub fn attempts(&self) -> u32 {
        self.meta.call.attempts
    }

    /// Any header of the reply that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.meta.headers.get(name)?.to_str().ok()
    }

    /// All headers of the reply.
    pub fn headers(&self) -> &HeaderMap {
        &self.meta.headers
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("data", &self.data)
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("idempotency_key", &self.idempotency_key())
            .finish_non_exhaustive()
    }
}
