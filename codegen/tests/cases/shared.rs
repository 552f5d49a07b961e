//! What is the same has one type.

use crate::case::{Case, emitted};

#[test]
fn enums_of_one_name_are_one_when_one_holds_the_other() {
    let rust = emitted(
        r"
paths:
  /v1/cards:
    get:
      operationId: GetCards
      parameters: [{ name: status, in: query, schema: { type: string, enum: [active, inactive] } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/card' } } } } }
  /v1/topups:
    get:
      operationId: GetTopups
      parameters: [{ name: status, in: query, schema: { type: string, enum: [active, pending] } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
components:
  schemas:
    card: { type: object, x-resourceId: card, required: [object, status], properties: {
      object: { type: string, enum: [card] }, status: { type: string, enum: [active, canceled, inactive] } } }
    topup: { type: object, x-resourceId: topup, required: [object, status], properties: {
      object: { type: string, enum: [topup] }, status: { type: string, enum: [pending, succeeded] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn a_large_enum_is_one_in_all_of_the_crate() {
    let rust = emitted(
        r"
paths:
  /v1/issuing/cards:
    post:
      operationId: PostIssuingCards
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        allowed_categories: { type: array, items: &categories { type: string, enum: [a, b, c, d, e, f, g, h, i, j] } },
        blocked_categories: { type: array, items: *categories } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/issuing.card' } } } } }
  /v1/issuing/cardholders:
    post:
      operationId: PostIssuingCardholders
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        allowed_categories: { type: array, items: *categories } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/issuing.card' } } } } }
components:
  schemas:
    issuing.card: { type: object, x-resourceId: issuing.card, required: [object], properties: { object: { type: string, enum: [issuing.card] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn a_struct_of_a_reply_goes_back_into_a_request() {
    let rust = emitted(
        r"
paths:
  /v1/cards/{card}:
    post:
      operationId: PostCardsCard
      parameters: [{ name: card, in: path, required: true, schema: { type: string } }]
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        controls: { type: object, properties: {
          categories: { type: array, items: { type: string, enum: [bakeries, taxis] } }, countries: { type: array, items: { type: string } }, limit: { type: integer } } } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/card' } } } } }
components:
  schemas:
    card: { type: object, x-resourceId: card, required: [id, object], properties: {
      controls: { nullable: true, anyOf: [{ $ref: '#/components/schemas/card_controls' }] }, id: { type: string }, object: { type: string, enum: [card] } } }
    card_controls: { type: object, properties: {
      categories: { type: array, nullable: true, items: { type: string, enum: [bakeries, taxis] } }, countries: { type: array, nullable: true, items: { type: string } }, limit: { type: integer, nullable: true } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn parameters_are_made_from_the_reply_that_has_more() {
    let rust = emitted(
        r"
paths:
  /v1/cards/{card}:
    post:
      operationId: PostCardsCard
      parameters: [{ name: card, in: path, required: true, schema: { type: string } }]
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        shipping: { type: object, required: [name], properties: {
          name: { type: string }, note: { anyOf: [{ type: string }, { type: string, enum: [''] }] }, service: { type: string, enum: [express, standard] } } } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/card' } } } } }
components:
  schemas:
    card: { type: object, x-resourceId: card, required: [id, object], properties: {
      id: { type: string }, object: { type: string, enum: [card] },
      shipping: { nullable: true, anyOf: [{ $ref: '#/components/schemas/card_shipping' }] } } }
    card_shipping: { type: object, required: [name, service], properties: {
      name: { type: string }, note: { type: string, nullable: true }, service: { type: string, enum: [express, standard] }, tracking: { type: string } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn a_parameter_of_one_enum_is_made_from_the_enum_and_a_switch_takes_nothing() {
    let rust = emitted(
        r"
paths:
  /v1/accounts:
    post:
      operationId: PostAccounts
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        capabilities: { type: object, properties: {
          issuing: { type: object, properties: { requested: { type: boolean } } },
          transfers: { type: object, properties: { requested: { type: boolean } } } } },
        dashboard: { type: object, properties: { type: { type: string, enum: [express, none] } } },
        losses: { type: object, required: [payments], properties: { payments: { type: string, enum: [application, stripe] } } },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/account' } } } } }
components:
  schemas:
    account: { type: object, x-resourceId: account, required: [object], properties: { object: { type: string, enum: [account] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn the_report_names_the_places_that_share_a_type() {
    let files = Case::new(
        r"
paths:
  /v1/cards:
    get:
      operationId: GetCards
      parameters: [{ name: status, in: query, schema: { type: string, enum: [active, inactive] } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/card' } } } } }
components:
  schemas:
    card: { type: object, x-resourceId: card, required: [object, status], properties: {
      object: { type: string, enum: [card] }, status: { type: string, enum: [active, canceled, inactive] } } }
",
    )
    .files();
    insta::assert_snapshot!(files["closure.md"]);
}
