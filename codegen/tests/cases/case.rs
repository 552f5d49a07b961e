//! A small document with the other inputs of the emitter.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stripe_platform_codegen::docs::Docs;
use stripe_platform_codegen::emit::{Requests, Sent, emit};
use stripe_platform_codegen::error::{Error, Result};
use stripe_platform_codegen::keep::{Keep, METHODS};

/// A trimmed document, the selection of all of its operations, and a text for each operation and resource.
pub struct Case {
    document: Value,
    docs: String,
    keep: String,
    requests: Requests,
}

impl Case {
    /// Creates a case from the `paths` and `components` of a document, as YAML.
    pub fn new(yaml: &str) -> Self {
        let mut document: Value = serde_yaml_ng::from_str(yaml).expect("the case is YAML");
        document["openapi"] = json!("3.0.0");
        document["info"] = json!({ "title": "Case", "version": "2026-01-28.test" });
        let (docs, keep) = (docs(&document), keep(&document));
        Self { document, docs, keep, requests: Requests::new() }
    }

    /// Replaces the texts.
    pub fn docs(self, toml: &str) -> Self {
        Self { docs: toml.to_owned(), ..self }
    }

    /// Adds texts to the default ones.
    pub fn more_docs(self, toml: &str) -> Self {
        let read = |text: &str| text.parse::<toml::Table>().expect("the texts are TOML");
        let mut docs = read(&self.docs);
        for (kind, more) in read(toml) {
            let kind = docs.entry(kind).or_insert_with(|| toml::Table::new().into());
            let texts = kind.as_table_mut().expect("texts are in tables");
            texts.extend(more.as_table().expect("texts are in tables").clone());
        }
        Self { docs: docs.to_string(), ..self }
    }

    /// Adds a request that a flow sends.
    pub fn sends(mut self, operation: &str, path: &str, params: Value) -> Self {
        let params = params.as_object().expect("parameters are an object").clone();
        self.requests.entry(operation.to_owned()).or_default().push(Sent { path: path.to_owned(), params });
        self
    }

    /// Replaces the version of the document.
    pub fn version(mut self, version: &str) -> Self {
        self.document["info"]["version"] = json!(version);
        self
    }

    /// Replaces the operations of the selection.
    pub fn operations(self, toml: &str) -> Self {
        Self { keep: selection(toml), ..self }
    }

    /// The emitted files that contain types, concatenated, without their common first line.
    pub fn emit(&self) -> String {
        let files = self.files();
        let written =
            files.iter().filter(|(name, text)| *name != "catalog.rs" && text.contains("crate::wire::macros"));
        let shown = written.map(|(name, text)| {
            let (_, text) =
                text.split_once("\n\n").expect("a file begins with a line about where it is from");
            format!("// src/generated/{name}\n{text}")
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    /// All emitted files, by name.
    pub fn files(&self) -> BTreeMap<String, String> {
        self.run().0.expect("the case can be emitted")
    }

    /// The errors as text.
    pub fn error(&self) -> String {
        let errors = self.errors();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// The errors.
    pub fn errors(&self) -> Vec<Error> {
        self.run().0.expect_err("the case is refused")
    }

    /// The unused texts.
    pub fn unused_docs(&self) -> Vec<String> {
        let (result, docs) = self.run();
        result.expect("the case can be emitted");
        docs.unused()
    }

    fn run(&self) -> (Result<BTreeMap<String, String>, Vec<Error>>, Docs) {
        let parsed = || -> Result<(Docs, Keep)> {
            Ok((Docs::parse("openapi/docs.toml", &self.docs)?, Keep::parse("openapi/keep.toml", &self.keep)?))
        };
        let (docs, keep) = parsed().expect("the texts and the selection can be read");
        (emit(&self.document, &docs, &keep, &self.requests), docs)
    }
}

/// The output of a case.
pub fn emitted(yaml: &str) -> String {
    Case::new(yaml).emit()
}

/// The error of a case.
pub fn refused(yaml: &str) -> String {
    Case::new(yaml).error()
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, String, &Value)> {
    document["paths"].as_object().into_iter().flatten().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path, method.to_ascii_uppercase(), operation))
    })
}

fn docs(document: &Value) -> String {
    let mut operation_texts = String::new();
    for (_, method, operation) in operations(document) {
        assert!(METHODS.contains(&method.as_str()), "{method} is a method");
        let id = operation["operationId"].as_str().expect("the operation has an id");
        operation_texts.push_str(&format!(
            "{id} = {{ text = \"Text of {id}.\", link = \"https://docs.stripe.com/api/{id}\" }}\n"
        ));
    }
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let resources = schemas.filter(|(_, schema)| schema.get("x-resourceId").is_some());
    let resource_texts: String =
        resources.map(|(name, _)| format!("\"{name}\" = \"Text of {name}.\"\n")).collect();
    format!("{}[operations]\n{operation_texts}[resources]\n{resource_texts}", field_texts(document))
}

/// A text for each property and parameter name, as TOML.
fn field_texts(document: &Value) -> String {
    let mut names = BTreeSet::new();
    collect(document, &mut names);
    let texts: String =
        names.iter().map(|name| format!("{name:?} = \"Says what `{name}` is for.\"\n")).collect();
    format!("[common]\n{texts}")
}

fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(properties) = members.get("properties").and_then(Value::as_object) {
                let named = |(name, property): (&String, &Value)| {
                    // Members that the emitter skips need no text.
                    let constant =
                        name == "object" && property["enum"].as_array().is_some_and(|e| e.len() == 1);
                    (!constant && name != "expand").then(|| name.clone())
                };
                names.extend(properties.iter().filter_map(named));
            }
            if let (Some(Value::String(name)), Some(_)) = (members.get("name"), members.get("in")) {
                names.extend((name != "expand").then(|| name.clone()));
            }
            members.values().for_each(|value| collect(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}

fn keep(document: &Value) -> String {
    let listed: Vec<String> =
        operations(document).map(|(path, method, _)| format!("\"{method} {path}\"")).collect();
    selection(&listed.join(", "))
}

fn selection(operations: &str) -> String {
    format!(
        "api = \"2026-01-28.test\"\n[[section]]\nname = \"All\"\nreason = \"Cases.\"\noperations = [{operations}]\n"
    )
}
