//! Thin events about accounts, and the snapshot events for the same changes.

use super::{ACCOUNTS, add_bank_account, done, individual, send_with};
use crate::support::{get, post, request};
use http::Method;
use serde_json::json;
use std::time::Duration;
use stripe_sandbox::{Json, Peek, Sandbox};

/// The thin events of accounts since the last call, oldest first, read by their ids.
fn thin(sandbox: &Sandbox, seen: &mut Vec<String>) -> Vec<Json> {
    let list = get(sandbox, "", "/v2/core/events?limit=100").json();
    let mut new: Vec<Json> = Vec::new();
    for event in list.items("data") {
        if !seen.contains(&event.text("id").to_owned()) {
            seen.push(event.text("id").to_owned());
            new.push(get(sandbox, "", &format!("/v2/core/events/{}", event.text("id"))).json());
        }
    }
    new.reverse();
    new
}

fn types(events: &[Json]) -> Vec<&str> {
    events.iter().map(|event| event.text("type")).collect()
}

#[test]
fn new_account_emits_events_of_creation_configurations_and_requirements() {
    let sandbox = Sandbox::new(1);
    let mut seen = Vec::new();
    let id = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    let events = thin(&sandbox, &mut seen);
    let kinds = types(&events);
    assert_eq!(kinds.first(), Some(&"v2.core.account.created"));
    for kind in [
        "v2.core.account[configuration.merchant].updated",
        "v2.core.account[configuration.recipient].updated",
        "v2.core.account[requirements].updated",
        "v2.core.account_person.created",
    ] {
        assert!(kinds.contains(&kind), "{kind} is not among {kinds:?}");
    }
    assert!(!kinds.iter().any(|kind| kind.contains("capability_status")), "{kinds:?}");
    let merchant = events.iter().find(|event| event.text("type").contains("merchant")).unwrap();
    let url = format!("{ACCOUNTS}/{id}?include=configuration.merchant");
    assert_eq!(merchant["related_object"], json!({ "id": id, "type": "v2.core.account", "url": url }));
    let read = get(&sandbox, "", &url).json();
    assert!(read.at("configuration.merchant").is_some() && read.at("identity").is_none(), "{read}");
    assert!(events.iter().all(|event| event.get("context").is_none()), "they are of the platform");
}

#[test]
fn each_change_emits_the_event_of_its_part() {
    let sandbox = Sandbox::new(1);
    let mut seen = Vec::new();
    let id = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    thin(&sandbox, &mut seen);
    let path = format!("{ACCOUNTS}/{id}");
    for (body, expected) in [
        (json!({ "contact_email": "b@example.com" }), &["v2.core.account.updated"][..]),
        (
            json!({ "defaults": { "profile": { "product_description": "Pens and paper" } } }),
            &["v2.core.account[defaults].updated"],
        ),
        (
            json!({ "configuration": { "merchant": { "mcc": "5942" } } }),
            &["v2.core.account[configuration.merchant].updated"],
        ),
        (
            json!({ "identity": { "individual": { "address": { "line2": "Floor 2" } } } }),
            &["v2.core.account_person.updated", "v2.core.account[identity].updated"],
        ),
        (json!({ "contact_email": "b@example.com" }), &[]),
    ] {
        done(&sandbox, &path, &body);
        let events = thin(&sandbox, &mut seen);
        assert_eq!(types(&events), expected, "{body}");
    }
    done(&sandbox, &path, &json!({ "defaults": { "profile": { "product_description": null } } }));
    let events = thin(&sandbox, &mut seen);
    assert_eq!(events[0].text("changes.before.defaults.profile.product_description"), "Pens and paper");
    assert_eq!(
        events[0].text("changes.after.defaults.profile.business_url"),
        "https://accessible.stripe.com"
    );
    assert!(events[0].at("reason.request.id").is_some());

    let form = "business_profile[url]=https%3A%2F%2Fother.example.com";
    assert_eq!(post(&sandbox, "", &format!("/v1/accounts/{id}"), form).status, 200);
    assert_eq!(
        types(&thin(&sandbox, &mut seen)),
        ["v2.core.account[defaults].updated"],
        "by a change of v1 too"
    );
}

