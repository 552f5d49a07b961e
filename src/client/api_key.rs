//! The API key.

use crate::Error;
use crate::client::request::header_value::erased;
use crate::wire::same::secret_bytes;
use http::HeaderValue;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A Stripe API key: a secret key (`sk_…`) or a restricted key (`rk_…`). It is never printed.
///
/// ```
/// use stripe_platform::SecretKey;
///
/// let key = SecretKey::new("sk_test_123");
/// assert!(key.is_test());
/// assert_eq!(format!("{key:?}"), "SecretKey(sk_test_[masked])");
/// ```
///
/// Its memory is overwritten when the last clone is dropped, and so is that of headers made from it. Copies in the buffers of the
/// HTTP and TLS libraries are not.
#[derive(Clone)]
pub struct SecretKey(Arc<Zeroizing<String>>);

impl SecretKey {
    /// Creates a key. Surrounding whitespace is removed. The key is validated when a client is built with it.
    pub fn new(key: impl AsRef<str>) -> Self {
        Self(Arc::new(Zeroizing::new(key.as_ref().trim().to_owned())))
    }

    /// Reads the key from an environment variable.
    ///
    /// # Errors
    /// Fails if the variable is not set, is empty, or is not valid UTF-8.
    pub fn from_env(name: &str) -> Result<Self, Error> {
        let problem = match std::env::var(name) {
            Ok(key) if !key.trim().is_empty() => return Ok(key.into()),
            Ok(_) => "is empty",
            Err(std::env::VarError::NotPresent) => "is not set",
            Err(std::env::VarError::NotUnicode(_)) => "is not valid UTF-8",
        };
        Err(Error::invalid_input(format!(
            "environment variable {name} {problem}; set it to a secret or restricted API key"
        )))
    }

    /// Whether it is a live key, which moves real money.
    pub fn is_live(&self) -> bool {
        self.0.starts_with("sk_live_") || self.0.starts_with("rk_live_")
    }

    /// Whether it is a key for a sandbox or test mode.
    pub fn is_test(&self) -> bool {
        self.0.starts_with("sk_test_") || self.0.starts_with("rk_test_")
    }

    /// The key in clear text, for masking it elsewhere.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The `Authorization` header.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        if self.0.is_empty() {
            return Err(Error::invalid_input("the API key is empty; pass a secret or restricted API key"));
        }
        if !self.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid_input(
                "the API key contains whitespace, control or non-ASCII characters; pass it as the Dashboard shows it",
            ));
        }
        let text = Zeroizing::new(["Bearer ", self.0.as_str()].concat().into_bytes());
        let mut value =
            erased(text).ok_or_else(|| Error::invalid_input("the API key does not fit into a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl PartialEq for SecretKey {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        secret_bytes(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = ["sk_live_", "sk_test_", "rk_live_", "rk_test_"];
        let kind = kinds.iter().find(|kind| self.0.starts_with(**kind)).copied().unwrap_or_default();
        write!(f, "SecretKey({kind}[masked])")
    }
}

impl From<&str> for SecretKey {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

impl From<String> for SecretKey {
    fn from(key: String) -> Self {
        // Zeroes the original string too.
        Self::new(&*Zeroizing::new(key))
    }
}

impl From<&SecretKey> for SecretKey {
    fn from(key: &SecretKey) -> Self {
        key.clone()
    }
}
