//! Accounts, persons, links, tokens and bank accounts of API v2.

mod closing;
mod configurations;
mod events;
mod identity;
mod links;
mod persons;
mod refusals;
mod requests;
mod vault;
mod views;

use crate::support::{post, request};
use http::Method;
use serde_json::json;
use stripe_sandbox::{Json, Peek, Response, Sandbox};

const ACCOUNTS: &str = "/v2/core/accounts";

/// POSTs JSON.
fn send(sandbox: &Sandbox, path: &str, body: &Json) -> Response {
    send_with(sandbox, path, body, &[])
}

/// POSTs JSON with more headers.
fn send_with(sandbox: &Sandbox, path: &str, body: &Json, headers: &[(&str, &str)]) -> Response {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    sandbox.handle(&request(Method::POST, path, &body.to_string(), "", &all))
}

/// The reply of a POST that is expected to succeed.
#[track_caller]
fn done(sandbox: &Sandbox, path: &str, body: &Json) -> Json {
    let reply = send(sandbox, path, body);
    assert_eq!(reply.status, 200, "{path} {body}: {}", reply.json());
    reply.json()
}

/// The code and the parameter of a POST that is expected to be refused.
#[track_caller]
fn refused(sandbox: &Sandbox, path: &str, body: &Json) -> (String, String) {
    let reply = send(sandbox, path, body);
    assert!((400..500).contains(&reply.status), "{path} {body}: {} {}", reply.status, reply.json());
    (reply.json().text("error.code").to_owned(), reply.json().text("error.param").to_owned())
}

const EVERYTHING: [&str; 7] = [
    "configuration.customer",
    "configuration.merchant",
    "configuration.recipient",
    "defaults",
    "future_requirements",
    "identity",
    "requirements",
];

/// A query that includes every includable member.
fn all_of(account: &str) -> String {
    let query: Vec<String> =
        EVERYTHING.iter().enumerate().map(|(at, part)| format!("include[{at}]={part}")).collect();
    format!("{ACCOUNTS}/{account}?{}", query.join("&"))
}

/// The whole account as API v2 shows it.
#[track_caller]
fn whole(sandbox: &Sandbox, account: &str) -> Json {
    let reply = crate::support::get(sandbox, "", &all_of(account));
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()
}

/// An account as API v1 shows it.
fn in_v1(sandbox: &Sandbox, account: &str) -> Json {
    crate::support::get(sandbox, "", &format!("/v1/accounts/{account}")).json()
}

/// A request for the account of an individual in the United States with all that its capabilities need, but for a bank
/// account.
fn individual() -> Json {
    json!({
        "contact_email": "jenny@example.com", "display_name": "Rosen Books", "dashboard": "none",
        "defaults": {
            "responsibilities": { "fees_collector": "application", "losses_collector": "application" },
            "profile": { "business_url": "https://accessible.stripe.com", "product_description": "Books about mathematics" },
        },
        "identity": {
            "country": "us", "entity_type": "individual",
            "attestations": { "terms_of_service": { "account": { "date": "2026-01-05T08:00:00Z", "ip": "127.0.0.1" } } },
            "individual": {
                "given_name": "Jenny", "surname": "Rosen", "email": "jenny@example.com", "phone": "0000000000",
                "date_of_birth": { "day": 1, "month": 1, "year": 1902 },
                "address": { "line1": "address_full_match", "city": "South San Francisco", "state": "CA",
                    "postal_code": "94080", "country": "US" },
                "id_numbers": [{ "type": "us_ssn", "value": "222222222" }],
            },
        },
        "configuration": {
            "merchant": { "mcc": "5734", "capabilities": { "card_payments": { "requested": true } } },
            "recipient": { "capabilities": { "stripe_balance": { "stripe_transfers": { "requested": true } } } },
        },
        "include": EVERYTHING,
    })
}

/// Gives an account a bank account, by API v1.
fn add_bank_account(sandbox: &Sandbox, account: &str) {
    let form = "external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd\
        &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
    let reply = post(sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), form);
    assert_eq!(reply.status, 200, "{}", reply.json());
}

/// The status of a capability.
fn status<'a>(account: &'a Json, path: &str) -> &'a str {
    account.text(&format!("configuration.{path}.status"))
}
