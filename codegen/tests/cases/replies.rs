//! Replies: the Rust types of the document's schemas.

use crate::case::emitted;

#[test]
fn fields_are_required_optional_or_nullable_as_declared() {
    let rust = emitted(
        r"
paths:
  /v1/balance:
    get:
      operationId: GetBalance
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/balance' } } } } }
components:
  schemas:
    balance:
      type: object
      x-resourceId: balance
      required: [always, maybe_null, object]
      properties:
        always: { type: integer }
        anything: { type: object }
        by_name: { type: object, additionalProperties: { type: integer } }
        currency: { type: string }
        funds: { type: array, items: { $ref: '#/components/schemas/balance_amount' } }
        maybe_null: { type: string, nullable: true }
        object: { type: string, enum: [balance] }
        rate: { type: number, nullable: true }
        sometimes: { type: boolean }
        status: { type: string, enum: [open, closed, unknown, '*', 3ds, account.updated] }
    balance_amount: { type: object, required: [amount], properties: { amount: { type: integer } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn expandable_fields_with_known_unknown_and_several_targets() {
    let rust = emitted(
        r"
paths:
  /v1/payouts/{payout}:
    get:
      operationId: GetPayoutsPayout
      parameters:
        - { name: expand, in: query, schema: { type: array, items: { type: string } } }
        - { name: payout, in: path, required: true, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/payout' } } } } }
components:
  schemas:
    payout: { type: object, x-resourceId: payout, required: [id, object], properties: {
      bank: { nullable: true, anyOf: [{ type: string }, { $ref: '#/components/schemas/bank' }], x-expansionResources: { oneOf: [{ $ref: '#/components/schemas/bank' }] } },
      charge: { anyOf: [{ type: string }], x-cut: [charge], x-expansionResources: { oneOf: [] } },
      details: { type: object, properties: {
        reversed_by: { anyOf: [{ type: string }, { $ref: '#/components/schemas/payout' }], x-expansionResources: { oneOf: [{ $ref: '#/components/schemas/payout' }] } } } },
      id: { type: string },
      number: { type: string, x-expand: true },
      object: { type: string, enum: [payout] },
      partly: { anyOf: [{ type: string }, { $ref: '#/components/schemas/bank' }], x-cut: [card], x-expansionResources: { oneOf: [{ $ref: '#/components/schemas/bank' }] } },
      several: { anyOf: [{ type: string }, { $ref: '#/components/schemas/bank' }, { $ref: '#/components/schemas/payout' }],
        x-expansionResources: { oneOf: [{ $ref: '#/components/schemas/bank' }, { $ref: '#/components/schemas/payout' }] } },
      taxes: { type: array, items: { anyOf: [{ type: string }], x-cut: [tax], x-expansionResources: { oneOf: [] } } } } }
    bank: { type: object, x-resourceId: bank, required: [id, object], properties: { id: { type: string }, object: { type: string, enum: [bank] } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn union_is_distinguished_by_object_and_deleted() {
    let rust = emitted(
        r"
paths:
  /v1/accounts/{account}:
    get:
      operationId: GetAccountsAccount
      parameters: [{ name: account, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/account' } } } } }
components:
  schemas:
    account: { type: object, x-resourceId: account, required: [default, id, object], properties: {
      default: { anyOf: [{ $ref: '#/components/schemas/bank' }, { $ref: '#/components/schemas/card' }] },
      former: { nullable: true, anyOf: [{ $ref: '#/components/schemas/bank' }, { $ref: '#/components/schemas/deleted_bank' }] },
      id: { type: string },
      object: { type: string, enum: [account] },
      removed: { $ref: '#/components/schemas/deleted_external' } } }
    bank: { type: object, x-resourceId: bank, required: [id, object], properties: { id: { type: string }, object: { type: string, enum: [bank] } } }
    card: { type: object, x-resourceId: card, required: [id, object], properties: { id: { type: string }, object: { type: string, enum: [card] } } }
    deleted_bank: { type: object, required: [deleted, id, object], properties: {
      deleted: { type: boolean, enum: [true] }, id: { type: string }, object: { type: string, enum: [bank] } } }
    deleted_card: { type: object, required: [deleted, id, object], properties: {
      deleted: { type: boolean, enum: [true] }, id: { type: string }, object: { type: string, enum: [card] } } }
    deleted_external: { anyOf: [{ $ref: '#/components/schemas/deleted_bank' }, { $ref: '#/components/schemas/deleted_card' }] }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn version_1_list_is_paginated() {
    let rust = emitted(
        r"
paths:
  /v1/topups:
    get:
      operationId: GetTopups
      parameters:
        - { name: ending_before, in: query, schema: { type: string } }
        - { name: expand, in: query, schema: { type: array, items: { type: string } } }
        - { name: limit, in: query, schema: { type: integer } }
        - { name: starting_after, in: query, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { type: object, required: [data, has_more, object, url], properties: {
        data: { type: array, items: { $ref: '#/components/schemas/topup' } },
        has_more: { type: boolean },
        object: { type: string, enum: [list] },
        url: { type: string } } } } } } }
components:
  schemas:
    topup: { type: object, x-resourceId: topup, required: [id, object], properties: {
      id: { type: string },
      object: { type: string, enum: [topup] },
      twin: { anyOf: [{ type: string }, { $ref: '#/components/schemas/topup' }], x-expansionResources: { oneOf: [{ $ref: '#/components/schemas/topup' }] } } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn version_2_page_is_paginated() {
    let rust = emitted(
        r"
paths:
  /v2/core/events:
    get:
      operationId: GetV2CoreEvents
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: page, in: query, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { type: object, required: [data], properties: {
        data: { type: array, items: { $ref: '#/components/schemas/v2.core.event' } },
        next_page_url: { type: string, nullable: true },
        previous_page_url: { type: string, nullable: true } } } } } } }
components:
  schemas:
    v2.core.event: { type: object, x-resourceId: v2.core.event, required: [id, object, type], properties: {
      id: { type: string }, object: { type: string, enum: [v2.core.event] }, type: { type: string } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn nested_list_keeps_its_type() {
    let rust = emitted(
        r"
paths:
  /v1/transfers/{transfer}:
    get:
      operationId: GetTransfersTransfer
      parameters:
        - { name: expand, in: query, schema: { type: array, items: { type: string } } }
        - { name: transfer, in: path, required: true, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/transfer' } } } } }
components:
  schemas:
    transfer: { type: object, x-resourceId: transfer, required: [id, object, reversals], properties: {
      id: { type: string },
      object: { type: string, enum: [transfer] },
      reversals: { type: object, required: [data, has_more, object, url], properties: {
        data: { type: array, items: { $ref: '#/components/schemas/reversal' } },
        has_more: { type: boolean }, object: { type: string, enum: [list] }, url: { type: string } } } } }
    reversal: { type: object, x-resourceId: reversal, required: [id, object], properties: {
      id: { type: string },
      object: { type: string, enum: [reversal] },
      transfer: { anyOf: [{ type: string }, { $ref: '#/components/schemas/transfer' }], x-expansionResources: { oneOf: [{ $ref: '#/components/schemas/transfer' }] } } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn recursive_schema_is_boxed() {
    let rust = emitted(
        r"
paths:
  /v1/errors/{id}:
    get:
      operationId: GetErrorsId
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/problem' } } } } }
components:
  schemas:
    problem: { type: object, x-resourceId: problem, required: [id, object], properties: {
      cause: { $ref: '#/components/schemas/problem_cause' },
      causes: { type: array, items: { $ref: '#/components/schemas/problem' } },
      id: { type: string },
      object: { type: string, enum: [problem] },
      previous: { nullable: true, anyOf: [{ $ref: '#/components/schemas/problem' }] } } }
    problem_cause: { type: object, required: [problem], properties: { problem: { $ref: '#/components/schemas/problem' } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn secrets_are_wrapped_and_personal_data_is_marked() {
    let rust = emitted(
        r"
paths:
  /v1/cards:
    post:
      operationId: PostCards
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [number], properties: {
        cvc: { anyOf: [{ type: string, maxLength: 4 }, { type: string, enum: [''] }], x-secret: secret },
        number: { type: string, x-secret: secret },
        phone: { type: string, x-secret: personal },
        pin: { type: object, x-secret: secret, properties: { encrypted: { type: string } } },
      } } } } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/card' } } } } }
components:
  schemas:
    card: { type: object, x-resourceId: card, required: [cvc, id, name, object], properties: {
      cvc: { type: string, x-secret: secret, nullable: true },
      id: { type: string },
      name: { type: string, x-secret: personal },
      object: { type: string, enum: [card] },
      urls: { type: array, items: { type: string }, x-secret: secret } } }
",
    );
    insta::assert_snapshot!(rust);
}

#[test]
fn required_amount_and_currency_are_money() {
    let rust = emitted(
        r"
paths:
  /v1/topups/{topup}:
    get:
      operationId: GetTopupsTopup
      parameters: [{ name: topup, in: path, required: true, schema: { type: string } }]
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/topup' } } } } }
components:
  schemas:
    topup: { type: object, x-resourceId: topup, required: [amount, currency, object], properties: {
      amount: { type: integer },
      currency: { type: string },
      fee: { type: object, required: [amount], properties: { amount: { type: integer }, currency: { type: string } } },
      object: { type: string, enum: [topup] } } }
",
    );
    insta::assert_snapshot!(rust);
}
