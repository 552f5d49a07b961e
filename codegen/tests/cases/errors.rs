//! Documents that cannot be emitted: one error, with its location.

use crate::case::{Case, emitted, refused};

/// One GET with a reply property of this schema.
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
fn base_case_is_valid() {
    assert!(emitted(&with_property("{ type: string }")).contains("pub odd: Option<String>"));
    assert!(emitted(&with_parameter("{ type: string }")).contains("pub odd: Option<String>"));
}

#[test]
fn unsupported_schemas_are_errors() {
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
fn unsupported_parameters_are_errors() {
    let schemas = [
        "{ type: object, properties: { inner: { type: array, items: { type: string, format: color } } } }",
        "{ anyOf: [{ type: array, items: { type: string } }, { type: integer }] }",
        "{ type: object, additionalProperties: { type: 'null' } }",
    ];
    let errors: Vec<String> = schemas.iter().map(|schema| refused(&with_parameter(schema))).collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn missing_operations_and_empty_replies_are_errors() {
    let absent = Case::new(&document("", "")).operations(r#""GET /v1/things/{thing}""#).error();
    let twice = refused(&document(
        "parameters: [{ name: odd, in: query, schema: { type: string } }, { name: odd, in: query, schema: { type: string } }]",
        "",
    ));
    let mute = refused("paths: { /v1/things: { get: { operationId: GetThings, responses: {} } } }");
    let media = refused(&document("requestBody: { content: { text/plain: { schema: {} } } }", ""));
    insta::assert_snapshot!([absent, twice, mute, media].join("\n"));
}

#[test]
fn name_collisions_are_errors() {
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
fn missing_texts_are_errors() {
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
fn unused_texts_are_reported() {
    let texts = "[resources]\nabsent = \"Nothing.\"\n[fields]\n\"thing.object\" = \"Constant.\"\n\"thing.odd\" = \"What is odd about it.\"";
    let case = Case::new(&with_property("{ type: string }")).more_docs(texts);
    assert_eq!(
        case.unused_docs(),
        ["/resources/absent", "/fields/thing.object", "/common/id", "/common/odd"]
    );
}

/// One GET with this path; its parameters, members and schemas are added to the base case.
fn twisted(path: &str, operation: &str, properties: &str, schemas: &str) -> String {
    document(operation, properties).replace("/v1/things:", &format!("{path}:")) + schemas
}

/// Documents with one change. Each row is the change and a part of the error; every error has a pointer.
#[test]
fn invalid_document_is_an_error_with_a_pointer() {
    let parameter = |text: &str| twisted("/v1/things", &format!("parameters: [{text}]"), "", "");
    let property = |text: &str| twisted("/v1/things", "", &format!("{text}, "), "");
    let rows = [
        (
            twisted("'/v1/things/{thing}'", "", "", ""),
            "/get: placeholder `{thing}` of the path is not declared",
        ),
        (
            parameter("{ name: thing, in: path, required: true, schema: { type: string } }"),
            "/get: path parameter `thing` does not occur in",
        ),
        (
            parameter("{ name: odd, in: path, schema: { type: string } }"),
            "/parameters/0: path parameter `odd` must be required",
        ),
        (
            parameter("{ name: odd, in: header, schema: { type: string } }"),
            "/parameters/0: parameter `odd` is in `header`",
        ),
        (
            parameter("{ name: odd, in: cookie, schema: { type: string } }"),
            "/parameters/0: parameter `odd` is in `cookie`",
        ),
        (parameter("{ name: odd, in: query }"), "/parameters/0: a parameter has no `schema`"),
        (property("3ds: { type: string }"), "/properties/3ds: `3ds` is not a Rust identifier"),
        (property("é: { type: string }"), "/properties/é: `é` is not a Rust identifier"),
        (property("'': { type: string }"), "/properties/: `` is not a Rust identifier"),
        (
            property("a.b: { type: string }, a_b: { type: string }"),
            "/properties/a_b: `a_b` is also the name of another field",
        ),
        (property("odd: { type: string, enum: [] }"), "/properties/odd/enum: allows no values"),
        (property("odd: { type: string, enum: [a, 1] }"), "/properties/odd/enum/1: must be a string"),
        (
            property("odd: { type: string, enum: [a-b, a_b] }"),
            "/properties/odd: the values \"a-b\" and \"a_b\" both map to `AB`",
        ),
        (
            property("odd: { type: string, enum: [a, é] }"),
            "/properties/odd: the value \"é\" has no Rust name",
        ),
        (
            property("odd: { type: [string, 'null'] }"),
            "/properties/odd/type: must be a string in OpenAPI 3.0",
        ),
        (
            property("odd: { type: string, nullable: 'yes' }"),
            "/properties/odd/nullable: must be true or false",
        ),
        (property("odd: true"), "/properties/odd: a schema must be an object"),
        (property("odd: {}"), "/properties/odd: a schema has no"),
        (property("odd: { oneOf: [{ type: string }] }"), "/properties/odd/oneOf: `oneOf` is not supported"),
        (property("odd: { allOf: [{ type: string }] }"), "/properties/odd/allOf: `allOf` is not supported"),
        (
            property("odd: { type: object, required: [absent], properties: { there: { type: string } } }"),
            "/properties/odd/required/0: `absent` is not a property",
        ),
        (
            property("odd: { type: object, required: there, properties: { there: { type: string } } }"),
            "/properties/odd/required: must be a list",
        ),
        (
            property(
                "odd: { type: object, properties: { there: { type: string } }, additionalProperties: { type: string } }",
            ),
            "/additionalProperties: an object with `properties` cannot also be a map",
        ),
        (
            twisted(
                "/v1/things",
                "",
                "odd: { $ref: '#/components/schemas/ping' }, ",
                "    ping: { $ref: '#/components/schemas/pong' }\n    pong: { $ref: '#/components/schemas/ping' }\n",
            ),
            "/components/schemas/ping: `ping` refers only to itself",
        ),
    ];
    for (yaml, expected) in rows {
        let errors = Case::new(&yaml).errors();
        let found = errors.iter().any(|error| error.to_string().contains(expected));
        assert!(found, "{expected} is not in {errors:?}");
        assert!(errors.iter().all(|error| error.pointer.starts_with('/')), "{errors:?}");
    }
}

/// Names with a meaning in Rust or in this crate.
#[test]
fn reserved_names_get_an_underscore() {
    let rust = Case::new(&document(
        "parameters: [{ name: options, in: query, schema: { type: string } }, { name: send, in: query, schema: { type: string } }]",
        "extra: { type: string }, fn: { type: string }, gen: { type: string }, ",
    ))
    .emit();
    for part in [
        "pub options_: Option<String>",
        "pub fn options_(mut self",
        "options_ \"options\",",
        "pub fn send_(mut self",
        "pub extra_: Option<String>",
        "extra_ \"extra\",",
        "pub fn_: Option<String>",
        "pub gen_: Option<String>",
    ] {
        assert!(rust.contains(part), "{part} is not in {rust}");
    }
}

#[test]
fn alias_schemas_are_followed() {
    let schemas = "    first: { $ref: '#/components/schemas/second' }\n    second: { type: string, enum: [a, b] }\n    third: { $ref: '#/components/schemas/other' }\n";
    let properties =
        "odd: { $ref: '#/components/schemas/first' }, even: { $ref: '#/components/schemas/third' }, ";
    let rust = Case::new(&twisted("/v1/things", "", properties, schemas)).emit();
    assert!(rust.contains("pub odd: Option<Odd>") && rust.contains("A \"a\","), "{rust}");
    assert!(rust.contains("pub even: Option<crate::Nested<Even>>"), "{rust}");
}

/// `null` as a value or item differs from an absent one.
#[test]
fn null_in_maps_and_arrays_is_kept() {
    let map = "{ type: object, additionalProperties: { type: string, nullable: true } }";
    let reply = emitted(&document(
        "",
        &format!("odd: {map}, even: {{ type: array, items: {{ type: integer, nullable: true }} }}, "),
    ));
    assert!(reply.contains("pub odd: Option<std::collections::BTreeMap<String, Option<String>>>"), "{reply}");
    assert!(reply.contains("pub even: Option<Vec<Option<i64>>>"), "{reply}");
    let params = emitted(&with_parameter(map));
    assert!(
        params.contains("pub odd: Option<std::collections::BTreeMap<String, crate::FieldUpdate<String>>>"),
        "{params}"
    );
}

#[test]
fn duplicate_operation_ids_are_errors() {
    let yaml = document("", "").replace(
        "components:",
        "  /v1/others:\n    get: { operationId: GetThings, responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/other' } } } } } }\ncomponents:",
    );
    let texts = "[operations]\nGetThings = { text = \"Reads.\", link = \"https://docs.stripe.com/api\" }\n[resources]\nthing = \"A thing.\"";
    let error = Case::new(&yaml).docs(texts).error();
    assert!(
        error.contains("things/get/operationId: `GetThings` is also the id of /paths/~1v1~1others/get"),
        "{error}"
    );
}

#[test]
fn document_of_another_version_is_an_error() {
    let case = Case::new(&document("", ""));
    let error = case.version("2020-01-01").error();
    assert_eq!(
        error,
        "openapi/stripe.json#/info/version: is `2020-01-01`, but openapi/keep.toml selects `2026-01-28.test`; run `cargo codegen trim`"
    );
}

#[test]
fn all_faults_of_one_run_are_reported() {
    let properties = "a: { type: string, format: color }, b: { oneOf: [] }, c: { type: object, properties: { d: { type: array } } }, ";
    let parameters =
        "parameters: [{ name: odd, in: header, schema: {} }, { name: even, in: query, schema: {} }]";
    let errors = Case::new(&document(parameters, properties)).errors();
    let places: Vec<&str> =
        errors.iter().map(|error| error.pointer.rsplit('/').next().unwrap_or_default()).collect();
    assert_eq!(places, ["0", "schema", "a", "oneOf", "d"]);
}

#[test]
fn fields_without_a_text_are_errors_with_the_lines_to_add() {
    let yaml = document(
        "parameters: [{ name: odd, in: query, schema: { type: string } }]",
        "even: { type: string }, ",
    );
    let texts = "[operations]\nGetThings = { text = \"Reads.\", link = \"https://docs.stripe.com/api\" }\n[resources]\nthing = \"A thing.\"";
    let errors = Case::new(&yaml).docs(texts).errors();
    assert!(
        errors
            .iter()
            .all(|error| error.pointer.starts_with("/paths") || error.pointer.starts_with("/components"))
    );
    let lines = stripe_platform_codegen::error::missing_lines(&errors);
    assert_eq!(lines, "[fields]\n\"GetThings.odd\" = \"\"\n\"thing.even\" = \"\"\n");
    let repeated = Case::new(&yaml).more_docs("[common]\nodd = \"The odd.\"").error();
    assert_eq!(
        repeated,
        "openapi/docs.toml#/common/odd: the text of `GetThings.odd` only repeats its name: \"The odd.\""
    );
}
