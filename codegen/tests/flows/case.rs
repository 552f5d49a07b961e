//! A small document, and flows for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stripe_platform_codegen::fixtures;

/// The files of a flow by name, without the folder.
pub fn made(steps: &str) -> BTreeMap<String, String> {
    let files = build(steps).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let name = |file: String| file.strip_prefix("tests/fixtures/case/").expect("is in the folder").to_owned();
    files.into_iter().map(|(file, text)| (name(file), text)).collect()
}

/// The file of a step, as JSON.
pub fn step(steps: &str, file: &str) -> Value {
    let files = made(steps);
    let text = files.get(file).unwrap_or_else(|| panic!("{file} is none of {:?}", files.keys()));
    serde_json::from_str(text).expect("is JSON")
}

/// The reply of the last step.
pub fn reply(steps: &str) -> Value {
    let files = made(steps);
    let last = files.iter().rfind(|(name, _)| name.ends_with(".json")).expect("there is a step").1;
    let step: Value = serde_json::from_str(last).expect("is JSON");
    step["response"]["body"].clone()
}

/// The faults of a flow.
pub fn faults(steps: &str) -> Vec<String> {
    match build(steps) {
        Ok(files) => panic!("it makes {:?}", files.keys()),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

fn build(steps: &str) -> Result<BTreeMap<String, String>, Vec<stripe_platform_codegen::error::Error>> {
    let flow = format!("{HEAD}steps:\n{steps}");
    fixtures::build_flow(&document(), "case", "tests/flows/case.yaml", &flow)
}

/// The common beginning of the flows.
pub const HEAD: &str = "\
guide: \"A page: a section\"
notes: What to know.
start: 2026-11-12T09:30:00Z
bind: { account: acct_1Case, order: order-7 }
funds: { account: { issuing: { usd: 1000 } } }
";

/// The document.
pub fn document() -> Value {
    let id = json!({ "type": "string" });
    let text = json!({ "type": "string", "nullable": true, "maxLength": 20 });
    let metadata = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let replies = |schema: Value| json!({ "200": { "description": "", "content": { "application/json": { "schema": schema } } } });
    let form =
        |schema: Value| json!({ "content": { "application/x-www-form-urlencoded": { "schema": schema } } });
    let acceptance =
        json!({ "type": "object", "properties": { "date": { "type": "integer", "format": "unix-time" } } });
    let topup = json!({
        "type": "object",
        "required": ["amount", "created", "currency", "id", "livemode", "metadata", "object", "status"],
        "properties": {
            "amount": { "type": "integer" },
            "created": { "type": "integer", "format": "unix-time" },
            "currency": { "type": "string", "format": "currency" },
            "description": text,
            "id": id,
            "livemode": { "type": "boolean" },
            "metadata": metadata,
            "object": { "type": "string", "enum": ["topup"] },
            "source": { "nullable": true, "anyOf": [{ "type": "string" }, reference("bank_account"), reference("card")] },
            "status": { "type": "string", "enum": ["pending", "succeeded"] },
            "timing": { "type": "object", "required": ["days"], "properties": { "days": { "type": "integer" } } },
            "tos_acceptance": acceptance,
        },
    });
    let named = |name: &str, member: &str| {
        json!({ "type": "object", "required": ["id", "object", member],
                "properties": { "id": id, "object": { "type": "string", "enum": [name] }, member: { "type": "string" } } })
    };
    let list = json!({
        "type": "object", "required": ["data", "has_more", "object", "url"],
        "properties": { "data": { "type": "array", "items": reference("topup") }, "has_more": { "type": "boolean" },
                        "object": { "type": "string", "enum": ["list"] }, "url": { "type": "string", "pattern": "^/v1/topups" } },
    });
    let balance = json!({
        "type": "object", "required": ["available", "object"],
        "properties": { "object": { "type": "string", "enum": ["balance"] }, "available": { "type": "array", "items": {
            "type": "object", "required": ["amount", "currency"],
            "properties": { "amount": { "type": "integer" }, "currency": { "type": "string" } } } } },
    });
    let session = json!({
        "type": "object", "required": ["created", "livemode", "object"],
        "properties": { "created": { "type": "string", "format": "date-time" }, "livemode": { "type": "boolean" },
                        "expires_at": { "type": "string", "format": "date-time" },
                        "object": { "type": "string", "enum": ["v2.session"] } },
    });
    let of_topup = json!({ "name": "topup", "in": "path", "required": true, "schema": { "type": "string" } });
    json!({
        "openapi": "3.0.0",
        "paths": {
            "/v1/topups": {
                "get": { "operationId": "GetTopups", "responses": replies(list),
                         "parameters": [{ "name": "limit", "in": "query", "required": false, "schema": { "type": "integer" } }] },
                "post": { "operationId": "PostTopups", "responses": replies(reference("topup")), "requestBody": form(json!({
                    "type": "object", "required": ["amount"],
                    "properties": { "amount": { "type": "integer" }, "currency": { "type": "string" }, "description": { "type": "string" },
                                    "source": { "type": "string" }, "metadata": metadata,
                                    "status": { "type": "string" }, "tos_acceptance": acceptance,
                                    "timing": { "type": "object", "properties": { "days": { "type": "integer" } } } } })) },
            },
            "/v1/topups/{topup}": {
                "get": { "operationId": "GetTopupsTopup", "parameters": [of_topup], "responses": replies(reference("topup")) },
                "post": { "operationId": "PostTopupsTopup", "parameters": [of_topup], "responses": replies(reference("topup")),
                          "requestBody": form(json!({ "type": "object", "properties": { "metadata": metadata, "description": { "type": "string" } } })) },
            },
            "/v1/treasury/financial_accounts/{account}": { "get": {
                "operationId": "GetTreasuryFinancialAccountsFinancialAccount",
                "parameters": [{ "name": "account", "in": "path", "required": true, "schema": { "type": "string" } }],
                "responses": replies(json!({ "type": "object", "required": ["balance", "id", "object"], "properties": {
                    "id": id, "object": { "type": "string", "enum": ["treasury.financial_account"] },
                    "balance": { "type": "object", "properties": { "cash": {
                        "type": "object", "additionalProperties": { "type": "integer" } } } } } })) } },
            "/v1/balance": { "get": { "operationId": "GetBalance", "responses": replies(balance) } },
            "/v2/sessions": { "post": { "operationId": "PostV2Sessions", "responses": replies(session), "requestBody": {
                "content": { "application/json": { "schema": { "type": "object", "properties": {
                    "expires_at": { "type": "string", "format": "date-time" } } } } } } } },
        },
        "components": { "schemas": { "topup": topup, "bank_account": named("bank_account", "bank_name"), "card": named("card", "brand") } },
    })
}
