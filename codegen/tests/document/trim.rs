use serde_json::{Value, json};
use stripe_platform_codegen::canonical;
use stripe_platform_codegen::report;

use crate::fixture::{KEEP, document, reversed, source, trim_error, trim_with, trimmed_text};

#[test]
fn facts_are_kept_and_prose_is_removed_by_position() {
    // includes properties named description, title, summary, format, type and properties
    let text = trimmed_text(&document());
    insta::assert_snapshot!(text);
}

#[test]
fn report_lists_reason_for_each_schema_and_cuts() {
    let overlay = crate::fixture::overlay(
        "  - { target: '$.components.schemas.topup.required[?@ == \"type\"]', remove: true, x-source: docs, x-date: 2026-01-02 }
  - { target: $.components.schemas.topup.properties.title, update: { x-preview: true }, x-source: docs, x-date: 2026-01-02 }
  - { target: $.components.schemas.topup, update: { type: object }, x-source: docs, x-date: 2026-01-02 }
",
    );
    let keep = format!("{KEEP}\n[[cut]]\nedge = \"source.details\"\nreason = \"Nobody reads them.\"\n");
    let trimmed = trim_with(&document(), &[&overlay], &keep).unwrap();
    let report = report::render(&report::Input {
        source: &source(&document()),
        keep: &stripe_platform_codegen::keep::Keep::parse("openapi/keep.toml", &keep).unwrap(),
        overlays: &[
            stripe_platform_codegen::overlay::Overlay::parse("openapi/overlays/0.yaml", &overlay).unwrap()
        ],
        trimmed: &trimmed,
        bytes: 1234,
    });
    // the size of the source depends on the formatting of the fixture
    let report = report.replace(&format!("{} |", source(&document()).bytes), "SIZE |");
    insta::assert_snapshot!(report);
}

#[test]
fn order_of_input_maps_does_not_matter() {
    let text = document().to_string();
    let shuffled = reversed(&document());
    assert_ne!(text, shuffled);
    let again: Value = serde_json::from_str(&shuffled).unwrap();
    assert_eq!(trimmed_text(&document()), trimmed_text(&again));
}

#[test]
fn trimming_a_trimmed_document_changes_nothing() {
    let first = trim_with(&document(), &[], KEEP).unwrap().document;
    assert_eq!(trim_with(&first, &[], KEEP).unwrap().document, first);
}

#[test]
fn expandable_field_keeps_only_alternatives_in_the_selection() {
    let trimmed = trim_with(&document(), &[], KEEP).unwrap().document;
    let field = |name: &str| trimmed["components"]["schemas"]["topup"]["properties"][name].clone();
    let source = json!({ "$ref": "#/components/schemas/source" });
    let id = json!({ "type": "string", "maxLength": 5000 });
    assert_eq!(
        field("owner"),
        json!({ "anyOf": [id, source], "x-expansionResources": { "oneOf": [source] } })
    );
    assert_eq!(
        field("charge"),
        json!({ "anyOf": [id, source], "x-expansionResources": { "oneOf": [source] }, "x-cut": ["charge"] })
    );
    assert_eq!(
        field("mandate"),
        json!({ "anyOf": [id], "x-expansionResources": { "oneOf": [] }, "x-cut": ["mandate"] })
    );
}

#[test]
fn named_cut_leaves_raw_json_and_removes_unneeded_schemas() {
    let keep = format!("{KEEP}\n[[cut]]\nedge = \"topup.source\"\nreason = \"Nobody reads it.\"\n");
    let trimmed = trim_with(&document(), &[], &keep).unwrap().document;
    let schemas = &trimmed["components"]["schemas"];
    assert_eq!(
        schemas["topup"]["properties"]["source"],
        json!({ "type": "object", "nullable": true, "x-cut": ["source"] })
    );
    assert_eq!(schemas.as_object().unwrap().keys().collect::<Vec<_>>(), ["topup"]);

    let keep =
        format!("{KEEP}\n[[cut]]\nedge = \"source_details.parents\"\nreason = \"Nobody reads them.\"\n");
    let trimmed = trim_with(&document(), &[], &keep).unwrap().document;
    assert_eq!(
        trimmed["components"]["schemas"]["source_details"]["properties"]["parents"],
        json!({ "type": "array", "items": { "type": "object", "x-cut": ["source"] } })
    );
}

