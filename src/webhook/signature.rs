//! The `Stripe-Signature` header: `t=1767225600,v1=5257a8…`, an HMAC-SHA256 of time and body.

use super::layout;
use super::mac::Key;
use crate::types::hex;
use crate::{Error, Secret, SignatureError, SignatureHint, SignatureProblem, Timestamp};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The name of the header that carries the signature.
pub const SIGNATURE_HEADER: &str = "stripe-signature";

/// The prefix of endpoint secrets.
const SECRET_PREFIX: &str = "whsec_";

/// The default tolerance for timestamps in the future, since clocks differ.
const AHEAD: Duration = Duration::from_secs(60);
const TOLERANCE: Duration = Duration::from_secs(300);

/// The default limit of the body size. Events are some kilobytes.
const BODY_LIMIT: usize = 1 << 20;

/// The default time limit for reading a body, about as long as Stripe waits.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Verifies that Stripe sent a webhook recently.
///
/// It needs the original bytes of the body: a body that was parsed and serialized again does not verify. Clones are
/// cheap.
///
/// ```
/// use stripe_platform::webhook::{Signer, Verifier};
/// use stripe_platform::{Error, SignatureProblem};
///
/// let verifier = Verifier::new("whsec_test")?;
/// let body = br#"{"id":"evt_1","object":"event"}"#;
/// let header = Signer::new("whsec_test")?.sign(body);
///
/// assert!(verifier.verify(body, &header).is_ok());
/// let error = verifier.verify(b"{}", &header).unwrap_err();
/// assert!(matches!(error, Error::Signature(e) if e.problem == SignatureProblem::Mismatch));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    keys: Arc<[Key]>,
    /// Whether all secrets have the format of endpoint secrets.
    plausible: bool,
    tolerance: Duration,
    ahead: Duration,
    pub(crate) limit: usize,
    #[cfg_attr(not(feature = "axum"), allow(dead_code))]
    pub(crate) body_time: Duration,
}

impl Verifier {
    /// Creates a verifier with the secret of one endpoint (`whsec_…`).
    ///
    /// # Errors
    /// Returns [`Error::Signature`] if the secret is empty or contains whitespace.
    pub fn new(secret: impl Into<Secret<String>>) -> Result<Self, Error> {
        Self::with_secrets([secret])
    }

    /// Creates a verifier with several secrets, any of which may have signed: two during rotation, or those of a
    /// platform endpoint and a Connect endpoint behind one URL.
    ///
    /// # Errors
    /// Returns [`Error::Signature`] if there are no secrets, or if one is empty or contains whitespace.
    pub fn with_secrets(secrets: impl IntoIterator<Item = impl Into<Secret<String>>>) -> Result<Self, Error> {
        let mut plausible = true;
        let mut keys = Vec::new();
        for secret in secrets {
            let secret = secret.into();
            plausible &= secret.expose().starts_with(SECRET_PREFIX);
            keys.push(key(secret.expose())?);
        }
        if keys.is_empty() {
            return Err(problem(SignatureProblem::EmptySecret));
        }
        Ok(Self {
            keys: keys.into(),
            plausible,
            tolerance: TOLERANCE,
            ahead: AHEAD,
            limit: BODY_LIMIT,
            body_time: BODY_TIME,
        })
    }

    /// Sets the maximum age of a signature, in whole seconds. Defaults to 300 s. A longer time lets recorded webhooks
    /// be replayed for longer. Stripe signs every retry again, so the tolerance need not cover the time between
    /// retries. Zero accepts only signatures of the current second, unlike in some of Stripe's libraries, where it
    /// disables the check: for that, use [`Duration::MAX`], or [`Verifier::verify_at`] for stored webhooks.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// Sets how far in the future a signature's timestamp may be, in whole seconds. Defaults to 60 s. Clocks differ a
    /// little; a timestamp further ahead would extend the validity beyond the tolerance.
    #[must_use]
    pub fn future_tolerance(self, ahead: Duration) -> Self {
        Self { ahead, ..self }
    }

