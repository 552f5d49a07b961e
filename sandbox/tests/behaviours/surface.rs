//! The Rust API for tests: accounts, cards, money, time, faults and assertions.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use stripe_platform::{Currency, Error, Id, balance, payout, topup};
use stripe_sandbox::{
    AccountHandle, BalanceKind, Json, Options, Peek, Policy, RateLimit, Sandbox, days, hours, minutes, rules,
};

const USD: Currency = Currency::USD;

fn issuer() -> (Sandbox, AccountHandle) {
    let sandbox = Sandbox::start();
    let account = sandbox.connect();
    account.fund(BalanceKind::Issuing, 20_000, USD).unwrap();
    (sandbox, account)
}

/// The message of a failed assertion.
fn failure(check: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(check)).expect_err("it should fail");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap()
}

#[tokio::test]
async fn top_up_settles_on_trigger_or_when_due() {
    let sandbox = Sandbox::start();
    let create = || topup::Create::new(700, USD).source("btok_us_verified");
    let first = create().send(&sandbox.client()).await.unwrap();
    sandbox.topups().settle(&first.id).unwrap();
    sandbox.assert_status(&first.id, "succeeded");
    sandbox.assert_event_about("topup.succeeded", &first.id);
    let second = create().send(&sandbox.client()).await.unwrap();
    sandbox.advance(days(5));
    sandbox.assert_status(&second.id, "succeeded");
    assert_eq!(sandbox.ledger().balance(sandbox.platform(), BalanceKind::Available, USD), 1_400);
    assert_eq!((hours(24), minutes(60)), (days(1), hours(1)));
}

#[tokio::test]
async fn manual_transition_waits_until_triggered() {
    let sandbox = Sandbox::start();
    sandbox.policy(&rules::TOPUP_SETTLE, Policy::Manual).policy(&rules::PAYMENT_SETTLE, Policy::Manual);
    let account = sandbox.connect();
    let create = topup::Create::new(700, USD).source("btok_us_verified");
    let made = create.send(&account.client()).await.unwrap();
    let charge = account.receive(300, USD).unwrap();
    sandbox.advance(days(100));
    sandbox.assert_status(&made.id, "pending");
    account.assert_balance(BalanceKind::Pending, USD, 300);
    assert_eq!(sandbox.trigger(&rules::TOPUP_SETTLE, &made.id), Ok(()));
    sandbox.assert_status(&made.id, "succeeded");
    assert_eq!(sandbox.trigger(&rules::PAYMENT_SETTLE, &charge), Ok(()));
    account.assert_balance(BalanceKind::Available, USD, 1_000).assert_balance(BalanceKind::Pending, USD, 0);
    let refused = sandbox.trigger(&rules::TOPUP_SETTLE, &made.id).unwrap_err();
    assert_eq!(refused.status, 400, "{refused}");

    sandbox.policy(&rules::TOPUP_SETTLE, Policy::After(days(9)));
    let made = topup::Create::new(5, USD).source("btok_us_verified").send(&account.client()).await.unwrap();
    assert_eq!(sandbox.trigger(&rules::TOPUP_SETTLE, &made.id), Ok(()), "also before its time");
}

#[test]
fn every_rule_is_found_by_its_name() {
    assert!(rules::all().count() > 20);
    for rule in rules::all() {
        assert_eq!(rules::all().filter(|other| other.name == rule.name).count(), 1, "{}", rule.name);
        assert!(std::ptr::eq(rules::named(rule.name).unwrap(), rule));
    }
    assert!(rules::named("topup.eat").is_none());
}

