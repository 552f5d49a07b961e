//! Validation of header values.

use crate::Error;
use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// Validates an idempotency key: Stripe accepts up to 255 characters, and HTTP requires visible ones.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > 255 {
        return Err(Error::invalid_input(format!(
            "the idempotency key must have 1 to 255 characters, but has {}",
            key.chars().count()
        )));
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid_input(
            "the idempotency key must contain only visible ASCII characters, without spaces",
        ));
    }
    Ok(())
}

/// Validates a header value: visible ASCII and spaces only, so that line breaks cannot inject headers.
pub(crate) fn value(what: &str, text: &str) -> Result<HeaderValue, Error> {
    if !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(Error::invalid_input(format!(
            "{what} contains characters that are invalid in a header; only visible ASCII and spaces are allowed"
        )));
    }
    erased(Zeroizing::new(text.as_bytes().to_vec()))
        .ok_or_else(|| Error::invalid_input(format!("{what} does not fit into a header")))
}

/// A header whose memory is overwritten when its last clone is dropped.
pub(crate) fn erased(text: Zeroizing<Vec<u8>>) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_uses_the_memory_that_is_overwritten() {
        let text = Zeroizing::new(b"Bearer sk_test_1".to_vec());
        let place = text.as_ptr();
        let header = erased(text).unwrap();
        assert_eq!((header.as_bytes(), header.as_bytes().as_ptr()), (&b"Bearer sk_test_1"[..], place));
        assert_eq!(header.clone().as_bytes().as_ptr(), place);
        assert!(erased(Zeroizing::new(b"a\nb".to_vec())).is_none());
    }
}
