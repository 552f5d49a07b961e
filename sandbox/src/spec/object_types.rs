use super::document::schema_names;
use super::schema;
use super::suggestions::choices;
use crate::engine::Peek;
use std::sync::LazyLock;

/// Sources of balance transactions that the trimmed document does not contain.
const SOURCES: [&str; 2] = ["connect_collection_transfer", "reserve_transaction"];

static KINDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let is_kind =
        |name: &&str| schema(name).is_some_and(|schema| schema.text("properties.object.enum.0") == *name);
    schema_names().filter(is_kind).chain(SOURCES).collect()
});

/// Checks that objects with this `object` member exist.
///
/// # Errors
/// The allowed values, as text.
pub fn named_kind(kind: &str) -> Result<(), String> {
    if KINDS.contains(&kind) { Ok(()) } else { Err(choices(&KINDS, kind)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_object_types() {
        for kind in ["topup", "issuing.card", "charge", "v2.core.event_destination"] {
            assert_eq!(named_kind(kind), Ok(()), "{kind}");
        }
        assert!(named_kind("top_up").unwrap_err().starts_with("topup,"));
        assert!(named_kind("deleted_person").is_err());
    }
}
