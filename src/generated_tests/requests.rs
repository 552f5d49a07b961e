//! Every request sends exactly the parameters in the document.

use super::instance::{Fill, SECRET, SECRET_NUMBER, make};
use super::{DOCUMENT, assert_same, tree};
use crate::generated::catalog::{REQUESTS, REQUIRED};
use crate::{Client, Currency, FileUpload, file, topup, v2};
use serde_json::Value as Json;
use serde_json::{Map, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

pub(crate) struct Operation {
    pub(crate) id: String,
    method: String,
    path: String,
    /// All parameters as one object: path, query and body.
    pub(crate) schema: Json,
    pub(crate) in_path: BTreeSet<String>,
    pub(crate) media: Option<String>,
}

pub(crate) fn operations() -> Vec<Operation> {
    let mut out = Vec::new();
    for (path, methods) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let mut properties = Map::new();
            let mut required = Vec::new();
            let mut in_path = BTreeSet::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().expect("a name");
                properties.insert(name.to_owned(), parameter["schema"].clone());
                if parameter["required"] == true {
                    required.push(json!(name));
                }
                if parameter["in"] == "path" {
                    in_path.insert(name.to_owned());
                }
            }
            let content =
                operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
            if let Some((_, content)) = content {
                properties.extend(content["schema"]["properties"].as_object().cloned().unwrap_or_default());
                required.extend(content["schema"]["required"].as_array().cloned().unwrap_or_default());
            }
            properties.remove("expand");
            out.push(Operation {
                id: operation["operationId"].as_str().expect("an id").to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                schema: json!({ "type": "object", "properties": properties, "required": required }),
                in_path,
                media: content.map(|(media, _)| media.clone()),
            });
        }
    }
    out
}

static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::new("sk_test_catalog").expect("a client"));

/// Sends an instance, parses the wire form, and compares.
fn check(operation: &Operation, fill: Fill) {
    check_instance(operation, &format!("{fill:?}"), make(&operation.schema, fill).json);
}

fn check_instance(operation: &Operation, fill: &str, instance: Json) {
    let id = operation.id.as_str();
    let (_, sent) =
        REQUESTS.iter().find(|(known, _)| *known == id).unwrap_or_else(|| panic!("{id} has no request"));
    let (debug, prepared) =
        sent(&CLIENT, instance.clone()).unwrap_or_else(|e| panic!("{id} {fill}: {e}\n{instance}"));

    assert!(!debug.contains(SECRET), "{id} shows a secret: {debug}");
    assert!(!debug.contains(&SECRET_NUMBER.to_string()), "{id} shows a secret number: {debug}");
    assert_eq!(prepared.method().as_str(), operation.method, "{id}");
    let keyed =
        operation.method == "POST" || (operation.method == "DELETE" && operation.path.starts_with("/v2/"));
    assert_eq!(prepared.idempotency_key().is_some(), keyed, "{id}");
    let segments = operation.path.split('/').zip(prepared.path().split('/'));
    let filled = segments
        .map(|(template, sent)| if template.starts_with('{') { !sent.is_empty() } else { template == sent });
    assert!(filled.into_iter().all(|fits| fits), "{id}: {}", prepared.path());

    let mut expected = instance;
    let members = expected.as_object_mut().expect("parameters are an object");
    members.retain(|name, _| !operation.in_path.contains(name));
    let mut schema = operation.schema.clone();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    schema["required"] = required
        .into_iter()
        .filter(|name| !operation.in_path.contains(name.as_str().unwrap_or("")))
        .collect();
    let found = match (operation.method.as_str(), operation.media.as_deref()) {
        ("POST", Some("application/json")) => serde_json::from_slice(prepared.body()).expect("a JSON body"),
        ("POST", _) => {
            assert_eq!(prepared.query(), "", "{id}");
            let body = std::str::from_utf8(prepared.body()).expect("a text");
            let body = if body == "{}" { "" } else { body };
            prune(&mut expected);
            tree::typed(&tree::nest(body), &schema, "").unwrap_or_else(|e| panic!("{id} {fill}: {e}"))
        }
        _ => {
            assert!(prepared.body().is_empty(), "{id}");
            tree::typed(&tree::nest(prepared.query()), &schema, "")
                .unwrap_or_else(|e| panic!("{id} {fill}: {e}"))
        }
    };
    assert_same(&format!("{id} {fill}"), &found, &expected);
}

/// Removes empty objects, which a form cannot express.
fn prune(json: &mut Json) {
    if let Json::Object(members) = json {
        members.values_mut().for_each(prune);
        members.retain(|_, value| *value != json!({}));
    }
}

#[test]
fn every_operation_encodes_minimal_and_full_parameters() {
    let operations = operations();
    assert_eq!(operations.len(), REQUESTS.len(), "an operation has no request, or a request no operation");
    let mut count = 0;
    for operation in
        operations.iter().filter(|operation| operation.media.as_deref() != Some("multipart/form-data"))
    {
        check(operation, Fill::Least);
        // Four rounds select each alternative of every union at least once.
        (0..4).for_each(|number| check(operation, Fill::Most(number)));
        count += 1;
    }
    // The upload is not text; it is tested separately below.
    assert_eq!(count, operations.len() - 1);
}

