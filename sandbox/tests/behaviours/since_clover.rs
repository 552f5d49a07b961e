//! Additions to Stripe between 2026-01-28.clover and 2026-10-28.endive.

use crate::support::{HOLDER, get, post, request};
use http::Method;
use serde_json::json;
use std::time::Duration;
use stripe_sandbox::Sandbox;
use stripe_sandbox::{BalanceKind, CurrencyCode, Json, Peek};

const DAY: u64 = 86_400;

fn made(sandbox: &Sandbox, account: &str, path: &str, form: &str) -> Json {
    let reply = post(sandbox, account, path, form);
    assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
    reply.json()
}

fn refused(sandbox: &Sandbox, account: &str, path: &str, form: &str) -> String {
    let reply = post(sandbox, account, path, form);
    assert_eq!(reply.status, 400, "{path} {form}: {}", reply.json());
    reply.json().text("error.param").to_owned()
}

fn read(sandbox: &Sandbox, account: &str, path: &str) -> Json {
    let reply = get(sandbox, account, path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.json());
    reply.json()
}

/// An account with a funded Issuing balance, and a cardholder.
fn programme(seed: u64) -> (Sandbox, String, String) {
    let sandbox = Sandbox::new(seed);
    let account = sandbox.connect().into_id();
    sandbox.fund(&account, BalanceKind::Issuing, CurrencyCode::USD, 1_000_000).unwrap();
    let holder = made(&sandbox, &account, "/v1/issuing/cardholders", HOLDER).text("id").to_owned();
    (sandbox, account, holder)
}

/// The test helper for purchases.
const PURCHASE: &str = "/v1/test_helpers/issuing/authorizations";
const FORCE: &str = "/v1/test_helpers/issuing/transactions/create_force_capture";

#[test]
fn cards_are_canceled_after_their_payments() {
    enum Step {
        /// An amount, and whether it is captured.
        Buy(i64, bool),
        Force(i64),
        Reverse(i64),
    }
    use Step::{Buy, Force, Reverse};
    for (count, steps, expected) in [
        (1, vec![Buy(500, false)], "canceled"),
        (2, vec![Buy(500, false)], "active"),
        (2, vec![Buy(500, true)], "active"),
        (2, vec![Buy(500, true), Buy(101, false)], "canceled"),
        (1, vec![Buy(100, false)], "active"),
        (1, vec![Buy(100, true)], "canceled"),
        (1, vec![Buy(1, false), Buy(2, false)], "active"),
        (1, vec![Force(30)], "canceled"),
        (3, vec![Force(30), Buy(500, false), Force(30)], "canceled"),
        (2, vec![Reverse(500)], "active"),
        (1, vec![Reverse(500)], "canceled"),
    ] {
        let (sandbox, account, holder) = programme(1);
        let form = format!(
            "type=virtual&currency=usd&status=active&cardholder={holder}\
             &lifecycle_controls[cancel_after][payment_count]={count}"
        );
        let card = made(&sandbox, &account, "/v1/issuing/cards", &form);
        assert_eq!(card.int("lifecycle_controls.cancel_after.payment_count"), count);
        let id = card.text("id");
        for step in &steps {
            match step {
                Buy(amount, captured) => {
                    let bought = made(&sandbox, &account, PURCHASE, &format!("card={id}&amount={amount}"));
                    assert!(bought.flag("approved"), "{bought}");
                    if *captured {
                        made(&sandbox, &account, &format!("{PURCHASE}/{}/capture", bought.text("id")), "");
                    }
                }
                Force(amount) => drop(made(&sandbox, &account, FORCE, &format!("card={id}&amount={amount}"))),
                Reverse(amount) => {
                    let bought = made(&sandbox, &account, PURCHASE, &format!("card={id}&amount={amount}"));
                    made(&sandbox, &account, &format!("{PURCHASE}/{}/reverse", bought.text("id")), "");
                }
            }
        }
        let now = read(&sandbox, &account, &format!("/v1/issuing/cards/{id}"));
        assert_eq!(now.text("status"), expected, "{count} of {}", steps.len());
        if expected == "canceled" {
            let late = made(&sandbox, &account, PURCHASE, &format!("card={id}&amount=5"));
            assert_eq!(late.text("request_history.0.reason"), "card_canceled");
            let events = read(&sandbox, &account, "/v1/events?type=issuing_card.updated");
            assert_eq!(events.text("data.0.data.object.status"), "canceled");
        }
    }
}

