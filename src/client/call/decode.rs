//! Reading objects that did not come with a call.

use crate::client::request::Reply;
use crate::wire::decode;
use crate::{DecodeError, Error};

/// Reads an object of Stripe's from its JSON, as the client reads replies: for what you have stored or received elsewhere.
///
/// `serde_json` reads the same types; this is faster, and its error has the path of what does not fit.
///
/// ```
/// use stripe_platform::{decode, topup::Topup};
///
/// let error = decode::<Topup>(br#"{"object":"topup","id":"tu_1","amount":"much"}"#).unwrap_err();
/// assert!(error.to_string().contains("amount: expected an integer, found a string"), "{error}");
/// ```
///
/// # Errors
/// If the bytes are no JSON, or JSON that the type does not fit.
pub fn decode<T: Reply>(json: &[u8]) -> Result<T, Error> {
    decode::from_slice(json).map_err(|said| Error::Decode(Box::new(DecodeError::new(&said))))
}
