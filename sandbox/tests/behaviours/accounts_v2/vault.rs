//! Bank accounts of the vault.

use super::{ACCOUNTS, done, in_v1, individual, refused, send_with, whole};
use crate::support::{get, request};
use http::Method;
use serde_json::json;
use stripe_sandbox::{Json, Peek, Sandbox};

const US: &str = "/v2/core/vault/us_bank_accounts";
const GB: &str = "/v2/core/vault/gb_bank_accounts";

fn us() -> Json {
    json!({ "account_number": "000123456789", "routing_number": "110000000", "currency": "usd" })
}

#[test]
fn deposits_verify_a_bank_account_by_amounts_or_code() {
    for right in [json!({ "descriptor_code": "SM11AA" }), json!({ "amounts": [45, 32] })] {
        let sandbox = Sandbox::new(1);
        let made = done(&sandbox, US, &us());
        let path = format!("{US}/{}", made.text("id"));
        assert!(made.text("id").starts_with("usba_"));
        assert_eq!((made.text("last4"), made.text("verification.status")), ("6789", "unverified"));
        assert!(!made.to_string().contains("000123456789"));
        let confirm = format!("{path}/confirm_microdeposits");
        assert_eq!(refused(&sandbox, &confirm, &right).0, "verification_not_initiated");
        let sent = done(&sandbox, &format!("{path}/send_microdeposits"), &json!({}));
        assert_eq!(sent.text("verification.status"), "awaiting_verification");
        assert_eq!(
            sent.text("verification.microdeposit_verification_details.sent"),
            "2026-01-05T09:00:00.000Z"
        );
        let wrong = json!({ "descriptor_code": "SM00AA" });
        assert_eq!(refused(&sandbox, &confirm, &wrong).0, "verification_attempt_failed");
        let verified = done(&sandbox, &confirm, &right);
        assert_eq!(verified.text("verification.status"), "verified");
        let filtered = |status: &str| {
            get(&sandbox, "", &format!("{US}?verification_status={status}")).json().items("data").len()
        };
        assert_eq!((filtered("verified"), filtered("unverified")), (1, 0));
    }
}

#[test]
fn too_many_guesses_or_too_much_time_end_a_verification() {
    let sandbox = Sandbox::new(1);
    let path = format!("{US}/{}", done(&sandbox, US, &us()).text("id"));
    let (send, confirm) = (format!("{path}/send_microdeposits"), format!("{path}/confirm_microdeposits"));
    done(&sandbox, &send, &json!({}));
    let wrong = json!({ "descriptor_code": "SM00AA" });
    for _ in 0..3 {
        assert_eq!(refused(&sandbox, &confirm, &wrong).0, "verification_attempt_failed");
    }
    assert_eq!(get(&sandbox, "", &path).json().text("verification.status"), "verification_failed");
    done(&sandbox, &send, &json!({}));
    sandbox.advance(std::time::Duration::from_secs(11 * 86_400));
    assert_eq!(
        refused(&sandbox, &confirm, &json!({ "descriptor_code": "SM11AA" })).0,
        "verification_expired"
    );
}

#[test]
fn numbers_are_those_of_banks_and_routing_numbers_are_filled_in_once() {
    let sandbox = Sandbox::new(1);
    for (body, param) in [
        (json!({ "account_number": "1", "currency": "usd" }), "account_number"),
        (
            json!({ "account_number": "000123456789", "routing_number": "1", "currency": "usd" }),
            "routing_number",
        ),
        (json!({ "account_number": "000123456789", "currency": "eur" }), "currency"),
    ] {
        assert_eq!(refused(&sandbox, US, &body).1, param, "{body}");
    }
    let made = done(&sandbox, US, &json!({ "account_number": "000123456789", "currency": "usd" }));
    let path = format!("{US}/{}", made.text("id"));
    assert_eq!(made["routing_number"], Json::Null);
    let filled = done(&sandbox, &path, &json!({ "routing_number": "110000000" }));
    assert_eq!(filled.text("routing_number"), "110000000");
    let other = json!({ "routing_number": "111000025" });
    assert_eq!(refused(&sandbox, &path, &other).0, "invalid_vaulted_credential");
}

#[test]
fn bank_accounts_in_britain_are_named_by_numbers_or_iban() {
    let sandbox = Sandbox::new(1);
    let made = done(
        &sandbox,
        GB,
        &json!({ "account_number": "00012345", "sort_code": "108800", "currency": "gbp" }),
    );
    assert!(made.text("id").starts_with("gbba_"));
    assert_eq!((made.text("last4"), &made["supported_currencies"]), ("2345", &json!(["gbp"])));
    let by_iban = done(&sandbox, GB, &json!({ "iban": "GB94TEST10880000012345", "currency": "gbp" }));
    assert_eq!((by_iban.text("sort_code"), by_iban.text("last4")), (made.text("sort_code"), "2345"));
    let archived = done(&sandbox, &format!("{GB}/{}/archive", made.text("id")), &json!({}));
    assert_eq!(archived["archived"], true);
    let back = done(&sandbox, &format!("{GB}/{}/unarchive", made.text("id")), &json!({}));
    assert_eq!(back["archived"], false);
    assert_eq!(get(&sandbox, "", GB).json().items("data").len(), 2);
    assert_eq!(refused(&sandbox, GB, &json!({ "currency": "gbp" })).1, "account_number");
}

#[test]
fn a_bank_account_of_the_vault_is_a_payout_method() {
    let sandbox = Sandbox::new(1);
    let account = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let context = [("stripe-context", account.as_str())];
    let vault = send_with(&sandbox, US, &us(), &context).json().text("id").to_owned();
    let path = format!("{ACCOUNTS}/{account}");
    let choose = json!({ "defaults": { "payout_methods": { "usd": vault } } });
    done(&sandbox, &path, &choose);
    assert_eq!(whole(&sandbox, &account)["defaults"]["payout_methods"], json!({ "usd": vault }));
    let v1 = in_v1(&sandbox, &account);
    assert_eq!(
        (v1.text("external_accounts.data.0.last4"), v1["payouts_enabled"].as_bool()),
        ("6789", Some(true))
    );
    let archive = format!("{US}/{vault}/archive");
    let archived = sandbox.handle(&request(
        Method::POST,
        &archive,
        "{}",
        &account,
        &[("content-type", "application/json")],
    ));
    assert_eq!(archived.status, 200, "{}", archived.json());
    assert_eq!(whole(&sandbox, &account)["defaults"]["payout_methods"], Json::Null);
    assert_eq!(in_v1(&sandbox, &account)["external_accounts"]["data"], json!([]));
    assert_eq!(refused(&sandbox, &path, &choose).0, "invalid_payout_method");
    let unknown = json!({ "defaults": { "payout_methods": { "usd": "usba_1" } } });
    assert_eq!(refused(&sandbox, &path, &unknown).1, "defaults[payout_methods][usd]");
}
