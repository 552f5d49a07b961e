use serde_json::{Value, json};
use stripe_platform_codegen::diff;
use stripe_platform_codegen::keep::Keep;
use stripe_platform_codegen::overlay::Overlay;

use crate::fixture::{KEEP, TestWorkspace, document, overlay, source, trim_with};

/// The differences between the fixture and a changed one, both trimmed, without the heading.
fn after(change: impl FnOnce(&mut Value)) -> String {
    let old = trim_with(&document(), &[], KEEP).unwrap().document;
    let mut new = old.clone();
    change(&mut new);
    let keep = Keep::parse("openapi/keep.toml", KEEP).unwrap();
    diff::sources(&source(&old), &source(&new), &keep, &[]).unwrap()
}

fn body(document: &mut Value) -> &mut Value {
    &mut document["paths"]["/v1/topups"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
        ["schema"]
}

fn topup(document: &mut Value) -> &mut Value {
    &mut document["components"]["schemas"]["topup"]
}

fn remove(object: &mut Value, key: &str) {
    object.as_object_mut().unwrap().remove(key);
}

#[test]
fn nothing() {
    let text = after(|_| {});
    assert!(text.ends_with("\nNo changes for users of this crate.\n"), "{text}");
}

#[test]
fn requests_break_by_requiring_more() {
    let text = after(|new| {
        let body = body(new);
        body["required"] = json!(["amount", "method", "fresh"]);
        body["properties"]["fresh"] = json!({ "type": "string" });
        body["properties"]["amount"] = json!({ "type": "string", "format": "decimal" });
        body["properties"]["description"]["maxLength"] = json!(50);
        body["properties"]["method"]["enum"] = json!(["ach", "rtp"]);
        body["properties"]["metadata"] =
            json!({ "type": "object", "additionalProperties": { "type": "string" } });
        let get = &mut new["paths"]["/v1/topups/{topup}"]["get"];
        get["parameters"][0]["schema"]["pattern"] = json!("^tu_");
        get["parameters"].as_array_mut().unwrap().pop();
    });
    insta::assert_snapshot!(text);
}

#[test]
fn requests_do_not_break_by_accepting_more() {
    let text = after(|new| {
        let body = body(new);
        body["properties"]["fresh"] =
            json!({ "type": "object", "properties": { "in": { "type": "string" } } });
        body["properties"]["amount"]["deprecated"] = json!(true);
        body["properties"]["description"]["maxLength"] = json!(500);
        body["properties"]["description"] =
            json!({ "anyOf": [body["properties"]["description"], { "type": "string", "enum": [""] }] });
        body["properties"]["method"]["enum"] = json!(["wire", "ach", "rtp"]);
        body["properties"]["method"]["x-preview"] = json!(true);
    });
    insta::assert_snapshot!(text);
}

#[test]
fn responses_break_by_returning_less() {
    let text = after(|new| {
        let topup = topup(new);
        topup["required"] = json!(["object", "id", "title"]);
        topup["properties"]["id"]["nullable"] = json!(true);
        topup["properties"]["object"] = json!({ "type": "string" });
        topup["properties"]["owner"] = json!({ "type": "string" });
        remove(&mut topup["properties"], "format");
        remove(
            &mut topup["properties"]["properties"]["properties"]["description"]["properties"],
            "description",
        );
        remove(&mut new["components"]["schemas"], "source_details");
        new["components"]["schemas"]["source"]["properties"]["details"] = json!({ "type": "object" });
    });
    insta::assert_snapshot!(text);
}

#[test]
fn responses_do_not_break_by_returning_more() {
    let text = after(|new| {
        let topup = topup(new);
        topup["properties"]["fresh"] =
            json!({ "type": "array", "items": { "type": "integer", "format": "unix-time" } });
        topup["properties"]["type"]["enum"] = json!(["wire", "ach", "rtp"]);
        topup["properties"]["id"]["maxLength"] = json!(12);
        topup["properties"]["title"]["nullable"] = json!(true);
        topup["properties"]["title"]["x-secret"] = json!("personal");
        topup["properties"]["mandate"]["x-cut"] = json!(["mandate", "other"]);
        new["components"]["schemas"]["fresh"] = json!({ "type": "object" });
    });
    insta::assert_snapshot!(text);
}

#[test]
fn union_is_compared_by_its_members() {
    let union = |members: Value| {
        move |new: &mut Value| {
            topup(new)["properties"]["source"] = json!({ "nullable": true, "anyOf": members })
        }
    };
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let mut old = trim_with(&document(), &[], KEEP).unwrap().document;
    let mut new = old.clone();
    union(json!([reference("source"), reference("source_details")]))(&mut old);
    union(json!([reference("source"), reference("topup")]))(&mut new);
    let text = diff::compare(&old, &new);
    let expected = |weight: &str| format!("{text:?}").contains(weight);
    assert!(expected("field `source` can no longer be `source_details`"), "{text:?}");
    assert!(expected("field `source` can also be `topup`"), "{text:?}");
}

#[test]
fn added_and_removed_operations_are_listed() {
    let text = after(|new| {
        let moved = new["paths"]["/v1/topups"].clone();
        remove(&mut new["paths"], "/v1/topups");
        new["paths"]["/v1/payments"] = moved;
        new["paths"]["/v1/topups/{topup}"]["get"]["deprecated"] = json!(true);
        new["paths"]["/v1/topups/{topup}"]["get"]["servers"] =
            json!([{ "url": "https://files.example.com/" }]);
    });
    insta::assert_snapshot!(text);
}

#[test]
fn full_documents_are_reduced_to_the_selection_first() {
    let old = document();
    let mut new = document();
    new["info"]["version"] = json!("2026-02-25.test");
    new["components"]["schemas"]["customer"]["properties"] = json!({ "fresh": { "type": "string" } });
    new["paths"]["/v1/fresh"] = new["paths"]["/v1/customers"].clone();
    new["components"]["schemas"]["source"]["minProperties"] = json!(1);
    let keep = KEEP.replace("[\"POST", "[\"GET /v1/gone\", \"POST");
    let keep = Keep::parse("openapi/keep.toml", &keep).unwrap();
    let actions = "  - { target: $.gone, remove: true, x-source: docs, x-date: 2026-01-02 }
  - { target: $.components.schemas.topup, update: { type: object }, x-source: docs, x-date: 2026-01-02 }
  - { target: $.components.schemas.topup.properties, update: { preview: { type: string } }, x-source: docs, x-date: 2026-01-02 }
";
    let overlay = Overlay::parse("openapi/overlays/0.yaml", &overlay(actions)).unwrap();
    let text = diff::sources(&source(&old), &source(&new), &keep, &[overlay]).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn command_prints_markdown_and_rejects_bad_input() {
    let workspace = TestWorkspace::new();
    workspace.run(&["trim", "--spec", "spec.json"]);
    let outcome = workspace.run(&["diff", "openapi/stripe.json", "spec.json"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        outcome.stdout,
        "# From 2026-01-28.test to 2026-01-28.test\n\nOperations of the selection: 2 before, 2 after.\n\n\
         No changes for users of this crate.\n"
    );
    let line = workspace.fails(&["diff", "spec.json", "gone.json"]);
    assert!(line.starts_with("error: gone.json: cannot be read: "), "{line}");
}
