//! Forwards all events to one address, like `listen` of Stripe's CLI.

use super::params::Asked;
use crate::Sandbox;
use crate::engine::{ApiError, Json, Peek, Scope};
use serde_json::json;

/// The description of the endpoints created for forwarding.
const DESCRIPTION: &str = "Forwarding of the sandbox";

/// Creates two endpoints for an address, one for the platform's events and one for those of connected accounts, with
/// the same secret. If they exist already, returns their secret.
pub(crate) fn forward(sandbox: &Sandbox, asked: &Asked) -> Result<Json, ApiError> {
    let url = asked.needed("url")?;
    let platform = Scope::new(sandbox.platform(), false);
    if let Some(secret) = known(sandbox, &platform, url) {
        return Ok(json!({ "url": url, "secret": secret }));
    }
    let make = |connect: &str| {
        let form = [
            ("url", url),
            ("enabled_events[0]", "*"),
            ("enabled_events[1]", "issuing_authorization.request"),
            ("description", DESCRIPTION),
            ("connect", connect),
        ];
        let form: Vec<_> =
            form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        sandbox.perform(&platform, "/v1/webhook_endpoints", &form)
    };
    let (own, connected) = (make("false")?, make("true")?);
    let secret = own.text("secret").to_owned();
    if let Some(notes) = sandbox.state().store_mut(&platform).notes_mut(connected.text("id")) {
        crate::engine::set(notes, "secret", secret.as_str());
    }
    Ok(json!({ "url": url, "secret": secret }))
}

fn known(sandbox: &Sandbox, platform: &Scope, url: &str) -> Option<String> {
    let state = sandbox.state();
    let store = state.store(platform)?;
    let endpoint = store
        .of_kind("webhook_endpoint")
        .find(|endpoint| endpoint.text("description") == DESCRIPTION && endpoint.text("url") == url)?;
    Some(store.notes(endpoint.text("id")).text("secret").to_owned())
}
