//! JSON pointers (RFC 6901).

use serde_json::Value;

/// One reference token with `~` and `/` escaped.
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// The pointer of a child.
pub fn join(pointer: &str, token: impl std::fmt::Display) -> String {
    format!("{pointer}/{}", escape(&token.to_string()))
}

/// The schema name in `#/components/schemas/NAME`.
pub fn schema_name(reference: &str) -> Option<String> {
    let token = reference.strip_prefix("#/components/schemas/")?;
    Some(token.replace("~1", "/").replace("~0", "~"))
}

/// The schema name that a schema's `$ref` leads to.
pub fn ref_name(schema: &Value) -> Option<String> {
    schema_name(schema.get("$ref")?.as_str()?)
}
