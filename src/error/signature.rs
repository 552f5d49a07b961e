//! Why a webhook is not taken for Stripe's.

use std::fmt;

/// What is wrong with a webhook's signature, or with the secret that it is checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// There is no `Stripe-Signature` header, or it is empty.
    NoHeader,
    /// The header has no time, more than one, or one that is no number.
    NoTimestamp,
    /// The header has no `v1` signature.
    NoSignature,
    /// The secret to check with is empty, or nothing but white space.
    EmptySecret,
    /// The secret has white space in it or around it.
    SpacesInSecret,
    /// No signature fits the body and a secret.
    Mismatch,
    /// The signature fits, but was made longer ago than the tolerance.
    TooOld,
    /// The signature fits, but claims to be made further in the future than clocks differ.
    FromFuture,
}

/// What may have caused the problem, as far as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureHint {
    /// The header holds signatures of another scheme only, such as the `v0` of test events.
    OtherScheme,
    /// A `v1` signature is not 64 digits of lower-case hexadecimal: something cut or changed the header.
    DamagedHeader,
    /// The signature fits the body without the white space around it: something added that.
    PaddedBody,
    /// The body is not JSON: it may be compressed, cut or decoded to something else.
    NotJson,
    /// The body is text within a JSON string: something put it there. Pass what the string says.
    JsonStringBody,
    /// The body is in Base64, as some gateways pass bodies on. Decode it first.
    Base64Body,
    /// The signature fits the body in Stripe's own layout: it was parsed and written again. Only the bytes that came in can
    /// be verified.
    ReserializedBody,
    /// The secret does not begin with `whsec_`: it may be an API key or the id of the endpoint.
    NotASigningSecret,
    /// Nothing more shows, so it is most likely signed with another secret: each endpoint has its own, and `stripe listen`
    /// prints yet another one. If the secret is right, the body or the header was changed.
    OtherSecret,
}

/// A webhook's signature does not prove that Stripe sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureError {
    /// What is wrong.
    pub problem: SignatureProblem,
    /// What may have caused it.
    pub hint: Option<SignatureHint>,
    /// How many seconds ago the signature was made, if it fits and only its time is wrong. Negative in the future.
    pub age: Option<i64>,
}

impl SignatureError {
    /// An error for this problem.
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
            SignatureProblem::NoTimestamp => "the Stripe-Signature header has no single, readable time",
            SignatureProblem::NoSignature => "the Stripe-Signature header has no v1 signature",
            SignatureProblem::EmptySecret => "the webhook signing secret is empty",
            SignatureProblem::SpacesInSecret => "the webhook signing secret has white space in or around it",
            SignatureProblem::Mismatch => "the webhook's signature fits neither body nor secret",
            SignatureProblem::TooOld => "the webhook's signature is older than the tolerance",
            SignatureProblem::FromFuture => "the webhook's signature is from the future",
        })?;
        if let Some(age) = self.age {
            let word = if age < 0 { "ahead" } else { "old" };
            write!(f, " ({} s {word}; is the clock of this machine right?)", age.unsigned_abs())?;
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
            Self::OtherScheme => "it is signed in another scheme only",
            Self::DamagedHeader => "a signature in the header is cut or changed",
            Self::PaddedBody => "it fits once the white space around the body is removed: pass the bytes as they came",
            Self::NotJson => "the body is not JSON: is it compressed, or cut?",
            Self::JsonStringBody => "the body is a JSON string: pass the text that it holds",
            Self::Base64Body => "the body is in Base64: decode it first",
            Self::ReserializedBody => {
                "the body was parsed and written again: pass the bytes as they came, not the JSON of a framework"
            }
            Self::NotASigningSecret => "the secret does not begin with `whsec_`: is it an API key?",
            Self::OtherSecret => {
                "is the secret that of this endpoint? `stripe listen` has another one; if it is the right one, pass the body as it came"
            }
        })
    }
}

impl std::error::Error for SignatureError {}
