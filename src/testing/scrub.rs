//! Scrubs recordings. Kept are numbers, ids, times, enum values and some texts from Stripe, if the types of this
//! crate know them and they are neither secret nor personal. All other values are removed or replaced, including free
//! text such as descriptions and metadata, unless it consists only of names of the flow.

use super::holes;
use super::holes::Holes;
use super::operations::Known;
use super::params::{Params, Segment};
use super::pattern::Bindings;
use crate::wire::{
    Container, DecodeField, EncodeField, FieldRef, List, Map, PRIVATE, Record, Scalar, Slot, WireType, decode,
};
use serde_json::Value as Json;
use serde_json::json;

/// Replaces a removed text.
const GONE: &str = "scrubbed";

/// The members whose texts are kept: they come from Stripe or a bank, or are keywords, and contain no personal data.
const TEXTS: [&str; 36] = [
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
    "disabled_reason",
    "eventually_due",
    "failure_code",
    "failure_message",
    "flow",
    "funding",
    "interval",
    "last4",
    "mcc",
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
    "status",
    "type",
    "usage",
];

/// The names known when a reply is scrubbed.
pub(crate) struct Names<'a> {
    /// The names of the flow.
    pub(crate) bound: &'a Bindings,
    /// The request values that the fixtures do not contain.
    pub(crate) holes: &'a Holes,
}

/// Whether a text may be kept in its place.
fn is_plain(view: &FieldRef<'_>, member: &str) -> bool {
    match view {
        FieldRef::Text(text) => TEXTS.binary_search(&member).is_ok() || is_next_page(text),
        _ => true,
    }
}

/// Whether a text is the link to the next page of a list, which a program requests.
fn is_next_page(text: &str) -> bool {
    (text.starts_with("/v1/") || text.starts_with("/v2/")) && !text.contains('@') && !text.contains("%40")
}

/// Scrubs a reply of a type.
pub(crate) fn reply<T: WireType>(bytes: &[u8], names: &Names<'_>) -> Result<Json, String> {
    let value: T = decode::from_slice(bytes)?;
    let json: Json = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    Ok(names.kept(&json, &value, ""))
}

/// Scrubs an error: keeps the members that a program can act on.
pub(crate) fn error(reply: &Json) -> Json {
    let mut kept = json!({ "message": "The request was rejected during recording." });
    for name in ["type", "code", "decline_code", "param"] {
        if let Some(text) = reply["error"][name].as_str() {
            kept[name] = text.into();
        }
    }
    json!({ "error": kept })
}

/// Converts parameters to nested JSON. Secret, personal and unknown values are replaced by names that match any
/// value.
pub(crate) fn params(params: &Params, known: &Known, holes: &mut Holes, bound: &Bindings) -> Json {
    let mut out = Json::Null;
    for (name, value) in params {
        let may_keep = (known.may_keep)(name.segments());
        let value = match value {
            Json::String(text) if text.is_empty() => value.clone(),
            Json::String(text) if may_keep || is_named(text, bound) => holes::named(text, bound).into(),
            Json::String(text) => holes.text(&name.to_string(), text, bound).into(),
            Json::Number(number) if !may_keep => match number.as_i64() {
                Some(number) => holes.number(name, number, bound).into(),
                // A fraction is not an account number, and no name can match one.
                None => value.clone(),
            },
            // Empty values and booleans reveal nothing, and are the point of a request: they unset, request, agree.
            _ => value.clone(),
        };
        put(&mut out, name.segments(), value);
    }
    out
}

/// Whether a text consists of names of the flow, which are in `flow.toml` anyway, and punctuation.
fn is_named(text: &str, bound: &Bindings) -> bool {
    !holes::beside(text, bound).contains(char::is_alphanumeric)
}

