//! Classifies a schema before it is lowered.

use super::{At, properties, strings, text};
use crate::error::Result;
use serde_json::Value;

/// Combinators that have no Rust form here.
const UNSUPPORTED: [&str; 3] = ["allOf", "not", "oneOf"];

/// The two forms of a list.
pub enum ListKind {
    V1,
    V2,
}

#[derive(PartialEq)]
pub enum Kind {
    Reference,
    Object,
    Integer,
    Text,
    Keyword,
    Other,
}

pub fn kind(schema: &Value) -> Kind {
    match text(schema, "type") {
        _ if schema.get("$ref").is_some() => Kind::Reference,
        Some("object") => Kind::Object,
        Some("integer") => Kind::Integer,
        Some("string") if schema.get("enum").is_some() => Kind::Keyword,
        Some("string") => Kind::Text,
        _ => Kind::Other,
    }
}

pub fn is_range(schema: &Value) -> bool {
    let names: Vec<&str> = properties(schema).map(|(name, _, _)| name).collect();
    names == ["gt", "gte", "lt", "lte"]
}

pub fn list_of(schema: &Value) -> Option<ListKind> {
    let has = |name: &str| schema.pointer(&format!("/properties/{name}")).is_some();
    if !has("data") {
        return None;
    }
    let object =
        schema.pointer("/properties/object").is_some_and(|o| strings(o, "enum").eq(["list".to_owned()]));
    match (object, has("next_page_url")) {
        (true, _) => Some(ListKind::V1),
        (false, true) => Some(ListKind::V2),
        _ => None,
    }
}

pub fn is_nullable(schema: &Value) -> bool {
    schema.get("nullable").and_then(Value::as_bool).unwrap_or_default()
}

/// Whether a schema allows only the empty string, which unsets a parameter.
pub fn is_empty_text(schema: &Value) -> bool {
    strings(schema, "enum").eq([String::new()])
}

/// Rejects schemas that the rest of this module would silently ignore.
pub fn check(schema: &Value, at: &At) -> Result<()> {
    let Some(members) = schema.as_object() else {
        return Err(at.error("a schema must be an object"));
    };
    if let Some(word) = UNSUPPORTED.iter().find(|word| members.contains_key(**word)) {
        return Err(at.step(word, "").error(format!("`{word}` is not supported")));
    }
    if let Some(ty) = members.get("type")
        && !ty.is_string()
    {
        return Err(at.step("type", "").error("must be a string in OpenAPI 3.0"));
    }
    if let Some(nullable) = members.get("nullable")
        && !nullable.is_boolean()
    {
        return Err(at.step("nullable", "").error("must be true or false"));
    }
    if let Some(values) = members.get("enum") {
        check_values(schema, values, &at.step("enum", ""))?;
    }
    if let Some(properties) = members.get("properties")
        && !properties.is_object()
    {
        return Err(at.step("properties", "").error("must be an object"));
    }
    check_required(schema, at)
}

fn check_values(schema: &Value, values: &Value, at: &At) -> Result<()> {
    let Some(values) = values.as_array() else {
        return Err(at.error("must be a list"));
    };
    if values.is_empty() {
        return Err(at.error("allows no values"));
    }
    let odd = |value: &Value| text(schema, "type") == Some("string") && !value.is_string();
    match values.iter().position(odd) {
        Some(index) => Err(at.step(&index.to_string(), "").error("must be a string")),
        None => Ok(()),
    }
}

/// Every name in `required` must be a property.
fn check_required(schema: &Value, at: &At) -> Result<()> {
    let Some(required) = schema.get("required") else { return Ok(()) };
    let at = at.step("required", "");
    let Some(names) = required.as_array() else {
        return Err(at.error("must be a list of names"));
    };
    for (index, name) in names.iter().enumerate() {
        let at = at.step(&index.to_string(), "");
        let Some(name) = name.as_str() else { return Err(at.error("must be a string")) };
        if schema.get("properties").and_then(|all| all.get(name)).is_none() {
            return Err(at.error(format!("`{name}` is not a property")));
        }
    }
    Ok(())
}
