use super::shape::Shape;
use crate::engine::Json;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

/// The trimmed API document, embedded in the binary.
const TEXT: &str = include_str!("openapi.json");

/// Paths that Stripe still serves but its document no longer lists.
const OLDER_PATHS: &str = include_str!("older_paths.json");

type Parts = BTreeMap<&'static str, &'static RawValue>;

/// A part of the document, parsed on first use.
#[derive(Debug)]
pub(crate) struct Part {
    raw: &'static RawValue,
    parsed: OnceLock<Json>,
    shape: OnceLock<Shape>,
}

impl Part {
    pub(crate) fn new(raw: &'static RawValue) -> Self {
        Self { raw, parsed: OnceLock::new(), shape: OnceLock::new() }
    }

    pub(crate) fn read(&self) -> &Json {
        self.parsed.get_or_init(|| serde_json::from_str(self.raw.get()).unwrap_or_default())
    }

    /// The schema as a shape.
    pub(crate) fn shape(&'static self) -> &'static Shape {
        self.shape.get_or_init(|| Shape::read(self.read()))
    }
}

static TOP: LazyLock<Parts> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());

static SCHEMAS: LazyLock<BTreeMap<&'static str, Part>> = LazyLock::new(|| {
    let components: Parts = read(&TOP, "components");
    read(&components, "schemas").into_iter().map(|(name, raw)| (name, Part::new(raw))).collect()
});

fn read(parts: &Parts, name: &str) -> Parts {
    parts.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// The paths of the document and the older ones, not parsed yet.
pub(crate) fn paths() -> Parts {
    let mut paths = read(&TOP, "paths");
    let older: Parts = serde_json::from_str(OLDER_PATHS).unwrap_or_default();
    paths.extend(older);
    paths
}

/// The names of all schemas.
pub(crate) fn schema_names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.keys().copied()
}

/// A schema by name, such as `topup` or `issuing.card`.
pub fn schema(name: &str) -> Option<&'static Json> {
    SCHEMAS.get(name).map(Part::read)
}

/// The shape of the schema of this name.
pub(crate) fn shape(name: &str) -> Option<&'static Shape> {
    SCHEMAS.get(name).map(Part::shape)
}

/// The schema that a reference points to; other schemas are returned as they are.
pub fn resolve(schema_or_reference: &'static Json) -> &'static Json {
    let mut found = schema_or_reference;
    for _ in 0..8 {
        match referred(found) {
            Some(next) => found = next.read(),
            None => break,
        }
    }
    found
}

/// The target of a reference, not parsed; `None` if this is not a reference.
pub(crate) fn referred(schema_or_reference: &'static Json) -> Option<&'static Part> {
    let path = schema_or_reference.get("$ref").and_then(Json::as_str)?;
    SCHEMAS.get(path.rsplit('/').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_reference_resolves() {
        assert_eq!(schema("topup").map(|s| &s["title"]), Some(&Json::from("Topup")));
        let reference = &schema("balance").unwrap()["properties"]["issuing"];
        assert_eq!(resolve(reference)["title"], "BalanceDetail");
        assert!(schema("no_such_schema").is_none());
        assert!(SCHEMAS.len() > 300);
    }
}
