//! Configurations, their capabilities, and what accounts have to send.

use super::{ACCOUNTS, add_bank_account, done, individual, refused, send, status, whole};
use crate::support::post;
use serde_json::json;
use std::collections::BTreeSet;
use stripe_sandbox::{Json, Peek, Sandbox};

#[test]
fn capabilities_become_active_after_verification() {
    let sandbox = Sandbox::new(1);
    let made = done(&sandbox, ACCOUNTS, &individual());
    let id = made.text("id").to_owned();
    assert_eq!(status(&made, "merchant.capabilities.stripe_balance.payouts"), "restricted");
    add_bank_account(&sandbox, &id);
    sandbox.advance(std::time::Duration::from_secs(60));
    let now = whole(&sandbox, &id);
    for path in [
        "merchant.capabilities.card_payments",
        "merchant.capabilities.stripe_balance.payouts",
        "recipient.capabilities.stripe_balance.payouts",
        "recipient.capabilities.stripe_balance.stripe_transfers",
    ] {
        assert_eq!(status(&now, path), "active", "{path} of {now}");
        assert_eq!(now.at(&format!("configuration.{path}.status_details")), Some(&json!([])));
    }
    let urgent = now["requirements"]["entries"].as_array().unwrap().iter();
    let urgent = urgent.filter(|entry| entry["minimum_deadline"]["status"] != "eventually_due");
    assert_eq!(urgent.count(), 0, "{}", now["requirements"]);
}

#[test]
fn new_recipient_has_all_requirements_immediately() {
    let sandbox = Sandbox::new(1);
    let body = json!({
        "dashboard": "express", "identity": { "country": "AU", "entity_type": "individual" },
        "defaults": { "responsibilities": { "fees_collector": "application", "losses_collector": "application" } },
        "configuration": { "recipient": { "capabilities": { "stripe_balance": { "stripe_transfers": { "requested": true } } } } },
        "include": ["requirements", "configuration.recipient"],
    });
    let made = done(&sandbox, ACCOUNTS, &body);
    let entries = made["requirements"]["entries"].as_array().unwrap();
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.text("description")).collect();
    for name in [
        "defaults.profile.business_url",
        "external_account",
        "identity.attestations.terms_of_service.account.date",
        "identity.attestations.terms_of_service.account.ip",
        "identity.individual.address.city",
        "identity.individual.address.line1",
        "identity.individual.address.postal_code",
        "identity.individual.address.state",
        "identity.individual.date_of_birth.day",
        "identity.individual.given_name",
        "identity.individual.surname",
    ] {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    for entry in entries.iter().filter(|entry| entry["minimum_deadline"]["status"] == "past_due") {
        assert_eq!(entry["awaiting_action_from"], "user");
        assert_eq!(entry["requested_reasons"], json!([{ "code": "routine_onboarding" }]));
        let impact: Vec<&str> = entry["impact"]["restricts_capabilities"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each.text("capability"))
            .collect();
        let both = ["stripe_balance.stripe_transfers", "stripe_balance.payouts"];
        let expected = if entry["description"] == "external_account" { &both[1..] } else { &both[..] };
        assert_eq!(impact, expected, "{entry}");
    }
    assert_eq!(made.text("requirements.summary.minimum_deadline.status"), "past_due");
    assert_eq!(made["requirements"]["summary"]["minimum_deadline"]["time"], Json::Null);
    for path in ["stripe_transfers", "payouts"] {
        let capability = &made["configuration"]["recipient"]["capabilities"]["stripe_balance"][path];
        let detail = json!([{ "code": "requirements_past_due", "resolution": "provide_info" }]);
        assert_eq!((capability.text("status"), &capability["status_details"]), ("restricted", &detail));
    }
}

#[test]
fn rejected_account_shows_the_reason() {
    let sandbox = Sandbox::new(1);
    let id = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let form = "reason=terms_of_service";
    assert_eq!(post(&sandbox, "", &format!("/v1/accounts/{id}/reject"), form).status, 200);
    let now = whole(&sandbox, &id);
    let card = &now["configuration"]["merchant"]["capabilities"]["card_payments"];
    assert_eq!(
        (card.text("status"), card.text("status_details.0.code")),
        ("rejected", "rejected_terms_of_service")
    );
}

