//! An independent decoder of requests: converts form pairs back to JSON by the schema of the parameters. Parameters
//! outside of the schema are errors.

use super::instance::resolve;
use serde_json::Value as Json;
use serde_json::{Map, json};

/// Nests pairs: `a[b][0]=c` becomes `{"a": {"b": {"0": "c"}}}`.
pub(crate) fn nest(form: &str) -> Json {
    let mut root = Json::Object(Map::new());
    for (key, value) in url::form_urlencoded::parse(form.as_bytes()) {
        let mut place = &mut root;
        for part in key.split('[').map(|part| part.trim_end_matches(']')) {
            let members = place.as_object_mut().unwrap_or_else(|| panic!("`{key}` is nested in a scalar"));
            place = members.entry(part).or_insert_with(|| Json::Object(Map::new()));
        }
        assert_eq!(*place, json!({}), "`{key}` occurs twice");
        *place = json!(value);
    }
    root
}

/// Converts a nested form by its schema: restores numbers, booleans and arrays.
pub(crate) fn typed(sent: &Json, schema: &Json, path: &str) -> Result<Json, String> {
    let schema = resolve(schema);
    if let Some(alternatives) = schema["anyOf"].as_array() {
        let unsets = |alternative: &Json| alternative["enum"] == json!([""]);
        if sent == "" && alternatives.iter().any(unsets) {
            return Ok(Json::Null);
        }
        let mut errors = Vec::new();
        for alternative in alternatives {
            match typed(sent, alternative, path) {
                Ok(value) => return Ok(value),
                Err(error) => errors.push(error),
            }
        }
        return Err(errors.join("; "));
    }
    let wrong = || Err(format!("{path}: {sent} does not match {}", schema["type"]));
    match (schema["type"].as_str(), sent) {
        (Some("object"), Json::Object(members)) => {
            let mut out = Map::new();
            for (name, value) in members {
                let path = format!("{path}.{name}");
                let property = match (schema.get("properties"), &schema["additionalProperties"]) {
                    (Some(properties), _) => properties.get(name),
                    (None, values @ Json::Object(_)) => Some(values),
                    _ => None,
                };
                let Some(property) = property else { return Err(format!("{path}: not in the document")) };
                out.insert(name.clone(), typed(value, property, &path)?);
            }
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
                // A form cannot express an empty object.
                let property = resolve(&schema["properties"][name]);
                let may_be_empty =
                    property["type"] == "object" && property["required"].as_array().is_none_or(Vec::is_empty);
                if !members.contains_key(name) && !may_be_empty {
                    return Err(format!("{path}: `{name}` is missing"));
                }
            }
            Ok(Json::Object(out))
        }
        (Some("array"), Json::Object(items)) => {
            let mut out = Vec::new();
            for (index, (key, value)) in items.iter().enumerate() {
                if *key != index.to_string() {
                    return Err(format!("{path}: the items are not numbered from 0"));
                }
                out.push(typed(value, &schema["items"], &format!("{path}[{index}]"))?);
            }
            Ok(Json::Array(out))
        }
        (Some(_), Json::String(text)) => scalar(text, schema).map_or_else(wrong, Ok),
        _ => wrong(),
    }
}

fn scalar(text: &str, schema: &Json) -> Option<Json> {
    if let Some(values) = schema["enum"].as_array() {
        return match values.iter().any(|value| value == text) {
            // The empty string unsets a parameter.
            true if text.is_empty() => Some(Json::Null),
            true => Some(json!(text)),
            false => None,
        };
    }
    match schema["type"].as_str()? {
        "string" => {
            let fits = schema["maxLength"].as_u64().is_none_or(|most| text.chars().count() as u64 <= most);
            fits.then(|| json!(text))
        }
        "integer" => text.parse::<i64>().ok().map(|number| json!(number)),
        "number" => text.parse::<f64>().ok().map(|number| json!(number)),
        "boolean" => text.parse::<bool>().ok().map(|value| json!(value)),
        _ => None,
    }
}