#[test]
fn lifecycle_controls_require_virtual_card_and_positive_count() {
    let (sandbox, account, holder) = programme(2);
    for (form, param) in [
        (
            "type=virtual&lifecycle_controls[cancel_after][payment_count]=0",
            "lifecycle_controls[cancel_after][payment_count]",
        ),
        (
            "type=physical&shipping[name]=A&shipping[address][line1]=1&shipping[address][city]=T\
             &shipping[address][country]=US&shipping[address][postal_code]=94103\
             &lifecycle_controls[cancel_after][payment_count]=1",
            "lifecycle_controls",
        ),
    ] {
        let form = format!("currency=usd&cardholder={holder}&{form}");
        assert_eq!(refused(&sandbox, &account, "/v1/issuing/cards", &form), param);
    }
}

#[test]
fn card_presence_controls_authorizations() {
    let (sandbox, account, holder) = programme(3);
    let method = |method: &str| format!("&authorization_method={method}");
    for (of_card, controls, way, presence, approved) in [
        (true, "allowed_card_presences", "chip", "present", true),
        (true, "allowed_card_presences", "online", "not_present", false),
        (true, "allowed_card_presences", "keyed_in", "not_present", false),
        (true, "allowed_card_presences", "contactless", "present", true),
        (true, "blocked_card_presences", "swipe", "present", false),
        (true, "blocked_card_presences", "online", "not_present", true),
        (false, "blocked_card_presences", "chip", "present", false),
        (false, "allowed_card_presences", "online", "not_present", false),
    ] {
        let controls = format!("spending_controls[{controls}][0]=present");
        let mut form = format!("type=virtual&currency=usd&status=active&cardholder={holder}");
        let on_holder = if of_card {
            form.push_str(&format!("&{controls}"));
            "spending_controls[allowed_card_presences][0]=present&spending_controls[allowed_card_presences][1]=not_present"
        } else {
            controls.as_str()
        };
        made(&sandbox, &account, &format!("/v1/issuing/cardholders/{holder}"), on_holder);
        let card = made(&sandbox, &account, "/v1/issuing/cards", &form);
        let bought = format!("card={}&amount=500{}", card.text("id"), method(way));
        let bought = made(&sandbox, &account, PURCHASE, &bought);
        assert_eq!(bought.text("card_presence"), presence, "{way}");
        assert_eq!(bought.flag("approved"), approved, "{controls} {way}");
        let reason = if approved { "card_active" } else { "spending_controls" };
        assert_eq!(bought.text("request_history.0.reason"), reason);
    }
    let both = format!(
        "type=virtual&currency=usd&cardholder={holder}&spending_controls[allowed_card_presences][0]=present\
         &spending_controls[blocked_card_presences][0]=not_present"
    );
    let param = refused(&sandbox, &account, "/v1/issuing/cards", &both);
    assert_eq!(param, "spending_controls[allowed_card_presences]");
}

