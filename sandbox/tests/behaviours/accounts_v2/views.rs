//! One account in two versions of the API: after a change by either, both show the same values.

use super::{ACCOUNTS, add_bank_account, done, in_v1, individual, send, whole};
use crate::support::{get, post};
use serde_json::json;
use std::collections::BTreeSet;
use stripe_sandbox::{Json, Peek, Sandbox};

/// Members that both versions have: in v1 and in v2.
const MEMBERS: &[(&str, &str)] = &[
    ("id", "id"),
    ("email", "contact_email"),
    ("metadata", "metadata"),
    ("country", "identity.country"),
    ("default_currency", "defaults.currency"),
    ("business_type", "identity.entity_type"),
    ("business_profile.url", "defaults.profile.business_url"),
    ("business_profile.name", "defaults.profile.doing_business_as"),
    ("settings.dashboard.display_name", "display_name"),
    ("controller.stripe_dashboard.type", "dashboard"),
    ("controller.requirement_collection", "defaults.responsibilities.requirements_collector"),
    ("controller.losses.payments", "defaults.responsibilities.losses_collector"),
    ("tos_acceptance.ip", "identity.attestations.terms_of_service.account.ip"),
    ("individual.first_name", "identity.individual.given_name"),
    ("individual.last_name", "identity.individual.surname"),
    ("individual.email", "identity.individual.email"),
    ("individual.phone", "identity.individual.phone"),
    ("individual.address.city", "identity.individual.address.city"),
    ("individual.address.line2", "identity.individual.address.line2"),
    ("individual.dob.year", "identity.individual.date_of_birth.year"),
    ("individual.metadata", "identity.individual.metadata"),
    ("company.structure", "identity.business_details.structure"),
];

/// Members of merchants.
const OF_MERCHANTS: &[(&str, &str)] = &[
    ("business_profile.mcc", "configuration.merchant.mcc"),
    ("business_profile.support_email", "configuration.merchant.support.email"),
    ("business_profile.support_address.city", "configuration.merchant.support.address.city"),
    ("settings.payments.statement_descriptor", "configuration.merchant.statement_descriptor.descriptor"),
    ("settings.branding.primary_color", "configuration.merchant.branding.primary_color"),
    (
        "settings.card_payments.decline_on.cvc_failure",
        "configuration.merchant.card_payments.decline_on.cvc_failure",
    ),
];

/// Asserts that both versions show the same values of an account.
#[track_caller]
fn agree(sandbox: &Sandbox, id: &str, after: &str) {
    let (v1, v2) = (in_v1(sandbox, id), whole(sandbox, id));
    let merchant = v2.at("configuration.merchant").is_some();
    for (one, other) in MEMBERS.iter().chain(OF_MERCHANTS.iter().filter(|_| merchant)) {
        assert_eq!(v1.at(one), v2.at(other), "{one} and {other} after {after}\n{v1}\n{v2}");
    }
    let capability = |name: &str| v1.text(&format!("capabilities.{name}")).to_owned();
    for (name, path) in [
        ("card_payments", "merchant.capabilities.card_payments"),
        ("transfers", "recipient.capabilities.stripe_balance.stripe_transfers"),
    ] {
        let status = super::status(&v2, path);
        let expected: &[&str] = match capability(name).as_str() {
            "active" => &["active"],
            "pending" => &["pending"],
            "inactive" => &["restricted", "rejected"],
            _ => &[""],
        };
        assert!(expected.contains(&status), "{name} is {} and {status} after {after}", capability(name));
    }
    for path in ["merchant.capabilities", "recipient.capabilities"] {
        let payouts = super::status(&v2, &format!("{path}.stripe_balance.payouts"));
        let enabled = v1.flag("payouts_enabled");
        assert!(
            payouts.is_empty() || (payouts == "active") == enabled,
            "payouts are {payouts} after {after}"
        );
    }
    // Each list of v1 has as many fields as v2 has entries of its urgency.
    let entries = v2.items("requirements.entries");
    for (list, statuses) in [
        ("past_due", &["past_due"][..]),
        ("currently_due", &["past_due", "currently_due"]),
        ("eventually_due", &["past_due", "currently_due", "eventually_due"]),
    ] {
        let fields: BTreeSet<&str> =
            v1.items(&format!("requirements.{list}")).iter().filter_map(Json::as_str).collect();
        let asked = entries.iter().filter(|entry| {
            entry.text("awaiting_action_from") == "user"
                && statuses.contains(&entry.text("minimum_deadline.status"))
        });
        assert_eq!(asked.count(), fields.len(), "{list} after {after}: {fields:?}\n{}", v2["requirements"]);
    }
    let persons = |path: &str| -> BTreeSet<String> {
        get(sandbox, "", path)
            .json()
            .items("data")
            .iter()
            .map(|person| person.text("id").to_owned())
            .collect()
    };
    assert_eq!(
        persons(&format!("/v1/accounts/{id}/persons")),
        persons(&format!("{ACCOUNTS}/{id}/persons")),
        "persons after {after}"
    );
}

