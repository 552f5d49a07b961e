//! A small document in the style of Stripe's, and a workspace to run commands in.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use stripe_platform_codegen::canonical;
use stripe_platform_codegen::error::{Error, Result};
use stripe_platform_codegen::keep::Keep;
use stripe_platform_codegen::overlay::Overlay;
use stripe_platform_codegen::problems::Problems;
use stripe_platform_codegen::source::Source;
use stripe_platform_codegen::trim::{Trimmed, trim};

/// Selects two of the document's three operations.
pub const KEEP: &str = r#"
api = "2026-01-28.test"

[[section]]
name = "Funding"
reason = "Money has to come in."
operations = ["POST /v1/topups", "GET /v1/topups/{topup}"]
"#;

/// Three operations and seven schemas. `topup` has properties named like keywords of a schema.
pub fn document() -> Value {
    json!({
        "openapi": "3.0.0",
        "info": { "title": "Small", "version": "2026-01-28.test", "description": "Prose.", "contact": {} },
        "servers": [{ "url": "https://api.example.com/" }],
        "paths": {
            "/v1/topups": { "post": {
                "operationId": "PostTopups",
                "summary": "Prose",
                "description": "Prose",
                "tags": ["Prose"],
                "requestBody": { "required": true, "description": "Prose", "content": {
                    "application/x-www-form-urlencoded": {
                        "encoding": { "metadata": { "explode": true, "style": "deepObject" } },
                        "schema": {
                            "type": "object",
                            "required": ["currency", "amount"],
                            "additionalProperties": false,
                            "properties": {
                                "amount": { "type": "integer", "description": "Prose" },
                                "currency": { "type": "string", "format": "currency" },
                                "description": { "type": "string", "maxLength": 100, "description": "Prose" },
                                "method": { "type": "string", "enum": ["wire", "ach"] },
                                "metadata": { "anyOf": [
                                    { "type": "object", "additionalProperties": { "type": "string" } },
                                    { "type": "string", "enum": [""] },
                                ] },
                            },
                        },
                    },
                } },
                "responses": response("topup"),
            } },
            "/v1/topups/{topup}": { "get": {
                "operationId": "GetTopupsTopup",
                "parameters": [
                    { "name": "topup", "in": "path", "required": true, "style": "simple",
                      "description": "Prose", "schema": { "type": "string", "maxLength": 5000 } },
                    { "name": "expand", "in": "query", "required": false, "style": "deepObject", "explode": true,
                      "schema": { "type": "array", "items": { "type": "string" } } },
                ],
                "requestBody": { "required": false, "content": { "application/x-www-form-urlencoded": {
                    "encoding": {}, "schema": { "type": "object", "properties": {}, "additionalProperties": false },
                } } },
                "responses": response("topup"),
            } },
            "/v1/customers": { "get": { "operationId": "GetCustomers", "responses": response("customer") } },
        },
        "components": { "schemas": {
            "topup": {
                "title": "Topup",
                "description": "Prose",
                "type": "object",
                "x-resourceId": "topup",
                "x-expandableFields": ["charge", "mandate", "owner"],
                "required": ["object", "id", "type"],
                "properties": {
                    "id": { "type": "string", "description": "Prose" },
                    "object": { "type": "string", "enum": ["topup"] },
                    "type": { "type": "string", "enum": ["wire", "ach"], "description": "Prose" },
                    "title": { "type": "string", "description": "Prose" },
                    "summary": { "type": "string", "nullable": true, "description": "Prose" },
                    "format": { "type": "string", "format": "decimal" },
                    "properties": { "type": "object", "properties": {
                        "description": { "type": "object", "properties": { "description": { "type": "string" } } },
                    } },
                    "source": { "nullable": true, "description": "Prose",
                        "anyOf": [{ "$ref": "#/components/schemas/source" }] },
                    "owner": expandable(&["source"]),
                    "charge": expandable(&["source", "charge"]),
                    "mandate": expandable(&["mandate"]),
                },
            },
            "source": { "title": "Source", "type": "object", "properties": {
                "object": { "type": "string", "enum": ["source"] },
                "details": { "$ref": "#/components/schemas/source_details" },
            } },
            "source_details": { "title": "Details", "type": "object", "properties": {
                "parents": { "type": "array", "items": { "$ref": "#/components/schemas/source" } },
            } },
            "charge": { "type": "object", "properties": { "of": { "$ref": "#/components/schemas/customer" } } },
            "mandate": { "type": "object" },
            "customer": { "type": "object" },
            "error": { "type": "object" },
        } },
    })
}

