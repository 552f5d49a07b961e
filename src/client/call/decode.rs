//! Decodes objects that were not received as the reply of a call.

use crate::client::request::Reply;
use crate::wire::decode;
use crate::{DecodeError, Error};

/// Decodes a Stripe object from JSON, as the client decodes replies. Use it for stored or forwarded JSON.
///
/// `serde_json` can deserialize the same types; this is faster, and its error contains the path of the invalid value.
///
/// ```
/// use stripe_platform::{decode, topup::Topup};
///
/// let error = decode::<Topup>(br#"{"object":"topup","id":"tu_1","amount":"much"}"#).unwrap_err();
/// assert!(error.to_string().contains("amount: expected an integer, found a string"), "{error}");
/// ```
///
/// # Errors
/// Fails if the bytes are not valid JSON, or if the JSON does not match the type.
pub fn decode<T: Reply>(json: &[u8]) -> Result<T, Error> {
    decode::from_slice(json).map_err(|said| Error::Decode(Box::new(DecodeError::new(&said))))
}
