//! Events of API v1, for polling.

use crate::engine::calendar::DAY;
use crate::engine::{ApiError, Json, Peek};
use crate::resources::{Resource, entry};
use crate::state::RequestContext;

/// How long events can be retrieved, in seconds.
pub(crate) const KEPT: i64 = 30 * DAY;

pub(crate) static RESOURCE: Resource = Resource {
    name: "events",
    entries: &[entry("GetEvents", list, &[]), entry("GetEventsId", retrieve, &[])],
    machines: &[],
    rules: &[],
};

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let oldest = call.now() - KEPT;
    let types: Vec<String> =
        call.params.items("types").iter().filter_map(Json::as_str).map(str::to_owned).collect();
    let wanted = call.text("type");
    if wanted.is_some() && !types.is_empty() {
        return Err(ApiError::invalid("Both `type` and `types` were sent. Send only one of them.")
            .code("parameters_exclusive")
            .param("types"));
    }
    let group = wanted.as_deref().and_then(|wanted| wanted.strip_suffix('*')).map(str::to_owned);
    if group.is_some() {
        crate::engine::set(&mut call.params, "type", Json::Null);
        if let Json::Object(params) = &mut call.params {
            params.remove("type");
        }
    }
    // Pending and abandoned deliveries count as not delivered.
    let delivered = call.params.get("delivery_success").and_then(Json::as_bool);
    call.list_where("event", |event| {
        let kind = event.text("type");
        event.int("created") >= oldest
            && delivered.is_none_or(|wanted| wanted == (event.int("pending_webhooks") == 0))
            && (types.is_empty() || types.iter().any(|wanted| wanted == kind))
            && group.as_ref().is_none_or(|group| kind.starts_with(group.as_str()))
    })
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let event = call.retrieve("event")?;
    if event.int("created") < call.now() - KEPT {
        return Err(ApiError::missing("event", event.text("id"), "id"));
    }
    Ok(event)
}
