//! Events about changes: which are emitted, and their `previous_attributes`.

use crate::Sandbox;
use crate::tests::programme::Programme;
use crate::tests::support::{HOLDER, post, request};
use crate::{BalanceKind, CurrencyCode, Json, Peek};
use http::Method;
use std::collections::BTreeMap;

/// The events of a type, oldest first.
fn events(sandbox: &Sandbox, kind: &str) -> Vec<Json> {
    sandbox.events().into_iter().filter(|event| event.text("type") == kind).collect()
}

fn previous(event: &Json) -> Vec<&str> {
    let members = event.at("data.previous_attributes").and_then(Json::as_object);
    members.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// A card of a funded account.
fn card(sandbox: &Sandbox) -> (String, String) {
    let account = sandbox.connect().into_id();
    sandbox.fund(&account, BalanceKind::Issuing, CurrencyCode::USD, 10_000).unwrap();
    let holder = post(sandbox, &account, "/v1/issuing/cardholders", HOLDER).json();
    let form = format!("type=virtual&currency=usd&status=active&cardholder={}", holder.text("id"));
    let card = post(sandbox, &account, "/v1/issuing/cards", &form).json();
    (account, card.text("id").to_owned())
}

#[test]
fn authorization_events_contain_every_changed_member() {
    let money = ["amount", "balance_transactions", "merchant_amount"];
    let with = |more: &[&'static str]| {
        let mut all: Vec<&str> = money.iter().chain(more).copied().collect();
        all.sort_unstable();
        all
    };
    for (what, form, expected) in [
        ("increment", "increment_amount=5", with(&["request_history"])),
        ("capture", "", with(&["status", "transactions"])),
        ("capture", "capture_amount=40&close_authorization=false", with(&["transactions"])),
        ("reverse", "", with(&["status"])),
        ("reverse", "reverse_amount=1", with(&[])),
        ("expire", "", with(&["status"])),
        ("finalize_amount", "final_amount=90", with(&[])),
    ] {
        let sandbox = Sandbox::new(1);
        let (account, card) = card(&sandbox);
        let helper = "/v1/test_helpers/issuing/authorizations";
        let made = post(&sandbox, &account, helper, &format!("card={card}&amount=100")).json();
        let reply = post(&sandbox, &account, &format!("{helper}/{}/{what}", made.text("id")), form);
        assert_eq!(reply.status, 200, "{}", reply.json());
        let events = events(&sandbox, "issuing_authorization.updated");
        assert_eq!(events.iter().map(previous).collect::<Vec<_>>(), [expected], "{what} {form}");
        assert_eq!(events[0].at("data.previous_attributes.amount"), Some(&100.into()));
    }
}

#[test]
fn refunds_and_disputes_emit_events_of_changed_objects() {
    let sandbox = Sandbox::new(2);
    let (account, card) = card(&sandbox);
    let made = post(
        &sandbox,
        &account,
        "/v1/test_helpers/issuing/authorizations",
        &format!("card={card}&amount=100"),
    )
    .json();
    let path = format!("/v1/test_helpers/issuing/authorizations/{}/capture", made.text("id"));
    let captured = post(&sandbox, &account, &path, "").json();
    let transaction = captured.text("transactions.0.id").to_owned();
    let path = format!("/v1/test_helpers/issuing/transactions/{transaction}/refund");
    let refund = post(&sandbox, &account, &path, "refund_amount=40").json();
    let told = events(&sandbox, "issuing_authorization.updated").pop().unwrap();
    assert_eq!(previous(&told), ["transactions"]);
    assert_eq!(told.items("data.previous_attributes.transactions").len(), 1);
    assert_eq!(told.text("data.object.transactions.1.id"), refund.text("id"));

    let force = format!("card={card}&amount=50");
    let spent =
        post(&sandbox, &account, "/v1/test_helpers/issuing/transactions/create_force_capture", &force).json();
    let form = format!("transaction={}&evidence[reason]=fraudulent", spent.text("id"));
    let dispute = post(&sandbox, &account, "/v1/issuing/disputes", &form).json();
    let told = events(&sandbox, "issuing_transaction.updated").pop().unwrap();
    assert_eq!(told.text("data.object.dispute"), dispute.text("id"));
    assert_eq!(told["data"]["previous_attributes"], serde_json::json!({ "dispute": null }));
}

#[test]
fn receipt_sent_with_a_capture_emits_an_event() {
    let receipt = "purchase_details[receipt][0][description]=Tea&purchase_details[receipt][0][quantity]=2\
        &purchase_details[receipt][0][unit_cost]=25";
    let kind = "issuing_transaction.purchase_details_receipt_updated";
    for (what, receipt, times) in [
        ("capture", receipt, 1),
        ("capture", "purchase_details[reference]=r", 0),
        ("create_force_capture", receipt, 1),
        ("create_force_capture", "", 0),
        ("create_unlinked_refund", receipt, 1),
    ] {
        let sandbox = Sandbox::new(3);
        let (account, card) = card(&sandbox);
        let path = match what {
            "capture" => {
                let helper = "/v1/test_helpers/issuing/authorizations";
                let made = post(&sandbox, &account, helper, &format!("card={card}&amount=50")).json();
                let path = format!("{helper}/{}/capture", made.text("id"));
                assert_eq!(post(&sandbox, &account, &path, receipt).status, 200);
                String::new()
            }
            _ => format!("/v1/test_helpers/issuing/transactions/{what}"),
        };
        if !path.is_empty() {
            let form = format!("card={card}&amount=50&{receipt}");
            assert_eq!(post(&sandbox, &account, &path, &form).status, 200);
        }
        let told = events(&sandbox, kind);
        assert_eq!(told.len(), times, "{what} {receipt}");
        for event in told {
            assert_eq!(
                (previous(&event).len(), event.at("data.object.purchase_details")),
                (0, None),
                "{event}"
            );
        }
    }
}

#[test]
fn bank_transfers_create_a_top_up() {
    let sandbox = Sandbox::new(4);
    let form = "country=DE&controller[stripe_dashboard][type]=none&controller[fees][payer]=application\
        &controller[losses][payments]=application&controller[requirement_collection]=application\
        &capabilities[transfers][requested]=true&capabilities[card_issuing][requested]=true";
    let account = post(&sandbox, "", "/v1/accounts", form).json().text("id").to_owned();
    let funded = post(&sandbox, &account, "/v1/test_helpers/issuing/fund_balance", "amount=500&currency=eur");
    assert_eq!(funded.status, 200, "{}", funded.json());
    let topups = crate::tests::support::get(&sandbox, &account, "/v1/topups").json();
    let topup = topups.at("data.0").unwrap();
    assert_eq!((topup.int("amount"), topup.text("status"), topup.at("source")), (500, "succeeded", None));
    let line = format!("/v1/balance_transactions/{}", topup.text("balance_transaction"));
    let line = crate::tests::support::get(&sandbox, &account, &line).json();
    assert_eq!(
        (line.text("balance_type"), line.text("source"), line.int("net")),
        ("issuing", topup.text("id"), 500)
    );
    for kind in ["topup.created", "topup.succeeded"] {
        let told = events(&sandbox, kind);
        assert_eq!(told.len(), 1, "{kind}");
        assert_eq!(
            (told[0].text("data.object.id"), told[0].text("account")),
            (topup.text("id"), account.as_str())
        );
    }
}

#[test]
fn holders_with_a_dashboard_authorize_and_deauthorize_the_platform() {
    for (kind, told) in [("standard", true), ("express", true), ("custom", false)] {
        let sandbox = Sandbox::new(5);
        let form = format!("type={kind}&country=US&capabilities[transfers][requested]=true");
        let account = post(&sandbox, "", "/v1/accounts", &form).json().text("id").to_owned();
        for _ in 0..2 {
            let form = format!(
                "account={account}&type=account_onboarding&refresh_url=https://example.com/a&return_url=https://example.com/b"
            );
            let link = post(&sandbox, "", "/v1/account_links", &form);
            assert_eq!(link.status, 200, "{}", link.json());
            sandbox.account_links().complete(link.json().text("url")).unwrap();
        }
        let authorized = events(&sandbox, "account.application.authorized");
        assert_eq!(authorized.len(), usize::from(told), "{kind}");
        let gone = sandbox.handle(&request(Method::DELETE, &format!("/v1/accounts/{account}"), "", "", &[]));
        assert_eq!(gone.status, 200, "{}", gone.json());
        let ended = events(&sandbox, "account.application.deauthorized");
        assert_eq!(ended.len(), usize::from(told), "{kind}");
        for event in authorized.iter().chain(&ended) {
            assert_eq!(event.text("account"), account);
            assert_eq!(event.text("data.object.object"), "application");
            assert!(event.text("data.object.id").starts_with("ca_"));
        }
    }
}

/// Members that an event shows of other objects, or of balances: they change without an event about this object.
const SHOWN_ALONG: [(&str, &[&str]); 2] =
    [("issuing.authorization", &["card"]), ("issuing.card", &["cardholder", "wallets"])];

/// Objects whose changes all have events.
const TOLD: [&str; 8] = [
    "application_fee",
    "issuing.authorization",
    "issuing.card",
    "issuing.cardholder",
    "issuing.dispute",
    "issuing.transaction",
    "payout",
    "topup",
];

/// Reconstructs an object before a change; a member that was added had the value `null`.
fn before(mut now: Json, changed: &Json) -> Json {
    for (name, old) in changed.as_object().into_iter().flatten() {
        let older = match now.get(name) {
            Some(current) if current.is_object() && old.is_object() => before(current.clone(), old),
            _ => old.clone(),
        };
        now[name.as_str()] = older;
    }
    now
}

fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            members.iter().filter(|(_, v)| !v.is_null()).map(|(n, v)| (n.clone(), without_nulls(v))).collect()
        }
        Json::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[test]
