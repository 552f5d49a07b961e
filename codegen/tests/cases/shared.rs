//! Merging of equal types.

use std::collections::BTreeMap;

use crate::case::{Case, emitted};

#[test]
fn enums_of_one_name_are_merged_if_one_contains_the_other() {
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
fn large_enum_is_merged_across_the_crate() {
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
fn reply_struct_converts_into_parameter() {
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
fn parameter_is_created_from_reply_with_more_fields() {
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
fn single_enum_parameter_converts_from_enum_and_switch_takes_no_argument() {
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
fn report_lists_places_that_share_a_type() {
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

/// A payout and a transfer with the same two fields, in unrelated modules.
const APART: &str = r"
paths:
  /v1/payouts:
    post:
      operationId: PostPayouts
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        holder: { type: string, enum: [company, individual] },
        receiver: &receiver { type: object, properties: { city: { type: string, x-secret: personal } } } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/payout' } } } } }
  /v1/transfers:
    post:
      operationId: PostTransfers
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        receiver: *receiver } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/transfer' } } } } }
components:
  schemas:
    payout: { type: object, x-resourceId: payout, required: [object, status], properties: {
      object: { type: string, enum: [payout] }, status: { type: string, enum: [failed, paid] } } }
    transfer: { type: object, x-resourceId: transfer, required: [holder, object, status], properties: {
      holder: { type: string, enum: [company, individual] },
      object: { type: string, enum: [transfer] }, status: { type: string, enum: [failed, paid] } } }
";

/// The files without line breaks, which depend on the length of names.
fn on_one_line(case: Case) -> BTreeMap<String, String> {
    let line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    case.files().into_iter().map(|(name, text)| (name, line(text))).collect()
}

#[test]
fn equal_types_with_one_name_are_merged_across_modules() {
    let files = on_one_line(Case::new(APART));
    let count = |text: &str| files.values().map(|file| file.matches(text).count()).sum::<usize>();
    assert_eq!(count("Holder { Company"), 1);
    assert_eq!(count("pub struct ReceiverParams {"), 1);
    // Two resources share them: the first one owns the types, and the other one re-exports them.
    let payout = &files["payout.rs"];
    assert!(
        payout.contains("Holder { Company") && payout.contains("pub struct ReceiverParams {"),
        "{payout}"
    );
    let transfer = &files["transfer.rs"];
    assert!(transfer.contains("pub use crate::payout::{Holder, ReceiverParams};"), "{transfer}");
}

#[test]
fn status_enums_of_different_objects_are_not_merged() {
    let files = on_one_line(Case::new(APART));
    for file in ["payout.rs", "transfer.rs"] {
        assert!(files[file].contains("Status { Failed"), "{}", files[file]);
    }
}

#[test]
fn required_parameters_are_masked_by_their_field_flags() {
    let case = Case::new(
        r"
paths:
  /v1/persons:
    post:
      operationId: PostPersons
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [day, month], properties: {
        day: { type: integer, x-secret: personal }, month: { type: integer } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/person' } } } } }
components:
  schemas:
    person: { type: object, x-resourceId: person, required: [object], properties: { object: { type: string, enum: [person] } } }
",
    );
    let person = &on_one_line(case)["person.rs"];
    assert!(person.contains(
        "#[derive(Clone, PartialEq)] #[allow(clippy::exhaustive_structs)] pub struct RequiredCreate"
    ));
    let shown = r#"macros::required! { RequiredCreate => Create { day "day" REQUIRED | PRIVATE, month "month" REQUIRED, } }"#;
    assert!(person.contains(shown), "{person}");
}
