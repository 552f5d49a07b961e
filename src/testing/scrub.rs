//! What a recording may keep: numbers, ids, times, words of a list and a few texts about things, where the types of this
//! crate know them and know them to be neither secret nor personal. All else is left out or replaced.

use super::operations::Known;
use super::params::{Name, Params, Segment};
use super::pattern::Bindings;
use crate::Json;
use crate::wire::{Fill, List, Map, Opening, PRIVATE, Place, Record, Scalar, Typed, Value, View, decode};
use serde_json::json;

/// Stands for a text that is not kept.
const GONE: &str = "scrubbed";

/// The members whose texts may be kept as they are: none of them is about a person.
const TEXTS: [&str; 42] = [
    "account_holder_type",
    "account_type",
    "alternative_fields_due",
    "api_version",
    "bank_name",
    "brand",
    "category",
    "category_code",
    "code",
    "country",
    "currently_due",
    "decline_code",
    "description",
    "disabled_reason",
    "eventually_due",
    "failure_code",
    "failure_message",
    "flow",
    "funding",
    "interval",
    "last4",
    "mcc",
    "metadata",
    "method",
    "network",
    "object",
    "original_fields_due",
    "past_due",
    "pending_verification",
    "product",
    "purpose",
    "reason",
    "requirement",
    "scheme",
    "source_type",
    "statement_descriptor",
    "status",
    "title",
    "transfer_group",
    "type",
    "url",
    "usage",
];

/// Whether a text of a value may be kept where it stands.
fn is_plain(view: &View<'_>, member: &str) -> bool {
    !matches!(view, View::Text(_)) || TEXTS.binary_search(&member).is_ok()
}

/// A reply of a type, with what may be kept of it.
pub(super) fn reply<T: Typed>(bytes: &[u8]) -> Result<Json, String> {
    let value: T = decode::from_slice(bytes)?;
    let json: Json = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    Ok(kept(&json, &value, ""))
}

/// Of an error: what a program can act on.
pub(super) fn error(reply: &Json) -> Json {
    let mut kept = json!({ "message": "The request was refused when this was recorded." });
    for name in ["type", "code", "decline_code", "param"] {
        if let Some(text) = reply["error"][name].as_str() {
            kept[name] = text.into();
        }
    }
    json!({ "error": kept })
}

/// Parameters as nested JSON. A name that anything fits stands for what is secret, personal or unknown.
pub(super) fn params(params: &Params, known: &Known) -> Json {
    let mut out = Json::Null;
    for (name, value) in params {
        let value = if (known.may_keep)(name.segments()) { value.clone() } else { hole(name, value) };
        put(&mut out, name.segments(), value);
    }
    out
}

fn hole(name: &Name, value: &Json) -> Json {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = name.to_string().trim_end_matches(']').replace("][", "_").chars().map(plain).collect();
    match value {
        Json::Number(_) => format!("{{{{{name}:number}}}}").into(),
        _ => format!("{{{{{name}}}}}").into(),
    }
}

fn put(into: &mut Json, place: &[Segment], value: Json) {
    match place {
        [] => *into = value,
        [Segment::Member(name), inside @ ..] => {
            if !into.is_object() {
                *into = json!({});
            }
            if let Some(members) = into.as_object_mut() {
                put(members.entry(name.as_str()).or_insert(Json::Null), inside, value);
            }
        }
        [Segment::Index(index), inside @ ..] => {
            if !into.is_array() {
                *into = json!([]);
            }
            if let Some(items) = into.as_array_mut() {
                // The places are sorted, so items come one after the other.
                if items.len() <= *index {
                    items.push(Json::Null);
                }
                if let Some(item) = items.last_mut() {
                    put(item, inside, value);
                }
            }
        }
    }
}

/// Whether a request of this type has such a parameter, and it is neither secret nor personal.
pub(super) fn may_keep<T: Typed>(place: &[Segment]) -> bool {
    is_open(&mut T::empty(), place, "")
}

