//! Creating, reading, listing and updating.

use super::{ACCOUNTS, EVERYTHING, done, individual, refused, send_with, whole};
use crate::support::{get, request};
use http::Method;
use serde_json::json;
use stripe_sandbox::{Json, Options, Peek, Sandbox};

/// The members of an account that are always present.
const ALWAYS: [&str; 5] = ["id", "object", "applied_configurations", "created", "livemode"];

#[test]
fn requests_name_their_api_version() {
    for needs in [true, false] {
        let sandbox = Sandbox::with(1, Options { v2_needs_version: needs, ..Options::default() });
        for method in [Method::GET, Method::POST] {
            let mut sent = request(method, ACCOUNTS, "", "", &[("content-type", "application/json")]);
            sent.headers.remove("stripe-version");
            let reply = sandbox.handle(&sent);
            assert_eq!(reply.status, if needs { 400 } else { 200 }, "{}", reply.json());
            assert_eq!(reply.json().text("error.message").contains("Stripe-Version"), needs);
        }
        let mut old = request(Method::GET, "/v1/balance", "", "", &[]);
        old.headers.remove("stripe-version");
        assert_eq!(sandbox.handle(&old).status, 200, "API v1 has a default version");
    }
}

#[test]
fn parts_are_null_unless_they_are_included() {
    let sandbox = Sandbox::new(1);
    let mut body = individual();
    body["include"] = json!(["configuration.merchant", "identity"]);
    let made = done(&sandbox, ACCOUNTS, &body);
    assert_eq!(made.text("object"), "v2.core.account");
    assert_eq!(made["applied_configurations"], json!(["merchant", "recipient"]));
    for (path, is_there) in [
        ("/configuration/merchant", true),
        ("/configuration/recipient", false),
        ("/configuration/customer", false),
        ("/identity", true),
        ("/defaults", false),
        ("/requirements", false),
        ("/future_requirements", false),
    ] {
        assert_eq!(made.pointer(path).map(|part| !part.is_null()), Some(is_there), "{path} of {made}");
    }
    let plain = get(&sandbox, "", &format!("{ACCOUNTS}/{}", made.text("id"))).json();
    for part in ["configuration", "identity", "defaults", "requirements", "future_requirements"] {
        assert_eq!(plain.get(part), Some(&Json::Null), "{part}");
    }
    for name in ALWAYS {
        assert!(plain.at(name).is_some(), "{name}");
    }
    for part in EVERYTHING {
        let one = get(&sandbox, "", &format!("{ACCOUNTS}/{}?include[0]={part}", made.text("id"))).json();
        let there = part != "configuration.customer";
        assert_eq!(one.at(part).is_some(), there, "{part}");
    }
}

#[test]
fn unset_members_of_included_parts_are_null() {
    let sandbox = Sandbox::new(1);
    let made = done(&sandbox, ACCOUNTS, &individual());
    assert_eq!(made["identity"]["business_details"], Json::Null);
    assert_eq!(made["identity"]["country"], "US");
    assert_eq!(made["configuration"]["merchant"]["support"], Json::Null);
    let capabilities = made["configuration"]["merchant"]["capabilities"].as_object().unwrap();
    assert_eq!(capabilities.keys().collect::<Vec<_>>(), ["card_payments", "stripe_balance"]);
    assert_eq!(made["configuration"]["merchant"]["card_payments"]["decline_on"]["avs_failure"], false);
    assert_eq!(made["created"], "2026-01-05T09:00:00.000Z");
    assert!(!made.to_string().contains("222222222"), "the number is never shown");
}

#[test]
fn an_update_merges_objects_replaces_arrays_and_clears_with_null() {
    let sandbox = Sandbox::new(1);
    let mut body = individual();
    body["metadata"] = json!({ "a": "1", "b": "2" });
    body["defaults"]["locales"] = json!(["en-US", "fr-FR"]);
    body["contact_phone"] = json!("+14155550100");
    let id = done(&sandbox, ACCOUNTS, &body).text("id").to_owned();
    let path = format!("{ACCOUNTS}/{id}");
    let change = json!({
        "metadata": { "a": null, "c": "3" }, "contact_phone": null, "contact_email": null,
        "defaults": { "locales": ["de-DE"], "profile": { "product_description": null } },
        "identity": { "individual": { "address": { "line2": "Floor 2" }, "phone": null } },
        "configuration": { "merchant": { "support": { "email": "help@example.com", "address": { "city": "Oakland" } } } },
    });
    done(&sandbox, &path, &change);
    let now = whole(&sandbox, &id);
    assert_eq!(now["metadata"], json!({ "b": "2", "c": "3" }));
    assert_eq!((&now["contact_phone"], &now["contact_email"]), (&Json::Null, &Json::Null));
    assert_eq!(now["defaults"]["locales"], json!(["de-DE"]));
    let profile = &now["defaults"]["profile"];
    assert_eq!(
        (profile.text("business_url"), &profile["product_description"]),
        ("https://accessible.stripe.com", &Json::Null)
    );
    let individual = &now["identity"]["individual"];
    assert_eq!(
        (individual.text("address.line1"), individual.text("address.line2")),
        ("address_full_match", "Floor 2")
    );
    assert_eq!(individual["phone"], Json::Null);
    assert_eq!(now.text("configuration.merchant.support.address.city"), "Oakland");
    assert_eq!(now.text("configuration.merchant.mcc"), "5734");

    done(
        &sandbox,
        &path,
        &json!({ "configuration": { "merchant": { "support": null } }, "identity": { "individual": { "date_of_birth": null } } }),
    );
    let now = whole(&sandbox, &id);
    assert_eq!(now["configuration"]["merchant"]["support"], Json::Null);
    assert_eq!(now["identity"]["individual"]["date_of_birth"], Json::Null);
    let due = now["requirements"]["entries"].as_array().unwrap();
    assert!(due.iter().any(|entry| entry["description"] == "identity.individual.date_of_birth.day"));
}

