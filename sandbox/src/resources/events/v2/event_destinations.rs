//! Event destinations: the endpoints of API v2. They receive snapshot events of v1, or thin events of v2, which only
//! name their object.

use super::{merged_metadata, now, page};
use crate::engine::{ApiError, Json, Peek, StateMachine, set};
use crate::resources::events::endpoints::SWITCHED;
use crate::resources::{Resource, entry};
use crate::spec;
use crate::spec::ThinObject;
use crate::state::RequestContext;
use serde_json::json;

const KIND: &str = "v2.core.event_destination";

/// The states of a destination.
pub static MACHINE: StateMachine = StateMachine { object: KIND, member: "status", steps: SWITCHED };

pub(crate) static RESOURCE: Resource = Resource {
    name: "v2.core.event_destinations",
    entries: &[
        entry("PostV2CoreEventDestinations", create, &[]),
        entry("GetV2CoreEventDestinations", list, &[]),
        entry(
            "GetV2CoreEventDestinationsId",
            |call| call.retrieve(KIND).map(|found| shown(call, found)),
            &[],
        ),
        entry("PostV2CoreEventDestinationsId", update, &[]),
        entry("DeleteV2CoreEventDestinationsId", delete, &[]),
        entry("PostV2CoreEventDestinationsIdEnable", |call| switch(call, "enable"), &[]),
        entry("PostV2CoreEventDestinationsIdDisable", |call| switch(call, "disable"), &[]),
        entry("PostV2CoreEventDestinationsIdPing", ping, &["v2.core.event_destination.ping"]),
    ],
    machines: &[&MACHINE],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let kind = call.text("type").unwrap_or_default();
    let now = now(call);
    let mut destination = json!({
        "created": now, "updated": now, "description": call.text("description").unwrap_or_default(),
        "enabled_events": call.param("enabled_events"), "event_payload": call.param("event_payload"),
        "events_from": call.param("events_from").unwrap_or_else(|| json!(["self"])), "metadata": call.metadata(),
        "name": call.param("name"), "status": "enabled", "type": kind,
    });
    let thin = call.text("event_payload").as_deref() == Some("thin");
    check_events(call, thin)?;
    let mut notes = json!({});
    match kind.as_str() {
        "webhook_endpoint" => {
            let url = call.text("webhook_endpoint.url").ok_or_else(|| missing("webhook_endpoint[url]"))?;
            notes = json!({ "url": url, "secret": format!("whsec_{}", call.state.ids.text(32)) });
        }
        "amazon_eventbridge" => {
            let mut bus = call.param(&kind).ok_or_else(|| missing(&kind))?;
            let region = bus.text("aws_region").to_owned();
            let source = format!("aws.partner/stripe.com/ed_test_{}", call.state.ids.text(16));
            let arn = format!("arn:aws:events:{region}::event-source/{source}");
            set(&mut bus, "aws_event_source_arn", arn);
            set(&mut bus, "aws_event_source_status", "pending");
            set(&mut destination, &kind, bus);
        }
        _ => {
            let mut topic = call.param(&kind).ok_or_else(|| missing(&kind))?;
            set(&mut topic, "azure_partner_topic_name", format!("ed_test_{}", call.state.ids.text(16)));
            set(&mut topic, "azure_partner_topic_status", "never_activated");
            set(&mut destination, &kind, topic);
        }
    }
    if !thin {
        let account = call.state.options.api_version.clone();
        let version = call.text("snapshot_api_version").unwrap_or(account);
        set(&mut destination, "snapshot_api_version", version);
    }
    let destination = call.create(KIND, "ed_test", destination)?;
    call.set_notes(destination.text("id"), notes);
    Ok(shown(call, destination))
}

fn missing(param: &str) -> ApiError {
    ApiError::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
}

/// Rejects events that do not exist, or that a destination with this payload cannot receive.
fn check_events(call: &RequestContext<'_>, thin: bool) -> Result<(), ApiError> {
    for (place, name) in call.params.items("enabled_events").iter().enumerate() {
        let name = name.as_str().unwrap_or_default();
        let (fits, other) = (spec::is_event(name), spec::is_thin_event(name));
        let (fits, other) = if thin { (other, fits) } else { (fits, other) };
        if name == "*" || fits {
            continue;
        }
        let payload = if thin { "thin" } else { "snapshot" };
        let message = if other {
            format!(
                "Invalid enabled_events: `{name}` is not an event for destinations with {payload} payload."
            )
        } else {
            format!("Invalid enabled_events: `{name}` is not an event type.")
        };
        return Err(ApiError::invalid(message).param(format!("enabled_events[{place}]")));
    }
    Ok(())
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let found = call.all(KIND).cloned().map(|destination| shown(call, destination)).collect();
    page(call, found)
}

/// The destination with its address and secret, if the request includes them.
fn shown(call: &RequestContext<'_>, mut destination: Json) -> Json {
    let notes = call.notes(destination.text("id"));
    let mut endpoint = json!({});
    for (path, from, member) in [
        ("webhook_endpoint.url", "url", "url"),
        ("webhook_endpoint.signing_secret", "secret", "signing_secret"),
    ] {
        if call.params.items("include").iter().any(|wanted| wanted == path) {
            set(&mut endpoint, member, notes.text(from));
        }
    }
    if endpoint.as_object().is_some_and(|members| !members.is_empty()) {
        set(&mut destination, "webhook_endpoint", endpoint);
    }
    destination
}

fn update(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let destination = call.retrieve(KIND)?;
    let id = destination.text("id");
    check_events(call, destination.text("event_payload") == "thin")?;
    if let Some(url) = call.text("webhook_endpoint.url") {
        let mut notes = call.notes(id);
        set(&mut notes, "url", url);
        call.set_notes(id, notes);
    }
    let (metadata, now) = (merged_metadata(call, &destination), now(call));
    let sent: Vec<_> = ["description", "enabled_events", "name"]
        .into_iter()
        .filter_map(|name| Some((name, call.param(name)?)))
        .collect();
    let change = call.change(id, |destination| {
        for (name, value) in sent {
            set(destination, name, value);
        }
        set(destination, "metadata", metadata);
        set(destination, "updated", now);
    })?;
    Ok(shown(call, change.object))
}

fn delete(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let destination = call.retrieve(KIND)?;
    let id = destination.text("id");
    let scope = call.scope().clone();
    call.state.store_mut(&scope).remove(id);
    Ok(json!({ "id": id, "object": KIND }))
}

fn switch(call: &mut RequestContext<'_>, event: &str) -> Result<Json, ApiError> {
    let id = call.retrieve(KIND)?.text("id").to_owned();
    let now = now(call);
    let step = call.permit(&MACHINE, &id, event)?;
    let to = step.to();
    let destination = call.take(step, |destination| {
        set(destination, "updated", now);
        match to {
            "disabled" => set(destination, "status_details", json!({ "disabled": { "reason": "user" } })),
            _ => drop(destination.as_object_mut().and_then(|members| members.remove("status_details"))),
        }
    })?;
    Ok(shown(call, destination))
}

/// Sends an event to this destination alone, regardless of its subscriptions.
fn ping(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let destination = call.retrieve(KIND)?;
    let id = destination.text("id");
    let url = format!("/v2/core/event_destinations/{id}");
    let related = ThinObject { kind: KIND.to_owned(), id: Some(id.to_owned()), url };
    call.emit_thin("v2.core.event_destination.ping", Some(&related), Some(id))
}
