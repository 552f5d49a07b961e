//! Checks that `openapi/stripe.json` is a structurally valid OpenAPI 3.0 document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use stripe_platform_codegen::keep::Keep;
use stripe_platform_codegen::walk::{self, Place};
use stripe_platform_codegen::{canonical, pointer, report};

fn read(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
    std::fs::read_to_string(root.join(file)).expect(file)
}

fn document() -> Value {
    serde_json::from_str(&read("openapi/stripe.json")).expect("is JSON")
}

fn each_schema(document: &Value, check: &mut dyn FnMut(&Place<'_>)) {
    for (_, root) in report::roots(document) {
        walk::visit(root, &mut |place| {
            check(place);
            true
        });
    }
}

#[test]
fn required_members_are_present() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.0."));
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    assert!(document["servers"].as_array().unwrap().iter().all(|server| server["url"].is_string()));
    let known = ["openapi", "info", "servers", "paths", "components", "security"];
    assert!(document.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())));
    for requirement in document["security"].as_array().unwrap() {
        for (scheme, _) in walk::sorted(Some(requirement)) {
            assert!(document["components"]["securitySchemes"][scheme]["type"].is_string(), "{scheme}");
        }
    }
    for (path, item) in walk::sorted(document.get("paths")) {
        assert!(path.starts_with('/') && !item.as_object().unwrap().is_empty(), "{path}");
    }
    for place in walk::operations(&document) {
        let key = place.key();
        let responses = place.operation["responses"].as_object().expect(&key);
        assert!(!responses.is_empty(), "{key}");
        for response in responses.values() {
            assert!(response["description"].is_string(), "{key}");
            media_types(&key, response);
        }
        if let Some(body) = place.operation.get("requestBody") {
            media_types(&key, body);
        }
    }
}

fn media_types(key: &str, holder: &Value) {
    let content = holder["content"].as_object().expect(key);
    assert!(!content.is_empty(), "{key}");
    for (media, content) in content {
        assert!(media.contains('/') && content["schema"].is_object(), "{key}");
        let properties = content["schema"].get("properties");
        for (field, encoding) in walk::sorted(content.get("encoding")) {
            assert!(encoding.is_object(), "{key} {field}");
            assert!(properties.is_some_and(|properties| properties.get(field).is_some()), "{key} {field}");
        }
    }
}

#[test]
fn operation_ids_are_unique() {
    let document = document();
    let mut seen = BTreeMap::new();
    for place in walk::operations(&document) {
        let id = place.operation["operationId"].as_str().expect("a string").to_owned();
        if let Some(other) = seen.insert(id, place.key()) {
            panic!("{} and {other} have one operationId", place.key());
        }
    }
}

#[test]
fn parameters_are_declared_once_and_path_parameters_are_complete() {
    let document = document();
    for place in walk::operations(&document) {
        let key = place.key();
        let in_template: BTreeSet<&str> = place
            .path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let mut in_path = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for parameter in place.operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let (name, at) = (parameter["name"].as_str().expect(&key), parameter["in"].as_str().expect(&key));
            assert!(seen.insert((name, at)), "{key} {name}");
            assert!(["path", "query", "header"].contains(&at), "{key} {name}");
            assert!(parameter["schema"].is_object(), "{key} {name}");
            if at == "path" {
                assert_eq!(parameter["required"], json!(true), "{key} {name}");
                in_path.insert(name);
            }
        }
        assert_eq!(in_template, in_path, "{key}");
    }
}

#[test]
fn every_reference_resolves_and_every_schema_is_used() {
    let document = document();
    let mut used = BTreeSet::new();
    each_schema(&document, &mut |place| {
        let expansion = place.schema.pointer("/x-expansionResources/oneOf").and_then(Value::as_array);
        for holder in expansion.into_iter().flatten().chain([place.schema]) {
            if let Some(reference) = holder.get("$ref") {
                let name =
                    pointer::ref_name(holder).unwrap_or_else(|| panic!("{reference} at {}", place.pointer));
                assert!(document["components"]["schemas"][&name].is_object(), "{name} at {}", place.pointer);
                used.insert(name);
            }
        }
    });
    for place in walk::components(&document) {
        assert!(used.contains(&place.path), "{} is not used", place.path);
    }
}

#[test]
fn schemas_are_well_formed() {
    let types = ["array", "boolean", "integer", "number", "object", "string"];
    each_schema(&document(), &mut |place| {
        let at = &place.pointer;
        let schema = place.schema.as_object().unwrap_or_else(|| panic!("{at} is not an object"));
        if let Some(kind) = schema.get("type") {
            assert!(kind.as_str().is_some_and(|kind| types.contains(&kind)), "{at}");
        }
        assert_eq!(schema.get("type") == Some(&json!("array")), schema.contains_key("items"), "{at}");
        for keyword in ["required", "enum", "anyOf", "oneOf"] {
            if let Some(list) = schema.get(keyword) {
                let list = list.as_array().unwrap_or_else(|| panic!("{at}/{keyword} is no list"));
                let distinct = list.iter().enumerate().all(|(i, entry)| !list[..i].contains(entry));
                assert!(!list.is_empty() && distinct, "{at}/{keyword}");
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let name = name.as_str().expect("a string");
            assert!(
                place.schema["properties"][name].is_object(),
                "{at}: {name} is required, but not a property"
            );
        }
        assert!(!schema.contains_key("description") || schema["description"].is_object(), "{at}");
    });
}

#[test]
fn text_is_canonical() {
    assert!(canonical::to_string(&document()) == read("openapi/stripe.json"));
}

#[test]
fn document_contains_the_selected_operations() {
    let keep = Keep::parse("openapi/keep.toml", &read("openapi/keep.toml")).unwrap();
    let listed: BTreeSet<String> = keep.operations().map(|operation| operation.key()).collect();
    let present: BTreeSet<String> = walk::operations(&document()).iter().map(|place| place.key()).collect();
    assert_eq!(listed, present);
}