#[test]
fn unused_cut_is_an_error() {
    for edge in ["topup.id", "topup.nothing", "charge.of", "topup.mandate"] {
        let keep = format!("{KEEP}\n[[cut]]\nedge = \"{edge}\"\nreason = \"Why not.\"\n");
        assert_eq!(
            trim_error(&document(), &[], &keep),
            format!("openapi/keep.toml#/cut/0: the selection has no reference at `{edge}`; remove the cut")
        );
    }
}

#[test]
fn selection_must_fit_the_document() {
    let keep = KEEP.replace("POST /v1/topups\"", "POST /v1/topdowns\"");
    assert_eq!(
        trim_error(&document(), &[], &keep),
        "openapi/keep.toml#/section/0/operations/0: spec.json has no operation `POST /v1/topdowns`"
    );
    let keep = KEEP.replace("\"GET /v1/topups/{topup}\"", "\"POST /v1/topups\"");
    assert_eq!(
        trim_error(&document(), &[], &keep),
        "openapi/keep.toml#/section/0/operations/1: `POST /v1/topups` is listed twice"
    );
    let keep = KEEP.replace("POST /v1/topups\"", "post /v1/topups\"");
    assert_eq!(
        trim_error(&document(), &[], &keep),
        "openapi/keep.toml#/section/0/operations/0: `post /v1/topups` is not of the form `METHOD /path`"
    );
    let keep = KEEP.replace("2026-01-28.test", "2026-02-25.test");
    assert_eq!(
        trim_error(&document(), &[], &keep),
        "openapi/keep.toml#/api: the selection is for `2026-02-25.test`, but spec.json is `2026-01-28.test`"
    );
    let keep = KEEP.replace("reason", "raeson");
    assert_eq!(
        trim_error(&document(), &[], &keep),
        "openapi/keep.toml: line 6: unknown field `raeson`, expected one of `name`, `reason`, `operations`"
    );
}

#[test]
fn unknown_members_are_errors_with_a_pointer() {
    let cases = [
        (
            "/components/schemas/topup/properties/id",
            "minLength",
            json!(3),
            "`minLength` is not supported in a schema",
        ),
        ("/components/schemas/topup/properties/id", "maxLength", json!("3"), "is not a whole number"),
        (
            "/components/schemas/topup/properties/id",
            "type",
            json!("null"),
            "is not one of the types of OpenAPI 3.0",
        ),
        ("/components/schemas/topup", "allOf", json!([]), "`allOf` is not supported in a schema"),
        ("/components/schemas/topup", "properties", json!([]), "is not an object"),
        ("/paths/~1v1~1topups/post", "callbacks", json!({}), "`callbacks` is not supported in an operation"),
        ("/paths/~1v1~1topups", "parameters", json!([]), "`parameters` is not supported in a path item"),
        (
            "/paths/~1v1~1topups~1{topup}/get/parameters/1",
            "content",
            json!({}),
            "`content` is not supported in a parameter",
        ),
    ];
    for (place, key, value, message) in cases {
        let mut document = document();
        document.pointer_mut(place).unwrap()[key] = value;
        assert_eq!(trim_error(&document, &[], KEEP), format!("spec.json#{place}/{key}: {message}"));
    }
}

#[test]
fn unselected_parts_are_not_checked() {
    let mut document = document();
    document["components"]["schemas"]["customer"]["allOf"] = json!([]);
    document["paths"]["/v1/customers"]["get"]["callbacks"] = json!({});
    assert_eq!(trimmed_text(&document), trimmed_text(&crate::fixture::document()));
}

#[test]
fn dangling_reference_is_an_error() {
    let mut dangling = document();
    dangling["components"]["schemas"]["source"]["properties"]["details"] =
        json!({ "$ref": "#/components/schemas/x" });
    assert_eq!(
        trim_error(&dangling, &[], KEEP),
        "spec.json#/components/schemas/source/properties/details/$ref: the schema `x` does not exist"
    );
    let mut elsewhere = document();
    elsewhere["components"]["schemas"]["source"]["properties"]["details"] =
        json!({ "$ref": "other.json#/x" });
    assert_eq!(
        trim_error(&elsewhere, &[], KEEP),
        "spec.json#/components/schemas/source/properties/details/$ref: is not a reference to `#/components/schemas/…`"
    );
    let mut expandable = document();
    expandable["components"]["schemas"].as_object_mut().unwrap().remove("mandate");
    assert_eq!(
        trim_error(&expandable, &[], KEEP),
        "spec.json#/components/schemas/topup/properties/mandate/anyOf/1/$ref: the schema `mandate` does not exist"
    );
}

