//! Names: of modules, types and fields.

use crate::case::{Case, emitted};

#[test]
fn keywords_are_replaced() {
    let rust = emitted(
        r"
paths:
  /v1/things:
    post:
      operationId: PostThings
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [type], properties: {
        final: { type: boolean }, in: { type: string }, match: { type: string }, ref: { type: string }, return: { type: string },
        type: { type: string, enum: [self, type] }, use: { type: integer } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/thing' } } } } }
components:
  schemas:
    thing: { type: object, x-resourceId: thing, required: [object, type], properties: {
      object: { type: string, enum: [thing] }, owner.name: { type: string }, type: { type: string, enum: [self, type] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn overlay_names_types_and_fields() {
    let rust = emitted(
        r"
paths:
  /v1/things:
    post:
      operationId: PostThings
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        mode: { type: string, enum: [fast, slow], x-rust-name: Speed, x-rust-field: speed },
        options: { type: object, x-rust-name: Preferences, x-rust-field: preferences, properties: { quiet: { type: boolean } } } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/thing' } } } } }
components:
  schemas:
    thing: { type: object, x-resourceId: thing, required: [object], properties: {
      detail: { $ref: '#/components/schemas/thing_detail' }, object: { type: string, enum: [thing] } } }
    thing_detail: { type: object, x-rust-name: Fineprint, properties: { text: { type: string } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn taken_name_is_extended_by_its_path() {
    let rust = emitted(
        r"
paths:
  /v1/things:
    post:
      operationId: PostThings
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        address: { type: object, properties: { city: { type: string } } },
        owner: { type: object, properties: { address: { type: object, properties: { country: { type: string } } } } },
        list: { type: object, properties: { error: { type: object, properties: { code: { type: string } } } } } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/thing' } } } } }
components:
  schemas:
    thing: { type: object, x-resourceId: thing, required: [object], properties: {
      address: { type: object, properties: { line: { type: string } } }, object: { type: string, enum: [thing] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn modules_follow_the_path_unless_overridden() {
    let case = Case::new(
        r"
paths:
  /v1/issuing/cards/{card}/shipping/ship:
    post:
      operationId: PostShip
      parameters: [{ name: card, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/issuing.card' } } } } }
  /v1/issuing/cards/{card}:
    get:
      operationId: GetCard
      parameters: [{ name: card, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/issuing.card' } } } } }
components:
  schemas:
    issuing.card: { type: object, x-resourceId: issuing.card, required: [object], properties: { object: { type: string, enum: [issuing.card] } } }
",
    );
    let renamed = r#"
        { op = "POST /v1/issuing/cards/{card}/shipping/ship", module = "plastic::mail", name = "Post" },
        { op = "GET /v1/issuing/cards/{card}", module = "plastic" },
    "#;
    insta::assert_snapshot!(case.operations(renamed).emit());
}

#[test]
fn every_module_has_a_file_and_all_items_are_in_the_catalog() {
    let files = Case::new(
        r"
paths:
  /v1/test_helpers/issuing/cards/{card}/ship:
    post:
      operationId: PostShip
      parameters: [{ name: card, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/issuing.card' } } } } }
  /v1/issuing/cards:
    get:
      operationId: GetCards
      responses: { '200': { content: { application/json: { schema: { type: object, required: [data, has_more, object, url], properties: {
        data: { type: array, items: { $ref: '#/components/schemas/issuing.card' } },
        has_more: { type: boolean },
        object: { type: string, enum: [list] },
        url: { type: string } } } } } } }
components:
  schemas:
    issuing.card: { type: object, x-resourceId: issuing.card, required: [object], properties: { object: { type: string, enum: [issuing.card] } } }
",
    )
    .files();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let text =
        [&names.join("\n"), "", &files["mod.rs"], &files["catalog.rs"], &files["operations.rs"]].join("\n");
    insta::assert_snapshot!(text);
}

#[test]
fn own_texts_replace_derived_ones() {
    let case = Case::new(
        r"
paths:
  /v1/topups:
    post:
      operationId: PostTopups
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [amount], properties: {
        amount: { type: integer }, note: { type: string }, details: { type: object, properties: { bank_account_id: { type: string, maxLength: 22 } } } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
components:
  schemas:
    topup: { type: object, x-resourceId: topup, required: [arrives, object], properties: {
      arrives: { type: integer, format: unix-time }, object: { type: string, enum: [topup] } } }
",
    );
    let texts = r#"
[fields]
"PostTopups.amount" = "How much, in the minor unit."
"PostTopups.details.bank_account_id" = "Where from."
"topup.arrives" = "When the money can be spent."
[common]
amount = "Never used: the field has a separate text."
note = "For yourself."
"#;
    insta::assert_snapshot!(case.more_docs(texts).emit());
}

#[test]
fn verb_is_part_of_a_parameter_name_only_to_distinguish_it() {
    let post = |path: &str, id: &str, properties: &str| {
        let parameters = match path.contains('{') {
            true => "parameters: [{ name: thing, in: path, required: true, schema: { type: string } }]",
            false => "parameters: []",
        };
        format!(
            r"
  {path}:
    post:
      operationId: {id}
      {parameters}
      requestBody: {{ content: {{ application/x-www-form-urlencoded: {{ schema: {{ type: object, properties: {properties} }} }} }} }}
      responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/thing' }} }} }} }} }}"
        )
    };
    // `terms` of both are one type, and those of the issuing settings another; `settings` differ.
    let issuing = "issuing: { type: object, properties: { terms: { type: object, properties: { date: { type: integer } } } } }";
    let terms = "terms: { type: object, properties: { date: { type: integer }, ip: { type: string } } }";
    let create = post(
        "/v1/things",
        "PostThings",
        &format!(
            "{{ {terms}, settings: {{ type: object, properties: {{ a: {{ type: string }}, {issuing} }} }} }}"
        ),
    );
    let update = post(
        "/v1/things/{thing}",
        "PostThingsThing",
        &format!(
            "{{ {terms}, settings: {{ type: object, properties: {{ b: {{ type: string }}, {issuing} }} }} }}"
        ),
    );
    let rust = emitted(&format!(
        r"
paths:{create}{update}
components:
  schemas:
    thing: {{ type: object, x-resourceId: thing, required: [object], properties: {{ object: {{ type: string, enum: [thing] }} }} }}
"
    ));
    let names: Vec<&str> =
        rust.lines().filter_map(|line| line.strip_prefix("pub struct ")?.strip_suffix("Params {")).collect();
    assert_eq!(names, ["Issuing", "IssuingTerms", "Settings", "Terms", "UpdateSettings"]);
}
