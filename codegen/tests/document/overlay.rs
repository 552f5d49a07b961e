use serde_json::json;

use crate::fixture::{KEEP, document, overlay, trim_error, trim_with};

const TOPUP: &str = "$.components.schemas.topup";

#[test]
fn update_merges_objects_and_extends_lists() {
    let overlay = overlay(&format!(
        "  - target: {TOPUP}
    x-source: docs
    x-date: 2026-01-02
    update:
      title: Other
      required: [title]
      properties:
        id: {{ x-id: topup }}
        added: {{ type: integer, format: unix-time, x-preview: true }}
"
    ));
    let trimmed = trim_with(&document(), &[&overlay], KEEP).unwrap();
    let topup = &trimmed.document["components"]["schemas"]["topup"];
    assert_eq!(topup["title"], "Other");
    assert_eq!(topup["required"], json!(["id", "object", "title", "type"]));
    assert_eq!(topup["properties"]["id"], json!({ "type": "string", "x-id": "topup" }));
    assert_eq!(
        topup["properties"]["added"],
        json!({ "type": "integer", "format": "unix-time", "x-preview": true })
    );
    assert!(!trimmed.overlays[0].removable);
    assert_eq!(trimmed.required[0].place, "topup");
    assert_eq!(trimmed.required[0].added, ["title"]);
}

