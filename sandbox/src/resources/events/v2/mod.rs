//! Shared by API v2: paged lists and thin events.

pub mod event_destinations;
pub(crate) mod events;

use crate::engine::{ApiError, Json, Peek, date_time, set};
use crate::state::{AccountContext, RequestContext};
use serde_json::json;

/// The time in the format of API v2.
pub(crate) fn now(context: &AccountContext<'_>) -> String {
    date_time(context.now())
}

/// A list of API v2: objects, newest first, with the addresses of the adjacent pages.
pub(crate) fn page(call: &RequestContext<'_>, newest_first: Vec<Json>) -> Result<Json, ApiError> {
    let limit = usize::try_from(call.int("limit").unwrap_or(10)).unwrap_or(10).max(1);
    let from = match call.text("page") {
        None => 0,
        Some(token) => {
            let first = token.strip_prefix("page_");
            let place = first.and_then(|id| newest_first.iter().position(|object| object.text("id") == id));
            place.ok_or_else(|| ApiError::invalid("Invalid page: the page does not exist.").param("page"))?
        }
    };
    let address = |place: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in call.params.as_object().into_iter().flatten().filter(|(name, _)| *name != "page")
        {
            flatten(&mut query, name, value);
        }
        let first = newest_first.get(place)?.text("id");
        query.append_pair("page", &format!("page_{first}"));
        Some(format!("{}?{}", call.own_path(), query.finish()))
    };
    let next = address(from.saturating_add(limit));
    let previous = if from == 0 { None } else { address(from.saturating_sub(limit)) };
    let data: Vec<_> = newest_first.iter().skip(from).take(limit).collect();
    Ok(json!({ "data": data, "next_page_url": next, "previous_page_url": previous }))
}

/// Writes a parameter into a query.
fn flatten(query: &mut url::form_urlencoded::Serializer<'_, String>, name: &str, value: &Json) {
    match value {
        Json::Object(members) => {
            members.iter().for_each(|(inner, value)| flatten(query, &format!("{name}[{inner}]"), value))
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| flatten(query, &format!("{name}[{at}]"), item))
        }
        Json::String(text) => drop(query.append_pair(name, text)),
        other => drop(query.append_pair(name, &other.to_string())),
    }
}

/// The metadata of an object after this request; in v2 `null` removes a key.
pub(crate) fn merged_metadata(call: &RequestContext<'_>, object: &Json) -> Json {
    merge_metadata(object.get("metadata"), call.params.get("metadata"))
}

/// Metadata after a change; `null` removes a key, and in place of all of them every key.
pub(crate) fn merge_metadata(known: Option<&Json>, sent: Option<&Json>) -> Json {
    if sent == Some(&Json::Null) {
        return json!({});
    }
    let mut merged = known.filter(|known| known.is_object()).cloned().unwrap_or_else(|| json!({}));
    for (key, value) in sent.and_then(Json::as_object).into_iter().flatten() {
        match value {
            Json::Null => drop(merged.as_object_mut().and_then(|members| members.remove(key))),
            value => set(&mut merged, key, value.clone()),
        }
    }
    merged
}
