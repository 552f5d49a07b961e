//! What can go wrong, in one type that a caller can match on.

pub(crate) mod api;
pub(crate) mod body;
pub(crate) mod headers;
pub(crate) mod local;
pub(crate) mod mask;
pub(crate) mod printable;
pub(crate) mod signature;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod transport;

pub use crate::error::api::ApiError;
pub use crate::error::local::{ConnectionError, DecodeError, InvalidInputError, TimeoutError, TimeoutKind};
pub use crate::error::signature::{SignatureError, SignatureHint, SignatureProblem};

use crate::types::method::Method;
use std::time::Duration;

/// Everything that a call can fail with.
///
/// Match on the variant to decide what to tell the user, and on [`Error::outcome`] to decide what to do about
/// the money: a request that failed with [`Outcome::Unknown`] may have taken effect.
///
/// ```
/// use stripe_platform::{Error, Outcome};
///
/// fn next_step(error: &Error) -> &'static str {
///     match error {
///         Error::Card(_) if error.decline_code() == Some("insufficient_funds") => "ask to add funds",
///         Error::Authentication(_) => "check the API key",
///         _ if error.outcome() == Outcome::Unknown => "send it again with the same idempotency key",
///         _ => "show the message",
///     }
/// }
/// # let _ = next_step;
/// ```
///
/// Neither `Display` nor `Debug` shows secrets: what looks like a key, a token, an account number or a link
/// is masked, and so are the secret parameters of the request where Stripe's message repeats them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Stripe does not accept the parameters, or does not know the object.
    #[error(transparent)]
    InvalidRequest(Box<ApiError>),
    /// The API key is missing, wrong or revoked.
    #[error(transparent)]
    Authentication(Box<ApiError>),
    /// The API key is right but may not do this.
    #[error(transparent)]
    Permission(Box<ApiError>),
    /// Too many requests, or a lock that was not free in time (code `lock_timeout`).
    #[error(transparent)]
    RateLimit(Box<ApiError>),
    /// The idempotency key was used with other parameters, or its first request is still running.
    #[error(transparent)]
    Idempotency(Box<ApiError>),
    /// A payment method was declined.
    #[error(transparent)]
    Card(Box<ApiError>),
    /// Stripe, or something between, failed; also every error reply that fits nowhere else, and a reply of success that
    /// something between has given.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The network failed before a complete reply was there.
    #[error(transparent)]
    Connection(Box<ConnectionError>),
    /// No complete reply came in time.
    #[error(transparent)]
    Timeout(Box<TimeoutError>),
    /// Stripe did what was asked, and its reply is not what this crate expects. A reply of success that is not Stripe's is
    /// [`Error::Api`], with [`ApiError::foreign`] set.
    #[error(transparent)]
    Decode(Box<DecodeError>),
    /// A webhook's signature does not prove that Stripe sent it.
    #[error(transparent)]
    Signature(Box<SignatureError>),
    /// The request, or the configuration of the client, was refused before anything was sent.
    #[error(transparent)]
    InvalidInput(Box<InvalidInputError>),
}

/// Whether a failed request took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)]
pub enum Outcome {
    /// It never left this process, or never reached a server.
    NotSent,
    /// Stripe answered that it did not do it.
    Rejected,
    /// Stripe did it; only the reply could not be used. That needs evidence: the reply has Stripe's request id.
    Applied,
    /// It may have been done. Send the same request with the same idempotency key, or look, before anything
    /// else.
    Unknown,
}

/// What was called when an error happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallInfo {
    /// The HTTP method.
    pub method: Method,
    /// The path with placeholders instead of ids.
    pub path: String,
    /// The connected account that the call was made on.
    pub account: Option<String>,
    /// The idempotency key that every attempt carried.
    pub idempotency_key: Option<String>,
    /// Whether the key was made up for this call. The request does not hold it then: to send the request
    /// again, set it.
    pub generated_key: bool,
    /// How many attempts were made.
    pub attempts: u32,
    /// Whether the request took effect.
    pub outcome: Outcome,
}

impl Error {
    pub(crate) fn invalid_input(problem: impl Into<String>) -> Self {
        Error::InvalidInput(Box::new(InvalidInputError::new(problem.into())))
    }

    /// What was called. `None` for errors without a call: configuration, signatures.
    pub fn call(&self) -> Option<&CallInfo> {
        match self {
            Error::Connection(error) => Some(&error.call),
            Error::Timeout(error) => Some(&error.call),
            Error::Decode(error) => error.call.as_ref(),
            Error::Signature(_) | Error::InvalidInput(_) => None,
            _ => self.api().map(|error| &error.call),
        }
    }

