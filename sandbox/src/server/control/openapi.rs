//! The control API as an OpenAPI document, generated from the table of controls.

use super::{CONTROLS, Control, PREFIX};
use crate::Sandbox;
use crate::about::rules;
use crate::engine::Json;
use crate::server::control::scenarios;
use crate::server::control::transitions::TRANSITIONS;
use serde_json::{Map, json};

/// The schema of a parameter that is not free text.
fn schema(control: &Control, name: &str) -> Json {
    let one_of = |values: &[&str]| json!({ "type": "string", "enum": values });
    match (control.path, name) {
        (
            _,
            "days" | "hours" | "minutes" | "seconds" | "retry_after" | "milliseconds" | "bytes" | "after",
        ) => {
            json!({ "type": "integer", "minimum": 0 })
        }
        (_, "times") => json!({ "type": "integer", "minimum": 1 }),
        (_, "percent") => json!({ "type": "integer", "minimum": 1, "maximum": 100 }),
        (_, "status") => json!({ "type": "integer", "minimum": 400, "maximum": 599 }),
        (_, "amount" | "fee" | "stamp" | "seed") => json!({ "type": "integer" }),
        (_, "should_retry") => json!({ "type": "boolean" }),
        ("policies", "policy") => one_of(&["manual", "immediate", "after", "default"]),
        (_, "rule") => one_of(&rules::all().map(|rule| rule.name).collect::<Vec<_>>()),
        ("trigger", "event") => one_of(&scenarios::names().collect::<Vec<_>>()),
        ("transitions", "name") => one_of(&TRANSITIONS.iter().map(|known| known.name).collect::<Vec<_>>()),
        ("fund", "balance") => one_of(&["available", "issuing"]),
        ("advance", "to") => one_of(&["next_due"]),
        ("webhooks", "timing") => one_of(&["at_once", "collected", "on_the_clock"]),
        ("webhooks", "mishap") => one_of(&["duplicate", "late", "lost", "wrong_secret"]),
        ("faults", "phase") => one_of(&["before", "after"]),
        ("faults", "effect") => one_of(&[
            "status",
            "rate_limit",
            "lock_timeout",
            "key_in_use",
            "delay",
            "stall",
            "truncate",
            "reset",
        ]),
        _ => json!({ "type": "string" }),
    }
}

/// Whether a control accepts further parameters, which depend on the others.
fn is_open(control: &Control) -> bool {
    matches!(control.path, "transitions" | "options") && control.method == "POST"
}

fn parameters(control: &Control) -> Vec<&'static str> {
    let named: &[&str] = match (control.path, control.method) {
        ("transitions", _) => &["name", "id"],
        ("options", _) => &[],
        _ => return control.parameters().collect(),
    };
    named.to_vec()
}

fn operation(control: &Control) -> Json {
    let mut out = Map::new();
    let id = format!("{}_{}", control.method.to_lowercase(), control.path.replace(['/', '.'], "_"));
    out.insert("operationId".to_owned(), id.trim_end_matches('_').into());
    out.insert("summary".to_owned(), control.does.into());
    let names = parameters(control);
    if control.method == "GET" {
        let each =
            names.iter().map(|name| json!({ "name": name, "in": "query", "schema": schema(control, name) }));
        out.insert("parameters".to_owned(), each.collect());
    } else {
        let each = names.iter().map(|name| ((*name).to_owned(), schema(control, name)));
        let schema = json!({ "type": "object", "properties": each.collect::<Map<_, _>>(),
            "additionalProperties": is_open(control) });
        let content = json!({ "application/json": { "schema": schema },
            "application/x-www-form-urlencoded": { "schema": schema } });
        out.insert("requestBody".to_owned(), json!({ "content": content }));
    }
    let kind = match control.path {
        "report" => "text/html",
        "report.md" => "text/markdown",
        _ => "application/json",
    };
    let error = json!({ "description": "An error in the format of Stripe's API",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } });
    let good = json!({ "description": "Done", "content": { kind: { "schema": {} } } });
    out.insert("responses".to_owned(), json!({ "200": good, "default": error }));
    Json::Object(out)
}

/// The document.
pub(crate) fn document(sandbox: &Sandbox) -> Json {
    let mut paths = Map::new();
    for control in CONTROLS {
        let path = format!("{PREFIX}/{}", control.path);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(control.method.to_lowercase(), operation(control));
        }
    }
    let error = json!({ "type": "object", "properties": { "error": { "type": "object", "properties": {
        "type": { "type": "string" }, "message": { "type": "string" }, "code": { "type": "string" },
        "param": { "type": "string" } } } } });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Control API of the sandbox", "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": sandbox.state().options.base_url }],
        "paths": paths,
        "components": { "schemas": { "Error": error } },
    })
}