#[test]
fn payment_method_determines_the_result_of_a_top_up() {
    for (method, status, failure) in [
        ("pm_usBankAccount_success", "succeeded", ""),
        ("pm_usBankAccount_accountClosed", "failed", "account_closed"),
        ("pm_usBankAccount_insufficientFunds", "failed", "insufficient_funds"),
        ("pm_usBankAccount_processing", "pending", ""),
    ] {
        let sandbox = Sandbox::new(4);
        let form = format!(
            "amount=700&currency=usd&payment_method={method}&payment_method_options[us_bank_account][network]=ach"
        );
        let topup = made(&sandbox, "", "/v1/topups", &form);
        assert_eq!((topup.text("payment_method"), topup.text("initiated_by")), (method, "user"));
        assert_eq!(topup.at("source"), None);
        assert_eq!(topup.text("payment_method_options.us_bank_account.network"), "ach");
        sandbox.advance(Duration::from_secs(30 * DAY));
        let now = read(&sandbox, "", &format!("/v1/topups/{}", topup.text("id")));
        assert_eq!((now.text("status"), now.text("failure_code")), (status, failure), "{method}");
    }
    let sandbox = Sandbox::new(5);
    for (form, param) in [
        ("amount=7&currency=usd&payment_method=pm_1", "payment_method"),
        ("amount=7&currency=eur&payment_method=pm_usBankAccount_success", "currency"),
        (
            "amount=7&currency=usd&payment_method=pm_usBankAccount_success&source=btok_us_verified",
            "payment_method",
        ),
    ] {
        assert_eq!(refused(&sandbox, "", "/v1/topups", form), param, "{form}");
    }
}

#[test]
fn rejected_account_can_be_unrejected() {
    for (reason, shown) in [
        ("fraud_other", "rejected.fraud"),
        ("fraud_no_intent_to_fulfill", "rejected.fraud"),
        ("terms_of_service", "rejected.terms_of_service"),
        ("credit", "rejected.other"),
        ("other", "rejected.other"),
    ] {
        let sandbox = Sandbox::new(6);
        let account = sandbox.connect().into_id();
        let path = format!("/v1/accounts/{account}");
        let before = read(&sandbox, "", &path);
        assert_eq!(refused(&sandbox, "", &format!("{path}/unreject"), ""), "account");
        let rejected = made(&sandbox, "", &format!("{path}/reject"), &format!("reason={reason}"));
        assert_eq!(rejected.text("requirements.disabled_reason"), shown);
        assert_eq!(rejected.text("capabilities.card_issuing"), "inactive");
        let again = made(&sandbox, "", &format!("{path}/unreject"), "");
        assert_eq!(again.at("capabilities"), before.at("capabilities"), "{reason}");
        let reason = |account: &Json| account.at("requirements.disabled_reason").cloned();
        assert_eq!(reason(&again), reason(&before));
        assert_eq!(refused(&sandbox, "", &format!("{path}/unreject"), ""), "account");
    }
}

#[test]
fn rejection_pauses_payouts_unless_excluded() {
    for (action, paid) in [("", false), ("&payouts_action=pause", false), ("&payouts_action=none", true)] {
        let sandbox = Sandbox::new(7);
        let account = sandbox.connect().into_id();
        let bank = "external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd\
            &external_account[account_number]=000123456789&external_account[routing_number]=110000000";
        made(&sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), bank);
        sandbox.fund(&account, BalanceKind::Available, CurrencyCode::USD, 5_000).unwrap();
        let path = format!("/v1/accounts/{account}/reject");
        let rejected = made(&sandbox, "", &path, &format!("reason=other{action}"));
        assert_eq!(rejected.flag("payouts_enabled"), paid, "{action}");
        assert!(!rejected.flag("charges_enabled"));
        let payout = post(&sandbox, &account, "/v1/payouts", "amount=5000&currency=usd");
        assert_eq!(payout.status == 200, paid, "{action}: {}", payout.json());
    }
}

#[test]
fn shipments_show_the_business_and_their_times() {
    let (sandbox, account, holder) = programme(8);
    let form = format!(
        "type=physical&currency=usd&cardholder={holder}&shipping[name]=A&shipping[business_name]=Rosen+Ltd\
         &shipping[address][line1]=1&shipping[address][city]=T&shipping[address][country]=US&shipping[address][postal_code]=94103"
    );
    let card = made(&sandbox, &account, "/v1/issuing/cards", &form);
    assert_eq!(card.text("shipping.business_name"), "Rosen Ltd");
    assert_eq!((card.at("shipping.shipped_at"), card.at("shipping.delivered_at")), (None, None));
    let helper = |what: &str| {
        let path = format!("/v1/test_helpers/issuing/cards/{}/shipping/{what}", card.text("id"));
        made(&sandbox, &account, &path, "")
    };
    helper("submit");
    let shipped = helper("ship");
    sandbox.advance(Duration::from_secs(60));
    let there = helper("deliver");
    let at = shipped.int("shipping.shipped_at");
    assert!(at > 0 && shipped.at("shipping.delivered_at").is_none(), "{shipped}");
    assert_eq!((there.int("shipping.shipped_at"), there.int("shipping.delivered_at")), (at, at + 60));
}

