//! Requests with only some parameters set: exactly those are sent.

use super::DOCUMENT;
use super::instance::{Fill, make, resolve};
use super::requests::{Operation, operations};
use crate::generated::catalog::REQUESTS;
use crate::{Client, Prepared};
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Names of members that the instance has, but the document does not.
const MADE_UP: [&str; 2] = ["some_key", "anything"];

static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::new("sk_test_parts").expect("a client"));

/// Reduces an instance to the required members and those on the path to one place.
fn only(schema: &Json, full: &Json, steps: &[&str]) -> Json {
    let schema = resolve(schema);
    if let Some(alternatives) = schema["anyOf"].as_array() {
        let fits = |alternative: &&Json| match full {
            Json::Object(_) => resolve(alternative)["type"] == "object",
            Json::Array(_) => resolve(alternative)["type"] == "array",
            _ => true,
        };
        let alternative =
            alternatives.iter().find(fits).expect("an alternative that the instance was made of");
        return only(alternative, full, steps);
    }
    let (next, rest) = steps.split_first().map_or(("", steps), |(next, rest)| (*next, rest));
    let inside = |name: &str| if name == next { rest } else { &[] };
    match full {
        Json::Object(members) if schema.get("properties").is_some() => {
            let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
            let kept = members.iter().filter(|(name, _)| *name == next || required.contains(&json!(name)));
            kept.map(|(name, value)| {
                (name.clone(), only(&schema["properties"][name.as_str()], value, inside(name)))
            })
            .collect()
        }
        Json::Array(items) => items.iter().map(|item| only(&schema["items"], item, inside("0"))).collect(),
        other => other.clone(),
    }
}

fn steps(pointer: &str) -> Vec<&str> {
    pointer.split('/').skip(1).collect()
}

fn send(operation: &Operation, parameters: &Json) -> Prepared {
    let (_, sent) = REQUESTS.iter().find(|(id, _)| *id == operation.id).expect("a request");
    let (_, prepared) = sent(&CLIENT, parameters.clone())
        .unwrap_or_else(|error| panic!("{}: {error}: {parameters}", operation.id));
    prepared
}

fn without_path(operation: &Operation, parameters: &Json) -> Json {
    let mut parameters = parameters.clone();
    let members = parameters.as_object_mut().expect("parameters are an object");
    members.retain(|name, _| !operation.in_path.contains(name));
    parameters
}

/// The form pairs of these parameters. `empty` is the place of an empty list or map; any other object without members
/// is not encoded.
fn pairs(json: &Json, key: &str, pointer: &str, empty: &str, into: &mut BTreeMap<String, String>) {
    let inside = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}[{name}]") };
    match json {
        _ if pointer == empty => drop(into.insert(key.to_owned(), String::new())),
        Json::Object(members) => {
            for (name, value) in members {
                pairs(value, &inside(name), &format!("{pointer}/{name}"), empty, into);
            }
        }
        Json::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pairs(value, &inside(&index.to_string()), &format!("{pointer}/{index}"), empty, into);
            }
        }
        Json::Null => drop(into.insert(key.to_owned(), String::new())),
        Json::String(text) => drop(into.insert(key.to_owned(), text.clone())),
        other => drop(into.insert(key.to_owned(), other.to_string())),
    }
}

/// Calls `check` with each operation whose parameters can be built from JSON, and each place.
fn each(mut check: impl FnMut(&Operation, &Json, &str)) {
    for operation in operations() {
        if operation.media.as_deref() == Some("multipart/form-data") {
            continue;
        }
        let instance = make(&operation.schema, Fill::Most(0));
        for spot in &instance.spots {
            let is_top_of_path =
                steps(&spot.pointer).first().is_some_and(|name| operation.in_path.contains(*name));
            if !is_top_of_path {
                check(&operation, &instance.json, &spot.pointer);
            }
        }
    }
}

#[test]
fn each_member_of_version_2_is_sent_alone() {
    assert!(DOCUMENT["paths"].is_object());
    let mut count = 0;
    each(|operation, full, pointer| {
        let is_leaf = full.pointer(pointer).is_some_and(|value| !value.is_object() && !value.is_array());
        if operation.media.as_deref() != Some("application/json") || !is_leaf {
            return;
        }
        let parameters = only(&operation.schema, full, &steps(pointer));
        let body: Json = serde_json::from_slice(send(operation, &parameters).body()).expect("a JSON body");
        assert_eq!(body, without_path(operation, &parameters), "{} {pointer}", operation.id);
        count += 1;
    });
    assert!(count > 500, "only {count} members");
}

#[test]
fn each_empty_list_and_map_is_sent() {
    let mut count = 0;
    each(|operation, full, pointer| {
        let empty = match full.pointer(pointer) {
            Some(Json::Array(_)) => json!([]),
            // A map, or an object of unknown shape.
            Some(Json::Object(members))
                if !members.is_empty() && members.keys().all(|name| MADE_UP.contains(&name.as_str())) =>
            {
                json!({})
            }
            _ => return,
        };
        let mut parameters = only(&operation.schema, full, &steps(pointer));
        *parameters.pointer_mut(pointer).expect("the place is kept") = empty;
        let prepared = send(operation, &parameters);
        let expected = without_path(operation, &parameters);
        if operation.media.as_deref() == Some("application/json") {
            let body: Json = serde_json::from_slice(prepared.body()).expect("a JSON body");
            assert_eq!(body, expected, "{} {pointer}", operation.id);
        } else {
            let mut wanted = BTreeMap::new();
            pairs(&expected, "", "", pointer, &mut wanted);
            let sent = if prepared.body().is_empty() { prepared.query().as_bytes() } else { prepared.body() };
            let sent: BTreeMap<_, _> = url::form_urlencoded::parse(sent).into_owned().collect();
            assert_eq!(sent, wanted, "{} {pointer}", operation.id);
        }
        count += 1;
    });
    assert!(count > 100, "only {count} lists and maps");
}

/// In a map, a key with null is removed.
#[test]
fn null_map_value_is_sent() {
    use crate::wire::{Field, FieldTable, Record, See, form, json};

    struct Update(BTreeMap<String, Option<String>>);

    impl Record for Update {
        fn table(&self) -> &'static FieldTable {
            static TABLE: FieldTable = FieldTable::new("Update", "", &[Field { name: "metadata", flags: 0 }]);
            &TABLE
        }

        fn visit<'a>(&'a self, see: See<'_, 'a>) {
            see(&[&self.0], None);
        }
    }

    let update = Update([("a".to_owned(), None), ("b".to_owned(), Some("1".to_owned()))].into());
    assert_eq!(json::body(&update).unwrap(), br#"{"metadata":{"a":null,"b":"1"}}"#);
    assert_eq!(form::encode(&update, [], form::Target::Body), "metadata[a]=&metadata[b]=1");
}
