//! Sentences about a field that are derived from its schema.

use serde_json::Value;

/// The general length limit of strings, which is not worth mentioning.
const ANY_LENGTH: u64 = 5000;

/// Returns the facts in reading order.
pub fn of(schema: &Value) -> Vec<String> {
    let mut facts = Vec::new();
    let alternatives = schema.get("anyOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let parts = || std::iter::once(schema).chain(alternatives).chain(schema.get("items"));
    if let Some(length) = parts().find_map(|part| part.get("maxLength").and_then(Value::as_u64))
        && length != ANY_LENGTH
    {
        facts.push(format!("At most {length} characters."));
    }
    if parts().any(|part| part.get("format").and_then(Value::as_str) == Some("unix-time")) {
        facts.push("In Unix seconds.".to_owned());
    }
    if schema.get("x-expansionResources").is_some() {
        let names: Vec<String> = alternatives
            .iter()
            .filter_map(|part| part.get("$ref").and_then(Value::as_str))
            .chain(
                schema.get("x-cut").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str),
            )
            .map(|name| format!("`{}`", name.rsplit('/').next().unwrap_or(name)))
            .collect();
        facts.push(format!("Expandable to {}.", names.join(", ")));
    }
    match schema.get("x-secret").and_then(Value::as_str) {
        Some("secret") => {
            facts.push("Secret: kept out of debug output, logs and plain serialization.".to_owned())
        }
        Some("personal") => facts.push("Personal: kept out of debug output and logs.".to_owned()),
        _ => {}
    }
    if schema.get("deprecated").and_then(Value::as_bool) == Some(true) {
        facts.push("Deprecated by Stripe.".to_owned());
    }
    facts
}
