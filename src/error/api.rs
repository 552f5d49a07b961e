//! Error replies: lenient decoding, and classification.

use super::body;
use super::mask::mask;
use super::{CallInfo, Error, Outcome};
use crate::{Json, Secret};
use http::HeaderMap;
use serde::Deserialize;
use serde_with::{As, DefaultOnError, DeserializeAs};
use std::fmt;
use std::time::Duration;

/// An error reply from Stripe.
///
/// Texts are masked; see [`Error`]. Fields without a member here are in [`ApiError::raw`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Stripe's error type, such as `invalid_request_error`.
    pub kind: Option<String>,
    /// Stripe's error code, such as `balance_insufficient`.
    pub code: Option<String>,
    /// The message for developers.
    pub message: Option<String>,
    /// The message for end users.
    pub user_message: Option<String>,
    /// The parameter that caused the error.
    pub param: Option<String>,
    /// Why the card issuer declined.
    pub decline_code: Option<String>,
    /// What to do about a declined card: `try_again_later`, `do_not_try_again`, …
    pub advice_code: Option<String>,
    /// The card network's advice.
    pub network_advice_code: Option<String>,
    /// The card network's reason for the decline.
    pub network_decline_code: Option<String>,
    /// URL of the documentation of the code.
    pub doc_url: Option<String>,
    /// URL of the request in the Stripe Dashboard.
    pub request_log_url: Option<String>,
    /// Stripe's id of the request.
    pub request_id: Option<String>,
    /// The limit that was reached, if any: `global-rate`, `endpoint-concurrency`, …
    pub rate_limit_reason: Option<String>,
    /// The wait that Stripe requested.
    pub retry_after: Option<Duration>,
    /// Stripe's explicit instruction whether to retry.
    pub should_retry: Option<bool>,
    /// Whether this is the stored reply to an earlier request with the same idempotency key.
    pub idempotent_replayed: bool,
    /// Whether the reply is not in Stripe's error format: an intermediary answered, and it is unknown whether the
    /// request took effect.
    pub foreign: bool,
    /// The beginning of the body if it contains no error object, or a description if it is not text.
    pub excerpt: Option<String>,
    /// The whole error object. It can contain client secrets and request parameters, so it is never printed.
    pub raw: Secret<Json>,
    /// The request.
    pub call: CallInfo,
}

impl ApiError {
    /// Reads an error reply of any shape. `secrets` are the secret parameters of the request, which messages may
    /// repeat.
    pub(crate) fn read(
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
        secrets: &[String],
        call: CallInfo,
    ) -> Self {
        let text = |value: Option<String>| value.map(|text| mask(&text, secrets));
        let header = |name| crate::error::headers::text(headers, name);
        let (fields, raw) = match read_body(body) {
            Some((fields, raw)) => (fields, raw),
            None => (Fields::default(), Json::Null),
        };
        let excerpt = if raw.is_null() { body::shown(headers, body, secrets) } else { None };
        Self {
            foreign: !is_stripes(&raw, &call.path),
            status,
            kind: text(fields.kind),
            code: text(fields.code),
            message: text(fields.message),
            user_message: text(fields.user_message),
            param: text(fields.param.or(fields.invalid_param)),
            decline_code: text(fields.decline_code),
            advice_code: text(fields.advice_code),
            network_advice_code: text(fields.network_advice_code),
            network_decline_code: text(fields.network_decline_code),
            doc_url: text(fields.doc_url),
            request_log_url: text(fields.request_log_url),
            request_id: crate::error::headers::request_id(headers, secrets).or(text(fields.request_id)),
            rate_limit_reason: text(header("stripe-rate-limited-reason")),
            retry_after: crate::error::headers::retry_after(headers),
            should_retry: crate::error::headers::should_retry(headers),
            idempotent_replayed: header("idempotent-replayed").as_deref() == Some("true"),
            excerpt,
            raw: Secret::new(raw),
            call,
        }
    }

    /// Creates the error for a success reply that does not come from Stripe.
    pub(crate) fn not_stripes(
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
        secrets: &[String],
        call: CallInfo,
    ) -> Self {
        let read = Self::read(status, headers, body, secrets, call);
        let excerpt = if body::is_json(body) { None } else { read.excerpt };
        Self { foreign: true, excerpt, ..read }
    }

    /// Whether it is a success reply that does not come from Stripe.
    pub(crate) fn is_foreign_success(&self) -> bool {
        self.foreign && matches!(self.status, 200..300)
    }

    /// Whether the request took effect, judged by this reply alone. Only a reply from Stripe proves a refusal: an
    /// intermediary may have forwarded the request.
    pub(crate) fn outcome(&self) -> Outcome {
        match (self.status, self.kind.as_deref(), self.code.as_deref()) {
            // Too large for any server to have forwarded it.
            (413 | 431, ..) => Outcome::Rejected,
            _ if self.foreign => Outcome::Unknown,
            // An earlier request with this key is running or has taken effect.
            (_, Some("idempotency_error"), _) | (409, _, None | Some("idempotency_key_in_use")) => {
                Outcome::Unknown
            }
            (408, ..) => Outcome::Unknown,
            (400..500, ..) => Outcome::Rejected,
            _ => Outcome::Unknown,
        }
    }