#[test]
fn purchase_is_captured_and_refunded() {
    let (sandbox, account) = issuer();
    let card = account.issue_card(USD).unwrap();
    let dinner = card.authorize(1_000).category("eating_places_restaurants").at("Trattoria").unwrap();
    assert!(dinner.approved(), "{}", dinner.object());
    assert_eq!(dinner.object().text("merchant_data.name"), "Trattoria");
    dinner.increment(500).unwrap().reverse_amount(200).unwrap();
    account.assert_balance(BalanceKind::IssuingHolds, USD, 1_300);
    let transaction = dinner.capture().unwrap();
    dinner.assert_status("closed");
    assert_eq!(dinner.transactions(), [transaction.as_str()]);
    dinner.refund_amount(300).unwrap();
    account.assert_balance(BalanceKind::Issuing, USD, 20_000 - 1_000);
    dinner.refund().unwrap();
    account.assert_balance(BalanceKind::Issuing, USD, 20_000);
    dinner.refund().unwrap_err();

    let hotel = card.authorize(4_000).at("Hotel").unwrap();
    hotel.capture_part(1_000).unwrap();
    hotel.capture_amount(2_000).unwrap();
    assert_eq!(hotel.transactions().len(), 2);
    card.authorize(700).at("Kiosk").unwrap().reverse().unwrap().assert_status("reversed");
    card.authorize(700).at("Kiosk").unwrap().expire().unwrap().assert_status("expired");
    sandbox.assert_no_holds(account.id());
    sandbox.assert_conserved();
    assert!(account.ledger().iter().any(|line| line.source.as_deref() == Some(transaction.as_str())));
    assert_eq!(sandbox.card("ic_none").authorize(5).at("Kiosk").unwrap_err().status, 404);
}

#[test]
fn declined_purchase_has_a_reason_and_holds_nothing() {
    let (sandbox, account) = issuer();
    let boat = account.issue_card(USD).unwrap().authorize(20_001).at("Boats").unwrap();
    assert_eq!((boat.approved(), boat.reason().as_str()), (false, "insufficient_funds"));
    sandbox.assert_no_holds(account.id());
    sandbox.assert_no_event("issuing_transaction.created");
}

#[test]
fn planned_fault_does_not_hit_merchant_actions() {
    let (sandbox, account) = issuer();
    let card = account.issue_card(USD).unwrap();
    sandbox.faults().times(9).status(500);
    card.authorize(100).at("Kiosk").unwrap().capture().unwrap();
}

#[test]
fn added_requirement_stays_until_fulfilled() {
    let (sandbox, account) = issuer();
    account.require("company.tax_id", "verification_failed_tax_id_match").unwrap();
    let object = account.object().unwrap();
    assert!(object["requirements"].to_string().contains("company.tax_id"), "{object:#}");
    account.fulfil("company.tax_id").unwrap().verify().unwrap();
    let object = account.object().unwrap();
    assert!(!object["requirements"].to_string().contains("company.tax_id"), "{object:#}");
    sandbox.assert_event("account.updated");
}