    /// Stripe's error reply, whatever its class.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Error::InvalidRequest(error)
            | Error::Authentication(error)
            | Error::Permission(error)
            | Error::RateLimit(error)
            | Error::Idempotency(error)
            | Error::Card(error)
            | Error::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the request took effect.
    pub fn outcome(&self) -> Outcome {
        self.call().map_or(Outcome::NotSent, |call| call.outcome)
    }

    /// Whether the same request could succeed later without a change. The client has made its retries already
    /// when the error arrives here.
    ///
    /// `false` for a refusal that Stripe keeps under the idempotency key, such as that of a payout for which the funds are
    /// missing: once they are there, send it with another key. [`Prepared`](crate::Prepared) says more.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Connection(error) => error.fault.is_transient(),
            Error::Timeout(_) => true,
            _ => self.api().is_some_and(|error| {
                if error.is_foreign_success() {
                    return true;
                }
                let passes = error.is_rate_limit() || matches!(error.status, 408 | 409 | 429 | 500..);
                error.should_retry.unwrap_or(passes)
            }),
        }
    }

    /// Whether the answer is final: the same request with the same idempotency key cannot change anything any more. Stripe
    /// has done it and every repetition gets the same reply, or has refused it and repeats the refusal.
    ///
    /// An unknown outcome is never final, and neither is a refusal that depends on something else than the request: a rate
    /// limit, a lock, the API key and its permissions.
    pub fn is_final(&self) -> bool {
        match (self.outcome(), self) {
            (Outcome::Applied, Error::Connection(error)) => !error.fault.is_transient(),
            (Outcome::Applied, Error::Timeout(_)) => false,
            (Outcome::Applied, _) => true,
            (Outcome::Rejected, Error::Authentication(_) | Error::Permission(_)) => false,
            (Outcome::Rejected, _) => !self.is_retryable(),
            (Outcome::NotSent, _) => matches!(self, Error::InvalidInput(_)),
            (Outcome::Unknown, _) => false,
        }
    }

    /// Whether sending the very same request value again is sure to have no second effect: it had none, or it
    /// only reads, or it carries its own idempotency key.
    ///
    /// `false` for a request without a key of its own whose outcome is unknown: its generated key is in
    /// [`Error::idempotency_key`]; set it on the request first.
    pub fn is_safe_to_resubmit(&self) -> bool {
        match self.call() {
            None => !matches!(self, Error::Signature(_)),
            Some(call) => match call.outcome {
                Outcome::NotSent | Outcome::Rejected => true,
                Outcome::Applied | Outcome::Unknown => {
                    call.method == Method::Get || (call.idempotency_key.is_some() && !call.generated_key)
                }
            },
        }
    }

    /// Stripe's id of the request (`req_…`), for its support and its dashboard.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Error::Connection(error) => error.request_id.as_deref(),
            Error::Timeout(error) => error.request_id.as_deref(),
            Error::Decode(error) => error.request_id.as_deref(),
            _ => self.api()?.request_id.as_deref(),
        }
    }

    /// Stripe's error code, such as `balance_insufficient`.
    pub fn code(&self) -> Option<&str> {
        self.api()?.code.as_deref()
    }

    /// The parameter that Stripe complains about.
    pub fn param(&self) -> Option<&str> {
        self.api()?.param.as_deref()
    }

    /// Why the card's issuer said no.
    pub fn decline_code(&self) -> Option<&str> {
        self.api()?.decline_code.as_deref()
    }

    /// The idempotency key that the call carried, the caller's or the generated one.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.call()?.idempotency_key.as_deref()
    }

    /// The HTTP status of the last attempt's reply, also where only its head came.
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Error::Connection(error) => error.status,
            Error::Timeout(error) => error.status,
            Error::Decode(error) => error.status,
            _ => self.api().map(|error| error.status),
        }
    }

    /// How long Stripe asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api()?.retry_after
    }

    /// A name for metrics: `card`, `connection`, …
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Error::InvalidRequest(_) => "invalid_request",
            Error::Authentication(_) => "authentication",
            Error::Permission(_) => "permission",
            Error::RateLimit(_) => "rate_limit",
            Error::Idempotency(_) => "idempotency",
            Error::Card(_) => "card",
            Error::Api(_) => "api",
            Error::Connection(error) => error.fault.label(),
            Error::Timeout(_) => "timeout",
            Error::Decode(_) => "decode",
            Error::Signature(_) => "signature",
            Error::InvalidInput(_) => "usage",
        }
    }
}
