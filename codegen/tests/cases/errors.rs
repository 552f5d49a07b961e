//! Documents that cannot be emitted: one error, with its place.

use crate::case::{Case, emitted, refused};

/// One GET whose reply has a property of this schema.
fn with_property(schema: &str) -> String {
    document("", &format!("odd: {schema}, "))
}

/// One GET with this parameter.
fn with_parameter(schema: &str) -> String {
    document(&format!("parameters: [{{ name: odd, in: query, schema: {schema} }}]"), "")
}

fn document(operation: &str, properties: &str) -> String {
    format!(
        r"
paths:
  /v1/things:
    get:
      operationId: GetThings
      {operation}
      responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/thing' }} }} }} }} }}
components:
  schemas:
    thing: {{ type: object, x-resourceId: thing, required: [object], properties: {{ {properties} object: {{ type: string, enum: [thing] }} }} }}
    other: {{ type: object, properties: {{ id: {{ type: string }} }} }}
"
    )
}

#[test]
fn the_frame_of_these_cases_is_sound() {
    assert!(emitted(&with_property("{ type: string }")).contains("pub odd: Option<String>"));
    assert!(emitted(&with_parameter("{ type: string }")).contains("pub odd: Option<String>"));
}

#[test]
fn schemas_that_have_no_rust_form() {
    let schemas = [
        "{ type: string, format: color }",
        "{ type: integer, format: int32 }",
        "{ type: array }",
        "{ oneOf: [{ type: string }] }",
        "{ anyOf: [{ type: string }, { type: boolean }] }",
        "{ anyOf: [{ $ref: '#/components/schemas/thing' }, { $ref: '#/components/schemas/other' }] }",
        "{ $ref: '#/components/schemas/absent' }",
        "{ $ref: 'other.json#/components/schemas/thing' }",
        "{ type: string, x-id: absent }",
        "{ type: string, x-secret: top }",
    ];
    let errors: Vec<String> = schemas.iter().map(|schema| refused(&with_property(schema))).collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn parameters_that_have_no_rust_form() {
    let schemas = [
        "{ type: object, properties: { inner: { type: array, items: { type: string, format: color } } } }",
        "{ anyOf: [{ type: array, items: { type: string } }, { type: integer }] }",
        "{ type: object, additionalProperties: { type: 'null' } }",
    ];
    let errors: Vec<String> = schemas.iter().map(|schema| refused(&with_parameter(schema))).collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn operations_that_are_not_there_or_reply_nothing() {
    let absent = Case::new(&document("", "")).operations(r#""GET /v1/things/{thing}""#).error();
    let twice = refused(&document(
        "parameters: [{ name: odd, in: query, schema: { type: string } }, { name: odd, in: path, schema: { type: string } }]",
        "",
    ));
    let mute = refused("paths: { /v1/things: { get: { operationId: GetThings, responses: {} } } }");
    let media = refused(&document("requestBody: { content: { text/plain: { schema: {} } } }", ""));
    insta::assert_snapshot!([absent, twice, mute, media].join("\n"));
}

#[test]
fn names_that_collide() {
    let twice = Case::new(
        r"
paths:
  /v1/things: { get: { operationId: GetThings, responses: &reply { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/thing' } } } } } } }
  /v1/thing: { get: { operationId: GetThing, responses: *reply } }
components:
  schemas:
    thing: { type: object, x-resourceId: thing, required: [object], properties: { object: { type: string, enum: [thing] } } }
",
    )
    .error();
    let demanded = refused(&with_property("{ type: string, enum: [a, b], x-rust-name: Thing }"));
    let reserved = refused(&with_property("{ type: string, enum: [a, b], x-rust-name: Option }"));
    let request = refused(&with_property("{ type: string, enum: [a, b], x-rust-name: Retrieve }"));
    insta::assert_snapshot!([twice, demanded, reserved, request].join("\n"));
}

#[test]
fn texts_that_are_missing() {
    let yaml = document("", "");
    let operation =
        "[operations]\nGetThings = { text = \"Reads.\", link = \"https://docs.stripe.com/api\" }\n";
    let errors = [
        Case::new(&yaml).docs("[resources]\nthing = \"A thing.\"").error(),
        Case::new(&yaml).docs(operation).error(),
        Case::new(&yaml)
            .docs("[operations]\nGetThings = \"Reads.\"\n[resources]\nthing = \"A thing.\"")
            .error(),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn texts_that_nothing_needs_are_found() {
    let texts = "absent = \"Nothing.\"\n[fields]\n\"thing.object\" = \"Constant.\"\n\"thing.odd\" = \"Odd.\"";
    let case = Case::new(&with_property("{ type: string }")).more_docs(texts);
    assert_eq!(case.unused_docs(), ["/resources/absent", "/fields/thing.object"]);
}