/// Scrubs an idempotency key: programs build them from their ids, and a replay compares them. A key that may contain
/// other data is replaced.
pub(crate) fn key(key: &str, holes: &mut Holes, bound: &Bindings) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if holes::beside(key, bound).chars().all(is_plain) {
        holes::named(key, bound)
    } else {
        holes.text("idempotency_key", key, bound)
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
                // The paths are sorted, so items are consecutive.
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

/// Whether a request of this type has this parameter, and it is neither secret nor personal.
pub(crate) fn may_keep<T: WireType>(place: &[Segment]) -> bool {
    is_open(&mut T::empty(), place, "")
}

/// Whether a request of this type has this parameter, and it is secret or personal.
pub(crate) fn hides<T: WireType>(place: &[Segment]) -> bool {
    is_hidden(&mut T::empty(), place)
}

fn is_hidden(value: &mut dyn DecodeField, place: &[Segment]) -> bool {
    if matches!(value.view(), FieldRef::Secret(_)) {
        return true;
    }
    match place {
        [] => false,
        [Segment::Member(name), inside @ ..] => match value.open(Container::Object) {
            Some(Slot::Record(record)) => record
                .at(name, |field, inner| field.has(PRIVATE) || is_hidden(inner, inside))
                .unwrap_or_default(),
            Some(Slot::Map(map)) => is_hidden(map.at(name), inside),
            _ => false,
        },
        [Segment::Index(_), inside @ ..] => match value.open(Container::Array) {
            Some(Slot::List(list)) => is_hidden(list.grow(), inside),
            _ => false,
        },
    }
}

/// `member` is the last name on the path.
fn is_open(value: &mut dyn DecodeField, place: &[Segment], member: &str) -> bool {
    if matches!(value.view(), FieldRef::Secret(_)) {
        return false;
    }
    match place {
        [] => {
            let mut scalars = [Scalar::Str("1"), Scalar::Int(1), Scalar::Bool(true)].into_iter();
            let is_known = scalars.any(|scalar| value.put(scalar).is_ok());
            is_known && !matches!(value.view(), FieldRef::Secret(_)) && is_plain(&value.view(), member)
        }
        [Segment::Member(name), inside @ ..] => match value.open(Container::Object) {
            Some(Slot::Record(record)) => record
                .at(name, |field, inner| !field.has(PRIVATE) && is_open(inner, inside, name))
                .unwrap_or_default(),
            // The keys of a map are data, so the name of the map decides.
            Some(Slot::Map(map)) => is_open(map.at(name), inside, member),
            _ => false,
        },
        [Segment::Index(_), inside @ ..] => match value.open(Container::Array) {
            Some(Slot::List(list)) => is_open(list.grow(), inside, member),
            _ => false,
        },
    }
}

impl Names<'_> {
    /// The part of a value in this member that may be kept, given its JSON.
    fn kept(&self, json: &Json, value: &dyn EncodeField, member: &str) -> Json {
        match (value.view(), json) {
            (_, Json::Null) => Json::Null,
            // Nothing is known about it, not even whether its keys are data.
            (FieldRef::Json(_), Json::Object(_)) => json!({}),
            (FieldRef::Secret(_) | FieldRef::Json(_), _) => self.gone(json),
            (FieldRef::Record(record), Json::Object(_)) => self.record(json, record),
            (FieldRef::List(list), Json::Array(items)) => self.list(items, list, member),
            (FieldRef::Map(map), Json::Object(_)) => self.map(json, map, member),
            (_, Json::Object(_) | Json::Array(_)) => self.gone(json),
            (view, Json::String(text)) if is_plain(&view, member) => holes::named(text, self.bound).into(),
            (_, Json::String(_)) => self.gone(json),
            (_, scalar) => scalar.clone(),
        }
    }

    fn record(&self, json: &Json, record: &dyn Record) -> Json {
        let mut out = json!({});
        if let Some(object) = json.get("object").filter(|_| !record.table().object.is_empty()) {
            out["object"] = object.clone();
        }
        record.each(|field, value| {
            let Some(json) = json.get(field.name) else { return };
            let is_private = field.has(PRIVATE);
            out[field.name] = if is_private { self.gone(json) } else { self.kept(json, value, field.name) };
        });
        out
    }

    fn list(&self, items: &[Json], list: &dyn List, member: &str) -> Json {
        let kept = items
            .iter()
            .enumerate()
            .filter_map(|(index, json)| Some(self.kept(json, list.item(index)?, member)));
        Json::Array(kept.collect())
    }

    fn map(&self, json: &Json, map: &dyn Map, member: &str) -> Json {
        let kept = map
            .entries()
            .filter_map(|(name, value)| Some((name.to_owned(), self.kept(json.get(name)?, value, member))));
        Json::Object(kept.collect())
    }

    /// A placeholder of the same shape. A value sent in a request is replaced by its name.
    fn gone(&self, json: &Json) -> Json {
        match json {
            Json::Null => Json::Null,
            Json::Bool(_) => false.into(),
            Json::Number(_) => 1.into(),
            Json::String(text) if is_named(text, self.bound) => holes::named(text, self.bound).into(),
            Json::String(text) => self.holes.repeated(text).unwrap_or_else(|| GONE.into()),
            Json::Array(items) => items.iter().map(|item| self.gone(item)).collect(),
            Json::Object(members) => {
                let gone = members.iter().map(|(name, value)| (name.clone(), self.gone(value)));
                Json::Object(gone.collect())
            }
        }
    }
}
