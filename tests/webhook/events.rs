//! Events: typed, as JSON, or rejected with the name of the right function.

use serde_json::{Value, json};
use stripe_platform::webhook::{Event, EventNotification, EventObject, EventType, Signer, Verifier};
use stripe_platform::{API_VERSION, Client, DecodeError, Error, event, topup};

pub fn topup_event() -> Value {
    json!({
        "id": "evt_1",
        "object": "event",
        "account": "acct_1",
        "api_version": "2026-10-28.endive",
        "created": 1_794_500_000,
        "data": {
            "object": {
                "id": "tu_1",
                "object": "topup",
                "amount": 50000,
                "balance_transaction": null,
                "created": 1_794_400_000,
                "currency": "usd",
                "description": null,
                "expected_availability_date": null,
                "failure_code": null,
                "failure_message": null,
                "livemode": false,
                "metadata": {},
                "source": null,
                "statement_descriptor": null,
                "status": "succeeded",
                "transfer_group": null,
            },
            "previous_attributes": { "status": "pending" },
        },
        "livemode": false,
        "pending_webhooks": 2,
        "request": { "id": "req_1", "idempotency_key": "fund" },
        "type": "topup.succeeded",
        "of_a_later_version": { "yes": true },
    })
}

pub fn thin_event() -> Value {
    json!({
        "id": "evt_test_1",
        "object": "v2.core.event",
        "type": "v2.core.account.updated",
        "created": "2026-11-20T10:00:00.000Z",
        "livemode": false,
        "context": "acct_1",
        "reason": null,
        "related_object": { "id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1" },
    })
}

fn parse(event: &Value) -> Event {
    Event::parse(event.to_string().as_bytes()).unwrap()
}

#[track_caller]
fn decode_error<T: std::fmt::Debug>(result: Result<T, Error>) -> DecodeError {
    match result {
        Err(Error::Decode(error)) => *error,
        other => panic!("no decode error: {other:?}"),
    }
}

#[test]
fn signed_event_has_a_typed_object() {
    let body = topup_event().to_string();
    let verifier = Verifier::new("whsec_1").unwrap();
    let header = Signer::new("whsec_1").unwrap().sign(body.as_bytes());
    let event = verifier.event(body.as_bytes(), &header).unwrap();

    assert_eq!(event.id, "evt_1");
    assert_eq!(event.kind, EventType::TopupSucceeded);
    assert_eq!(event.created.as_seconds(), 1_794_500_000);
    assert_eq!(event.pending_webhooks, 2);
    assert_eq!(event.request.as_ref().unwrap().idempotency_key.as_deref(), Some("fund"));
    assert_eq!(event.previous("status"), Some(&json!("pending").into()));
    assert_eq!(event.previous("amount"), None);
    assert_eq!(event.extra.get("of_a_later_version"), Some(&json!({ "yes": true }).into()));
    assert!(event.is_current_version());
    let EventObject::Topup(topup) = &event.object else { panic!("{:?}", event.object) };
    assert_eq!((topup.amount, &topup.status), (50_000, &topup::Status::Succeeded));
    assert_eq!(event.object.id(), "tu_1");

    assert!(matches!(verifier.event(body.as_bytes(), "t=1,v1=00"), Err(Error::Signature(_))));
}

#[test]
fn event_provides_a_client_for_its_account() {
    let client = Client::new("sk_test_1").unwrap();
    let event = parse(&topup_event());
    assert_eq!(event.client(&client).account_id().unwrap().as_str(), "acct_1");
    let mut own = topup_event();
    own["account"].take();
    let on_another = client.for_account("acct_2");
    assert_eq!(parse(&own).client(&on_another).account_id(), None);
}

#[test]
fn event_without_account_provides_a_client_for_its_context() {
    let client = Client::new("sk_test_1").unwrap();
    let mut event = topup_event();
    event["account"].take();
    event["context"] = json!("acct_1/acct_2");
    let scoped = parse(&event).client(&client);
    assert_eq!(format!("{scoped:?}"), format!("{:?}", client.for_context("acct_1/acct_2")));
    event["account"] = json!("acct_3");
    assert_eq!(parse(&event).client(&client).account_id().unwrap().as_str(), "acct_3");
}

#[test]
fn subject_contains_account_and_object_type() {
    let subject = |account: Value, object: Value| {
        let mut event = topup_event();
        event["account"] = account;
        event["data"] = json!({ "object": object });
        parse(&event).subject()
    };
    let capability = json!({ "id": "transfers", "object": "capability" });
    let balance = json!({ "object": "balance" });
    let subjects = [
        subject(json!("acct_1"), capability.clone()),
        subject(json!("acct_2"), capability.clone()),
        subject(Value::Null, capability),
        subject(json!("acct_1"), balance.clone()),
        subject(json!("acct_2"), balance),
        subject(json!("acct_1"), json!({ "object": "balance_settings" })),
        parse(&topup_event()).subject(),
    ];
    let different: std::collections::BTreeSet<&String> = subjects.iter().collect();
    assert_eq!(different.len(), subjects.len(), "{subjects:?}");
    assert_eq!(subjects[6], "acct_1 topup tu_1");
}

