//! Identity: companies, numbers, documents, declarations, tokens of accounts.

use super::{ACCOUNTS, done, in_v1, individual, refused, send, whole};
use crate::support::get;
use serde_json::json;
use stripe_sandbox::{Json, Peek, Sandbox};

fn company() -> Json {
    let mut body = individual();
    body["identity"] = json!({
        "country": "US", "entity_type": "company",
        "business_details": {
            "registered_name": "Rosen Books Inc", "phone": "0000000000", "structure": "private_corporation",
            "address": { "line1": "address_full_match", "city": "Oakland", "state": "CA", "postal_code": "94601", "country": "US" },
            "additional_addresses": [{ "purpose": "administrative", "line1": "2 Street", "city": "Oakland", "state": "CA",
                "postal_code": "94601", "country": "US" }],
            "id_numbers": [{ "type": "us_ein", "value": "000000000" }],
            "annual_revenue": { "amount": { "value": 5000000, "currency": "usd" }, "fiscal_year_end": "2025-12-31" },
            "estimated_worker_count": 12,
            "registration_date": { "day": 2, "month": 3, "year": 2019 },
        },
        "attestations": { "persons_provided": { "owners": true } },
    });
    body
}

#[test]
fn a_company_is_the_same_in_both_versions() {
    let sandbox = Sandbox::new(1);
    let made = done(&sandbox, ACCOUNTS, &company());
    let details = &made["identity"]["business_details"];
    assert_eq!(details["id_numbers"][0].text("type"), "us_ein");
    assert_eq!(details["annual_revenue"]["amount"], json!({ "value": 5000000, "currency": "usd" }));
    assert_eq!(details["additional_addresses"][0].text("purpose"), "administrative");
    assert_eq!(made["identity"]["attestations"]["persons_provided"]["owners"], true);
    assert_eq!(made["identity"]["individual"], Json::Null);
    let v1 = in_v1(&sandbox, made.text("id"));
    for (path, expected) in [
        ("company.name", json!("Rosen Books Inc")),
        ("company.structure", json!("private_corporation")),
        ("company.address.city", json!("Oakland")),
        ("company.tax_id_provided", json!(true)),
        ("company.owners_provided", json!(true)),
        ("company.registration_date.year", json!(2019)),
        ("business_profile.annual_revenue.amount", json!(5000000)),
        ("business_profile.estimated_worker_count", json!(12)),
        ("business_type", json!("company")),
        ("type", json!("none")),
    ] {
        assert_eq!(v1.at(path), Some(&expected), "{path}");
    }
}

#[test]
fn country_is_fixed_and_only_permitted_parties_accept_terms() {
    let sandbox = Sandbox::new(1);
    let id = done(&sandbox, ACCOUNTS, &company()).text("id").to_owned();
    let path = format!("{ACCOUNTS}/{id}");
    let moved = json!({ "identity": { "country": "CA" } });
    assert_eq!(refused(&sandbox, &path, &moved).0, "immutable_identity_param");
    let mut express = individual();
    express["dashboard"] = json!("express");
    assert_eq!(refused(&sandbox, ACCOUNTS, &express).0, "tos_acceptance_on_behalf_not_allowed");
    let declared = json!({ "date": "2026-01-05T08:00:00Z", "ip": "127.0.0.1" });
    let mut early = company();
    early["identity"]["attestations"]["ownership_declaration"] = declared.clone();
    assert_eq!(
        refused(&sandbox, ACCOUNTS, &early).0,
        "ownership_declaration_not_allowed_during_account_creation"
    );
    let later = json!({ "identity": { "attestations": { "ownership_declaration": declared } } });
    done(&sandbox, &path, &later);
    let now = whole(&sandbox, &id);
    assert_eq!(now.text("identity.attestations.ownership_declaration.date"), "2026-01-05T08:00:00.000Z");
}

#[test]
fn account_token_is_used_once_and_without_other_parameters() {
    let sandbox = Sandbox::new(1);
    let token = |body: &Json| done(&sandbox, "/v2/core/account_tokens", body);
    let made = token(&json!({ "contact_email": "a@example.com", "identity": { "entity_type": "individual",
        "individual": { "given_name": "Ann" },
        "attestations": { "terms_of_service": { "account": { "shown_and_accepted": true } } } } }));
    let id = made.text("id");
    assert!(id.starts_with("accttok_61") && id.len() == 52, "{id}");
    assert_eq!((made["used"].as_bool(), made.text("expires_at")), (Some(false), "2026-01-05T09:10:00.000Z"));
    let base = json!({
        "dashboard": "none", "identity": { "country": "US" }, "account_token": id,
        "defaults": { "responsibilities": { "fees_collector": "application", "losses_collector": "application" } },
        "configuration": { "recipient": {} }, "include": ["identity"],
    });
    let mut beside = base.clone();
    beside["contact_email"] = json!("b@example.com");
    assert_eq!(refused(&sandbox, ACCOUNTS, &beside).0, "param_alongside_account_token");
    let account = done(&sandbox, ACCOUNTS, &base);
    assert_eq!(account.text("contact_email"), "a@example.com");
    assert_eq!(account.text("identity.individual.given_name"), "Ann");
    assert_eq!(account.text("identity.attestations.terms_of_service.account.ip"), "127.0.0.1");
    assert_eq!(refused(&sandbox, ACCOUNTS, &base).0, "token_already_used");
    let read = get(&sandbox, "", &format!("/v2/core/account_tokens/{id}")).json();
    assert_eq!(read["used"], true);

    let mut wrong = base.clone();
    for (sent, code) in [("accttok_61no", "invalid_account_token"), ("ct_1", "invalid_account_token")] {
        wrong["account_token"] = json!(sent);
        assert_eq!(refused(&sandbox, ACCOUNTS, &wrong).0, code);
    }
    wrong["account_token"] = json!(token(&json!({ "display_name": "late" })).text("id"));
    sandbox.advance(std::time::Duration::from_secs(601));
    assert_eq!(refused(&sandbox, ACCOUNTS, &wrong).0, "token_expired");
    let v1 = crate::support::post(&sandbox, "", "/v1/tokens", "account[business_type]=individual").json();
    wrong["account_token"] = json!(v1.text("id"));
    assert_eq!(refused(&sandbox, ACCOUNTS, &wrong).0, "v1_token_invalid_in_v2");
    let unknown = send(&sandbox, "/v2/core/account_tokens", &json!({ "identity": { "country": "US" } }));
    assert_eq!(unknown.status, 400, "tokens have no country");
}