/// A change of an account.
enum Change {
    V1(&'static str),
    V2(Json),
}

fn changes() -> Vec<Change> {
    use Change::{V1, V2};
    vec![
        V1("email=one%40example.com"),
        V1("business_profile[url]=https%3A%2F%2Fone.example.com&business_profile[name]=One"),
        V1("business_profile[url]="),
        V1("individual[first_name]=Ann&individual[address][line2]=Floor+1"),
        V1("individual[phone]=&individual[email]=ann%40example.com"),
        V1("metadata[a]=1&metadata[b]=2"),
        V1("metadata[a]="),
        V1(
            "business_profile[support_email]=help%40example.com&business_profile[support_address][city]=Oakland",
        ),
        V1("settings[payments][statement_descriptor]=ONE+BOOKS&settings[branding][primary_color]=%23112233"),
        V1("capabilities[card_payments][requested]=true"),
        V1("capabilities[card_payments][requested]=false"),
        V1("capabilities[transfers][requested]=true"),
        V1("business_profile[mcc]=5812"),
        V2(json!({ "contact_email": "two@example.com" })),
        V2(json!({ "contact_email": null })),
        V2(json!({ "display_name": "Two" })),
        V2(
            json!({ "defaults": { "profile": { "business_url": "https://accessible.stripe.com", "doing_business_as": "Two" } } }),
        ),
        V2(
            json!({ "identity": { "individual": { "surname": "Lee", "date_of_birth": { "day": 2, "month": 2, "year": 1902 } } } }),
        ),
        V2(
            json!({ "identity": { "individual": { "address": { "line2": null }, "metadata": { "a": "1" } } } }),
        ),
        V2(json!({ "metadata": { "a": null, "c": "3" } })),
        V2(
            json!({ "configuration": { "merchant": { "support": { "email": "two@example.com" }, "mcc": "5734" } } }),
        ),
        V2(
            json!({ "configuration": { "merchant": { "card_payments": { "decline_on": { "cvc_failure": true } } } } }),
        ),
        V2(
            json!({ "configuration": { "merchant": { "capabilities": { "card_payments": { "requested": true } } } } }),
        ),
        V2(json!({ "configuration": { "merchant": { "applied": false } } })),
        V2(json!({ "configuration": { "merchant": { "applied": true } } })),
        V2(
            json!({ "configuration": { "recipient": { "capabilities": { "stripe_balance": { "stripe_transfers": { "requested": true } } } } } }),
        ),
        V2(
            json!({ "identity": { "attestations": { "terms_of_service": { "account": { "date": "2026-01-05T08:30:00Z", "ip": "127.0.0.2" } } } } }),
        ),
    ]
}

/// A small generator of numbers.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

#[test]
fn both_views_agree_after_random_changes_by_either_version() {
    let changes = changes();
    let (mut by_v1, mut by_v2, mut refused) = (0, 0, 0);
    for seed in 0..12 {
        let sandbox = Sandbox::new(seed);
        let mut dice = seed + 1;
        let id = match seed % 3 {
            0 => done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned(),
            1 => {
                let mut body = individual();
                body["configuration"] = json!({ "recipient": {} });
                done(&sandbox, ACCOUNTS, &body).text("id").to_owned()
            }
            _ => {
                let form =
                    "type=custom&country=US&business_type=individual&capabilities[transfers][requested]=true";
                post(&sandbox, "", "/v1/accounts", form).json().text("id").to_owned()
            }
        };
        agree(&sandbox, &id, "creation");
        if seed % 2 == 0 {
            add_bank_account(&sandbox, &id);
        }
        for step in 0..25 {
            let change = &changes[next(&mut dice) % changes.len()];
            let (reply, what) = match change {
                Change::V1(form) => {
                    by_v1 += 1;
                    (post(&sandbox, "", &format!("/v1/accounts/{id}"), form), (*form).to_owned())
                }
                Change::V2(body) => {
                    by_v2 += 1;
                    (send(&sandbox, &format!("{ACCOUNTS}/{id}"), body), body.to_string())
                }
            };
            assert!(reply.status < 500, "{what}: {}", reply.json());
            refused += usize::from(reply.status != 200);
            agree(&sandbox, &id, &format!("{what} ({}), step {step} of seed {seed}", reply.status));
            if next(&mut dice).is_multiple_of(5) {
                sandbox.advance(std::time::Duration::from_secs(30));
                agree(&sandbox, &id, &format!("30 seconds, step {step} of seed {seed}"));
            }
        }
    }
    assert!(by_v1 > 80 && by_v2 > 80 && refused < 60, "{by_v1} {by_v2} {refused}");
}

#[test]
fn accounts_of_either_version_are_read_by_the_other() {
    let sandbox = Sandbox::new(1);
    for (form, dashboard, collector, configurations) in [
        (
            "type=custom&country=US&capabilities[transfers][requested]=true",
            "none",
            "application",
            json!(["recipient"]),
        ),
        (
            "type=express&country=DE&capabilities[card_payments][requested]=true&capabilities[transfers][requested]=true",
            "express",
            "stripe",
            json!(["merchant", "recipient"]),
        ),
        ("type=standard&country=GB", "full", "stripe", json!([])),
        (
            "type=custom&country=JP&business_type=company&company[name]=Books&company[name_kana]=ブックス",
            "none",
            "application",
            json!([]),
        ),
    ] {
        let id = post(&sandbox, "", "/v1/accounts", form).json().text("id").to_owned();
        let v2 = whole(&sandbox, &id);
        assert_eq!(v2.text("dashboard"), dashboard, "{form}");
        assert_eq!(v2.text("defaults.responsibilities.requirements_collector"), collector, "{form}");
        assert_eq!(v2["applied_configurations"], configurations, "{form}");
        agree(&sandbox, &id, form);
    }
    for (dashboard, fees, losses, collection) in [
        ("none", "application", "application", "application"),
        ("express", "application", "application", "stripe"),
        ("full", "stripe", "stripe", "stripe"),
    ] {
        let body = json!({ "dashboard": dashboard, "identity": { "country": "FR" }, "configuration": { "merchant": {} },
            "defaults": { "responsibilities": { "fees_collector": fees, "losses_collector": losses } } });
        let id = done(&sandbox, ACCOUNTS, &body).text("id").to_owned();
        let v1 = in_v1(&sandbox, &id);
        assert_eq!((v1.text("type"), v1.text("country")), ("none", "FR"));
        assert_eq!(v1.text("controller.requirement_collection"), collection);
        assert_eq!(v1.text("controller.fees.payer"), if fees == "stripe" { "account" } else { fees });
        agree(&sandbox, &id, dashboard);
    }
}
