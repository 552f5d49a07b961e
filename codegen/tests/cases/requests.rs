//! Parameters: how they are passed and encoded.

use crate::case::{Case, emitted};
use serde_json::json;

#[test]
fn required_parameters_are_arguments_and_optional_ones_are_setters() {
    let rust = emitted(
        r"
paths:
  /v1/topups:
    post:
      operationId: PostTopups
      requestBody: { content: { application/x-www-form-urlencoded: { schema: {
        type: object,
        required: [amount, currency],
        properties: {
          amount: { type: integer },
          currency: { type: string },
          description: { type: string, maxLength: 100 },
          refundable: { type: boolean },
          expected_at: { type: integer, format: unix-time },
          rate: { type: string, format: decimal },
          weight: { type: number },
          labels: { type: object, additionalProperties: { type: string } },
          tags: { type: array, items: { type: string } },
        } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
components:
  schemas:
    topup: { type: object, x-resourceId: topup, required: [object], properties: { object: { type: string, enum: [topup] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn more_than_four_required_parameters_are_passed_by_name() {
    let rust = emitted(
        r"
paths:
  /v1/terminals:
    post:
      operationId: PostTerminals
      requestBody: { content: { application/x-www-form-urlencoded: { schema: {
        type: object,
        required: [active, amount, currency, location, model],
        properties: {
          active: { type: boolean },
          amount: { type: integer },
          currency: { type: string },
          location: { type: string },
          model: { type: string, enum: [big, small] },
          nickname: { type: string },
        } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/terminal' } } } } }
components:
  schemas:
    terminal: { type: object, x-resourceId: terminal, required: [object], properties: { object: { type: string, enum: [terminal] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn two_required_parameters_of_one_type_are_passed_by_name() {
    let rust = emitted(
        r"
paths:
  /v1/trades:
    post:
      operationId: PostTrades
      requestBody: { content: { application/x-www-form-urlencoded: { schema: {
        type: object,
        required: [bought, sold],
        properties: { bought: { type: integer }, sold: { type: integer, maxLength: 5000 }, note: { type: string } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/trade' } } } } }
components:
  schemas:
    trade: { type: object, x-resourceId: trade, required: [object], properties: { object: { type: string, enum: [trade] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn empty_string_alternative_makes_a_parameter_clearable() {
    let rust = emitted(
        r"
paths:
  /v1/cards/{card}:
    post:
      operationId: PostCardsCard
      parameters:
        - { name: card, in: path, required: true, schema: { type: string } }
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        second_line: { anyOf: [{ type: string, maxLength: 24 }, { type: string, enum: [''] }] },
        color: { type: string, enum: ['', blue, red] },
        limit: { anyOf: [{ type: integer }, { type: string, enum: [''] }] },
        address: { anyOf: [{ type: object, required: [city], properties: { city: { type: string } } }, { type: string, enum: [''] }] },
        tags: { anyOf: [{ type: array, items: { type: string } }, { type: string, enum: [''] }] },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/card' } } } } }
components:
  schemas:
    card: { type: object, x-resourceId: card, required: [object], properties: { object: { type: string, enum: [card] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn metadata_has_a_type_and_is_clearable_if_declared() {
    let rust = emitted(
        r"
paths:
  /v1/topups:
    post:
      operationId: PostTopups
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        metadata: { type: object, additionalProperties: { type: string } } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
  /v1/topups/{topup}:
    post:
      operationId: PostTopupsTopup
      parameters: [{ name: topup, in: path, required: true, schema: { type: string } }]
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        metadata: { anyOf: [{ type: object, additionalProperties: { type: string } }, { type: string, enum: [''] }] } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
components:
  schemas:
    topup: { type: object, x-resourceId: topup, required: [metadata, object], properties: {
      metadata: { type: object, additionalProperties: { type: string } }, object: { type: string, enum: [topup] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn range_accepts_bounds_or_an_exact_value() {
    let rust = emitted(
        r"
paths:
  /v1/topups:
    get:
      operationId: GetTopups
      parameters:
        - { name: amount, in: query, schema: { anyOf: [
            { type: object, properties: { gt: { type: integer }, gte: { type: integer }, lt: { type: integer }, lte: { type: integer } } },
            { type: integer } ] } }
        - { name: created, in: query, schema: { anyOf: [
            { type: object, properties: {
              gt: { type: integer, format: unix-time }, gte: { type: integer, format: unix-time },
              lt: { type: integer, format: unix-time }, lte: { type: integer, format: unix-time } } },
            { type: integer, format: unix-time } ] } }
        - { name: settled, in: query, schema: { type: object, properties: {
            gt: { type: integer }, gte: { type: integer }, lt: { type: integer }, lte: { type: integer } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
components:
  schemas:
    topup: { type: object, x-resourceId: topup, required: [object], properties: { object: { type: string, enum: [topup] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn parameter_accepts_id_or_object() {
    let rust = emitted(
        r"
paths:
  /v1/sources:
    post:
      operationId: PostSources
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [bank_account], properties: {
        bank_account: { anyOf: [
          { type: object, required: [country], properties: { country: { type: string }, iban: { type: string } } },
          { type: string, maxLength: 5000 } ] },
        card: { anyOf: [
          { type: string },
          { type: object, properties: { number: { type: string } } } ] },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/source' } } } } }
components:
  schemas:
    source: { type: object, x-resourceId: source, required: [object], properties: { object: { type: string, enum: [source] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn parameter_accepts_keyword_or_number() {
    let rust = emitted(
        r"
paths:
  /v1/schedules:
    post:
      operationId: PostSchedules
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [delay_days], properties: {
        delay_days: { anyOf: [{ type: string, enum: [minimum] }, { type: integer }] },
        ends: { anyOf: [{ type: integer, format: unix-time }, { type: string, enum: [never, now] }] },
        anchor: { anyOf: [{ type: string, enum: [now] }, { type: integer }, { type: string, enum: [''] }] },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/schedule' } } } } }
components:
  schemas:
    schedule: { type: object, x-resourceId: schedule, required: [object], properties: { object: { type: string, enum: [schedule] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn arrays_hold_enums_objects_and_maps() {
    let rust = emitted(
        r"
paths:
  /v1/limits:
    post:
      operationId: PostLimits
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [categories], properties: {
        categories: { type: array, items: { type: string, enum: [bakeries, taxis] } },
        limits: { type: array, items: { type: object, required: [amount], properties: { amount: { type: integer } } } },
        rates: { type: object, additionalProperties: { type: object, properties: { rate: { type: integer } } } },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/limit' } } } } }
components:
  schemas:
    limit: { type: object, x-resourceId: limit, required: [object], properties: { object: { type: string, enum: [limit] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn path_parameters_are_typed_by_the_object_at_the_path() {
    let rust = emitted(
        r"
paths:
  /v1/accounts/{account}:
    get:
      operationId: GetAccountsAccount
      parameters: [{ name: account, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/account' } } } } }
  /v1/accounts/{account}/persons/{person}:
    get:
      operationId: GetAccountsAccountPersonsPerson
      parameters:
        - { name: account, in: path, required: true, schema: { type: string } }
        - { name: person, in: path, required: true, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/person' } } } } }
  /v1/test_helpers/accounts/{id}/verify:
    post:
      operationId: PostTestHelpersAccountsIdVerify
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        representative: { type: string, x-id: person } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/account' } } } } }
components:
  schemas:
    account: { type: object, x-resourceId: account, required: [id, object], properties: {
      id: { type: string }, object: { type: string, enum: [account] } } }
    person: { type: object, x-resourceId: person, required: [account, id, object], properties: {
      account: { type: string, x-id: account }, id: { type: string }, object: { type: string, enum: [person] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn file_is_sent_as_multipart() {
    let rust = emitted(
        r"
paths:
  /v1/files:
    post:
      operationId: PostFiles
      requestBody: { content: { multipart/form-data: { schema: { type: object, required: [file, purpose], properties: {
        file: { type: string, format: binary },
        file_link_data: { type: object, required: [create], properties: { create: { type: boolean } } },
        purpose: { type: string, enum: [dispute_evidence, identity_document] },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/file' } } } } }
components:
  schemas:
    file: { type: object, x-resourceId: file, required: [id, object], properties: { id: { type: string }, object: { type: string, enum: [file] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn version_2_sends_json_and_accepts_null() {
    let rust = emitted(
        r"
paths:
  /v2/core/accounts/{id}:
    post:
      operationId: PostV2CoreAccountsId
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
      requestBody: { content: { application/json: { schema: { type: object, properties: {
        contact_email: { type: string },
        include: { type: array, items: { type: string, enum: [identity, requirements] } },
        metadata: { type: object, additionalProperties: { type: string, nullable: true } },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/v2.core.account' } } } } }
  /v2/core/accounts/{id}/close:
    post:
      operationId: PostV2CoreAccountsIdClose
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/v2.core.account' } } } } }
components:
  schemas:
    v2.core.account: { type: object, x-resourceId: v2.core.account, required: [created, id, object], properties: {
      created: { type: string, format: date-time },
      closed: { type: boolean, nullable: true },
      contact_email: { type: string },
      id: { type: string },
      object: { type: string, enum: [v2.core.account] },
      share: { type: string, format: decimal } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn preview_operations_and_parameters_are_marked() {
    let rust = emitted(
        r"
paths:
  /v1/notices/{notice}:
    get:
      operationId: GetNoticesNotice
      x-preview: 2026-01-28.preview
      parameters: [{ name: notice, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/notice' } } } } }
    post:
      operationId: PostNoticesNotice
      deprecated: true
      x-preview: true
      parameters: [{ name: notice, in: path, required: true, schema: { type: string } }]
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: {
        balance: { type: string, enum: [issuing], x-preview: true },
        old: { type: boolean, deprecated: true },
        version: { type: integer, x-preview: 2026-01-28.preview },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/notice' } } } } }
components:
  schemas:
    notice: { type: object, x-resourceId: notice, required: [id, object], properties: { id: { type: string }, object: { type: string, enum: [notice] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn delete_has_an_idempotency_key_only_in_version_2() {
    let rust = emitted(
        r"
paths:
  /v1/hooks/{hook}:
    delete:
      operationId: DeleteHooksHook
      parameters: [{ name: hook, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/deleted_hook' } } } } }
  /v2/core/hooks/{id}:
    delete:
      operationId: DeleteV2CoreHooksId
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/v2.deleted_object' } } } } }
components:
  schemas:
    deleted_hook: { type: object, required: [deleted, id, object], properties: {
      deleted: { type: boolean, enum: [true] }, id: { type: string }, object: { type: string, enum: [hook] } } }
    v2.deleted_object: { type: object, required: [id], properties: { id: { type: string }, object: { type: string } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn request_of_a_flow_becomes_an_example() {
    let case = Case::new(
        r"
paths:
  /v1/cards/{card}:
    post:
      operationId: PostCardsCard
      parameters: [{ name: card, in: path, required: true, schema: { type: string } }]
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [currency], properties: {
        currency: { type: string }, limits: { type: array, items: { type: object, required: [amount], properties: {
          amount: { type: integer }, interval: { type: string, enum: [daily, weekly] } } } },
        metadata: { type: object, additionalProperties: { type: string } },
        note: { anyOf: [{ type: string }, { type: string, enum: [''] }] } } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/card' } } } } }
components:
  schemas:
    card: { type: object, x-resourceId: card, required: [id, object], properties: { id: { type: string }, object: { type: string, enum: [card] } } }
",
    );
    let rust = case
        .sends("PostCardsCard", "/v1/cards/ic_1", json!({ "currency": "usd", "limits": [{ "amount": 5, "interval": "daily" }], "note": "" }))
        .sends("PostCardsCard", "/v1/cards/ic_1", json!({ "currency": "usd", "limits": [{ "amount": 5, "interval": "daily" }], "metadata": { "a": "b" }, "note": "longer" }))
        .emit();
    let lines: Vec<&str> = rust
        .lines()
        .skip_while(|line| !line.contains("/// ```"))
        .take_while(|line| !line.contains("pub fn"))
        .filter_map(|line| line.trim().strip_prefix("///"))
        .collect();
    let expected = [
        " ```",
        " use stripe_platform::{Currency, card};",
        "",
        " let request = card::Update::new(\"ic_1\", Currency::USD)",
        "     .limits([card::LimitParams::new(5).interval(card::Interval::Daily)])",
        "     .clear_note();",
        " ```",
    ];
    assert_eq!(lines, expected);
}
