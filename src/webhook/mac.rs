//! HMAC-SHA256, from the cryptography library of the TLS backend, so that webhooks need no further dependency.

#[cfg(feature = "rustls")]
mod aws_lc {
    use aws_lc_rs::constant_time::verify_slices_are_equal;
    use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key, Tag};

    pub(crate) type Keyed = Key;
    pub(crate) type Code = Tag;

    pub(crate) fn key(secret: &[u8]) -> Option<Key> {
        Some(Key::new(HMAC_SHA256, secret))
    }

    pub(crate) fn code(key: &Key, parts: [&[u8]; 3]) -> Tag {
        let mut context = Context::with_key(key);
        parts.iter().for_each(|part| context.update(part));
        context.sign()
    }

    pub(crate) fn bytes(code: &Tag) -> &[u8] {
        code.as_ref()
    }

    pub(crate) fn equal(code: &Tag, other: &[u8; 32]) -> bool {
        verify_slices_are_equal(code.as_ref(), other).is_ok()
    }
}

/// Used without `rustls` only. The tests compare it with the other one.
#[cfg(all(feature = "rustcrypto", any(not(feature = "rustls"), test)))]
mod rustcrypto {
    use hmac::digest::{CtOutput, Output};
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    pub(crate) type Keyed = Hmac<Sha256>;
    pub(crate) type Code = Output<Sha256>;

    pub(crate) fn key(secret: &[u8]) -> Option<Keyed> {
        Keyed::new_from_slice(secret).ok()
    }

    pub(crate) fn code(key: &Keyed, parts: [&[u8]; 3]) -> Code {
        let mut mac = key.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()
    }

    pub(crate) fn bytes(code: &Code) -> &[u8] {
        code
    }

    pub(crate) fn equal(code: &Code, other: &[u8; 32]) -> bool {
        CtOutput::<Keyed>::new(*code) == CtOutput::new((*other).into())
    }
}

#[cfg(feature = "rustls")]
use aws_lc as backend;
#[cfg(all(feature = "rustcrypto", not(feature = "rustls")))]
use rustcrypto as backend;

#[cfg(not(any(feature = "rustls", feature = "rustcrypto")))]
compile_error!("webhooks require HMAC: enable the feature `rustls`, `native-tls` or `rustcrypto`");

/// A prepared HMAC key.
#[derive(Clone)]
pub(crate) struct Key(backend::Keyed);

impl Key {
    /// `None` if the implementation rejects the secret. HMAC itself accepts any.
    pub(crate) fn new(secret: &str) -> Option<Self> {
        backend::key(secret.as_bytes()).map(Self)
    }

    /// The code of the signed payload: the timestamp as written in the header, a dot, and the body.
    pub(crate) fn code(&self, time: &str, body: &[u8]) -> Code {
        Code(backend::code(&self.0, [time.as_bytes(), b".", body]))
    }
}

/// The code of a message.
pub(crate) struct Code(backend::Code);

impl Code {
    pub(crate) fn bytes(&self) -> &[u8] {
        backend::bytes(&self.0)
    }

    /// Compares in constant time.
    pub(crate) fn is(&self, other: &[u8; 32]) -> bool {
        backend::equal(&self.0, other)
    }
}

#[cfg(all(test, feature = "rustls", feature = "rustcrypto"))]
mod tests {
    use super::{aws_lc, rustcrypto};

    #[test]
    fn both_libraries_compute_and_compare_equal_codes() {
        let long = "k".repeat(200);
        for secret in ["", "whsec_short", "k".repeat(64).as_str(), &long] {
            for body in ["", "{}", "{\"id\":\"evt_1\"}", long.repeat(50).as_str()] {
                let parts: [&[u8]; 3] = [b"1700000000", b".", body.as_bytes()];
                let one = aws_lc::code(&aws_lc::key(secret.as_bytes()).unwrap(), parts);
                let other = rustcrypto::code(&rustcrypto::key(secret.as_bytes()).unwrap(), parts);
                assert_eq!(aws_lc::bytes(&one), rustcrypto::bytes(&other));

                let mut bytes: [u8; 32] = aws_lc::bytes(&one).try_into().unwrap();
                assert!(aws_lc::equal(&one, &bytes) && rustcrypto::equal(&other, &bytes));
                bytes[31] ^= 1;
                assert!(!aws_lc::equal(&one, &bytes) && !rustcrypto::equal(&other, &bytes));
            }
        }
    }
}
