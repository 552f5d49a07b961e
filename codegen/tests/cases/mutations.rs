//! Changes the trimmed document in one place at a time. Each change must give the matching Rust code, or errors with
//! pointers. The sample is deterministic and uses one operation at a time, so that it takes seconds.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use stripe_platform_codegen::docs::Docs;
use stripe_platform_codegen::emit::sources;
use stripe_platform_codegen::error::Error;
use stripe_platform_codegen::keep::{Keep, KeptOperation, Section};

/// Every n-th operation is changed.
const STRIDE: usize = 12;
/// Number of changed places per operation.
const PLACES: usize = 5;

/// A change of one property.
#[derive(Debug, Clone, Copy)]
enum Change {
    Required,
    Boolean,
    UnknownType,
    UnknownFormat,
    AbsentReference,
    NoValues,
    OneOf,
}

const CHANGES: [Change; 7] = [
    Change::Required,
    Change::Boolean,
    Change::UnknownType,
    Change::UnknownFormat,
    Change::AbsentReference,
    Change::NoValues,
    Change::OneOf,
];

impl Change {
    /// The new schema of the property, if the change replaces it.
    fn schema(self, schema: &Value) -> Option<Value> {
        let with = |key: &str, value: Value| {
            let mut schema = schema.clone();
            schema[key] = value;
            Some(schema)
        };
        match self {
            Change::Required => None,
            Change::Boolean => Some(json!({ "type": "boolean" })),
            Change::UnknownType => Some(json!({ "type": "colour" })),
            Change::UnknownFormat => Some(json!({ "type": "string", "format": "colour" })),
            Change::AbsentReference => Some(json!({ "$ref": "#/components/schemas/absent" })),
            Change::NoValues => with("enum", json!([])),
            Change::OneOf => with("oneOf", json!([{ "type": "string" }])),
        }
    }
}

/// A property: the pointer of its object, and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    object: String,
    name: String,
}

impl Place {
    fn pointer(&self) -> String {
        format!("{}/properties/{}", self.object, self.name)
    }
}

#[test]
fn single_change_gives_matching_rust_or_an_error_with_a_pointer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
    let read =
        |name: &str| std::fs::read_to_string(root.join("openapi").join(name)).expect("a file of openapi");
    let mut document: Value = serde_json::from_str(&read("stripe.json")).expect("JSON");
    let docs = Docs::parse("openapi/docs.toml", &read("docs.toml")).expect("texts");
    let keep = Keep::parse("openapi/keep.toml", &read("keep.toml")).expect("a selection");
    let (mut rust, mut refused) = (0, 0);
    for (turn, operation) in keep.operations().step_by(STRIDE).enumerate() {
        let one = only(&keep, operation);
        let before = texts(&document, &docs, &one).expect("the document is sound");
        let places = places(&document, operation);
        let step = (places.len() / PLACES).max(1);
        for (index, place) in places.iter().skip(turn % step).step_by(step).take(PLACES).enumerate() {
            let change = CHANGES[(turn + index) % CHANGES.len()];
            let stays = document.pointer(&place.pointer()).is_some_and(can_be_absent);
            let Some(undo) = apply(&mut document, place, change) else { continue };
            let after = texts(&document, &docs, &one);
            match &after {
                Ok(after) => {
                    rust += 1;
                    check_rust(place, change, stays, &before, after);
                }
                Err(errors) => {
                    refused += 1;
                    check_errors(&document, place, change, errors);
                }
            }
            *document.pointer_mut(&undo.0).expect("the place is still there") = undo.1;
        }
    }
    assert!(rust > 15 && refused > 30, "{rust} changes became Rust, {refused} were refused");
}

/// The selection of one operation.
fn only(keep: &Keep, operation: &KeptOperation) -> Keep {
    let section =
        Section { name: "One".to_owned(), reason: "A test.".to_owned(), operations: vec![operation.clone()] };
    Keep { sections: vec![section], ..keep.clone() }
}

/// The contents of the files.
fn texts(document: &Value, docs: &Docs, keep: &Keep) -> Result<Vec<String>, Vec<Error>> {
    sources(document, docs, keep, &Default::default()).map(|(files, _)| files.into_values().collect())
}