#[test]
fn update_of_a_list_appends_an_entry() {
    let overlay = overlay(
        "  - target: $.paths['/v1/topups/{topup}'].get.parameters
    x-source: docs
    x-date: 2026-01-02
    update: { name: added, in: query, required: false, style: form, schema: { type: string } }
",
    );
    let trimmed = trim_with(&document(), &[&overlay], KEEP).unwrap().document;
    let parameters = trimmed["paths"]["/v1/topups/{topup}"]["get"]["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), 3);
    assert_eq!(parameters[2]["name"], "added");
}

#[test]
fn remove_deletes_members_and_entries() {
    let overlay = overlay(&format!(
        "  - {{ target: '{TOPUP}.properties[\"title\", \"summary\"]', remove: true, x-source: docs, x-date: 2026-01-02 }}
  - {{ target: '{TOPUP}.required[?@ == \"id\" || @ == \"object\"]', remove: true, x-source: docs, x-date: 2026-01-02 }}
"
    ));
    let trimmed = trim_with(&document(), &[&overlay], KEEP).unwrap();
    let topup = &trimmed.document["components"]["schemas"]["topup"];
    assert!(topup["properties"].get("title").is_none() && topup["properties"].get("summary").is_none());
    assert_eq!(topup["required"], json!(["type"]));
    assert_eq!(trimmed.required[0].relaxed, ["object", "id"]);
}

#[test]
fn overlay_can_add_an_operation_that_the_selection_must_list() {
    let overlay = overlay(
        "  - target: $.paths
    x-source: docs
    x-date: 2026-01-02
    update:
      /v1/balance_transfers:
        post:
          operationId: PostBalanceTransfers
          x-preview: 2026-01-28.preview
          responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/mandate' } } } } }
",
    );
    assert_eq!(
        trim_error(&document(), &[&overlay], KEEP),
        "openapi/keep.toml#/section: overlay operation `POST /v1/balance_transfers` is not listed"
    );
    let keep = KEEP.replace("[\"POST", "[\"POST /v1/balance_transfers\", \"POST");
    let trimmed = trim_with(&document(), &[&overlay], &keep).unwrap();
    assert_eq!(trimmed.overlay_operations, ["POST /v1/balance_transfers"]);
    assert_eq!(trimmed.document["paths"]["/v1/balance_transfers"]["post"]["x-preview"], "2026-01-28.preview");
    assert!(trimmed.closure.contains("mandate"));
}

#[test]
fn action_without_effect_is_reported_as_removable() {
    let overlay = overlay(&format!(
        "  - {{ target: {TOPUP}, update: {{ required: [id], type: object }}, x-source: docs, x-date: 2026-01-02 }}
  - {{ target: {TOPUP}, update: {{ required: [title] }}, x-source: docs, x-date: 2026-01-02 }}
"
    ));
    let trimmed = trim_with(&document(), &[&overlay], KEEP).unwrap();
    let removable: Vec<(&str, bool)> =
        trimmed.overlays.iter().map(|action| (action.pointer.as_str(), action.removable)).collect();
    assert_eq!(removable, [("/actions/0", true), ("/actions/1", false)]);
}

#[test]
fn actions_that_overwrite_upstream_values_must_be_marked() {
    let enumerated = "update: { properties: { type: { enum: [card] } } }";
    for (fields, expected) in [
        (enumerated.to_owned(), Some("the upstream document already has a value")),
        (format!("{enumerated}, x-amends: true"), None),
        ("update: { properties: { title: { x-id: topup } } }".to_owned(), None),
        (
            "update: { properties: { title: { x-id: topup } } }, x-amends: true".to_owned(),
            Some("but the upstream document has no value"),
        ),
    ] {
        let overlay =
            overlay(&format!("  - {{ target: {TOPUP}, {fields}, x-source: docs, x-date: 2026-01-02 }}\n"));
        let trimmed = trim_with(&document(), &[&overlay], KEEP).unwrap();
        let notes = trimmed.overlays[0].notes();
        match expected {
            None => assert!(notes.is_empty(), "{fields}: {notes:?}"),
            Some(expected) => {
                assert!(notes.iter().any(|note| note.contains(expected)), "{fields}: {notes:?}")
            }
        }
    }
}

#[test]
fn enum_values_can_be_copied_from_another_place() {
    let values = |of: &str| {
        overlay(&format!(
            "  - {{ target: {TOPUP}.properties.title, x-values-of: {of}, x-source: docs, x-date: 2026-01-02 }}\n"
        ))
    };
    let of_type = values(&format!("{TOPUP}.properties.type"));
    let trimmed = trim_with(&document(), &[&of_type], KEEP).unwrap().document;
    let title = &trimmed["components"]["schemas"]["topup"]["properties"]["title"];
    assert_eq!(title["enum"], json!(["wire", "ach"]));
    for place in ["summary", "gone"] {
        let error = trim_error(&document(), &[&values(&format!("{TOPUP}.properties.{place}"))], KEEP);
        assert!(
            error.contains("/actions/0/x-values-of") && error.contains("must match exactly one place"),
            "{error}"
        );
    }
}

#[test]
fn overlays_are_strict() {
    let action = |fields: &str| overlay(&format!("  - {{ {fields} }}\n"));
    let dated = |fields: &str| action(&format!("{fields}, x-source: docs, x-date: 2026-01-02"));
    let cases = [
        (
            dated("target: $.components.schemas.gone, update: { type: object }"),
            "#/actions/0: nothing matches `$.components.schemas.gone`",
        ),
        (
            dated("target: $.components.schemas.gone, remove: true"),
            "#/actions/0: nothing matches `$.components.schemas.gone`",
        ),
        (
            dated("target: $.paths"),
            "#/actions/0: an action must have exactly one of `update`, `x-values-of` and `remove: true`",
        ),
        (
            dated("target: $.paths, update: [1]"),
            "#/actions/0: `update` must be an object for an object, or one entry for an array",
        ),
        (
            dated("target: $.openapi, update: {}"),
            "#/actions/0: `update` must be an object for an object, or one entry for an array",
        ),
        (action("target: $.paths, update: {}, x-date: 2026-01-02"), "#/actions/0: missing field `x-source`"),
        (action("target: $.paths, update: {}, x-source: docs"), "#/actions/0: missing field `x-date`"),
        (
            action("target: $.paths, update: {}, x-source: docs, x-date: soon"),
            "#/actions/0/x-date: `soon` is not a date of the form YYYY-MM-DD",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(trim_error(&document(), &[&text], KEEP), format!("openapi/overlays/0.yaml{message}"));
    }
    let broken = trim_error(&document(), &[&dated("target: '$.[', update: {}")], KEEP);
    assert!(broken.starts_with("openapi/overlays/0.yaml#/actions/0/target: `$.[`: "), "{broken}");
    let broken = trim_error(&document(), &["overlay: 1.0.0\noverlay: 1.0.0\n"], KEEP);
    assert!(broken.starts_with("openapi/overlays/0.yaml: is not YAML: "), "{broken}");
    assert!(!broken.contains('\n'));
}