/// The same document with the members of each object in reverse order.
pub fn reversed(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().rev().map(|(k, v)| format!("{}:{}", json!(k), reversed(v))).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(entries) => {
            let entries: Vec<String> = entries.iter().map(reversed).collect();
            format!("[{}]", entries.join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn response(schema: &str) -> Value {
    let content = |name: &str| {
        let reference = format!("#/components/schemas/{name}");
        json!({ "description": "Prose", "content": { "application/json": { "schema": { "$ref": reference } } } })
    };
    json!({ "200": content(schema), "default": content("error") })
}

fn expandable(names: &[&str]) -> Value {
    let references: Vec<Value> =
        names.iter().map(|name| json!({ "$ref": format!("#/components/schemas/{name}") })).collect();
    let mut alternatives = vec![json!({ "type": "string", "maxLength": 5000 })];
    alternatives.extend(references.clone());
    json!({ "anyOf": alternatives, "x-expansionResources": { "oneOf": references }, "description": "Prose" })
}

/// The document as a parsed file.
pub fn source(document: &Value) -> Source {
    Source::parse("spec.json", document.to_string().as_bytes()).expect("the fixture is a document")
}

/// Trims strictly with the given overlays and selection.
pub fn trim_with(document: &Value, overlays: &[&str], keep: &str) -> Result<Trimmed> {
    let overlays = overlays
        .iter()
        .enumerate()
        .map(|(i, text)| Overlay::parse(&format!("openapi/overlays/{i}.yaml"), text))
        .collect::<Result<Vec<_>>>()?;
    let mut problems = Problems::new();
    let trimmed = trim(&source(document), &overlays, &Keep::parse("openapi/keep.toml", keep)?, &mut problems);
    match problems.into_notes().into_iter().next() {
        Some(first) => Err(first),
        None => trimmed,
    }
}

/// The error of a strict trim, as text.
pub fn trim_error(document: &Value, overlays: &[&str], keep: &str) -> String {
    trim_with(document, overlays, keep).expect_err("the input is bad").to_string()
}

/// The canonical text of the trimmed document.
pub fn trimmed_text(document: &Value) -> String {
    canonical::to_string(&trim_with(document, &[], KEEP).expect("the fixture can be trimmed").document)
}

/// An overlay document around the given actions, each with its source and date.
pub fn overlay(actions: &str) -> String {
    format!("overlay: 1.0.0\ninfo: {{ title: Test, version: '1' }}\nactions:\n{actions}")
}

/// A workspace in a temporary directory, removed on drop.
pub struct TestWorkspace {
    /// Its root directory.
    pub root: PathBuf,
}

/// The result of a run.
pub struct Outcome {
    /// Exit status.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl TestWorkspace {
    /// Creates a workspace with the fixture's selection and `spec.json`.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("stripe-platform-codegen-{}-{count}", std::process::id());
        let workspace = Self { root: std::env::temp_dir().join(name) };
        workspace.write("codegen/Cargo.toml", "");
        workspace.write("openapi/keep.toml", KEEP);
        workspace.write("spec.json", &document().to_string());
        workspace
    }

    /// Writes a file, creating its directories.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        std::fs::create_dir_all(path.parent().expect("a file has a directory"))
            .expect("can make directories");
        std::fs::write(path, text).expect("can write");
    }

    /// Reads a file; returns `None` if it does not exist.
    pub fn read(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(file)).ok()
    }

    /// Every file below a directory.
    pub fn files(&self, directory: &str) -> Vec<String> {
        let workspace = stripe_platform_codegen::workspace::Workspace::at(&self.root);
        workspace.files(directory).expect("can list")
    }

    /// Runs the program in the workspace.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, &[])
    }

    /// Runs the program with these environment variables.
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
        let output = Command::new(env!("CARGO_BIN_EXE_stripe-platform-codegen"))
            .args(arguments)
            .current_dir(&self.root)
            .env_remove("STRIPE_OPENAPI_SPEC")
            .envs(variables.iter().copied())
            .output()
            .expect("the program starts");
        Outcome {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command that must fail, and returns the first line of its errors.
    pub fn fails(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!(outcome.status, Some(1), "{}", outcome.stderr);
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        match lines.as_slice() {
            [line, more @ ..] if more.iter().all(|line| line.starts_with("error: ")) => (*line).to_owned(),
            _ => panic!("not a fault in each line: {}", outcome.stderr),
        }
    }
}

impl Drop for TestWorkspace {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// The messages of errors.
pub fn texts(errors: &[Error]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}