#[test]
fn later_status_changes_of_capabilities_emit_events() {
    let sandbox = Sandbox::new(1);
    let mut seen = Vec::new();
    let id = done(&sandbox, ACCOUNTS, &individual()).text("id").to_owned();
    thin(&sandbox, &mut seen);
    add_bank_account(&sandbox, &id);
    sandbox.advance(Duration::from_secs(60));
    let events = thin(&sandbox, &mut seen);
    let told: Vec<(&str, &str)> = events
        .iter()
        .filter(|event| event.text("type").ends_with("capability_status_updated"))
        .map(|event| (event.text("type"), event.text("data.updated_capability")))
        .collect();
    for configuration in ["merchant", "recipient"] {
        let kind = format!("v2.core.account[configuration.{configuration}].capability_status_updated");
        assert!(told.contains(&(kind.as_str(), "stripe_balance.payouts")), "{told:?}");
    }
    assert!(types(&events).contains(&"v2.core.account[requirements].updated"));
}

#[test]
fn persons_and_closing_emit_events() {
    let sandbox = Sandbox::new(1);
    let mut seen = Vec::new();
    let mut body = individual();
    body["identity"] = json!({ "country": "US", "entity_type": "company" });
    let id = done(&sandbox, ACCOUNTS, &body).text("id").to_owned();
    thin(&sandbox, &mut seen);
    let path = format!("{ACCOUNTS}/{id}/persons");
    let person = done(&sandbox, &path, &json!({ "given_name": "Ann" })).text("id").to_owned();
    let one = format!("{path}/{person}");
    done(&sandbox, &one, &json!({ "surname": "Lee" }));
    sandbox.handle(&request(Method::DELETE, &one, "", "", &[]));
    let events = thin(&sandbox, &mut seen);
    let of_persons: Vec<&Json> =
        events.iter().filter(|event| event.text("type").starts_with("v2.core.account_person.")).collect();
    let kinds: Vec<&str> = of_persons.iter().map(|event| event.text("type")).collect();
    let all = ["created", "updated", "deleted"].map(|kind| format!("v2.core.account_person.{kind}"));
    assert_eq!(kinds, all);
    let [made, changed, gone] = of_persons.as_slice() else { panic!("{kinds:?}") };
    assert_eq!(made["changes"]["before"], Json::Null);
    assert_eq!(changed.text("changes.after.surname"), "Lee");
    assert_eq!(gone["changes"]["after"], Json::Null);
    assert_eq!((made.text("related_object.url"), &made["data"]["account_id"]), (one.as_str(), &json!(id)));

    done(
        &sandbox,
        &format!("{ACCOUNTS}/{id}/close"),
        &json!({ "applied_configurations": ["merchant", "recipient"] }),
    );
    assert!(types(&thin(&sandbox, &mut seen)).contains(&"v2.core.account.closed"));
}

#[test]
fn v2_events_reach_own_destinations_and_v1_events_connected_ones() {
    let sandbox = Sandbox::new(1);
    let destination = |name: &str, payload: &str, from: &str, events: &str| {
        let body = json!({ "name": name, "type": "webhook_endpoint", "event_payload": payload, "events_from": [from],
            "enabled_events": [events], "webhook_endpoint": { "url": format!("https://example.com/{name}") } });
        assert_eq!(send_with(&sandbox, "/v2/core/event_destinations", &body, &[]).status, 200);
    };
    destination("own", "thin", "@self", "v2.core.account[requirements].updated");
    destination("connected", "thin", "@accounts", "v2.core.account[requirements].updated");
    destination("snapshots", "snapshot", "@accounts", "account.updated");
    let id = post(&sandbox, "", "/v1/accounts", "type=custom&country=US").json().text("id").to_owned();
    sandbox.webhooks().take();
    let form = "capabilities[transfers][requested]=true";
    assert_eq!(post(&sandbox, "", &format!("/v1/accounts/{id}"), form).status, 200);
    let parcels = sandbox.webhooks().take();
    let mut told: Vec<(&str, &str)> =
        parcels.iter().map(|parcel| (parcel.url.as_str(), parcel.kind.as_str())).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("https://example.com/own", "v2.core.account[requirements].updated"),
            ("https://example.com/snapshots", "account.updated")
        ]
    );
    let thin = parcels.iter().find(|parcel| parcel.kind.starts_with("v2.")).unwrap();
    let body: Json = serde_json::from_slice(&thin.body).unwrap();
    assert!(body.get("changes").is_none() && body.get("data").is_none(), "{body}");
    let read = get(&sandbox, "", &format!("/v2/core/events/{}", thin.event)).json();
    assert!(read.at("changes.after.requirements.entries").is_some(), "{read}");
    let snapshot = parcels.iter().find(|parcel| parcel.kind == "account.updated").unwrap();
    let snapshot: Json = serde_json::from_slice(&snapshot.body).unwrap();
    assert_eq!(snapshot.text("account"), id);
}
