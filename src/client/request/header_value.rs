//! Values of headers, checked before they are sent.

use crate::Error;
use http::HeaderValue;

/// Checks an idempotency key: Stripe takes up to 255 characters, and HTTP wants them visible.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > 255 {
        return Err(Error::invalid_input(format!(
            "an idempotency key has 1 to 255 characters, this one has {}",
            key.chars().count()
        )));
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid_input("an idempotency key has visible ASCII characters only"));
    }
    Ok(())
}

/// Checks the text of a header: visible ASCII and spaces, so nothing can be smuggled in behind a line end.
pub(crate) fn value(what: &str, text: &str) -> Result<HeaderValue, Error> {
    if !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(Error::invalid_input(format!("{what} has characters that do not fit into a header")));
    }
    HeaderValue::from_str(text)
        .map_err(|_| Error::invalid_input(format!("{what} does not fit into a header")))
}
