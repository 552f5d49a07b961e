//! A small document with everything that the emitter wants beside it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stripe_platform_codegen::docs::Docs;
use stripe_platform_codegen::emit::emit;
use stripe_platform_codegen::error::Result;
use stripe_platform_codegen::keep::{Keep, METHODS};

/// A trimmed document, the selection of all of its operations, and a text for each operation and resource.
pub struct Case {
    document: Value,
    docs: String,
    keep: String,
}

impl Case {
    /// From the `paths` and `components` of a document, as YAML.
    pub fn new(yaml: &str) -> Self {
        let mut document: Value = serde_yaml_ng::from_str(yaml).expect("the case is YAML");
        document["openapi"] = json!("3.0.0");
        document["info"] = json!({ "title": "Case", "version": "2026-01-28.test" });
        let (docs, keep) = (docs(&document), keep(&document));
        Self { document, docs, keep }
    }

    /// Replaces the texts.
    pub fn docs(self, toml: &str) -> Self {
        Self { docs: toml.to_owned(), ..self }
    }

    /// Adds texts to those that every case has.
    pub fn more_docs(self, toml: &str) -> Self {
        Self { docs: format!("{}\n{toml}", self.docs), ..self }
    }

    /// Replaces the operations of the selection.
    pub fn operations(self, toml: &str) -> Self {
        Self { keep: selection(toml), ..self }
    }

    /// The emitted files that hold types, one after the other, without the line that all of them begin with.
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

    /// The error, as a user reads it.
    pub fn error(&self) -> String {
        self.run().0.expect_err("the case is refused").to_string()
    }

    /// The texts that nothing asked for.
    pub fn unused_docs(&self) -> Vec<String> {
        let (result, docs) = self.run();
        result.expect("the case can be emitted");
        docs.unused()
    }

    fn run(&self) -> (Result<BTreeMap<String, String>>, Docs) {
        let parsed = || -> Result<(Docs, Keep)> {
            Ok((Docs::parse("openapi/docs.toml", &self.docs)?, Keep::parse("openapi/keep.toml", &self.keep)?))
        };
        let (docs, keep) = parsed().expect("the texts and the selection can be read");
        (emit(&self.document, &docs, &keep), docs)
    }
}

/// What a case emits.
pub fn emitted(yaml: &str) -> String {
    Case::new(yaml).emit()
}

/// What a case is refused with.
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
    format!("[operations]\n{operation_texts}[resources]\n{resource_texts}")
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
