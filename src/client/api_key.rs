//! The API key.

use crate::Error;
use crate::client::request::header_value::erased;
use crate::types::secret::same;
use http::HeaderValue;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// An API key of Stripe: `sk_…`, or the restricted kind `rk_…`. It is never shown.
///
/// ```
/// use stripe_platform::SecretKey;
///
/// let key = SecretKey::new("sk_test_123");
/// assert!(key.is_test());
/// assert_eq!(format!("{key:?}"), "SecretKey(sk_test_[masked])");
/// ```
///
/// Its memory is overwritten when the last clone is dropped, and so is that of the headers that are made of it. What the HTTP
/// and TLS libraries copy into their buffers is theirs.
#[derive(Clone)]
pub struct SecretKey(Arc<Zeroizing<String>>);

impl SecretKey {
    /// Takes a key. Spaces and line ends around it are dropped; whether it can be one is checked when a
    /// client is made of it.
    pub fn new(key: impl AsRef<str>) -> Self {
        Self(Arc::new(Zeroizing::new(key.as_ref().trim().to_owned())))
    }

    /// Reads the key from an environment variable.
    ///
    /// # Errors
    /// If the variable is not set, is empty, or is not text.
    pub fn from_env(name: &str) -> Result<Self, Error> {
        match std::env::var(name) {
            Ok(key) if !key.trim().is_empty() => Ok(key.into()),
            Ok(_) => Err(Error::invalid_input(format!("the environment variable {name} is empty"))),
            Err(std::env::VarError::NotPresent) => {
                Err(Error::invalid_input(format!("the environment variable {name} is not set")))
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Error::invalid_input(format!("the environment variable {name} is not text")))
            }
        }
    }

    /// Whether it moves real money.
    pub fn is_live(&self) -> bool {
        self.0.starts_with("sk_live_") || self.0.starts_with("rk_live_")
    }

    /// Whether it is a key of a sandbox or of test mode.
    pub fn is_test(&self) -> bool {
        self.0.starts_with("sk_test_") || self.0.starts_with("rk_test_")
    }

    /// Shows the key: to mask it elsewhere.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The `Authorization` header.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        if self.0.is_empty() {
            return Err(Error::invalid_input("the API key is empty"));
        }
        if !self.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid_input("the API key has characters that no key has"));
        }
        let text = Zeroizing::new(["Bearer ", self.0.as_str()].concat().into_bytes());
        let mut value =
            erased(text).ok_or_else(|| Error::invalid_input("the API key does not fit into a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl PartialEq for SecretKey {
    /// Takes the same time wherever the first difference is.
    fn eq(&self, other: &Self) -> bool {
        same(self.0.as_bytes(), other.0.as_bytes())
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
        // The text that it came in is overwritten too.
        Self::new(&*Zeroizing::new(key))
    }
}

impl From<&SecretKey> for SecretKey {
    fn from(key: &SecretKey) -> Self {
        key.clone()
    }
}