#[test]
fn null_is_rejected_in_a_creation_and_for_unknown_names() {
    let sandbox = Sandbox::new(1);
    let mut body = individual();
    body["contact_email"] = Json::Null;
    assert_eq!(refused(&sandbox, ACCOUNTS, &body).1, "contact_email");
    let id = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let path = format!("{ACCOUNTS}/{id}");
    for (body, param) in [
        (json!({ "colour": null }), "colour"),
        (json!({ "identity": { "individual": { "colour": null } } }), "identity[individual][colour]"),
        (json!({ "include": [null] }), "include[0]"),
    ] {
        assert_eq!(refused(&sandbox, &path, &body).1, param, "{body}");
    }
}

#[test]
fn lists_come_in_pages_newest_first_filtered_by_configuration() {
    let sandbox = Sandbox::new(1);
    let mut made = Vec::new();
    for place in 0..5 {
        let mut body = individual();
        if place % 2 == 0 {
            body["configuration"] = json!({ "merchant": {} });
        }
        made.push(done(&sandbox, ACCOUNTS, &body).text("id").to_owned());
    }
    made.reverse();
    let mut path = format!("{ACCOUNTS}?limit=2");
    let mut seen = Vec::new();
    loop {
        let page = get(&sandbox, "", &path).json();
        for account in page.items("data") {
            assert_eq!(account["identity"], Json::Null);
            seen.push(account.text("id").to_owned());
        }
        match page.at("next_page_url").and_then(Json::as_str) {
            Some(next) => next.clone_into(&mut path),
            None => break,
        }
    }
    assert_eq!(seen, made);
    let recipients = get(&sandbox, "", &format!("{ACCOUNTS}?applied_configurations[0]=recipient")).json();
    let recipients: Vec<_> = recipients.items("data").iter().map(|account| account.text("id")).collect();
    assert_eq!(recipients, [made[1].as_str(), made[3].as_str()]);
    let many = get(&sandbox, "", &format!("{ACCOUNTS}?limit=21"));
    assert_eq!((many.status, many.json().text("error.param")), (400, "limit"));
}

#[test]
fn a_repeated_key_changes_nothing_and_another_body_is_refused() {
    let sandbox = Sandbox::new(1);
    let key = [("idempotency-key", "once")];
    let first = send_with(&sandbox, ACCOUNTS, &individual(), &key);
    let again = send_with(&sandbox, ACCOUNTS, &individual(), &key);
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.json().text("id"), again.json().text("id"));
    assert_eq!(get(&sandbox, "", ACCOUNTS).json().items("data").len(), 1);
    let other = send_with(&sandbox, ACCOUNTS, &json!({ "display_name": "other" }), &key);
    assert_eq!((other.status, other.json().text("error.type").to_owned()), (400, "idempotency_error".into()));

    // A failed request is processed again.
    let key = [("idempotency-key", "fails first")];
    let path = format!("{ACCOUNTS}/{}/persons", first.json().text("id"));
    let failed = send_with(&sandbox, &path, &json!({ "given_name": "Ann" }), &key);
    assert_eq!(failed.status, 400, "{}", failed.json());
    let retried = send_with(&sandbox, &path, &json!({ "given_name": "Ann" }), &key);
    assert_eq!((retried.status, retried.header("idempotent-replayed")), (400, None));
}

#[test]
fn account_reads_only_itself_with_its_context() {
    let sandbox = Sandbox::new(1);
    let mine = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let other = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let read = |id: &str| {
        let path = format!("{ACCOUNTS}/{id}");
        sandbox.handle(&request(Method::GET, &path, "", "", &[("stripe-context", &mine)])).status
    };
    assert_eq!((read(&mine), read(&other)), (200, 404));
    let both = [("stripe-context", mine.as_str()), ("stripe-account", mine.as_str())];
    assert_eq!(sandbox.handle(&request(Method::GET, ACCOUNTS, "", "", &both)).status, 400);
}

#[test]
fn a_lost_reply_is_repeated_and_a_failure_leaves_nothing() {
    let sandbox = Sandbox::new(1);
    sandbox.faults().on("PostV2CoreAccounts").reset_after_commit();
    let key = [("idempotency-key", "lost")];
    send_with(&sandbox, ACCOUNTS, &individual(), &key);
    let again = send_with(&sandbox, ACCOUNTS, &individual(), &key);
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    let accounts = || get(&sandbox, "", ACCOUNTS).json().items("data").len();
    assert_eq!(accounts(), 1);

    sandbox.faults().on("PostV2CoreAccounts").status(500);
    let key = [("idempotency-key", "failed")];
    assert_eq!(send_with(&sandbox, ACCOUNTS, &individual(), &key).status, 500);
    assert_eq!(accounts(), 1);
    assert_eq!(send_with(&sandbox, ACCOUNTS, &individual(), &key).status, 200);
    assert_eq!(accounts(), 2);
}
