//! Sessions for embedded components.

use super::internal;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::accounts::revision;
use crate::resources::{Resource, entry};
use crate::spec;
use crate::state::RequestContext;
use serde_json::json;

/// The lifetime of a session in seconds.
const LIFETIME: i64 = 1800;

/// Features that are disabled by default; the others are enabled with their component.
const OFF: [&str; 4] = [
    "disable_stripe_user_authentication",
    "destination_on_behalf_of_charge_management",
    "cardholder_management",
    "spend_control_management",
];

pub(crate) static RESOURCE: Resource = Resource {
    name: "account_sessions",
    entries: &[entry("PostAccountSessions", create, &[])],
    machines: &[],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let account = call.text("account").unwrap_or_default();
    call.get("account", &account, "account")?;
    let sent = call.param("components").unwrap_or_default();
    let enabled = |component: &Json| component.flag("enabled");
    if !sent.as_object().is_some_and(|components| components.values().any(enabled)) {
        let message = "Invalid components: at least one must be enabled.";
        return Err(ApiError::invalid(message).param("components"));
    }
    let components = components(&sent);
    let client_secret = format!("accs_secret__{}", call.state.ids.text(48));
    let expires_at = call.state.promised_now() + LIFETIME;
    revision::revise(&mut call.of_account(&account), |books| {
        internal::remember(books, "linked", true);
        Ok(())
    })?;
    let session = json!({ "account": account, "client_secret": client_secret, "expires_at": expires_at, "components": components });
    call.build("account_session", "", session)
}

/// All components of the document, with the requested features and the defaults.
fn components(sent: &Json) -> Json {
    let mut out = json!({});
    for (name, component) in properties(spec::schema("connect_embedded_account_session_create_components")) {
        let enabled = sent.flag(&format!("{name}.enabled"));
        let features = properties(Some(component)).find(|(member, _)| *member == "features");
        let mut chosen = json!({});
        for (feature, _) in properties(features.map(|(_, schema)| schema)) {
            let asked = sent.at(&format!("{name}.features.{feature}")).and_then(Json::as_bool);
            set(&mut chosen, feature, enabled && asked.unwrap_or(!OFF.contains(&feature)));
        }
        set(&mut out, name, json!({ "enabled": enabled, "features": chosen }));
    }
    out
}

/// The members of a schema.
fn properties(schema: Option<&'static Json>) -> impl Iterator<Item = (&'static str, &'static Json)> {
    let schema = schema.map(spec::resolve);
    let members = schema.and_then(|schema| schema.get("properties")).and_then(Json::as_object);
    members.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
}
