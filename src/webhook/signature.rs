//! The `Stripe-Signature` header: `t=1767225600,v1=5257a8…`, an HMAC-SHA256 of time and body.

use super::layout;
use super::mac::Key;
use crate::{Error, Secret, SignatureError, SignatureHint, SignatureProblem, Timestamp};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The name of the header that carries the signature.
pub const SIGNATURE_HEADER: &str = "stripe-signature";

/// What every secret of an endpoint begins with.
const SECRET_PREFIX: &str = "whsec_";

/// How far the clocks of Stripe and of this machine may differ, by default.
const AHEAD: Duration = Duration::from_secs(60);
const TOLERANCE: Duration = Duration::from_secs(300);

/// The largest body that is read, by default. Events are some kilobytes.
const BODY_LIMIT: usize = 1 << 20;

/// How long a body may take, by default. Stripe gives up about then.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Checks that Stripe sent a webhook, and not long ago.
///
/// It looks at the bytes of the body as they came: a body that was parsed and written again does not verify. Clones are
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
    /// Whether all secrets look like those of an endpoint.
    plausible: bool,
    tolerance: Duration,
    ahead: Duration,
    pub(crate) limit: usize,
    #[cfg_attr(not(feature = "axum"), allow(dead_code))]
    pub(crate) body_time: Duration,
}

impl Verifier {
    /// For the secret of one endpoint (`whsec_…`).
    ///
    /// # Errors
    /// [`Error::Signature`] if the secret is empty or has white space in it.
    pub fn new(secret: impl Into<Secret<String>>) -> Result<Self, Error> {
        Self::with_secrets([secret])
    }

    /// For several secrets, any of which may have signed: two while one replaces the other, or those of a platform
    /// endpoint and a Connect endpoint behind one URL.
    ///
    /// # Errors
    /// [`Error::Signature`] if there is none, or one is empty or has white space in it.
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

    /// How old a signature may be, in whole seconds: 300 s if this is not called. A longer time gives whoever recorded a
    /// webhook longer to send it again. Every attempt of Stripe's is signed anew, so this need not cover the time between
    /// attempts. Zero accepts what was signed in this very second, unlike in some of Stripe's libraries, where it switches the
    /// check off: for that, use [`Duration::MAX`], or [`Verifier::verify_at`] for webhooks that were stored.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// How far in the future a signature may claim to be made, in whole seconds: 60 s if this is not called. Clocks differ a
    /// little; a signature from further ahead would be valid for longer than the tolerance says.
    #[must_use]
    pub fn future_tolerance(self, ahead: Duration) -> Self {
        Self { ahead, ..self }
    }

    /// How many bytes a body may have that the functions for servers read, 1 MiB if this is not called.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { limit: bytes, ..self }
    }

    /// How long a body may take to arrive in the extractor of the module `axum`: 10 s if this is not called. A
    /// [`Responder`](super::Responder) has its own budget, and with [`Verifier::receive`] it is up to your server.
    #[must_use]
    pub fn body_time(self, time: Duration) -> Self {
        Self { body_time: time, ..self }
    }

    /// Checks a body against the value of its `Stripe-Signature` header, and gives the time at which it was signed.
    ///
    /// # Errors
    /// [`Error::Signature`], which says what rule was broken and what may have caused it.
    pub fn verify(&self, body: &[u8], header: impl AsRef<[u8]>) -> Result<Timestamp, Error> {
        self.verify_at(body, header, Timestamp::now())
    }

    /// Like [`Verifier::verify`], at another time than now: for stored webhooks and for tests.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
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
        // All of them, so that the time that this takes does not tell which one fits.
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

    /// Why nothing fits. What can be proven goes first, then what shows; without either it is the commonest cause.
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

/// Whether a body is an object in Base64, as some gateways pass it on.
fn is_base64(body: &[u8]) -> bool {
    // `{"`, `{ `, and `{` before a line break.
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

/// Signs webhooks as Stripe does: for tests of what receives them.
///
/// [`Verifier`] shows it in use.
#[derive(Clone)]
pub struct Signer {
    keys: Arc<[Key]>,
}

impl Signer {
    /// With the secret of an endpoint.
    ///
    /// # Errors
    /// [`Error::Signature`] if the secret is empty or has white space in it.
    pub fn new(secret: impl Into<Secret<String>>) -> Result<Self, Error> {
        Verifier::new(secret).map(|verifier| Self { keys: verifier.keys })
    }

    /// With several secrets, as while one of them replaces the other: the header has a signature of each.
    ///
    /// # Errors
    /// [`Error::Signature`] if there is none, or one is empty or has white space in it.
    pub fn with_secrets(secrets: impl IntoIterator<Item = impl Into<Secret<String>>>) -> Result<Self, Error> {
        Verifier::with_secrets(secrets).map(|verifier| Self { keys: verifier.keys })
    }

    /// The value of a `Stripe-Signature` header for this body, made now.
    pub fn sign(&self, body: &[u8]) -> String {
        self.sign_at(body, Timestamp::now())
    }

    /// The value of a `Stripe-Signature` header for this body, made at another time than now.
    pub fn sign_at(&self, body: &[u8], time: Timestamp) -> String {
        let time = time.as_seconds().to_string();
        let mut header = format!("t={time}");
        for key in self.keys.iter() {
            header.push_str(",v1=");
            for byte in key.code(&time, body).bytes() {
                header.extend([byte >> 4, byte & 15].map(hex_digit));
            }
        }
        header
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("secrets", &self.keys.len()).finish()
    }
}

/// What a header says, as far as it can be read without a secret.
struct Header<'a> {
    /// Exactly as it stands there, since it is part of what is signed.
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

/// The elements of a header. What is no element is passed over, as in later versions of the header.
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
    Key::new(secret).ok_or_else(|| Error::invalid_input("the webhook signing secret cannot be a key"))
}

fn problem(problem: SignatureProblem) -> Error {
    Error::Signature(Box::new(SignatureError::new(problem)))
}

/// Reads 64 digits of lower-case hexadecimal. Capitals are not Stripe's, and one signature must not have two spellings.
fn digest(text: &str) -> Option<[u8; 32]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut out = [0; 32];
    if pairs.len() != out.len() {
        return None;
    }
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        *byte = (value(*high)? << 4) | value(*low)?;
    }
    Some(out)
}

fn hex_digit(value: u8) -> char {
    char::from(match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    })
}
