//! Names: of modules, types and fields.

use crate::case::{Case, emitted};

#[test]
fn words_that_rust_keeps_have_stand_ins() {
    insta::assert_snapshot!(emitted(
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
"
    ));
}

#[test]
fn an_overlay_names_types_and_fields() {
    insta::assert_snapshot!(emitted(
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
"
    ));
}

#[test]
fn a_taken_name_gets_more_of_its_path() {
    insta::assert_snapshot!(emitted(
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
"
    ));
}

#[test]
fn modules_follow_the_path_unless_the_selection_says_otherwise() {
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
fn our_texts_replace_the_derived_ones() {
    let case = Case::new(
        r"
paths:
  /v1/topups:
    post:
      operationId: PostTopups
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [amount], properties: {
        amount: { type: integer }, details: { type: object, properties: { bank_account_id: { type: string, maxLength: 22 } } } } } } } }
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
"#;
    insta::assert_snapshot!(case.more_docs(texts).file("topup.rs"));
}
