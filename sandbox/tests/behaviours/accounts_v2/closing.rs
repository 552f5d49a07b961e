//! Closing accounts.

use super::{ACCOUNTS, done, individual, refused, send};
use crate::support::{get, request};
use http::Method;
use serde_json::json;
use stripe_sandbox::{BalanceKind, CurrencyCode, Json, Peek, Sandbox};

#[test]
fn closed_account_is_readable_in_v2_and_missing_in_v1() {
    let sandbox = Sandbox::new(1);
    let id = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let path = format!("{ACCOUNTS}/{id}");
    let close = format!("{path}/close");
    let some = send(&sandbox, &close, &json!({ "applied_configurations": ["merchant"] }));
    assert_eq!(some.json().text("error.code"), "configs_must_match_to_close");
    assert_eq!(some.json()["error"]["applied_configurations"], json!(["merchant", "recipient"]));
    let all = json!({ "applied_configurations": ["recipient", "merchant"] });
    let closed = done(&sandbox, &close, &all);
    assert_eq!((&closed["closed"], &closed["identity"]), (&json!(true), &Json::Null));
    assert_eq!(get(&sandbox, "", &path).json(), closed);
    assert_eq!(get(&sandbox, "", &format!("/v1/accounts/{id}")).status, 403);
    assert_eq!(get(&sandbox, "", ACCOUNTS).json().items("data").len(), 0);
    assert_eq!(get(&sandbox, "", &format!("{ACCOUNTS}?closed=true")).json().items("data"), [closed]);
    assert_eq!(refused(&sandbox, &path, &json!({ "display_name": "x" })).0, "not_found");
    assert_eq!(refused(&sandbox, &close, &all).0, "not_found");
}

#[test]
fn account_with_money_or_losses_of_stripe_cannot_be_closed() {
    let sandbox = Sandbox::new(1);
    let rich = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    sandbox.fund(&rich, BalanceKind::Available, CurrencyCode::USD, 700).unwrap();
    let all = json!({ "applied_configurations": ["merchant", "recipient"] });
    let close = |id: &str| format!("{ACCOUNTS}/{id}/close");
    assert_eq!(refused(&sandbox, &close(&rich), &all).0, "cannot_delete_account_with_balance");
    let mut body = individual();
    body["dashboard"] = json!("full");
    body["identity"] = json!({ "country": "US" });
    body["defaults"] =
        json!({ "responsibilities": { "fees_collector": "stripe", "losses_collector": "stripe" } });
    let standard = done(&sandbox, ACCOUNTS, &body).text("id").to_owned();
    assert_eq!(refused(&sandbox, &close(&standard), &all).0, "stripe_loss_liable_cannot_be_deleted");
}

#[test]
fn an_account_that_v1_deletes_is_closed_in_v2() {
    let sandbox = Sandbox::new(1);
    let id = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    assert_eq!(
        sandbox.handle(&request(Method::DELETE, &format!("/v1/accounts/{id}"), "", "", &[])).status,
        200
    );
    assert_eq!(get(&sandbox, "", &format!("{ACCOUNTS}/{id}")).json()["closed"], true);
}
