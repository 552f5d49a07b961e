//! Events of API v2, for polling.

use super::page;
use crate::engine::{ApiError, Json, Peek, date_time};
use crate::resources::events::events::KEPT;
use crate::resources::{Resource, entry};
use crate::state::RequestContext;

pub(crate) static RESOURCE: Resource = Resource {
    name: "v2.core.events",
    entries: &[
        entry("GetV2CoreEvents", list, &[]),
        entry("GetV2CoreEventsId", |call| call.retrieve("v2.core.event"), &[]),
    ],
    machines: &[],
    rules: &[],
};

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    // Times in this format sort like their texts.
    let oldest = date_time(call.now() - KEPT);
    let about = call.text("object_id");
    let types: Vec<_> = call.params.items("types").to_vec();
    let bound = |name: &str| call.text(&format!("created.{name}"));
    let (gt, gte, lt, lte) = (bound("gt"), bound("gte"), bound("lt"), bound("lte"));
    let wanted = |event: &&Json| {
        let created = event.text("created");
        created >= oldest.as_str()
            && about.as_deref().is_none_or(|about| event.text("related_object.id") == about)
            && (types.is_empty() || event.get("type").is_some_and(|kind| types.contains(kind)))
            && gt.as_deref().is_none_or(|bound| created > bound)
            && gte.as_deref().is_none_or(|bound| created >= bound)
            && lt.as_deref().is_none_or(|bound| created < bound)
            && lte.as_deref().is_none_or(|bound| created <= bound)
    };
    page(call, call.all("v2.core.event").filter(wanted).cloned().collect())
}