    /// Sets the maximum size of a body in bytes, for the functions that read bodies. Defaults to 1 MiB.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { limit: bytes, ..self }
    }

    /// Sets how long the extractor of the module `axum` waits for a body. Defaults to 10 s. A
    /// [`Responder`](super::Responder) has a separate budget, and with [`Verifier::receive`] your server sets the
    /// limit.
    #[must_use]
    pub fn body_time(self, time: Duration) -> Self {
        Self { body_time: time, ..self }
    }

    /// Verifies a body against the value of its `Stripe-Signature` header, and returns the time of the signature.
    ///
    /// # Errors
    /// Returns [`Error::Signature`] with the problem and a possible cause.
    pub fn verify(&self, body: &[u8], header: impl AsRef<[u8]>) -> Result<Timestamp, Error> {
        self.verify_at(body, header, Timestamp::now())
    }

    /// Like [`Verifier::verify`], at a given time: for stored webhooks and for tests.
    ///
    /// # Errors
    /// The errors of [`Verifier::verify`].
    pub fn verify_at(
        &self,
        body: &[u8],
        header: impl AsRef<[u8]>,
        now: Timestamp,
    ) -> Result<Timestamp, Error> {
        self.check(body, header.as_ref(), now).map_err(|error| Error::Signature(Box::new(error)))
    }

    fn check(&self, body: &[u8], header: &[u8], now: Timestamp) -> Result<Timestamp, SignatureError> {
        let header = Header::parse(header)?;
        // Checks all of them, so that the duration does not reveal which one matches.
        let mut fits = false;
        let mut damaged = false;
        for key in self.keys.iter() {
            let code = key.code(header.time, body);
            for signature in header.signatures() {
                match digest(signature) {
                    Some(digest) => fits |= code.is(&digest),
                    None => damaged = true,
                }
            }
        }
        if !fits {
            let hint = if damaged { SignatureHint::DamagedHeader } else { self.guess(&header, body) };
            return Err(SignatureError::new(SignatureProblem::Mismatch).hinting(hint));
        }
        let age = now.as_seconds().saturating_sub(header.seconds);
        let most = |limit: Duration| i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
        if age > most(self.tolerance) {
            return Err(SignatureError::new(SignatureProblem::TooOld).aged(age));
        }
        if age < most(self.ahead).saturating_neg() {
            return Err(SignatureError::new(SignatureProblem::FromFuture).aged(age));
        }
        Ok(Timestamp::new(header.seconds))
    }

    /// Why no signature matches: a provable cause first, then a visible one, otherwise the most common one.
    fn guess(&self, header: &Header<'_>, body: &[u8]) -> SignatureHint {
        let trimmed = body.trim_ascii();
        let fits = |body: &[u8]| {
            self.keys.iter().any(|key| {
                let code = key.code(header.time, body);
                header.signatures().filter_map(digest).any(|digest| code.is(&digest))
            })
        };
        let is_object = trimmed.starts_with(b"{") && trimmed.ends_with(b"}");
        if trimmed.len() < body.len() && fits(trimmed) {
            SignatureHint::PaddedBody
        } else if trimmed.starts_with(b"\"") && trimmed.ends_with(b"\"") {
            SignatureHint::JsonStringBody
        } else if is_base64(trimmed) {
            SignatureHint::Base64Body
        } else if !is_object {
            SignatureHint::NotJson
        } else if !self.plausible {
            SignatureHint::NotASigningSecret
        } else if layout::as_sent(trimmed).any(|body| fits(&body)) {
            SignatureHint::ReserializedBody
        } else {
            SignatureHint::OtherSecret
        }
    }
}

/// Whether a body is an object in Base64, as some gateways forward it.
fn is_base64(body: &[u8]) -> bool {
    // `{"`, `{ `, and `{` followed by a line break.
    let begins = [b"eyJ", b"eyA", b"ewo", b"ewk", b"ew0"].iter().any(|begin| body.starts_with(*begin));
    begins && body.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(byte))
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.keys.len())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

