//! What a recording may keep: numbers, ids, times, words of a list and a few texts of Stripe's, where the types of this
//! crate know them and know them to be neither secret nor personal. All else is left out or replaced; so is what people write,
//! such as descriptions and metadata, unless it is nothing but names of the flow.

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

/// Stands for a text that is not kept.
const GONE: &str = "scrubbed";

/// The members whose texts may be kept as they are: Stripe or a bank made them, or they are words with a meaning, and none of
/// them is about a person.
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

/// What is known when a reply is scrubbed.
pub(crate) struct Names<'a> {
    /// The names of the flow.
    pub(crate) bound: &'a Bindings,
    /// What the requests so far had and the fixtures do not.
    pub(crate) holes: &'a Holes,
}

/// Whether a text of a value may be kept where it stands.
fn is_plain(view: &FieldRef<'_>, member: &str) -> bool {
    match view {
        FieldRef::Text(text) => TEXTS.binary_search(&member).is_ok() || is_next_page(text),
        _ => true,
    }
}

/// Whether a text is where the next page of a list is, which a program asks for.
fn is_next_page(text: &str) -> bool {
    (text.starts_with("/v1/") || text.starts_with("/v2/")) && !text.contains('@') && !text.contains("%40")
}

/// A reply of a type, with what may be kept of it.
pub(crate) fn reply<T: WireType>(bytes: &[u8], names: &Names<'_>) -> Result<Json, String> {
    let value: T = decode::from_slice(bytes)?;
    let json: Json = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    Ok(names.kept(&json, &value, ""))
}

/// Of an error: what a program can act on.
pub(crate) fn error(reply: &Json) -> Json {
    let mut kept = json!({ "message": "The request was refused when this was recorded." });
    for name in ["type", "code", "decline_code", "param"] {
        if let Some(text) = reply["error"][name].as_str() {
            kept[name] = text.into();
        }
    }
    json!({ "error": kept })
}

/// Parameters as nested JSON. A name that anything fits stands for what is secret, personal or unknown.
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
                // A fraction is no account number; no name can stand for one.
                None => value.clone(),
            },
            // What is empty, yes or no tells nothing, and is what the request does: it unsets, asks, agrees.
            _ => value.clone(),
        };
        put(&mut out, name.segments(), value);
    }
    out
}

/// Whether a text is made of names of the flow, which `flow.toml` has anyway, with nothing but signs between them.
fn is_named(text: &str, bound: &Bindings) -> bool {
    !holes::beside(text, bound).contains(char::is_alphanumeric)
}

/// An idempotency key: programs make them of their own ids, and a replay compares them. One that may be of something else is
/// replaced.
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
pub(crate) fn may_keep<T: WireType>(place: &[Segment]) -> bool {
    is_open(&mut T::empty(), place, "")
}

/// Whether a request of this type has such a parameter, and it is secret or personal.
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
            Some(Slot::Record(record)) => {
                let Some(index) = record.table().index(name, 0) else { return false };
                let is_private = record.table().fields.get(index).is_some_and(|field| field.has(PRIVATE));
                is_private || record.field_mut(index).is_some_and(|inner| is_hidden(inner, inside))
            }
            Some(Slot::Map(map)) => is_hidden(map.at(name), inside),
            _ => false,
        },
        [Segment::Index(_), inside @ ..] => match value.open(Container::Array) {
            Some(Slot::List(list)) => is_hidden(list.grow(), inside),
            _ => false,
        },
    }
}

/// `member` is the name on the way here that was last.
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
            Some(Slot::Record(record)) => {
                let index = record.table().index(name, 0);
                let field = index.and_then(|index| record.table().fields.get(index));
                let is_private = field.is_none_or(|field| field.has(PRIVATE));
                let inner = index.filter(|_| !is_private).and_then(|index| record.field_mut(index));
                inner.is_some_and(|inner| is_open(inner, inside, name))
            }
            // The names of a map are data, so what it is called decides.
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
    /// What may be kept of a value, whose JSON this is, in a member of this name.
    fn kept(&self, json: &Json, value: &dyn EncodeField, member: &str) -> Json {
        match (value.view(), json) {
            (_, Json::Null) => Json::Null,
            // Nothing is known about it, not even whether its names are data.
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
        for (index, field) in record.table().fields.iter().enumerate() {
            let (Some(json), Some(value)) = (json.get(field.name), record.field(index)) else { continue };
            let is_private = field.has(PRIVATE);
            out[field.name] = if is_private { self.gone(json) } else { self.kept(json, value, field.name) };
        }
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

    /// A value of the same shape that says nothing. What a request had sent comes back under its name.
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
