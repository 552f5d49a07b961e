//! JSON pointers (RFC 6901).

use serde_json::Value;

/// Escapes `~` and `/` in a reference token.
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// Returns the pointer of a child.
pub fn join(pointer: &str, token: impl std::fmt::Display) -> String {
    format!("{pointer}/{}", escape(&token.to_string()))
}

/// The schema name in `#/components/schemas/NAME`.
pub fn schema_name(reference: &str) -> Option<String> {
    let token = reference.strip_prefix("#/components/schemas/")?;
    Some(token.replace("~1", "/").replace("~0", "~"))
}

/// The schema name in a schema's `$ref`.
pub fn ref_name(schema: &Value) -> Option<String> {
    schema_name(schema.get("$ref")?.as_str()?)
}
