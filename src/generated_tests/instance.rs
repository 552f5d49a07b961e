//! Builds JSON instances of schemas.

use super::DOCUMENT;
use serde_json::Value as Json;
use serde_json::{Map, json};

/// The value of secret strings, which tests search for.
pub(crate) const SECRET: &str = "zz-secret";
/// The value of secret numbers.
pub(crate) const SECRET_NUMBER: i64 = 77_123_457;
/// The depth at which optional objects are omitted.
const DEPTH: usize = 9;

/// How to build an instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fill {
    /// Only required members; nullable ones are null.
    Least,
    /// All members. Of alternatives and enum values, the one with this number (or the last).
    Most(usize),
    /// All members of the schema itself, but only required ones of referenced schemas, which are tested separately.
    /// For tests that visit each member.
    Own,
}

/// A place in the instance, with facts from its schema.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    /// JSON pointer into the instance.
    pub pointer: String,
    /// The path as the decoder writes it: `data[0].amount`.
    pub path: String,
    pub required: bool,
    pub nullable: bool,
    /// A value of an enum with more than one value.
    pub open_enum: bool,
    /// An object with properties.
    pub object: bool,
    /// A member of an object with properties (not an item or a map value).
    pub member: bool,
    /// A union, or an object without a discriminator: any object is accepted.
    pub any_kind: bool,
}

/// An instance with all its places.
#[derive(Debug)]
pub(crate) struct Instance {
    pub json: Json,
    pub spots: Vec<Spot>,
}

pub(crate) fn make(schema: &Json, fill: Fill) -> Instance {
    let mut maker = Maker { fill, spots: Vec::new() };
    let at = At { pointer: String::new(), path: String::new(), depth: 0, own: true, secret: false };
    let json = maker.value(schema, &at);
    Instance { json, spots: maker.spots }
}

pub(crate) fn resolve(schema: &Json) -> &Json {
    match schema["$ref"].as_str() {
        Some(reference) => {
            DOCUMENT.pointer(reference.trim_start_matches('#')).expect("a reference leads somewhere")
        }
        None => schema,
    }
}

struct Maker {
    fill: Fill,
    spots: Vec<Spot>,
}

#[derive(Clone)]
struct At {
    pointer: String,
    path: String,
    depth: usize,
    /// Whether no reference was followed to get here.
    own: bool,
    secret: bool,
}

impl Maker {
    fn pick(&self, count: usize) -> usize {
        match self.fill {
            Fill::Least | Fill::Own => 0,
            Fill::Most(number) => number.min(count.saturating_sub(1)),
        }
    }

    fn meet(&mut self, schema: &Json, at: &At, required: bool, member: bool) {
        if at.own || self.fill != Fill::Own {
            self.spots.push(spot(schema, at, required, member));
        }
    }

    fn value(&mut self, schema: &Json, at: &At) -> Json {
        let own = at.own && schema.get("$ref").is_none();
        let schema = resolve(schema);
        let at = &At { own, secret: at.secret || schema["x-secret"].is_string(), ..at.clone() };
        if let Some(alternatives) = schema["anyOf"].as_array() {
            let mut index = self.pick(alternatives.len());
            // Expandable objects contain each other, so deeper levels contain only ids.
            if at.depth > DEPTH / 3 && schema.get("x-expansionResources").is_some() {
                index = 0;
            }
            return self.value(&alternatives[index], at);
        }
        if let Some(values) = schema["enum"].as_array() {
            return match &values[self.pick(values.len())] {
                // The empty string unsets a parameter: in JSON that is null.
                value if value == "" => Json::Null,
                value => value.clone(),
            };
        }
        match schema["type"].as_str() {
            Some("boolean") => json!(true),
            Some("integer") if at.secret => json!(SECRET_NUMBER),
            Some("integer") => json!(1_767_225_600),
            Some("number") => json!(12.5),
            Some("string") => text(schema, at),
            Some("array") => {
                let at = At {
                    pointer: format!("{}/0", at.pointer),
                    path: format!("{}[0]", at.path),
                    depth: at.depth + 1,
                    ..*at
                };
                let items = match schema["items"]["anyOf"].as_array() {
                    // An empty string among the items is a value.
                    Some(alternatives) if alternatives.iter().any(|a| a["enum"] == json!([""])) => {
                        &alternatives[0]
                    }
                    _ => &schema["items"],
                };
                self.meet(items, &at, true, false);
                json!([self.value(items, &at)])
            }
            Some("object") if schema.get("properties").is_some() => self.object(schema, at),
            Some("object") if schema["additionalProperties"].is_object() => {
                let at = inside(at, "some_key");
                self.meet(&schema["additionalProperties"], &at, false, false);
                json!({ "some_key": self.value(&schema["additionalProperties"], &at) })
            }
            Some("object") => json!({ "anything": ["at", "all"] }),
            other => panic!("a schema of type {other:?} at {}", at.pointer),
        }
    }

