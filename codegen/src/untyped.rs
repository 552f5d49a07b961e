//! Large objects and requests with members that are left untyped.
//!
//! The selection lists the typed members; the others lose their schemas and are marked `x-untyped`. They stay in the
//! document, because the sandbox accepts them, but `emit` creates no field for them: in a request they are set with
//! `param`, in a reply they are read from `extra`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::error::Error;
use crate::keep::{Keep, Typed};
use crate::pointer;
use crate::problems::Problems;
use crate::walk;

/// Marks an untyped member.
pub const UNTYPED: &str = "x-untyped";

/// Marks and empties the members that the selection does not list, in each listed place.
pub fn apply(document: &mut Value, keep: &Keep, problems: &mut Problems) {
    for typed in &keep.typed {
        let places = places(document, &typed.of);
        if places.is_empty() {
            let message = format!("unknown operation or schema `{}`", typed.of);
            problems.report(Error::at(&keep.file, &typed.pointer, message));
        }
        let mut unknown: BTreeSet<&String> = typed.members.iter().collect();
        let mut left = 0;
        for (name, place) in places {
            if typed.members.contains(&name) {
                unknown.remove(&name);
            } else if let Some(schema) = document.pointer_mut(&place) {
                *schema = loose(schema);
                schema[UNTYPED] = json!(true);
                left += 1;
            }
        }
        report(keep, typed, &unknown, left, problems);
    }
}

/// Reports unknown members, and lists that leave nothing out.
fn report(keep: &Keep, typed: &Typed, unknown: &BTreeSet<&String>, left: usize, problems: &mut Problems) {
    let at = pointer::join(&typed.pointer, "members");
    for name in unknown {
        let message = format!("`{}` has no member `{name}`", typed.of);
        problems.report(Error::at(&keep.file, &at, message));
    }
    if left == 0 {
        let message = format!("all members of `{}` are listed, so the entry has no effect", typed.of);
        problems.report(Error::at(&keep.file, &at, message));
    }
}

/// The members of an operation, a parameter or a schema, by name with their pointers. Path placeholders are always
/// typed, and `expand` is not a field.
fn places(document: &Value, of: &str) -> Vec<(String, String)> {
    let mut words = of.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        let at = walk::component_pointer(of);
        return properties(document, &at);
    };
    if let Some(parameter) = words.next() {
        let body = walk::operation_pointer(path, method) + "/requestBody/content";
        let media = walk::sorted(document.pointer(&body)).map(|(media, _)| pointer::join(&body, media));
        return media
            .flat_map(|media| properties(document, &format!("{media}/schema/properties/{parameter}")))
            .collect();
    }
    let at = walk::operation_pointer(path, method);
    let Some(operation) = document.pointer(&at) else { return Vec::new() };
    let mut found = Vec::new();
    for (index, parameter) in
        operation.get("parameters").and_then(Value::as_array).into_iter().flatten().enumerate()
    {
        let text = |key| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("in") != "path" {
            found.push((text("name").to_owned(), format!("{at}/parameters/{index}/schema")));
        }
    }
    let content = operation.pointer("/requestBody/content");
    for (media, _) in walk::sorted(content) {
        let body = pointer::join(&format!("{at}/requestBody/content"), media);
        found.extend(properties(document, &pointer::join(&body, "schema")));
    }
    found.retain(|(name, _)| name != "expand");
    found
}

fn properties(document: &Value, at: &str) -> Vec<(String, String)> {
    let at = pointer::join(at, "properties");
    walk::sorted(document.pointer(&at)).map(|(name, _)| (name.to_owned(), pointer::join(&at, name))).collect()
}

/// Reduces a schema: a scalar is kept, anything else becomes an open object or list.
fn loose(schema: &Value) -> Value {
    let mut out = if schema.get("x-expansionResources").is_some() {
        return schema.clone();
    } else if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
        let mut kept: Vec<Value> = Vec::new();
        for alternative in alternatives.iter().map(loose) {
            if !kept.contains(&alternative) {
                kept.push(alternative);
            }
        }
        json!({ "anyOf": kept })
    } else if let Some(items) = schema.get("items") {
        json!({ "type": "array", "items": loose(items) })
    } else if schema.get("$ref").is_some() || schema.get("properties").is_some() {
        json!({ "type": "object" })
    } else {
        return schema.clone();
    };
    if let Some(nullable) = schema.get("nullable") {
        out["nullable"] = nullable.clone();
    }
    out
}