#[tokio::test]
async fn typed_ids_and_currencies_are_accepted() {
    let sandbox = Sandbox::start();
    let id: Id<stripe_platform::account::Account> = sandbox.connect().into_id().into();
    let account = sandbox.account(&id);
    account.fund(BalanceKind::Available, 900, "eur").unwrap();
    assert_eq!(account.balance(BalanceKind::Available, Currency::EUR), 900);
    assert_eq!(sandbox.balance(&id, BalanceKind::Available, Currency::USD), 0);
    assert_eq!(sandbox.ledger().balances(&id), [(BalanceKind::Available, Currency::EUR, 900)]);
    assert_eq!(sandbox.ledger().total(Currency::EUR), 900);
    assert_eq!(
        account.fund(BalanceKind::Available, 1, "xxx").unwrap_err().param.as_deref(),
        Some("currency")
    );
    let shown = balance::Retrieve::new().send(&account.client()).await.unwrap();
    assert_eq!(shown.available[0].amount, 900);
    assert_eq!(account.objects("payout").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn client_sees_each_planned_fault() {
    let sandbox = Sandbox::start();
    let client = sandbox.client_builder().max_retries(0).build().unwrap();
    let fails =
        async || topup::Create::new(5, USD).source("btok_us_verified").send(&client).await.unwrap_err();
    let on = || sandbox.faults().on("PostTopups");
    let status = |error: &Error| error.api().map(|api| (api.status, api.code.clone().unwrap_or_default()));

    on().rate_limited(RateLimit::EndpointConcurrency);
    let error = fails().await;
    assert_eq!(status(&error), Some((429, "rate_limit".to_owned())));
    assert_eq!(error.api().unwrap().rate_limit_reason.as_deref(), Some("endpoint-concurrency"));
    on().lock_timeout();
    assert_eq!(status(&fails().await), Some((429, "lock_timeout".to_owned())));
    on().key_in_use();
    assert_eq!(status(&fails().await), Some((409, "idempotency_key_in_use".to_owned())));
    on().retry_after(503, Duration::from_secs(7));
    let error = fails().await;
    assert_eq!((status(&error).unwrap().0, error.retry_after()), (503, Some(Duration::from_secs(7))));
    on().should_retry(500, false);
    assert_eq!(status(&fails().await).unwrap().0, 500);
    assert!(sandbox.event_types().is_empty(), "no request had an effect so far");

    on().stall();
    assert!(matches!(fails().await, Error::Timeout(_)));
    assert!(sandbox.event_types().is_empty());
    on().stall_after_commit();
    assert!(matches!(fails().await, Error::Timeout(_)));
    on().truncate(5);
    assert!(matches!(fails().await, Error::Connection(_)));
    on().status_after_commit(502);
    assert_eq!(status(&fails().await).unwrap().0, 502);
    assert_eq!(sandbox.event_types().len(), 3, "the ones with a fault after processing had an effect");

    // Other operations and accounts are not affected.
    sandbox.faults().on_request::<payout::Create>().reset();
    sandbox.faults().account(sandbox.connect().into_id()).reset();
    topup::Create::new(5, USD).source("btok_us_verified").send(&client).await.unwrap();
    sandbox.faults().clear();
    assert!(sandbox.faults().is_empty());
}

#[test]
fn misspelt_operation_panics_with_the_closest() {
    let sandbox = Sandbox::start();
    assert!(failure(|| sandbox.faults().on("PostTopup").reset()).contains("`PostTopups`"));
    assert!(failure(|| sandbox.faults().on("POST /v1/topup").reset()).contains("`POST /v1/topups`"));
}

#[test]
fn failed_assertions_describe_the_state() {
    let (sandbox, account) = issuer();
    let card = account.issue_card(USD).unwrap();
    let held = card.authorize(1_000).at("Kiosk").unwrap();
    let told = failure(|| _ = account.assert_balance(BalanceKind::Issuing, USD, 1));
    assert!(told.contains("is 19000 usd, not 1 usd") && told.contains("issuing holds"), "{told}");
    assert!(told.contains("adjustment"), "{told}");
    let told = failure(|| drop(sandbox.assert_event("payout.paid")));
    assert!(told.contains("no event `payout.paid`") && told.contains("issuing_card.created"), "{told}");
    let told = failure(|| sandbox.assert_no_event("issuing_card.created"));
    assert!(told.contains(card.id()), "{told}");
    let told = failure(|| _ = held.assert_status("closed"));
    assert!(told.contains("is `pending`, not `closed`"), "{told}");
    assert!(failure(|| sandbox.assert_status("tu_1", "failed")).contains("the object tu_1 does not exist"));
    assert!(failure(|| sandbox.assert_no_holds(account.id())).contains("1000 usd"));
}

#[test]
fn stored_history_can_be_limited() {
    let options =
        Options { journal: false, kept_replies: Some(2), kept_events: Some(3), ..Options::default() };
    let sandbox = Sandbox::with(1, options);
    let form = "amount=700&currency=usd&source=btok_us_verified";
    for key in ["a", "b", "c", "d"] {
        crate::support::post_once(&sandbox, "", "/v1/topups", form, key);
    }
    assert_eq!(sandbox.events().len(), 3);
    assert_eq!(sandbox.answered(), 0);
    let again = |key| crate::support::post_once(&sandbox, "", "/v1/topups", form, key);
    assert_eq!(again("d").header("idempotent-replayed"), Some("true"));
    assert_eq!(again("a").header("idempotent-replayed"), None, "it was forgotten");
}

/// Makes a POST with a form for an account. Returns the id of the created object.
fn made(sandbox: &Sandbox, account: &AccountHandle, path: &str, form: &str) -> String {
    let reply = crate::support::post(sandbox, account.id(), path, form);
    assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
    reply.json().text("id").to_owned()
}

/// An account with a financial account that has a balance of 10 USD.
fn treasurer() -> (Sandbox, AccountHandle, String) {
    let sandbox = Sandbox::start();
    let account = sandbox.connect();
    let features = "supported_currencies[]=usd&features[inbound_transfers][ach][requested]=true\
        &features[financial_addresses][aba][requested]=true&features[outbound_payments][ach][requested]=true&features[outbound_transfers][ach][requested]=true";
    let id = made(&sandbox, &account, "/v1/treasury/financial_accounts", features);
    let credit = sandbox.financial_account(&id).receive(1_000).unwrap();
    sandbox.assert_status(&credit, "succeeded");
    sandbox.assert_event_about("treasury.received_credit.succeeded", &credit);
    (sandbox, account, id)
}

#[test]
fn financial_account_receives_and_is_debited() {
    let (sandbox, account, id) = treasurer();
    let handle = sandbox.financial_account(&id);
    assert_eq!((handle.id(), handle.object().unwrap().text("status")), (id.as_str(), "open"));
    let held = BalanceKind::Financial(id.as_str().into());
    sandbox.assert_status(handle.debit(400).unwrap(), "succeeded");
    sandbox.assert_status(handle.debit(601).unwrap(), "failed");
    account.assert_balance(held, USD, 600);
    assert_eq!(handle.receive(0).unwrap_err().status, 400);
    assert_eq!(sandbox.financial_account("fa_none").receive(5).unwrap_err().status, 404);
    sandbox.assert_conserved();
}

#[test]
fn outbound_flows_are_posted_failed_and_returned() {
    let (sandbox, account, id) = treasurer();
    let held = BalanceKind::Financial(id.as_str().into());
    let form =
        format!("amount=100&currency=usd&financial_account={id}&destination_payment_method=pm_usBankAccount");
    for kind in ["outbound_payment", "outbound_transfer"] {
        let send = || made(&sandbox, &account, &format!("/v1/treasury/{kind}s"), &form);
        let (sent, failed) = (send(), send());
        sandbox.outbound_flows().post(&sent).unwrap();
        sandbox.assert_status(&sent, "posted");
        sandbox.outbound_flows().fail(&failed).unwrap();
        sandbox.assert_status(&failed, "failed");
        account.assert_balance(held.clone(), USD, 900);
        sandbox.outbound_flows().give_back(&sent, "account_closed").unwrap();
        sandbox.assert_status(&sent, "returned");
        sandbox.assert_event_about(&format!("treasury.{kind}.returned"), &sent);
        assert_eq!(sandbox.object(&sent).unwrap().text("returned_details.code"), "account_closed");
        account.assert_balance(held.clone(), USD, 1_000);
        assert_eq!(sandbox.outbound_flows().give_back(&failed, "other").unwrap_err().status, 400);
    }
    assert_eq!(sandbox.outbound_flows().post("obp_none").unwrap_err().status, 404);
}

#[test]
fn inbound_transfers_are_succeeded_failed_and_returned_by_handles() {
    let (sandbox, account, id) = treasurer();
    let held = BalanceKind::Financial(id.as_str().into());
    let form =
        format!("amount=100&currency=usd&financial_account={id}&origin_payment_method=pm_usBankAccount");
    let pull = || made(&sandbox, &account, "/v1/treasury/inbound_transfers", &form);
    let (good, bad) = (pull(), pull());
    sandbox.inbound_transfers().succeed(&good).unwrap();
    account.assert_balance(held.clone(), USD, 1_100);
    sandbox.inbound_transfers().fail(&bad, "insufficient_funds").unwrap();
    sandbox.assert_status(&bad, "failed");
    assert_eq!(sandbox.object(&bad).unwrap().text("failure_details.code"), "insufficient_funds");
    sandbox.inbound_transfers().give_back(&good).unwrap();
    account.assert_balance(held, USD, 1_000);
    assert_eq!(sandbox.inbound_transfers().give_back(&good).unwrap_err().status, 400);
}

#[test]
fn physical_card_is_returned_or_lost() {
    let (sandbox, account) = issuer();
    let holder = account.issue_card(USD).unwrap().object().unwrap().id_at("cardholder").to_owned();
    let order = || {
        let form = format!(
            "currency=usd&type=physical&cardholder={holder}&shipping[name]=Ada&shipping[address][line1]=1\
             &shipping[address][city]=T&shipping[address][country]=US&shipping[address][postal_code]=94103"
        );
        let card = sandbox.card(made(&sandbox, &account, "/v1/issuing/cards", &form));
        sandbox.trigger(&rules::CARD_SUBMIT_TO_MAKER, card.id()).unwrap();
        card
    };
    let back = order();
    assert_eq!(back.give_back().unwrap_err().status, 400, "it was not shipped yet");
    back.ship().unwrap().give_back().unwrap();
    assert_eq!(back.object().unwrap().text("shipping.status"), "returned");
    let lost = order();
    lost.lose().unwrap();
    assert_eq!(lost.object().unwrap().text("shipping.status"), "failure");
    assert_eq!(lost.deliver().unwrap_err().status, 400);
}

#[test]
fn dispute_is_won_by_the_test_or_a_policy() {
    let (sandbox, account) = issuer();
    let card = account.issue_card(USD).unwrap();
    let dispute = || {
        let transaction = card.authorize(500).at("Kiosk").unwrap().capture().unwrap();
        let evidence = "evidence[reason]=fraudulent&evidence[fraudulent][explanation]=x";
        let id = made(
            &sandbox,
            &account,
            "/v1/issuing/disputes",
            &format!("transaction={transaction}&{evidence}"),
        );
        made(&sandbox, &account, &format!("/v1/issuing/disputes/{id}/submit"), "")
    };
    let waits = dispute();
    sandbox.advance(days(200));
    sandbox.assert_status(&waits, "submitted");
    sandbox.trigger(&rules::DISPUTE_WIN, &waits).unwrap();
    sandbox.assert_status(&waits, "won");
    sandbox.policy(&rules::DISPUTE_WIN, Policy::After(days(60)));
    let (won, lost) = (dispute(), dispute());
    sandbox.disputes().lose(&lost, "other").unwrap();
    sandbox.advance(days(60));
    sandbox.assert_status(&won, "won");
    sandbox.assert_status(&lost, "lost");
    account.assert_balance(BalanceKind::Issuing, USD, 19_500);
}

/// The state that `connect` documents is what the API returns.
#[test]
fn connected_account_is_onboarded_without_external_account() {
    let sandbox = Sandbox::start();
    let account = sandbox.connect();
    let object = account.object().unwrap();
    let flags = |object: &Json| {
        ["details_submitted", "charges_enabled", "payouts_enabled"].map(|name| object.flag(name))
    };
    assert_eq!(flags(&object), [true, true, false], "{object:#}");
    assert_eq!(object.items("requirements.currently_due"), ["external_account"], "{object:#}");
    let bank = "external_account[object]=bank_account&external_account[country]=US\
        &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
    let path = format!("/v1/accounts/{}/external_accounts", account.id());
    assert_eq!(crate::support::post(&sandbox, "", &path, bank).status, 200);
    assert_eq!(flags(&account.object().unwrap()), [true, true, true]);
}

#[test]
fn misspelt_event_or_account_panics() {
    let (sandbox, _) = issuer();
    let told = failure(|| {
        sandbox.webhooks().lose("topup.suceeded");
    });
    assert!(told.contains("`topup.succeeded`"), "{told}");
    sandbox.webhooks().lose("*").duplicate("topup.created");

    let nobody = sandbox.account("acct_typo");
    assert_eq!(nobody.fund(BalanceKind::Available, 5, USD).unwrap_err().status, 404);
    assert_eq!(nobody.receive(5, USD).unwrap_err().status, 404);
    assert_eq!(nobody.give_notice("issuing.dispute_lost").unwrap_err().status, 404);
    let reason = sandbox.connect().give_notice("bogus").unwrap_err();
    assert_eq!((reason.status, reason.param.as_deref()), (400, Some("reason")));
}

#[test]
fn events_are_filtered_by_delivery_success() {
    let sandbox = Sandbox::start();
    let endpoint = "url=https://example.com/hooks&enabled_events[]=topup.created";
    assert_eq!(crate::support::post(&sandbox, "", "/v1/webhook_endpoints", endpoint).status, 200);
    let topup = || {
        let form = "amount=5&currency=usd&source=btok_us_verified";
        crate::support::post(&sandbox, "", "/v1/topups", form).json().text("id").to_owned()
    };
    let listed = |success: bool| {
        let list =
            crate::support::get(&sandbox, "", &format!("/v1/events?delivery_success={success}")).json();
        let about = |event: &Json| (event.text("type").to_owned(), event.text("data.object.id").to_owned());
        list.items("data").iter().map(about).collect::<Vec<_>>()
    };
    let (first, second) = (topup(), topup());
    let parcels = sandbox.webhooks().send();
    sandbox.webhooks().answered(&parcels[0], Some(200));
    sandbox.webhooks().answered(&parcels[1], Some(500));
    // This event has no listener, so no delivery failed.
    sandbox.topups().settle(&first).unwrap();
    let event = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
    assert_eq!(listed(true)[1..], [event("topup.succeeded", &first), event("topup.created", &first)]);
    assert_eq!(listed(false), [event("topup.created", &second)]);
}

/// A request without a reachable endpoint is not a decision.
#[tokio::test]
async fn waiting_for_an_unreachable_decision_panics() {
    let (sandbox, account) = issuer();
    let card = account.issue_card(USD).unwrap();
    sandbox.authorizations().ask_always();
    let told = |swipe: stripe_sandbox::AuthorizationHandle| async move {
        let waiting = tokio::spawn(async move { _ = swipe.answered().await });
        let panic = waiting.await.unwrap_err().into_panic();
        panic.downcast_ref::<String>().cloned().unwrap()
    };
    let message = told(card.authorize(100).at("Kiosk").unwrap()).await;
    assert!(message.contains("no endpoint listens"), "{message}");
    assert!(message.contains(file!()), "it names the caller: {message}");

    let address = "https://platform.example/authorizations";
    let form = format!("url={address}&enabled_events[]=issuing_authorization.request&connect=true");
    made(&sandbox, &sandbox.account(sandbox.platform()), "/v1/webhook_endpoints", &form);
    sandbox
        .webhooks()
        .receive("https://platform.example/authorisations", |_: http::Request<bytes::Bytes>| async {
            http::Response::new(bytes::Bytes::new())
        });
    let message = told(card.authorize(100).at("Kiosk").unwrap()).await;
    assert!(message.contains(address) && message.contains("/authorisations."), "{message}");
    let undelivered = sandbox.webhooks().undeliverable();
    assert_eq!(undelivered, [("issuing_authorization.request".to_owned(), address.to_owned())]);
    for report in [sandbox.report().markdown(), sandbox.report().html()] {
        assert!(report.contains("Undeliverable webhooks") && report.contains(address), "{report}");
    }
}

#[test]
fn invalid_fault_plan_panics() {
    let sandbox = Sandbox::start();
    for (plan, told) in [
        ((|sandbox| sandbox.faults().status(302)) as fn(&Sandbox), "not 302"),
        (|sandbox| sandbox.faults().status_after_commit(200), "not 200"),
        (|sandbox| sandbox.faults().should_retry(600, true), "not 600"),
        (|sandbox| sandbox.faults().percent(101).status(500), "not 101"),
    ] {
        let message = failure(|| plan(&sandbox));
        assert!(message.contains(told), "{message}");
    }
    assert!(sandbox.faults().is_empty());
    for status in [400, 599] {
        sandbox.faults().status(status);
        assert_eq!(crate::support::get(&sandbox, "", "/v1/balance").status, status);
    }
}

/// An assertion with a typo must not pass vacuously.
#[test]
fn misspelt_name_in_an_assertion_panics() {
    let (sandbox, account) = issuer();
    assert!(failure(|| sandbox.assert_no_event("issuing_card.craeted")).contains("`issuing_card.created`"));
    assert!(failure(|| drop(sandbox.assert_event("*"))).contains("one type"));
    for check in [
        (|sandbox| sandbox.assert_balance("acct_typo", BalanceKind::Issuing, USD, 0)) as fn(&Sandbox),
        |sandbox| sandbox.assert_no_holds("acct_typo"),
        |sandbox| _ = sandbox.balance("acct_typo", BalanceKind::Issuing, USD),
        |sandbox| _ = sandbox.ledger().balances("acct_typo"),
        |sandbox| _ = sandbox.account("acct_typo").ledger(),
        |sandbox| sandbox.faults().account("acct_typo").reset(),
        |sandbox| _ = sandbox.account("acct_typo").objects("topup"),
    ] {
        let told = failure(|| check(&sandbox));
        assert!(told.contains("unknown account `acct_typo`") && told.contains(account.id()), "{told}");
    }
    let typo = sandbox.authorization("iauth_typo");
    assert!(failure(|| _ = typo.approved()).contains("the authorization `iauth_typo` does not exist"));
    assert!(failure(|| _ = typo.status()).contains("the authorization `iauth_typo` does not exist"));
    assert_eq!(typo.refund().unwrap_err().status, 404);
    assert!(failure(|| _ = account.balance(BalanceKind::Issuing, Currency::from("usdd"))).contains("'usdd'"));
    assert!(failure(|| _ = account.objects("top_up")).contains("topup"));
    assert!(account.objects("topup").is_empty());
}

#[test]
fn capability_assertion_lists_open_requirements() {
    let (sandbox, account) = issuer();
    account.assert_capability("card_issuing", "active");
    account.require("company.tax_id", "verification_failed_tax_id_match").unwrap();
    let told = failure(|| _ = account.assert_capability("card_issuing", "inactive"));
    assert!(told.contains("is `active`, not `inactive`") && told.contains("Due: company.tax_id"), "{told}");
    assert!(told.contains("company.tax_id: verification_failed_tax_id_match"), "{told}");
    let told = failure(|| _ = account.assert_capability("card_isuing", "active"));
    assert!(told.contains("card_issuing"), "{told}");
    let told = failure(|| sandbox.assert_status(account.id(), "active"));
    assert!(told.contains("assert_capability") && told.len() < 300, "{told}");
    let card = account.issue_card(USD).unwrap();
    let held = card.authorize(1_000).at("Kiosk").unwrap();
    let told = failure(|| _ = held.assert_status("closed"));
    assert!(told.contains("issuing_authorization.created") && told.len() < 300, "{told}");
    let refused = card.authorize(5).category("5812").at("Kiosk").unwrap_err();
    assert!(refused.message.len() < 300, "{refused}");
}

#[tokio::test]
async fn failure_codes_and_reasons_are_validated() {
    let (sandbox, account) = issuer();
    let document = "individual.verification.document";
    for (field, code, param) in [
        ("individual.verifcation.document", "verification_document_expired", "field"),
        (document, "verification_document_expird", "code"),
        ("person_nobody.first_name", "verification_document_expired", "field"),
    ] {
        let refused = account.require(field, code).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(param), "{refused}");
    }
    assert_eq!(account.fulfil(document).unwrap_err().status, 400);
    account.require(document, "verification_document_expired").unwrap();
    account.require("interv_1.other_supportability_inquiry.support", "external_request").unwrap();
    account.require("owners.email", "information_missing").unwrap();
    let refused = account.fulfil("individual.verification").unwrap_err();
    assert!(refused.message.contains(document), "{refused}");
    account.fulfil(document).unwrap();

    let create = topup::Create::new(700, USD).source("btok_us_verified");
    let made = create.send(&sandbox.client()).await.unwrap();
    let refused = sandbox.topups().fail(&made.id, "no_acount").unwrap_err();
    assert!(refused.message.contains("no_account"), "{refused}");
    sandbox.topups().fail(&made.id, "no_account").unwrap();
    assert_eq!(sandbox.payouts().fail("po_1", "whatever").unwrap_err().param.as_deref(), Some("code"));
}

#[test]
fn clock_can_be_read() {
    let begins = 1_800_000_000;
    let sandbox = Sandbox::with(1, Options { start: begins, ..Options::default() });
    sandbox.advance(hours(1));
    assert_eq!(sandbox.now(), stripe_platform::Timestamp::new(begins + 3_600));
}