/// The members of an object are in any order, with `object` last.
#[test]
fn order_of_members_does_not_matter() {
    let expected = parse(&topup_event());
    let object = topup_event()["data"]["object"].clone();
    let members: Vec<String> = object
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "object")
        .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
        .collect();
    let object = format!("{{{},\"object\":\"topup\"}}", members.join(","));
    let rest =
        "\"id\":\"evt_1\",\"object\":\"event\",\"created\":1,\"livemode\":false,\"pending_webhooks\":1";
    for body in [
        format!("{{\"type\":\"topup.succeeded\",{rest},\"data\":{{\"object\":{object}}}}}"),
        format!("{{\"data\":{{\"object\":{object}}},{rest},\"type\":\"topup.succeeded\"}}"),
        format!("{{\"\\u0064ata\":{{\"\\u006fbject\":{object}}},{rest},\"t\\u0079pe\":\"topup.succeeded\"}}"),
    ] {
        let event = Event::parse(body.as_bytes()).unwrap();
        assert_eq!(event.object, expected.object);
        assert_eq!(event.kind, EventType::TopupSucceeded);
    }
}

#[test]
fn unknown_event_keeps_its_json() {
    let mut event = topup_event();
    event["type"] = json!("invoice.frozen");
    event["data"]["object"] = json!({ "id": "in_1", "object": "invoice", "total": 12.5 });
    let read = parse(&event);
    assert_eq!(read.kind.as_str(), "invoice.frozen");
    assert!(matches!(read.kind, EventType::Unknown(_)));
    assert_eq!(read.object, EventObject::Unknown(event["data"]["object"].clone().into()));
    assert_eq!((read.object.id(), read.object.undecoded()), ("in_1", None));
    // An object without name, and one with another name.
    for object in [json!({}), json!({ "object": 7, "id": "x" }), json!({ "object": { "object": "topup" } })] {
        event["data"]["object"] = object.clone();
        assert_eq!(parse(&event).object, EventObject::Unknown(object.into()));
    }
}

#[test]
fn events_of_one_release_name_are_compatible() {
    for (version, expected) in [
        (json!(API_VERSION), true),
        (json!("2026-09-30.endive"), true),
        (json!("2027-01-27.endive"), true),
        (json!("2026-10-28.endive; issuing_beta=v2"), true),
        (json!("2026-01-28.clover"), false),
        (json!("2026-10-28.preview"), false),
        (json!("2020-08-27"), false),
        (json!(null), false),
    ] {
        let mut event = topup_event();
        event["api_version"] = version.clone();
        assert_eq!(parse(&event).is_current_version(), expected, "{version}");
    }
}

#[test]
fn tokens_without_a_reference_to_the_card_are_typed() {
    let mut event = topup_event();
    event["type"] = json!("issuing_token.created");
    event["data"]["object"] = json!({
        "id": "intok_1", "object": "issuing.token", "card": "ic_1", "created": 1_794_500_000, "livemode": false,
        "network": "visa", "network_updated_at": 1_794_500_000, "status": "active", "wallet_provider": "apple_pay",
        "network_data": { "type": "visa",
            "visa": { "card_reference_id": null, "token_reference_id": "t", "token_requestor_id": "4" } },
    });
    let read = parse(&event);
    let EventObject::IssuingToken(token) = &read.object else { panic!("{:?}", read.object.undecoded()) };
    let visa = token.network_data.as_ref().unwrap().visa.as_ref().unwrap();
    assert_eq!(visa.card_reference_id, None);
}

#[test]
fn object_of_another_version_is_kept_with_the_reason() {
    let mut event = topup_event();
    event["api_version"] = json!("2019-02-11");
    event["data"]["object"]["amount"] = json!({ "value": 47113 });
    let read = parse(&event);
    assert!(!read.is_current_version());
    assert_eq!(read.object.as_json(), Some(&event["data"]["object"].clone().into()));
    let reason = read.object.undecoded().unwrap();
    assert_eq!(
        (reason.path.as_str(), reason.problem.as_str()),
        ("amount", "expected an integer, found an object")
    );
    assert_eq!(read.id, "evt_1");
    assert!(!format!("{read:?}").contains("47113"), "{read:?}");
}

#[test]
fn deleted_objects_are_typed() {
    let mut event = topup_event();
    event["type"] = json!("person.deleted");
    event["data"] = json!({ "object": { "id": "person_1", "object": "person", "deleted": true } });
    let read = parse(&event);
    let EventObject::DeletedPerson(person) = &read.object else { panic!("{:?}", read.object) };
    assert_eq!(person.id, "person_1");
}