fn previous_attributes_restore_the_previous_event() {
    let p = Programme::whole(31);
    let mut shown: BTreeMap<String, Json> = BTreeMap::new();
    let mut compared = 0;
    for event in p.sandbox.events() {
        let object = event.at("data.object").cloned().unwrap_or_default();
        if !TOLD.contains(&object.text("object")) {
            continue;
        }
        let changed = event.at("data.previous_attributes").cloned();
        for (name, old) in changed.as_ref().and_then(Json::as_object).into_iter().flatten() {
            assert_ne!(object.get(name), Some(old), "{name} of {event}");
        }
        let id = object.text("id").to_owned();
        if let (Some(earlier), Some(changed)) = (shown.get(&id), &changed) {
            let strip = |value: &Json| {
                let mut value = without_nulls(value);
                // Transactions have separate events.
                for transaction in
                    value.get_mut("transactions").and_then(Json::as_array_mut).into_iter().flatten()
                {
                    *transaction = transaction.text("id").into();
                }
                for (_, along) in SHOWN_ALONG.iter().filter(|(kind, _)| *kind == object.text("object")) {
                    along
                        .iter()
                        .for_each(|name| drop(value.as_object_mut().map(|members| members.remove(*name))));
                }
                value
            };
            let (led, was) = (strip(&before(object.clone(), changed)), strip(earlier));
            assert_eq!(led, was, "{}", event.text("type"));
            compared += 1;
        }
        shown.insert(id, object);
    }
    assert!(compared > 20, "{compared}");
}
