//! Validation of header values.

use crate::Error;
use http::HeaderValue;

/// Validates an idempotency key: Stripe accepts up to 255 characters, and HTTP requires visible ones.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > 255 {
        return Err(Error::invalid_input(format!(
            "the idempotency key must have 1 to 255 characters, but has {}",
            key.chars().count()
        )));
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid_input("the idempotency key must contain only visible ASCII characters"));
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
    HeaderValue::from_str(text)
        .map_err(|_| Error::invalid_input(format!("{what} is not a valid header value")))
}