/// A financial account with card issuing.
fn financial_account(sandbox: &Sandbox, account: &str) -> String {
    let form = "supported_currencies[]=usd&features[card_issuing][requested]=true\
        &features[financial_addresses][aba][requested]=true";
    made(sandbox, account, "/v1/treasury/financial_accounts", form).text("id").to_owned()
}

#[test]
fn card_moves_to_another_financial_account_without_old_purchases() {
    let (sandbox, account, holder) = programme(9);
    let (old, new) = (financial_account(&sandbox, &account), financial_account(&sandbox, &account));
    for (fa, network) in [(&old, "rtp"), (&new, "ach")] {
        let form = format!("amount=5000&currency=usd&financial_account={fa}&network={network}");
        let credit = made(&sandbox, &account, "/v1/test_helpers/treasury/received_credits", &form);
        assert_eq!(credit.text("network"), network);
    }
    let form = format!("type=virtual&currency=usd&status=active&cardholder={holder}&financial_account={old}");
    let card = made(&sandbox, &account, "/v1/issuing/cards", &form);
    let path = format!("/v1/issuing/cards/{}", card.text("id"));
    let buy = |amount: i64| {
        made(&sandbox, &account, PURCHASE, &format!("card={}&amount={amount}", card.text("id")))
    };
    let before = buy(1_000);
    let moved = made(&sandbox, &account, &path, &format!("financial_account={new}"));
    assert_eq!(moved.text("financial_account"), new);
    let after = buy(2_000);
    for bought in [&before, &after] {
        made(&sandbox, &account, &format!("{PURCHASE}/{}/capture", bought.text("id")), "");
    }
    let cash = |fa: &str| {
        read(&sandbox, &account, &format!("/v1/treasury/financial_accounts/{fa}")).int("balance.cash.usd")
    };
    assert_eq!((cash(&old), cash(&new)), (4_000, 3_000));
    let plain = format!("type=virtual&currency=usd&cardholder={holder}");
    let plain = made(&sandbox, &account, "/v1/issuing/cards", &plain);
    let path = format!("/v1/issuing/cards/{}", plain.text("id"));
    let param = refused(&sandbox, &account, &path, &format!("financial_account={new}"));
    assert_eq!(param, "financial_account");
}

#[test]
fn companies_have_additional_addresses() {
    let sandbox = Sandbox::new(10);
    let company: String = ["administrative_address", "physical_address", "principal_place_of_business"]
        .iter()
        .map(|name| format!("&company[{name}][city]={name}"))
        .collect();
    let form = format!(
        "country=US&business_type=company&controller[stripe_dashboard][type]=none&controller[losses][payments]=application\
         &controller[fees][payer]=application&controller[requirement_collection]=application{company}"
    );
    let account = made(&sandbox, "", "/v1/accounts", &form);
    for name in ["administrative_address", "physical_address", "principal_place_of_business"] {
        assert_eq!(account.text(&format!("company.{name}.city")), name, "{account}");
    }
}

fn destination(sandbox: &Sandbox, more: &Json) -> (u16, Json) {
    let mut body = json!({ "name": "hooks", "type": "webhook_endpoint", "event_payload": "thin",
        "enabled_events": ["*"], "webhook_endpoint": { "url": "https://example.com/thin" } });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    let headers = [("content-type", "application/json")];
    let path = "/v2/core/event_destinations";
    let reply = sandbox.handle(&request(Method::POST, path, &body.to_string(), "", &headers));
    (reply.status, reply.json())
}

