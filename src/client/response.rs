//! A reply with its metadata.

use crate::error::CallInfo;
use crate::error::headers::text;
use http::HeaderMap;
use std::fmt;

/// A decoded reply with its headers and data about the request.
#[derive(Clone)]
pub struct Response<T> {
    data: T,
    meta: Meta,
}

/// Metadata of a reply: everything except the body.
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

    /// The decoded reply.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// Returns the decoded reply by value.
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

    /// The idempotency key of the call, set by the caller or generated.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.meta.call.idempotency_key.as_deref()
    }

    /// Whether this is the stored reply to an earlier request with the same idempotency key.
    pub fn idempotent_replayed(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }

    /// The id of the original request, if this is a stored reply.
    pub fn original_request(&self) -> Option<&str> {
        self.header("original-request")
    }

    /// The API version of the reply.
    pub fn stripe_version(&self) -> Option<&str> {
        self.header("stripe-version")
    }

    /// The connected account of the call.
    pub fn account(&self) -> Option<&str> {
        self.header("stripe-account").or(self.meta.call.account.as_deref())
    }

    /// Stripe's notice to the developer about the request, if any.
    pub fn notice(&self) -> Option<String> {
        text(&self.meta.headers, "stripe-notice")
    }

    /// The number of attempts.
    pub fn attempts(&self) -> u32 {
        self.meta.call.attempts
    }

    /// A header of the reply, if it is text.
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
