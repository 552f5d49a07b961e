use super::message::Request;
use crate::engine::{ApiError, Scope};
use crate::state::{State, is_version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Headers that change the meaning of a request.
const TELLING: [&str; 4] = ["stripe-account", "stripe-context", "idempotency-key", "stripe-version"];

/// An accepted key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) live: bool,
    pub(crate) masked: String,
}

/// The key of a request, not validated.
pub(crate) fn sent_key(request: &Request) -> Option<String> {
    let (scheme, rest) = request.header("authorization")?.split_once(' ')?;
    let sent = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(rest.trim().to_owned()),
        "basic" => basic(rest.trim()),
        _ => None,
    };
    sent.filter(|sent| !sent.is_empty())
}

/// Extracts and validates the key of a request.
pub(crate) fn key(request: &Request) -> Result<Key, ApiError> {
    let Some(sent) = sent_key(request) else {
        let message = "No API key was sent. Send it in the Authorization header: `Bearer KEY`.";
        return Err(ApiError::new(401, "invalid_request_error", message));
    };
    let masked = mask(&sent);
    let live = match sent.splitn(3, '_').collect::<Vec<_>>().as_slice() {
        ["sk" | "rk", "test", rest] if !rest.is_empty() => false,
        ["sk" | "rk", "live", rest] if !rest.is_empty() => true,
        ["pk", ..] => {
            let message = "A publishable key was sent. Use a secret key.";
            return Err(ApiError::new(401, "invalid_request_error", message).code("secret_key_required"));
        }
        _ => {
            return Err(ApiError::new(
                401,
                "invalid_request_error",
                format!("Invalid API Key provided: {masked}"),
            ));
        }
    };
    Ok(Key { live, masked })
}

/// The account that a request is for.
///
/// # Errors
/// If it is not connected to the platform.
pub(crate) fn scope(state: &State, request: &Request, key: &Key) -> Result<Scope, ApiError> {
    // Ignoring it would make the request one for the platform, or perform it twice.
    if let Some(name) = TELLING.into_iter().find(|name| !request.is_readable(name)) {
        return Err(ApiError::invalid(format!("Invalid header {name}: it must be ASCII text.")));
    }
    if key.live && !state.options.live_keys {
        let message =
            format!("'{}' is a live mode key. The sandbox accepts test mode keys only.", key.masked);
        return Err(ApiError::new(401, "invalid_request_error", message));
    }
    if let Some(version) = request.header("stripe-version").filter(|version| !is_version(version)) {
        return Err(ApiError::invalid(format!("Invalid Stripe API version: {version}")));
    }
    let names_no_version = request.header("stripe-version").is_none();
    if names_no_version && request.path.starts_with("/v2/") && state.options.v2_needs_version {
        let message = "Requests to API v2 must name their API version: send the header Stripe-Version.";
        return Err(ApiError::invalid(message));
    }
    let account = match (request.header("stripe-account"), request.header("stripe-context")) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "Both Stripe-Account and Stripe-Context were sent. Send only one of them.",
            ));
        }
        (Some(account), None) => Some(account),
        (None, Some(context)) => context.rsplit('/').next(),
        (None, None) => None,
    };
    let platform = state.platform();
    match account {
        None => Ok(Scope::new(platform, key.live)),
        Some(account) if *account == *platform || state.is_connected(account) => {
            Ok(Scope::new(account, key.live))
        }
        Some(account) => Err(ApiError::no_access(account, &key.masked)),
    }
}

/// The key with all but a few characters masked.
fn mask(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    let last: String = characters.iter().skip(characters.len().saturating_sub(4)).collect();
    let start: String =
        if characters.len() > 12 { characters.iter().take(8).collect() } else { String::new() };
    format!("{start}****{last}")
}

/// The user name of HTTP basic authentication.
fn basic(encoded: &str) -> Option<String> {
    let bytes = STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split(':').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_authentication_user_is_the_key() {
        assert_eq!(basic("a2V5Og==").as_deref(), Some("key"));
        assert_eq!(basic("a2V5OnNlY3JldA").as_deref(), Some("key"));
        assert_eq!(basic("a b"), None);
    }

    #[test]
    fn keys_are_masked() {
        assert_eq!(mask(&format!("sk_{}_abcdefghijkl", "test")), "sk_test_****ijkl");
        assert_eq!(mask("short"), "****hort");
    }
}