/// Signs webhooks like Stripe, for tests of webhook endpoints.
///
/// See [`Verifier`] for an example.
#[derive(Clone)]
pub struct Signer {
    keys: Arc<[Key]>,
}

impl Signer {
    /// Creates a signer with the secret of an endpoint.
    ///
    /// # Errors
    /// Returns [`Error::Signature`] if the secret is empty or contains whitespace.
    pub fn new(secret: impl Into<Secret<String>>) -> Result<Self, Error> {
        Verifier::new(secret).map(|verifier| Self { keys: verifier.keys })
    }

    /// Creates a signer with several secrets, as during rotation: the header has one signature per secret.
    ///
    /// # Errors
    /// Returns [`Error::Signature`] if there are no secrets, or if one is empty or contains whitespace.
    pub fn with_secrets(secrets: impl IntoIterator<Item = impl Into<Secret<String>>>) -> Result<Self, Error> {
        Verifier::with_secrets(secrets).map(|verifier| Self { keys: verifier.keys })
    }

    /// The value of a `Stripe-Signature` header for this body, signed now.
    pub fn sign(&self, body: &[u8]) -> String {
        self.sign_at(body, Timestamp::now())
    }

    /// The value of a `Stripe-Signature` header for this body, signed at the given time.
    pub fn sign_at(&self, body: &[u8], time: Timestamp) -> String {
        let time = time.as_seconds().to_string();
        let mut header = format!("t={time}");
        for key in self.keys.iter() {
            header.push_str(",v1=");
            key.code(&time, body).bytes().iter().for_each(|byte| hex::push(*byte, &mut header));
        }
        header
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("secrets", &self.keys.len()).finish()
    }
}

/// The content of a header, as far as it can be parsed without a secret.
struct Header<'a> {
    /// Verbatim, since it is part of the signed payload.
    time: &'a str,
    seconds: i64,
    text: &'a str,
}

impl<'a> Header<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, SignatureError> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        if bytes.trim_ascii().is_empty() {
            return Err(SignatureError::new(SignatureProblem::NoHeader));
        }
        let mut times = parts(text).filter_map(|(scheme, value)| (scheme == "t").then_some(value));
        let (Some(time), None) = (times.next(), times.next()) else {
            return Err(SignatureError::new(SignatureProblem::NoTimestamp));
        };
        let digits = time.bytes().all(|byte| byte.is_ascii_digit());
        let Some(seconds) = time.parse().ok().filter(|_| digits) else {
            return Err(SignatureError::new(SignatureProblem::NoTimestamp));
        };
        let header = Self { time, seconds, text };
        if header.signatures().next().is_none() {
            let other = parts(text).any(|(scheme, _)| scheme.starts_with('v'));
            return Err(SignatureError::new(SignatureProblem::NoSignature)
                .hinting(other.then_some(SignatureHint::OtherScheme)));
        }
        Ok(header)
    }

    fn signatures(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        parts(self.text).filter_map(|(scheme, value)| (scheme == "v1").then_some(value))
    }
}

/// The elements of a header. Malformed elements are ignored, for later versions of the header.
fn parts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(',').filter_map(|part| part.trim_ascii().split_once('='))
}

fn key(secret: &str) -> Result<Key, Error> {
    if secret.trim().is_empty() {
        return Err(problem(SignatureProblem::EmptySecret));
    }
    if secret.contains(char::is_whitespace) {
        return Err(problem(SignatureProblem::SpacesInSecret));
    }
    Key::new(secret).ok_or_else(|| Error::invalid_input("the webhook signing secret is not a valid HMAC key"))
}

fn problem(problem: SignatureProblem) -> Error {
    Error::Signature(Box::new(SignatureError::new(problem)))
}

/// Parses 64 lower-case hexadecimal digits. Stripe uses no capitals, and a signature must not have two spellings.
fn digest(text: &str) -> Option<[u8; 32]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut out = [0; 32];
    if pairs.len() != out.len() || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(pairs) {
        *byte = u8::try_from(hex::number(pair)?).ok()?;
    }
    Some(out)
}
