//! Webhook endpoints and their subscriptions. The webhooks themselves are in the outbox of the state.

use crate::engine::{ApiError, Json, Peek, StateMachine, Transition, set, step};
use crate::resources::{Resource, entry};
use crate::state::RequestContext;
use serde_json::json;

/// The transitions of objects that can be enabled and disabled; both are idempotent.
pub(crate) const SWITCHED: &[Transition] = &[
    step("enabled", "disable", "disabled"),
    step("disabled", "disable", "disabled"),
    step("disabled", "enable", "enabled"),
    step("enabled", "enable", "enabled"),
];

/// The states of an endpoint.
pub static MACHINE: StateMachine =
    StateMachine { object: "webhook endpoint", member: "status", steps: SWITCHED };

/// The maximum number of endpoints of an account in one mode.
const MOST: usize = 16;

pub(crate) static RESOURCE: Resource = Resource {
    name: "webhook_endpoints",
    entries: &[
        entry("PostWebhookEndpoints", create, &[]),
        entry("GetWebhookEndpoints", |call| call.list("webhook_endpoint"), &[]),
        entry("GetWebhookEndpointsWebhookEndpoint", |call| call.retrieve("webhook_endpoint"), &[]),
        entry("PostWebhookEndpointsWebhookEndpoint", update, &[]),
        entry("DeleteWebhookEndpointsWebhookEndpoint", delete, &[]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    check_url(call)?;
    if call.all("webhook_endpoint").count() >= MOST {
        return Err(ApiError::invalid(format!("An account can have at most {MOST} webhook endpoints.")));
    }
    let secret = format!("whsec_{}", call.state.ids.text(32));
    let endpoint = json!({
        "api_version": call.param("api_version"), "application": null, "description": call.param("description"),
        "enabled_events": call.param("enabled_events"), "metadata": call.metadata(), "status": "enabled",
        "url": call.param("url"),
    });
    let mut endpoint = call.create("webhook_endpoint", "we", endpoint)?;
    let connect = call.flag("connect");
    call.set_notes(endpoint.text("id"), json!({ "secret": secret, "connect": connect }));
    // Only this reply shows the secret.
    set(&mut endpoint, "secret", secret);
    Ok(endpoint)
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    if call.param("url").is_some() {
        check_url(call)?;
    }
    if call.param("enabled_events").is_some_and(|events| events.as_array().is_some_and(Vec::is_empty)) {
        let message = "Invalid enabled_events: at least one event is required.";
        return Err(ApiError::invalid(message).code("parameter_invalid_empty").param("enabled_events"));
    }
    let disabled = call.param("disabled").and_then(|disabled| disabled.as_bool());
    let change = call.update("webhook_endpoint", &["description", "enabled_events", "url"])?;
    let Some(disabled) = disabled else { return Ok(change.object) };
    let event = if disabled { "disable" } else { "enable" };
    call.step(&MACHINE, change.object.text("id"), event, |_| {})
}

fn delete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let endpoint = call.retrieve("webhook_endpoint")?;
    call.delete("deleted_webhook_endpoint", endpoint.text("id"))
}

/// Checks the address: a URL on the web, with https in live mode.
fn check_url(call: &RequestContext<'_>) -> Result<(), ApiError> {
    let sent = call.text("url").unwrap_or_default();
    let refuse = |message: &str| Err(ApiError::invalid(message).code("url_invalid").param("url"));
    match url::Url::parse(&sent) {
        Ok(url) if url.scheme() == "http" && call.scope().live => {
            refuse("Invalid url: webhook endpoints in live mode require https.")
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => refuse("Invalid url: must begin with http:// or https://."),
    }
}
