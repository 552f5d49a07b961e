//! What the examples take from the environment.

use std::env::{self, VarError};
use stripe_platform::{SecretKey, Timestamp};

/// The variable with the key of test mode.
pub const KEY: &str = "STRIPE_SECRET_KEY";

/// Takes a key of test mode and nothing else.
pub fn test_key(text: &str) -> Result<SecretKey, String> {
    let key = SecretKey::new(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_live() {
        Err(format!(
            "{KEY} is a live key. Examples move money, so they take a key of test mode only (sk_test_…)."
        ))
    } else if !key.is_test() || !text.trim().chars().all(plain) {
        Err(format!("{KEY} is no key of Stripe's test mode: those begin with sk_test_ or rk_test_."))
    } else {
        Ok(key)
    }
}

/// Another reference on every run: idempotency keys are made of it.
pub fn order() -> String {
    format!("order-{}", Timestamp::now().as_seconds())
}

/// What a name stands for in test mode: what the user of the program has there.
pub fn test_value(name: &str, example: &str) -> Result<String, String> {
    let from = variable_of(name);
    variable(&from)?.ok_or_else(|| format!("{from} must be set when {KEY} is: something like {example}."))
}

/// The variable that holds what a name stands for.
pub fn variable_of(name: &str) -> String {
    match name {
        "account" => "STRIPE_CONNECTED_ACCOUNT".to_owned(),
        name => format!("STRIPE_{}", name.to_ascii_uppercase()),
    }
}

/// A variable of the environment; a blank one is none.
pub fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not text.")),
    }
}