#[test]
fn a_configuration_is_deactivated_and_applied_again() {
    let sandbox = Sandbox::new(1);
    let id = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let path = format!("{ACCOUNTS}/{id}");
    let off = json!({ "configuration": { "merchant": { "applied": false } } });
    assert_eq!(done(&sandbox, &path, &off)["applied_configurations"], json!(["recipient"]));
    let now = whole(&sandbox, &id);
    assert_eq!(now["configuration"]["merchant"]["applied"], false);
    assert_eq!(now["configuration"]["merchant"]["capabilities"], json!({}));
    let settings = json!({ "configuration": { "merchant": { "mcc": "5812" } } });
    assert_eq!(refused(&sandbox, &path, &settings).0, "configuration_cannot_be_updated_while_deactivated");
    let on = json!({ "configuration": { "merchant": { "applied": true, "capabilities": { "card_payments": { "requested": true } } } } });
    assert_eq!(done(&sandbox, &path, &on)["applied_configurations"], json!(["merchant", "recipient"]));
    let none = json!({ "configuration": { "customer": { "applied": false } } });
    assert_eq!(refused(&sandbox, &path, &none).0, "configuration_cannot_be_deactivated");
}

#[test]
fn customers_need_no_identity_and_keep_their_own_settings() {
    let sandbox = Sandbox::new(1);
    let body = json!({ "contact_email": "buyer@example.com", "configuration": { "customer": {
        "shipping": { "name": "Ann", "address": { "country": "US", "city": "Oakland" } },
        "capabilities": { "automatic_indirect_tax": { "requested": true } } } },
        "include": ["configuration.customer", "identity", "defaults"] });
    let made = done(&sandbox, ACCOUNTS, &body);
    assert_eq!(made["applied_configurations"], json!(["customer"]));
    assert_eq!(made.text("configuration.customer.shipping.address.city"), "Oakland");
    assert_eq!(made.text("configuration.customer.capabilities.automatic_indirect_tax.status"), "active");
    assert_eq!((&made["dashboard"], &made["identity"]["country"]), (&Json::Null, &Json::Null));
    assert_eq!(made["defaults"]["responsibilities"]["losses_collector"], Json::Null);
    // It becomes a merchant once responsibilities are set.
    let path = format!("{ACCOUNTS}/{}", made.text("id"));
    let merchant = json!({ "configuration": { "merchant": { "capabilities": { "card_payments": { "requested": true } } } } });
    assert_eq!(refused(&sandbox, &path, &merchant).0, "configuration_creation_invalid");
    let mut whole_merchant = merchant.clone();
    whole_merchant["dashboard"] = json!("full");
    whole_merchant["identity"] = json!({ "country": "DE" });
    whole_merchant["defaults"] =
        json!({ "responsibilities": { "fees_collector": "stripe", "losses_collector": "stripe" } });
    let now = done(&sandbox, &path, &whole_merchant);
    assert_eq!(
        (now.text("dashboard"), &now["applied_configurations"]),
        ("full", &json!(["customer", "merchant"]))
    );
    assert_eq!(super::in_v1(&sandbox, made.text("id")).text("country"), "DE");
}

#[test]
fn capabilities_of_v1_only_are_requested_in_v1() {
    let sandbox = Sandbox::new(1);
    let mut body = individual();
    body["identity"]["entity_type"] = json!("individual");
    let id = done(&sandbox, ACCOUNTS, &body).text("id").to_owned();
    let form = "capabilities[card_issuing][requested]=true&settings[card_issuing][tos_acceptance][date]=1767603600\
        &settings[card_issuing][tos_acceptance][ip]=127.0.0.1";
    let v1 = post(&sandbox, "", &format!("/v1/accounts/{id}"), form);
    assert_eq!(v1.status, 200, "{}", v1.json());
    assert!(v1.json().at("capabilities.card_issuing").is_some());
    let now = whole(&sandbox, &id);
    assert_eq!(now["applied_configurations"], json!(["merchant", "recipient"]));
    assert!(!now["configuration"].to_string().contains("card_issuing"));
}

#[test]
fn payouts_to_others_are_not_offered() {
    let sandbox = Sandbox::new(1);
    let mut body = individual();
    body["configuration"]["recipient"]["capabilities"]["bank_accounts"] =
        json!({ "ach": { "requested": true } });
    let reply = send(&sandbox, ACCOUNTS, &body);
    assert_eq!((reply.status, reply.json().text("error.code")), (400, "account_capability_not_supported"));
}
