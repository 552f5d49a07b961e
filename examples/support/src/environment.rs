//! The environment variables of the examples.

use std::env::{self, VarError};
use stripe_platform::{SecretKey, Timestamp};

/// The variable with the API key of test mode.
pub const KEY: &str = "STRIPE_SECRET_KEY";

/// Parses a key of test mode. Any other key is refused.
pub fn test_key(text: &str) -> Result<SecretKey, String> {
    let key = SecretKey::new(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_live() {
        Err(format!(
            "{KEY} is a live key. Examples move money, so they accept keys of test mode only (sk_test_…)."
        ))
    } else if !key.is_test() || !text.trim().chars().all(plain) {
        Err(format!(
            "{KEY} is not a key of Stripe's test mode: set one that begins with sk_test_ or rk_test_."
        ))
    } else {
        Ok(key)
    }
}

/// A reference that differs in every run. Idempotency keys are derived from it.
pub fn order() -> String {
    format!("order-{}", Timestamp::now().as_seconds())
}

/// The value of a name in test mode, from its variable.
pub fn test_value(name: &str, example: &str) -> Result<String, String> {
    let from = variable_of(name);
    variable(&from)?
        .ok_or_else(|| format!("{from} must be set together with {KEY}, to a value such as {example}."))
}

/// The variable with the value of a name.
pub fn variable_of(name: &str) -> String {
    match name {
        "account" => "STRIPE_CONNECTED_ACCOUNT".to_owned(),
        name => format!("STRIPE_{}", name.to_ascii_uppercase()),
    }
}

/// Reads a variable. A blank one counts as unset.
pub fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not valid Unicode.")),
    }
}