#[test]
fn every_optional_leaf_of_version_2_is_sent_alone() {
    let mut count = 0;
    for operation in operations().iter().filter(|it| it.media.as_deref() == Some("application/json")) {
        let whole = make(&operation.schema, Fill::Most(0));
        let required: BTreeMap<&str, bool> =
            whole.spots.iter().map(|spot| (spot.pointer.as_str(), spot.required)).collect();
        for pointer in required.keys() {
            let is_leaf =
                whole.json.pointer(pointer).is_some_and(|value| !value.is_object() && !value.is_array());
            if is_leaf {
                check_instance(operation, pointer, alone(&whole.json, "", pointer, &required));
                count += 1;
            }
        }
    }
    assert!(count > 500, "only {count} leaves");
}

/// The part of an instance that has one leaf, and else what must be there.
fn alone(json: &Json, here: &str, leaf: &str, required: &BTreeMap<&str, bool>) -> Json {
    match json {
        Json::Object(members) => {
            let kept = members.iter().filter_map(|(name, value)| {
                let there = format!("{here}/{name}");
                let leads =
                    leaf.strip_prefix(&there).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                let kept = leads || required.get(there.as_str()).copied().unwrap_or(true);
                kept.then(|| (name.clone(), alone(value, &there, leaf, required)))
            });
            Json::Object(kept.collect())
        }
        Json::Array(items) => {
            items.iter().map(|item| alone(item, &format!("{here}/0"), leaf, required)).collect()
        }
        scalar => scalar.clone(),
    }
}

#[test]
fn upload_sends_file_and_every_parameter() {
    let upload = file::Create::new(
        FileUpload::new("front.png", &b"\x89PNG\0"[..]).content_type("image/png"),
        file::UploadPurpose::IdentityDocument,
    )
    .file_link_data(
        file::FileLinkDataParams::new(true).expires_at(crate::Timestamp::new(7)).metadata([("a", "b")]),
    );
    let prepared = CLIENT.prepare(&upload).expect("a valid request");
    let body = prepared.body();
    let has = |part: &[u8]| {
        assert!(body.windows(part.len()).any(|window| window == part), "{}", String::from_utf8_lossy(part))
    };
    has(b"name=\"purpose\"\r\n\r\nidentity_document\r\n");
    has(b"name=\"file_link_data[create]\"\r\n\r\ntrue\r\n");
    has(b"name=\"file_link_data[expires_at]\"\r\n\r\n7\r\n");
    has(b"name=\"file_link_data[metadata][a]\"\r\n\r\nb\r\n");
    has(b"name=\"file\"; filename=\"front.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\0\r\n");
}

#[test]
fn equal_requests_have_equal_bytes() {
    for operation in
        operations().iter().filter(|operation| operation.media.as_deref() != Some("multipart/form-data"))
    {
        let (_, sent) = REQUESTS.iter().find(|(id, _)| *id == operation.id).expect("a request");
        let instance = make(&operation.schema, Fill::Most(0)).json;
        let bytes = || {
            let (_, prepared) = sent(&CLIENT, instance.clone()).expect("a valid request");
            (prepared.path().to_owned(), prepared.query().to_owned(), prepared.body().to_vec())
        };
        assert_eq!(bytes(), bytes(), "{}", operation.id);
    }
}

#[test]
fn metadata_encoding_does_not_depend_on_insertion_order() {
    let form = |metadata: [(&str, &str); 3]| {
        let request = topup::Create::new(500, Currency::USD).metadata(metadata);
        CLIENT.prepare(&request).expect("a valid request").body().to_vec()
    };
    let json = |metadata: [(&str, &str); 3]| {
        let request = v2::core::account::Create::new().metadata(metadata);
        CLIENT.prepare(&request).expect("a valid request").body().to_vec()
    };
    let (one, other) = ([("a", "1"), ("b", "2"), ("c", "3")], [("c", "3"), ("a", "1"), ("b", "2")]);
    assert_eq!(form(one), form(other));
    assert_eq!(json(one), json(other));
    assert!(String::from_utf8_lossy(&json(one)).contains(r#""metadata":{"a":"1","b":"2","c":"3"}"#));
}

#[test]
fn path_parameter_is_always_one_segment() {
    let path =
        |id: &str| CLIENT.prepare(&topup::Retrieve::new(id)).map(|prepared| prepared.path().to_owned());
    assert_eq!(path("a/b?c#d é").expect("a valid request"), "/v1/topups/a%2Fb%3Fc%23d%20%C3%A9");
    assert_eq!(path("tu_1-2.3~4").expect("a valid request"), "/v1/topups/tu_1-2.3~4");
    assert_eq!(path("a%2Fb").expect("a valid request"), "/v1/topups/a%252Fb");
    for nowhere in ["", ".", ".."] {
        assert!(path(nowhere).is_err(), "{nowhere:?} would change the target of the path");
    }
}

#[test]
fn required_parameters_are_masked_in_debug() {
    let operations = operations();
    let mut redacted = 0;
    for (key, shown) in REQUIRED {
        let schema = match operations.iter().find(|operation| operation.id == *key) {
            Some(operation) => &operation.schema,
            None => DOCUMENT.pointer(key).unwrap_or_else(|| panic!("{key} leads nowhere")),
        };
        let debug = shown(make(schema, Fill::Most(0)).json);
        assert!(debug.starts_with("Required"), "{key}: {debug}");
        assert!(!debug.contains(SECRET), "{key} shows a secret: {debug}");
        assert!(!debug.contains(&SECRET_NUMBER.to_string()), "{key} shows a secret number: {debug}");
        redacted += usize::from(debug.contains("[redacted]"));
    }
    assert!(redacted >= 3, "only {redacted} of {} contain personal data", REQUIRED.len());
}