/// `member` is the name on the way here that was last.
fn is_open(value: &mut dyn Fill, place: &[Segment], member: &str) -> bool {
    if matches!(value.view(), View::Secret(_)) {
        return false;
    }
    match place {
        [] => {
            let mut scalars = [Scalar::Str("1"), Scalar::Int(1), Scalar::Bool(true)].into_iter();
            let is_known = scalars.any(|scalar| value.put(scalar).is_ok());
            is_known && !matches!(value.view(), View::Secret(_)) && is_plain(&value.view(), member)
        }
        [Segment::Member(name), inside @ ..] => match value.open(Opening::Object) {
            Some(Place::Record(record)) => {
                let index = record.table().index(name, 0);
                let field = index.and_then(|index| record.table().fields.get(index));
                let is_private = field.is_none_or(|field| field.has(PRIVATE));
                let inner = index.filter(|_| !is_private).and_then(|index| record.field_mut(index));
                inner.is_some_and(|inner| is_open(inner, inside, name))
            }
            // The names of a map are data, so what it is called decides.
            Some(Place::Map(map)) => is_open(map.at(name), inside, member),
            _ => false,
        },
        [Segment::Index(_), inside @ ..] => match value.open(Opening::Array) {
            Some(Place::List(list)) => is_open(list.grow(), inside, member),
            _ => false,
        },
    }
}

/// What may be kept of a value, whose JSON this is, in a member of this name.
fn kept(json: &Json, value: &dyn Value, member: &str) -> Json {
    match (value.view(), json) {
        (_, Json::Null) => Json::Null,
        // Nothing is known about it, not even whether its names are data.
        (View::Json(_), Json::Object(_)) => json!({}),
        (View::Secret(_) | View::Json(_), _) => gone(json),
        (View::Record(record), Json::Object(_)) => record_kept(json, record),
        (View::List(list), Json::Array(items)) => list_kept(items, list, member),
        (View::Map(map), Json::Object(_)) => map_kept(json, map, member),
        (_, Json::Object(_) | Json::Array(_)) => gone(json),
        (view, Json::String(_)) if !is_plain(&view, member) => gone(json),
        (_, scalar) => scalar.clone(),
    }
}

fn record_kept(json: &Json, record: &dyn Record) -> Json {
    let mut out = json!({});
    if let Some(object) = json.get("object").filter(|_| !record.table().object.is_empty()) {
        out["object"] = object.clone();
    }
    for (index, field) in record.table().fields.iter().enumerate() {
        let (Some(json), Some(value)) = (json.get(field.name), record.field(index)) else { continue };
        out[field.name] = if field.has(PRIVATE) { gone(json) } else { kept(json, value, field.name) };
    }
    out
}

fn list_kept(items: &[Json], list: &dyn List, member: &str) -> Json {
    let kept =
        items.iter().enumerate().filter_map(|(index, json)| Some(kept(json, list.item(index)?, member)));
    Json::Array(kept.collect())
}

fn map_kept(json: &Json, map: &dyn Map, member: &str) -> Json {
    let kept = map
        .entries()
        .filter_map(|(name, value)| Some((name.to_owned(), kept(json.get(name)?, value, member))));
    Json::Object(kept.collect())
}

/// A value of the same shape that says nothing.
fn gone(json: &Json) -> Json {
    match json {
        Json::Null => Json::Null,
        Json::Bool(_) => false.into(),
        Json::Number(_) => 1.into(),
        Json::String(_) => GONE.into(),
        Json::Array(items) => items.iter().map(gone).collect(),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), gone(value))).collect())
        }
    }
}

/// Texts with the names of the flow in place of what they stand for.
pub(super) fn with_names(json: &Json, bound: &Bindings) -> Json {
    match json {
        Json::String(text) => {
            let mut text = text.clone();
            for (name, value) in bound.iter().filter(|(_, value)| value.len() >= 4) {
                text = text.replace(value.as_str(), &format!("{{{{{name}}}}}"));
            }
            text.into()
        }
        Json::Array(items) => items.iter().map(|item| with_names(item, bound)).collect(),
        Json::Object(members) => {
            let named = members.iter().map(|(name, value)| (name.clone(), with_names(value, bound)));
            Json::Object(named.collect())
        }
        other => other.clone(),
    }
}