#[test]
fn thin_events_of_v1_name_their_object_and_their_snapshot() {
    let sandbox = Sandbox::new(11);
    let account = sandbox.connect().into_id();
    let (status, made_it) = destination(&sandbox, &json!({ "events_from": ["@self", "@accounts"] }));
    assert_eq!(status, 200, "{made_it}");
    for account in ["", account.as_str()] {
        let topup = made(&sandbox, account, "/v1/topups", "amount=700&currency=usd&source=btok_us_verified");
        sandbox.advance(Duration::from_secs(5 * DAY));
        let sent: Vec<Json> = (sandbox.webhooks().take().iter())
            .map(|webhook| serde_json::from_slice(&webhook.body).unwrap())
            .collect();
        let types: Vec<&str> = sent.iter().map(|event| event.text("type")).collect();
        assert_eq!(types, ["v1.topup.created", "v1.topup.succeeded", "v1.balance.available"]);
        for event in &sent {
            assert_eq!(event.text("context"), account);
            let kept = read(&sandbox, account, &format!("/v2/core/events/{}", event.text("id")));
            assert_eq!(kept.text("type"), event.text("type"));
            let snapshot = read(&sandbox, account, &format!("/v1/events/{}", event.text("snapshot_event")));
            assert_eq!(format!("v1.{}", snapshot.text("type")), event.text("type"));
            let url = event.text("related_object.url");
            assert_eq!(read(&sandbox, account, url).text("object"), event.text("related_object.type"));
        }
        assert_eq!(sent[0].text("related_object.id"), topup.text("id"));
        assert_eq!(sent[2].at("related_object.id"), None);
    }
}

#[test]
fn destinations_reject_unsupported_events() {
    let sandbox = Sandbox::new(12);
    for (payload, event, status) in [
        ("thin", "v1.topup.succeeded", 200),
        ("thin", "v2.core.account_link.returned", 200),
        ("thin", "*", 200),
        ("thin", "topup.succeeded", 400),
        ("thin", "v1.topup.suceeded", 400),
        ("thin", "v1.treasury.received_credit.created", 400),
        ("snapshot", "topup.succeeded", 200),
        ("snapshot", "v1.topup.succeeded", 400),
        ("snapshot", "nothing", 400),
    ] {
        let more = json!({ "event_payload": payload, "enabled_events": ["*", event] });
        let (got, body) = destination(&sandbox, &more);
        assert_eq!(got, status, "{payload} {event}: {body}");
        if status == 400 {
            assert_eq!(body.text("error.param"), "enabled_events[1]");
        }
    }
    let missing = get(&sandbox, "", "/v2/core/event_destinations/ed_none");
    assert_eq!((missing.status, missing.json().text("error.code").to_owned()), (404, "not_found".to_owned()));
}

#[test]
fn event_buses_can_be_configured() {
    let sandbox = Sandbox::new(13);
    let azure = json!({ "azure_region": "westeurope", "azure_resource_group_name": "g", "azure_subscription_id": "s" });
    let more = json!({ "type": "azure_event_grid", "azure_event_grid": azure });
    let (status, made_it) = destination(&sandbox, &more);
    assert_eq!(status, 200, "{made_it}");
    assert_eq!(made_it.text("azure_event_grid.azure_partner_topic_status"), "never_activated");
    let (status, body) = destination(&sandbox, &json!({ "type": "azure_event_grid" }));
    assert_eq!((status, body.text("error.param")), (400, "azure_event_grid"));
    made(&sandbox, "", "/v1/topups", "amount=700&currency=usd&source=btok_us_verified");
    assert!(sandbox.webhooks().take().is_empty());
}

#[test]
fn authorization_risks_have_a_level() {
    let (sandbox, account, holder) = programme(14);
    let card = format!("type=virtual&currency=usd&status=active&cardholder={holder}");
    let card = made(&sandbox, &account, "/v1/issuing/cards", &card);
    let form = format!(
        "card={}&amount=500&risk_assessment[card_testing_risk][level]=low&risk_assessment[merchant_dispute_risk][level]=normal",
        card.text("id")
    );
    assert!(made(&sandbox, &account, PURCHASE, &form).flag("approved"));
}
