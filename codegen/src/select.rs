//! Selects operations from a document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::keep::Keep;
use crate::problems::Problems;
use crate::walk;

/// A document with only the selected operations, and all named schemas.
pub fn select(file: &str, document: &Value, keep: &Keep, problems: &mut Problems) -> Value {
    problems.note(check_version(file, document, keep));
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut paths = Map::new();
    for wanted in keep.operations() {
        let place = walk::operation_pointer(&wanted.path, &wanted.method);
        let Some(operation) = document.pointer(&place) else {
            let message = format!("{file} has no operation `{}`", wanted.key());
            problems.report(Error::at(&keep.file, &wanted.pointer, message));
            continue;
        };
        if let Some(id) = operation.get("operationId").and_then(Value::as_str)
            && let Some(first) = ids.insert(id.to_owned(), place.clone())
        {
            let message = format!("`{id}` is also the id of {first}");
            problems.report(Error::at(file, format!("{place}/operationId"), message));
        }
        let item = paths.entry(wanted.path.clone()).or_insert_with(|| json!({}));
        item[wanted.method.to_ascii_lowercase()] = operation.clone();
    }
    check_path_items(file, document, &paths, problems);
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_else(|| json!({}));
    json!({ "paths": paths, "components": { "schemas": schemas } })
}

/// Checks that the selection was made for the version of a document.
pub fn check_version(file: &str, document: &Value, keep: &Keep) -> Result<()> {
    let version = document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default();
    if version == keep.api {
        return Ok(());
    }
    let message = format!("the selection is for `{}`, but {file} is `{version}`", keep.api);
    Err(Error::at(&keep.file, "/api", message))
}

/// Members next to the operations of a path would apply to them, so they must not be lost.
fn check_path_items(file: &str, document: &Value, paths: &Map<String, Value>, problems: &mut Problems) {
    for (path, item) in walk::sorted(document.get("paths")).filter(|(path, _)| paths.contains_key(*path)) {
        for (key, _) in walk::sorted(Some(item)) {
            let known = crate::keep::METHODS.contains(&key.to_ascii_uppercase().as_str());
            if !known && !["description", "summary"].contains(&key) {
                let at = crate::pointer::join(&crate::pointer::join("/paths", path), key);
                problems.report(Error::at(file, at, format!("`{key}` is not supported in a path item")));
            }
        }
    }
}
