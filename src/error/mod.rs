//! The error type of all calls.

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

/// Any failure of a call.
///
/// Match on the variant to decide what to show the user, and use [`Error::outcome`] to decide what to do about the
/// money: a request that failed with [`Outcome::Unknown`] may have taken effect.
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
/// `Display` and `Debug` never print secrets: anything that looks like a key, a token, an account number or a link is
/// masked, and so are the secret parameters of the request where Stripe's message repeats them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Invalid parameters, or an unknown object.
    #[error(transparent)]
    InvalidRequest(Box<ApiError>),
    /// The API key is missing, invalid or revoked.
    #[error(transparent)]
    Authentication(Box<ApiError>),
    /// The API key is valid, but lacks the required permission.
    #[error(transparent)]
    Permission(Box<ApiError>),
    /// Too many requests, or a lock timeout (code `lock_timeout`).
    #[error(transparent)]
    RateLimit(Box<ApiError>),
    /// The idempotency key was used with other parameters, or the first request with it is still running.
    #[error(transparent)]
    Idempotency(Box<ApiError>),
    /// A payment method was declined.
    #[error(transparent)]
    Card(Box<ApiError>),
    /// Stripe or an intermediary failed. Includes every other error reply, and success replies from intermediaries.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The network failed before the reply was complete.
    #[error(transparent)]
    Connection(Box<ConnectionError>),
    /// No complete reply arrived in time.
    #[error(transparent)]
    Timeout(Box<TimeoutError>),
    /// Stripe executed the request, but its reply does not match this crate's types. A success reply that does not
    /// come from Stripe is [`Error::Api`], with [`ApiError::foreign`] set.
    #[error(transparent)]
    Decode(Box<DecodeError>),
    /// The signature of a webhook is invalid.
    #[error(transparent)]
    Signature(Box<SignatureError>),
    /// The request or the client configuration is invalid. Nothing was sent.
    #[error(transparent)]
    InvalidInput(Box<InvalidInputError>),
}

/// Whether a failed request took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)]
pub enum Outcome {
    /// The request was never sent, or never reached a server.
    NotSent,
    /// Stripe answered that it did not execute the request.
    Rejected,
    /// Stripe executed the request, but the reply is unusable. The evidence is Stripe's request id in the reply.
    Applied,
    /// The request may have been executed. Send the same request again with the same idempotency key, or look for its
    /// effect, before doing anything else.
    Unknown,
}

/// The request that an error belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallInfo {
    /// The HTTP method.
    pub method: Method,
    /// The path with placeholders instead of ids.
    pub path: String,
    /// The connected account of the call.
    pub account: Option<String>,
    /// The idempotency key of every attempt.
    pub idempotency_key: Option<String>,
    /// Whether the key was generated for this call. The request value does not contain it then: to send it again, set
    /// the key on the request.
    pub generated_key: bool,
    /// The number of attempts.
    pub attempts: u32,
    /// Whether the request took effect.
    pub outcome: Outcome,
}

impl Error {
    /// Creates the error for an invalid request or configuration: place, problem, and what is allowed or to do.
    #[cfg_attr(test, track_caller)]
    pub(crate) fn invalid_input(problem: impl Into<String>) -> Self {
        #[cfg(test)]
        tests::places::note(std::panic::Location::caller());
        Error::InvalidInput(Box::new(InvalidInputError::new(problem.into())))
    }

    /// The request. `None` for errors without a call: configuration, signatures.
    pub fn call(&self) -> Option<&CallInfo> {
        match self {
            Error::Connection(error) => Some(&error.call),
            Error::Timeout(error) => Some(&error.call),
            Error::Decode(error) => error.call.as_ref(),
            Error::Signature(_) | Error::InvalidInput(_) => None,
            _ => self.api().map(|error| &error.call),
        }
    }

    /// Stripe's error reply, for any class.
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

    /// Whether the same request could succeed later without a change. The client has already used up its retries when
    /// it returns the error.
    ///
    /// Returns `false` for a refusal that Stripe stores under the idempotency key, such as a payout without
    /// sufficient funds: once funds are available, send it with another key. See [`Prepared`](crate::Prepared).
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

    /// Whether the result is final: sending the same request with the same idempotency key can no longer change
    /// anything. Stripe has executed it and returns the same reply again, or has refused it and repeats the refusal.
    ///
    /// An unknown outcome is never final. Neither is a refusal that does not depend on the request: a rate limit, a
    /// lock, the API key and its permissions.
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

    /// Whether sending the same request value again certainly has no second effect: the first had none, or it only
    /// reads, or the value contains its idempotency key.
    ///
    /// Returns `false` for a request without an explicit key whose outcome is unknown: set the generated key,
    /// [`Error::idempotency_key`], on the request first.
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

    /// Stripe's id of the request (`req_…`), for support and the Dashboard.
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

    /// The parameter that caused the error.
    pub fn param(&self) -> Option<&str> {
        self.api()?.param.as_deref()
    }

    /// Why the card issuer declined.
    pub fn decline_code(&self) -> Option<&str> {
        self.api()?.decline_code.as_deref()
    }

    /// The idempotency key of the call, set by the caller or generated.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.call()?.idempotency_key.as_deref()
    }

    /// The HTTP status of the last reply, even if only its head arrived.
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Error::Connection(error) => error.status,
            Error::Timeout(error) => error.status,
            Error::Decode(error) => error.status,
            _ => self.api().map(|error| error.status),
        }
    }

    /// The wait that Stripe requested.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api()?.retry_after
    }

    /// A label for metrics: `card`, `connection`, …
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