    fn object(&mut self, schema: &Json, at: &At) -> Json {
        let mut object = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let required = schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
            let nullable = property["nullable"] == true;
            let at = inside(at, name);
            let wanted = match self.fill {
                Fill::Least => required || nullable,
                Fill::Most(_) => required || at.depth < DEPTH,
                Fill::Own => required || at.own,
            };
            if !wanted && !nullable {
                continue;
            }
            self.meet(property, &at, required, true);
            let value = match self.fill {
                Fill::Least if nullable => Json::Null,
                _ if !wanted => Json::Null,
                _ => self.value(property, &at),
            };
            object.insert(name.clone(), value);
        }
        Json::Object(object)
    }
}

fn inside(at: &At, name: &str) -> At {
    At {
        pointer: format!("{}/{}", at.pointer, name.replace('~', "~0").replace('/', "~1")),
        path: if at.path.is_empty() { name.to_owned() } else { format!("{}.{name}", at.path) },
        depth: at.depth + 1,
        own: at.own,
        secret: at.secret,
    }
}

fn spot(schema: &Json, at: &At, required: bool, member: bool) -> Spot {
    let target = resolve(schema);
    Spot {
        pointer: at.pointer.clone(),
        path: at.path.clone(),
        required,
        nullable: schema["nullable"] == true,
        open_enum: target["enum"].as_array().is_some_and(|values| {
            let constant = at.pointer.ends_with("/object") && values.len() == 1;
            target["type"] == "string" && !constant
        }),
        object: target.get("properties").is_some(),
        member,
        any_kind: takes_any_kind(target),
    }
}

/// Whether a schema is a union, or an expandable field whose targets were cut: any object is accepted.
pub(crate) fn takes_any_kind(schema: &Json) -> bool {
    let alternatives = schema["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
    let objects = alternatives.iter().filter(|alternative| alternative.get("$ref").is_some()).count();
    match schema.get("x-expansionResources") {
        Some(_) => objects != 1 || schema.get("x-cut").is_some(),
        None => objects > 1,
    }
}

/// The pointers of everything that a schema describes directly, without references: an instance must reach them.
pub(crate) fn own_pointers(schema: &Json, pointer: &str, into: &mut Vec<String>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let inner = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        own_pointers(property, &inner, into);
        into.push(inner);
    }
    for (name, key) in [("0", "items"), ("some_key", "additionalProperties")] {
        if schema[key].is_object() {
            let inner = format!("{pointer}/{name}");
            own_pointers(&schema[key], &inner, into);
            into.push(inner);
        }
    }
    for alternative in schema["anyOf"].as_array().into_iter().flatten() {
        own_pointers(alternative, pointer, into);
    }
}

/// The value with each one-item array repeated to this length.
pub(crate) fn repeated(json: &Json, count: usize) -> Json {
    match json {
        Json::Array(items) => items.iter().flat_map(|item| vec![repeated(item, count); count]).collect(),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), repeated(value, count))).collect())
        }
        scalar => scalar.clone(),
    }
}

fn text(schema: &Json, at: &At) -> Json {
    let text = match schema["format"].as_str() {
        Some("currency") => "usd",
        Some("decimal") => "1.50",
        Some("date-time") => "2026-01-28T12:00:00.000Z",
        Some(other) => panic!("a text of format {other} at {}", at.pointer),
        None if at.secret => SECRET,
        None if at.pointer.ends_with("currency") => "eur",
        None => schema["pattern"].as_str().map_or("text", |pattern| pattern.trim_start_matches('^')),
    };
    let length = schema["maxLength"].as_u64().map_or(text.len(), |most| text.len().min(most as usize));
    json!(text[..length])
}