#[test]
fn deleted_accounts_and_external_accounts_are_typed() {
    let object_of = |kind: &str, object: Value| {
        let mut event = topup_event();
        event["type"] = json!(kind);
        event["data"] = json!({ "object": object });
        parse(&event).object
    };
    let account =
        object_of("account.updated", json!({ "id": "acct_1", "object": "account", "deleted": true }));
    assert_eq!(account.as_deleted_account().unwrap().id, "acct_1");
    let bank = json!({ "id": "ba_1", "object": "bank_account", "currency": "usd", "deleted": true });
    let bank = object_of("account.external_account.deleted", bank);
    assert_eq!(bank.as_deleted_bank_account().unwrap().id, "ba_1");
    let card = json!({ "id": "card_1", "object": "card", "currency": null, "deleted": true });
    let card = object_of("account.external_account.deleted", card);
    assert_eq!(card.as_deleted_card().unwrap().id, "card_1");
    assert_eq!((card.kind(), card.id()), ("card", "card_1"));
    // The whole object, with the mark.
    let mut whole = topup_event()["data"]["object"].clone();
    whole["deleted"] = json!(true);
    assert!(object_of("topup.canceled", whole).as_topup().is_some());
}

/// `request` was only the id before version 2017-05-25.
#[test]
fn old_event_has_only_the_request_id() {
    let mut event = topup_event();
    event["api_version"] = json!("2016-07-06");
    event["request"] = json!("req_1");
    let read = parse(&event);
    let request = read.request.as_ref().unwrap();
    assert_eq!((request.id.as_deref(), request.idempotency_key.as_deref()), (Some("req_1"), None));
    assert!(read.object.as_topup().is_some(), "{:?}", read.object);
}

#[test]
fn event_with_mismatched_members_is_kept() {
    for member in ["account", "api_version", "context", "livemode", "pending_webhooks", "request", "data"] {
        for odd in [json!([1]), json!(1.5), json!({ "id": 7 }), Value::Null] {
            if (member, odd.is_object()) == ("data", true) {
                continue;
            }
            let mut event = topup_event();
            event[member] = odd.clone();
            let read = parse(&event);
            assert_eq!(read.id, "evt_1", "{member}");
            let kept = (!odd.is_null()).then(|| odd.clone().into());
            assert_eq!(read.extra.get(member).cloned(), kept, "{member}");
            assert_eq!(read.object.as_topup().is_some(), member != "data", "{member}");
            event.as_object_mut().unwrap().remove(member);
            assert_eq!(parse(&event).id, "evt_1", "{member}");
        }
    }
    let mut event = topup_event();
    event["request"] = json!({ "id": 7 });
    assert_eq!(parse(&event).request, None);
    for object in [json!(null), json!("tu_1"), json!([1])] {
        event["data"]["object"] = object.clone();
        assert_eq!(parse(&event).object, EventObject::Unknown(object.into()));
    }
}

#[test]
fn unknown_members_of_data_are_kept() {
    let mut event = topup_event();
    event["data"]["of_a_later_version"] = json!([1, 2]);
    assert_eq!(parse(&event).data_extra.get("of_a_later_version"), Some(&json!([1, 2]).into()));
    // With the other function too.
    event["request"] = json!("req_1");
    assert_eq!(parse(&event).data_extra.get("of_a_later_version"), Some(&json!([1, 2]).into()));
}

#[test]
fn event_from_the_api_converts() {
    let listed: event::Event = serde_json::from_value(topup_event()).unwrap();
    assert_eq!(Event::from(listed), parse(&topup_event()));
}

#[test]
fn invalid_events_report_the_reason() {
    let broken = decode_error(Event::parse(b"{"));
    assert!(broken.problem.contains("EOF"), "{broken}");
    assert!(decode_error(Event::parse(b"[]")).problem.contains("an event"));
    for (member, path) in [("id", "`id`"), ("type", "`type`"), ("created", "`created`")] {
        let mut event = topup_event();
        event.as_object_mut().unwrap().remove(member);
        let error = decode_error(Event::parse(event.to_string().as_bytes()));
        assert!(error.problem.contains(path), "{error}");
    }
    let mut event = topup_event();
    event["created"] = json!("yesterday");
    let error = decode_error(Event::parse(event.to_string().as_bytes()));
    assert_eq!(
        (error.path.as_str(), error.problem.as_str()),
        ("created", "expected a time in Unix seconds, found a string")
    );
    event["object"] = json!("invoice");
    assert_eq!(decode_error(Event::parse(event.to_string().as_bytes())).path, "object");
    let trailing = format!("{} {{}}", topup_event());
    decode_error(Event::parse(trailing.as_bytes()));
}

#[test]
fn wrong_event_kind_names_the_right_function() {
    let thin = decode_error(Event::parse(thin_event().to_string().as_bytes()));
    assert!(thin.problem.contains("`EventNotification::parse`"), "{thin}");
    let snapshot = decode_error(EventNotification::parse(topup_event().to_string().as_bytes()));
    assert!(snapshot.problem.contains("`Event::parse`"), "{snapshot}");
}