    /// Whether a refusal also covers earlier attempts with the same key: they had no effect, or their reply would
    /// have been returned instead. Limits and authorization are checked before the key, so they prove nothing about
    /// earlier attempts.
    pub(crate) fn speaks_for_all_attempts(&self) -> bool {
        matches!(self.status, 400 | 402 | 404) && !self.is_rate_limit()
    }

    /// Whether it is a rate limit other than a lock timeout.
    pub(crate) fn is_rate_limit(&self) -> bool {
        match self.code.as_deref() {
            Some("lock_timeout") => false,
            Some("rate_limit") => true,
            _ => self.status == 429 || self.kind.as_deref() == Some("rate_limit"),
        }
    }

    /// Converts the error into its class: by Stripe's type where that is more specific than the status.
    pub(crate) fn into_error(self) -> Error {
        let (kind, code) = (self.kind.as_deref(), self.code.as_deref());
        let class: fn(Box<ApiError>) -> Error = match (self.status, kind, code) {
            (200..300, ..) => Error::Api,
            (_, Some("idempotency_error"), _) | (409, _, Some("idempotency_key_in_use")) => {
                Error::Idempotency
            }
            (429, ..) | (_, Some("rate_limit"), _) | (400, _, Some("rate_limit")) => Error::RateLimit,
            _ if self.foreign => Error::Api,
            (_, Some("card_error"), _) | (402, ..) => Error::Card,
            (401, ..) => Error::Authentication,
            (403, ..) => Error::Permission,
            (400 | 404, ..) => Error::InvalidRequest,
            _ => Error::Api,
        };
        class(Box::new(self))
    }

    fn class(&self) -> &'static str {
        match self.status {
            300..400 => "Stripe returned a redirect, which is never followed",
            _ if self.foreign => "the reply does not come from Stripe",
            401 => "Stripe rejected the API key",
            403 => "the API key lacks the required permission",
            429 => "Stripe's rate limit was exceeded",
            402 => "declined",
            400..500 => "Stripe rejected the request",
            _ => "Stripe failed",
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.message, &self.excerpt) {
            (Some(message), _) => write!(f, "{}: {}", self.class(), message.trim_end_matches('.'))?,
            (None, Some(excerpt)) => write!(f, "{}: {excerpt:?}", self.class())?,
            (None, None) => f.write_str(self.class())?,
        }
        write!(f, " ({} {}: {}", self.call.method.as_str(), self.call.path, self.status)?;
        let details = [
            ("", &self.code),
            ("decline code ", &self.decline_code),
            ("param ", &self.param),
            ("", &self.rate_limit_reason),
            ("", &self.request_id),
        ];
        for (name, value) in details {
            if let Some(value) = value {
                write!(f, ", {name}{value}")?;
            }
        }
        f.write_str(")")
    }
}

impl std::error::Error for ApiError {}

/// The fields of an error object. Any of them can be absent or have another type.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "type", with = "AnyText")]
    kind: Option<String>,
    #[serde(with = "AnyText")]
    code: Option<String>,
    #[serde(with = "AnyText")]
    message: Option<String>,
    #[serde(with = "AnyText")]
    user_message: Option<String>,
    #[serde(with = "AnyText")]
    param: Option<String>,
    #[serde(with = "AnyText")]
    invalid_param: Option<String>,
    #[serde(with = "AnyText")]
    decline_code: Option<String>,
    #[serde(with = "AnyText")]
    advice_code: Option<String>,
    #[serde(with = "AnyText")]
    network_advice_code: Option<String>,
    #[serde(with = "AnyText")]
    network_decline_code: Option<String>,
    #[serde(with = "AnyText")]
    doc_url: Option<String>,
    #[serde(with = "AnyText")]
    request_log_url: Option<String>,
    #[serde(with = "AnyText")]
    request_id: Option<String>,
}

type AnyText = As<DefaultOnError<Lenient>>;

/// Decodes a string, also from a number or a boolean.
struct Lenient;

impl<'de> DeserializeAs<'de, Option<String>> for Lenient {
    fn deserialize_as<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        Ok(match Json::deserialize(deserializer)? {
            Json::String(text) if !text.is_empty() => Some(text),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(value) => Some(value.to_string()),
            _ => None,
        })
    }
}

/// Whether it is in Stripe's error format: version 1 always has a type, version 2 always has a code, and OAuth has a
/// string instead of an object.
fn is_stripes(raw: &Json, path: &str) -> bool {
    raw["type"].is_string()
        || (path.starts_with("/v2/") && raw["code"].is_string())
        || (path.starts_with("/oauth/") && raw["error"].is_string())
}

/// The error object of a reply, or the two strings of an OAuth reply.
fn read_body(body: &[u8]) -> Option<(Fields, Json)> {
    let mut reply: Json = serde_json::from_slice(body).ok()?;
    match reply.get_mut("error")?.take() {
        object @ Json::Object(_) => Some((Fields::deserialize(&object).ok()?, object)),
        Json::String(code) => {
            let description = reply.get("error_description").and_then(Json::as_str).map(str::to_owned);
            let raw =
                [("error", Json::from(code.clone())), ("error_description", description.clone().into())]
                    .into_iter()
                    .collect();
            Some((Fields { code: Some(code), message: description, ..Fields::default() }, raw))
        }
        _ => None,
    }
}
