//! Ephemeral keys: grant a browser access to one card for an hour.

use super::required;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;
use std::time::Duration;

const LIFE: Duration = Duration::from_secs(3_600);

pub(crate) static RESOURCE: Resource = Resource {
    name: "ephemeral_keys",
    entries: &[entry("PostEphemeralKeys", create, &[]), entry("DeleteEphemeralKeysKey", delete, &[])],
    machines: &[],
    rules: &[],
};

/// Only this reply shows the secret.
fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let card = call.text("issuing_card").ok_or_else(|| required("issuing_card"))?;
    if call.param("customer").is_some() || call.param("verification_session").is_some() {
        let message = "The sandbox supports ephemeral keys of cards only.";
        return Err(ApiError::invalid(message).param("customer"));
    }
    if call.text("nonce").is_none() {
        return Err(required("nonce"));
    }
    // Replies to the browser use the version of the key, so it must be the version of the browser's code.
    if !call.names_version {
        return Err(ApiError::invalid(
            "Missing Stripe-Version header: send the API version of the browser's code.",
        ));
    }
    call.get("issuing.card", &card, "issuing_card")?;
    let expires = call.now() + i64::try_from(LIFE.as_secs()).unwrap_or_default();
    let mut key = call.create("ephemeral_key", "ephkey", json!({ "expires": expires }))?;
    let id = key.text("id").to_owned();
    let mode = if call.scope().live { "live" } else { "test" };
    let secret = format!("ek_{mode}_{}", call.state.ids.text(40));
    set(&mut key, "secret", secret);
    call.later(LIFE, &id, end);
    Ok(key)
}

fn delete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut key = call.retrieve("ephemeral_key")?;
    let id = key.text("id").to_owned();
    call.forget(&id);
    end(call, &id)?;
    let now = call.now();
    set(&mut key, "expires", now);
    Ok(key)
}

fn end(context: &mut AccountContext<'_>, id: &str) -> Result<(), ApiError> {
    let scope = context.scope().clone();
    context.state.store_mut(&scope).remove(id);
    Ok(())
}