/// The properties reachable from the operation, in the order of their pointers.
fn places(document: &Value, operation: &KeptOperation) -> Vec<Place> {
    let pointer = format!("/paths/{}/{}", operation.path.replace('/', "~1"), operation.method.to_lowercase());
    let mut pending = vec![pointer];
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    while let Some(pointer) = pending.pop() {
        if let (true, Some(value)) = (seen.insert(pointer.clone()), document.pointer(&pointer)) {
            collect(value, &pointer, &mut found, &mut pending);
        }
    }
    found.into_iter().collect()
}

fn collect(value: &Value, pointer: &str, found: &mut BTreeSet<Place>, pending: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(properties) = members.get("properties").and_then(Value::as_object) {
                // The members of lists and ranges are read by hand-written types.
                let by_hand = properties.contains_key("data") || properties.contains_key("gte");
                let names = properties.keys().filter(|name| {
                    !by_hand
                        && *name != "object"
                        && *name != "expand"
                        && properties[*name].get("x-untyped").is_none()
                });
                found.extend(names.map(|name| Place { object: pointer.to_owned(), name: name.clone() }));
            }
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                pending.extend(name.strip_prefix('#').map(str::to_owned));
            }
            for (name, value) in members {
                collect(
                    value,
                    &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
                    found,
                    pending,
                );
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, &format!("{pointer}/{index}"), found, pending);
            }
        }
        _ => {}
    }
}

/// Applies the change; returns the value to restore, or `None` if the change does not apply.
fn apply(document: &mut Value, place: &Place, change: Change) -> Option<(String, Value)> {
    let schema = document.pointer(&place.pointer())?.clone();
    match change.schema(&schema) {
        Some(changed) => {
            *document.pointer_mut(&place.pointer())? = changed;
            Some((place.pointer(), schema))
        }
        None => {
            let object = document.pointer_mut(&place.object)?;
            let before = object.clone();
            let mut required: Vec<Value> = object["required"].as_array().cloned().unwrap_or_default();
            match required.iter().position(|name| *name == *place.name) {
                Some(index) => drop(required.remove(index)),
                None => required.push(place.name.clone().into()),
            }
            object["required"] = required.into();
            Some((place.object.clone(), before))
        }
    }
}

/// The fields with this name in all structs, as lines of Rust code.
fn fields<'a>(files: &'a [String], place: &Place) -> Vec<&'a str> {
    let name = match place.name.as_str() {
        "type" => "kind".to_owned(),
        name => name.replace('.', "_"),
    };
    let starts = [format!("pub {name}: "), format!("pub {name}_: "), format!("pub {name} : ")];
    let lines = files.iter().flat_map(|text| text.lines());
    lines.map(str::trim).filter(|line| starts.iter().any(|start| line.starts_with(start))).collect()
}

fn check_rust(place: &Place, change: Change, stays: bool, before: &[String], after: &[String]) {
    let said = format!("{place:?} {change:?}");
    for text in after {
        assert!(syn::parse_file(text).is_ok(), "{said}: the text is not Rust");
    }
    let (old, new) = (fields(before, place), fields(after, place));
    match change {
        Change::Boolean => {
            assert!(new.iter().any(|line| line.contains("bool")), "{said}: no bool in {new:?}")
        }
        Change::Required if stays => {
            assert_eq!(old, new, "{said}: a nullable or clearable field has one type")
        }
        Change::Required => assert_ne!(old, new, "{said}: nothing has changed"),
        _ => panic!("{said}: became Rust"),
    }
}

/// Whether a property can be null or unset, and so has the same type whether required or not.
fn can_be_absent(schema: &Value) -> bool {
    let is_empty =
        |schema: &Value| schema["enum"].as_array().is_some_and(|values| values.contains(&json!("")));
    let alternatives = schema["anyOf"].as_array().is_some_and(|all| all.iter().any(is_empty));
    schema["nullable"] == true || is_empty(schema) || alternatives
}

fn check_errors(document: &Value, place: &Place, change: Change, errors: &[Error]) {
    let said = format!("{place:?} {change:?}: {errors:?}");
    assert!(!errors.is_empty(), "{said}");
    for error in errors {
        assert!(error.pointer.starts_with('/'), "{said}: an error has no pointer");
        if error.file == "openapi/stripe.json" {
            let parent = error.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            let is_there = document.pointer(&error.pointer).or_else(|| document.pointer(parent)).is_some();
            assert!(is_there, "{said}: a pointer is not in the document");
        }
    }
    if !matches!(change, Change::Required | Change::Boolean) {
        let inside = |error: &&Error| error.pointer.starts_with(&place.pointer());
        assert!(errors.iter().any(|error| inside(&error)), "{said}: no error is about the change");
    }
}
