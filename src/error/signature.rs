//! Signature verification errors.

use std::fmt;

/// A problem with a webhook's signature or with the signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// The `Stripe-Signature` header is missing or empty.
    NoHeader,
    /// The header has no timestamp, several, or an invalid one.
    NoTimestamp,
    /// The header has no `v1` signature.
    NoSignature,
    /// The signing secret is empty or only whitespace.
    EmptySecret,
    /// The signing secret contains or is surrounded by whitespace.
    SpacesInSecret,
    /// No signature matches the body with any secret.
    Mismatch,
    /// The signature is valid, but older than the tolerance.
    TooOld,
    /// The signature is valid, but its timestamp is further in the future than clocks differ.
    FromFuture,
}

/// A possible cause of the problem, if detectable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureHint {
    /// The header contains only signatures of another scheme, such as the `v0` of test events.
    OtherScheme,
    /// A `v1` signature is not 64 lower-case hexadecimal digits: the header was truncated or changed.
    DamagedHeader,
    /// The signature matches the body without surrounding whitespace, which was added later.
    PaddedBody,
    /// The body is not JSON: it may be compressed, truncated or wrongly decoded.
    NotJson,
    /// The body is wrapped in a JSON string. Pass the content of the string.
    JsonStringBody,
    /// The body is in Base64, as some gateways forward it. Decode it first.
    Base64Body,
    /// The signature matches the body in Stripe's formatting: the body was parsed and serialized again. Only the
    /// original bytes can be verified.
    ReserializedBody,
    /// The secret does not start with `whsec_`: it may be an API key or an endpoint id.
    NotASigningSecret,
    /// No other cause was detected, so the secret is probably wrong: each endpoint has a separate one, and `stripe
    /// listen` prints another. If the secret is correct, the body or the header was changed.
    OtherSecret,
}

/// The signature of a webhook is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureError {
    /// The problem.
    pub problem: SignatureProblem,
    /// A possible cause.
    pub hint: Option<SignatureHint>,
    /// The age of the signature in seconds, if only its time is wrong. Negative if in the future.
    pub age: Option<i64>,
}

impl SignatureError {
    /// Creates an error for a problem.
    pub fn new(problem: SignatureProblem) -> Self {
        Self { problem, hint: None, age: None }
    }

    #[cfg(feature = "webhook")]
    pub(crate) fn hinting(self, hint: impl Into<Option<SignatureHint>>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    #[cfg(feature = "webhook")]
    pub(crate) fn aged(self, seconds: i64) -> Self {
        Self { age: Some(seconds), ..self }
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.problem {
            SignatureProblem::NoHeader => "the webhook has no Stripe-Signature header",
            SignatureProblem::NoTimestamp => {
                "the Stripe-Signature header must have exactly one valid timestamp"
            }
            SignatureProblem::NoSignature => "the Stripe-Signature header has no v1 signature",
            SignatureProblem::EmptySecret => {
                "the webhook signing secret is empty; pass the secret of the endpoint, `whsec_…`"
            }
            SignatureProblem::SpacesInSecret => {
                "the webhook signing secret contains whitespace; pass it as the Dashboard shows it"
            }
            SignatureProblem::Mismatch => {
                "the webhook's signature does not match its body and the signing secret"
            }
            SignatureProblem::TooOld => "the webhook's signature is older than the tolerance",
            SignatureProblem::FromFuture => "the webhook's signature is from the future",
        })?;
        if let Some(age) = self.age {
            let word = if age < 0 { "ahead" } else { "old" };
            write!(f, " ({} s {word}; check the clock of this machine)", age.unsigned_abs())?;
        }
        match self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for SignatureHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherScheme => "it is signed with another scheme only",
            Self::DamagedHeader => "a signature in the header was truncated or changed",
            Self::PaddedBody => "it matches the body without surrounding whitespace: pass the original bytes",
            Self::NotJson => "the body is not JSON: it may be compressed or truncated",
            Self::JsonStringBody => "the body is a JSON string: pass its content",
            Self::Base64Body => "the body is in Base64: decode it first",
            Self::ReserializedBody => {
                "the body was parsed and serialized again: pass the original bytes, not a framework's JSON"
            }
            Self::NotASigningSecret => "the secret does not start with `whsec_`: it may be an API key",
            Self::OtherSecret => {
                "check that the secret belongs to this endpoint (`stripe listen` uses another one), and pass the original body"
            }
        })
    }
}

impl std::error::Error for SignatureError {}
