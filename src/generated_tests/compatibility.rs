//! Objects of earlier API versions are decoded without loss.

use super::{DOCUMENT, difference};
use crate::generated::catalog::SCHEMAS;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

/// The schema of objects with this `object` member.
fn schema_of(object: &str) -> Option<&'static str> {
    let schemas = DOCUMENT["components"]["schemas"].as_object()?;
    let is_it = |schema: &Json| {
        schema.pointer("/properties/object/enum/0").and_then(Json::as_str) == Some(object)
            && schema.pointer("/properties/deleted").is_none()
    };
    schemas.iter().find(|(_, schema)| is_it(schema)).map(|(name, _)| name.as_str())
}

#[test]
fn objects_of_earlier_versions_decode_without_loss() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compatibility");
    let mut count = 0;
    for version in fs::read_dir(root).expect("the folder of versions").map(|entry| entry.expect("a folder")) {
        for file in fs::read_dir(version.path()).expect("a folder").map(|entry| entry.expect("a file")) {
            let text = fs::read(file.path()).expect("the file can be read");
            let object: Json = serde_json::from_slice(&text).expect("the file is JSON");
            let kind = object["object"].as_str().expect("an object");
            let name = schema_of(kind).unwrap_or_else(|| panic!("no schema is of `{kind}`"));
            let (_, reply) = SCHEMAS
                .iter()
                .find(|(known, _)| *known == name)
                .unwrap_or_else(|| panic!("nothing decodes `{name}`"));
            let (_, written) = reply(&text).unwrap_or_else(|e| panic!("{}: {e}", file.path().display()));
            // Members added in later versions may be null.
            assert_eq!(difference("", &object, &written), None, "{kind}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count} objects");
}
