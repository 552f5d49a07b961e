//! Conversions from and to types of the `secrecy` crate.

#![cfg(feature = "secrecy")]

use crate::{Secret, SecretKey};
use ::secrecy::{ExposeSecret, SecretString};

impl From<SecretString> for Secret<String> {
    fn from(secret: SecretString) -> Self {
        Self::from(&secret)
    }
}

impl From<&SecretString> for Secret<String> {
    fn from(secret: &SecretString) -> Self {
        Self::new(secret.expose_secret().to_owned())
    }
}

impl From<Secret<String>> for SecretString {
    fn from(secret: Secret<String>) -> Self {
        secret.into_exposed().into()
    }
}

impl From<SecretString> for SecretKey {
    fn from(secret: SecretString) -> Self {
        Self::new(secret.expose_secret())
    }
}

impl From<&SecretString> for SecretKey {
    fn from(secret: &SecretString) -> Self {
        Self::new(secret.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_convert_from_and_to_secrecy() {
        let theirs = SecretString::from("whsec_1".to_owned());
        let ours = Secret::from(&theirs);
        assert_eq!(ours.expose(), "whsec_1");
        assert_eq!(SecretString::from(ours).expose_secret(), "whsec_1");
        assert!(SecretKey::from(SecretString::from("sk_test_1".to_owned())).is_test());
    }
}