#[test]
fn short_values_share_a_line_and_scalar_lists_fill_lines() {
    let words: Vec<String> = (0..30).map(|i| format!("word_{i}")).collect();
    let value = json!({ "b": { "z": [], "a": {} }, "a": words, "c": [{ "deep": { "list": words } }, [[1]]] });
    let text = canonical::to_string(&value);
    insta::assert_snapshot!(text);
}

const TYPED: &str = r#"
[[typed]]
of = "OF"
reason = "The rest differs."
members = [MEMBERS]
"#;

fn typed(of: &str, members: &str) -> String {
    format!("{KEEP}{}", TYPED.replace("OF", of).replace("MEMBERS", members))
}

#[test]
fn unlisted_members_are_kept_without_their_schema() {
    let keep = typed("topup", r#""id", "object", "type", "owner""#);
    let trimmed = trim_with(&document(), &[], &keep).unwrap();
    let properties = &trimmed.document["components"]["schemas"]["topup"]["properties"];
    assert_eq!(properties["title"], json!({ "type": "string", "x-untyped": true }));
    assert_eq!(properties["properties"], json!({ "type": "object", "x-untyped": true }));
    assert_eq!(
        properties["source"],
        json!({ "anyOf": [{ "type": "object" }], "nullable": true, "x-untyped": true })
    );
    assert_eq!(properties["id"], json!({ "type": "string" }));
    assert!(!trimmed.closure.contains("source"), "nothing references it anymore");

    let keep = typed("POST /v1/topups", r#""amount", "currency""#);
    let trimmed = trim_with(&document(), &[], &keep).unwrap().document;
    let body = &trimmed["paths"]["/v1/topups"]["post"]["requestBody"]["content"];
    let properties = &body["application/x-www-form-urlencoded"]["schema"]["properties"];
    assert_eq!(properties["method"]["x-untyped"], true);
    assert_eq!(properties["metadata"]["anyOf"][1]["enum"], json!([""]));
    assert!(properties["amount"].get("x-untyped").is_none());
}

#[test]
fn lists_of_typed_members_must_fit_the_document() {
    for (of, members, expected) in [
        ("nothing", "", "openapi/keep.toml#/typed/0: unknown operation or schema `nothing`"),
        (
            "POST /v1/nothing",
            "",
            "openapi/keep.toml#/typed/0: unknown operation or schema `POST /v1/nothing`",
        ),
        ("topup", r#""id", "gone""#, "openapi/keep.toml#/typed/0/members: `topup` has no member `gone`"),
        (
            "source",
            r#""details", "object""#,
            "openapi/keep.toml#/typed/0/members: all members of `source` are listed, so the entry has no effect",
        ),
    ] {
        assert_eq!(trim_error(&document(), &[], &typed(of, members)), expected);
    }
}

#[test]
fn derivation_of_a_document_must_be_described() {
    const DERIVED: &str = r#"
[derived]
version = "2025-12-15.test"
sha256 = "00"
sdks = [{ file = "sdk-1.tgz", sha256 = "11" }]
"#;
    let keep = format!("{}{DERIVED}", KEEP.trim_end());
    let mut derived = document();
    derived["info"]["x-derived"] = json!({ "from": "2025-12-15.test", "by": "hand" });
    let trimmed = trim_with(&derived, &[], &keep).unwrap();
    assert_eq!(trimmed.document["info"]["x-derived"]["sdks"][0]["file"], "sdk-1.tgz");
    let again = trim_with(&trimmed.document, &[], &keep).unwrap();
    assert_eq!(again.document, trimmed.document);

    assert!(trim_error(&derived, &[], KEEP).contains("has no `derived` table"));
    assert!(trim_error(&document(), &[], &keep).contains("is not derived"));
    derived["info"]["x-derived"]["from"] = json!("2025-11-17.test");
    assert!(trim_error(&derived, &[], &keep).contains("/derived/version"));
}
