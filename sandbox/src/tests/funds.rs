//! Money between platform, accounts and banks: sources, transfers, balances, negative balances, payouts.

use crate::Options;
use crate::Sandbox;
use crate::engine::{BalanceKind, CurrencyCode, Ids, Json, Peek, Scope};
use crate::resources::money::reserve;
use crate::resources::money::{balance_transfers, payments};
use crate::state::Policy;
use crate::tests::support::{get, post, post_once, size};
use serde_json::json;
use std::time::Duration;

const USD: CurrencyCode = CurrencyCode::USD;

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

/// Makes a POST and expects success.
fn made(sandbox: &Sandbox, account: &str, path: &str, form: &str) -> Json {
    let reply = post(sandbox, account, path, form);
    assert_eq!(reply.status, 200, "{path} {form}: {}", reply.json());
    reply.json()
}

fn read(sandbox: &Sandbox, account: &str, path: &str) -> Json {
    let reply = get(sandbox, account, path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.json());
    reply.json()
}

fn refused(sandbox: &Sandbox, account: &str, path: &str, form: &str, code: &str) {
    let reply = post(sandbox, account, path, form);
    assert!(reply.status == 400 || reply.status == 404, "{path} {form}: {}", reply.json());
    assert_eq!(reply.json().text("error.code"), code, "{path} {form}: {}", reply.json());
}

fn bank_account(sandbox: &Sandbox, account: &str, number: &str) -> String {
    let form = format!(
        "external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd\
         &external_account[routing_number]=110000000&external_account[account_number]={number}"
    );
    let path = format!("/v1/accounts/{account}/external_accounts");
    made(sandbox, "", &path, &form).text("id").to_owned()
}

/// Changes the payout settings of an account, and who is liable for its losses.
fn settings(sandbox: &Sandbox, account: &str, payouts: Json, losses: &str) {
    let mut state = sandbox.state();
    let platform = Scope::new(state.platform(), false);
    let mut context = state.context(platform);
    context
        .change(account, |object| {
            for (name, value) in payouts.as_object().unwrap() {
                match value.as_object() {
                    None => object["settings"]["payouts"][name] = value.clone(),
                    Some(members) => {
                        for (member, value) in members {
                            object["settings"]["payouts"][name][member] = value.clone();
                        }
                    }
                }
            }
            object["controller"]["losses"]["payments"] = losses.into();
        })
        .unwrap();
}

fn token(sandbox: &Sandbox, account: &str, number: &str) -> String {
    let form = format!(
        "bank_account[country]=US&bank_account[currency]=usd&bank_account[routing_number]=110000000\
         &bank_account[account_number]={number}"
    );
    made(sandbox, account, "/v1/tokens", &form).text("id").to_owned()
}

#[test]
fn source_is_verified_by_microdeposits_and_pays() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let form = |token: &str, usage: &str| {
        format!(
            "type=ach_debit&currency=usd&token={token}&usage={usage}&owner[name]=Jenny&mandate[acceptance][status]=accepted"
        )
    };
    let source = made(
        &sandbox,
        &account,
        "/v1/sources",
        &form(&token(&sandbox, &account, "000123456789"), "single_use"),
    );
    let id = source.text("id").to_owned();
    assert_eq!((source.text("status"), source.text("ach_debit.last4")), ("pending", "6789"));
    assert_eq!(get(&sandbox, "", &format!("/v1/sources/{id}")).status, 404, "the platform does not see it");
    let topup = format!("amount=500&currency=usd&source={id}");
    assert_eq!(post(&sandbox, &account, "/v1/topups", &topup).status, 400, "not verified yet");
    let verify = format!("/v1/sources/{id}/verify");
    refused(&sandbox, &account, &verify, "values[]=1&values[]=2", "bank_account_verification_failed");
    let left = read(&sandbox, &account, &format!("/v1/sources/{id}"));
    assert_eq!(left.int("code_verification.attempts_remaining"), 2);
    assert_eq!(made(&sandbox, &account, &verify, "values[]=45&values[]=32").text("status"), "chargeable");
    made(&sandbox, &account, "/v1/topups", &topup);
    assert_eq!(read(&sandbox, &account, &format!("/v1/sources/{id}")).text("status"), "consumed");
    assert_eq!(post(&sandbox, &account, "/v1/topups", &topup).status, 400, "a single use");
    sandbox.advance(days(5));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 500);
    assert_eq!(
        sandbox.event_types(),
        ["source.chargeable", "topup.created", "topup.succeeded", "balance.available"]
    );
    let wrong = made(
        &sandbox,
        &account,
        "/v1/sources",
        &form(&token(&sandbox, &account, "000111111116"), "reusable"),
    );
    let verify = format!("/v1/sources/{}/verify", wrong.text("id"));
    for _ in 0..3 {
        refused(&sandbox, &account, &verify, "values[]=32&values[]=44", "bank_account_verification_failed");
    }
    let failed = read(&sandbox, &account, &format!("/v1/sources/{}", wrong.text("id")));
    assert_eq!((failed.text("status"), failed.text("code_verification.status")), ("failed", "failed"));
    assert_eq!(post(&sandbox, &account, &verify, "values[]=32&values[]=45").status, 400, "it has ended");
    let secret = format!("/v1/sources/{id}?client_secret=");
    assert_eq!(get(&sandbox, &account, &format!("{secret}wrong")).status, 400);
    assert_eq!(get(&sandbox, &account, &format!("{secret}{}", source.text("client_secret"))).status, 200);
    sandbox.audit().unwrap();
}

#[test]
fn transfer_to_a_virtual_account_is_a_source_transaction() {
    let sandbox = Sandbox::new(2);
    let form = "type=ach_credit_transfer&currency=usd&owner[email]=amount_1200@example.com";
    let source = made(&sandbox, "", "/v1/sources", form);
    let id = source.text("id");
    assert_eq!((source.text("status"), source.int("receiver.amount_received")), ("chargeable", 1200));
    let second = sandbox.sources().receive(id, 300).unwrap();
    let list = read(&sandbox, "", &format!("/v1/sources/{id}/source_transactions"));
    assert_eq!((list.items("data").len(), list.text("data.0.id")), (2, second.as_str()));
    let one = read(&sandbox, "", &format!("/v1/sources/{id}/source_transactions/{second}"));
    assert_eq!(one.int("amount"), 300);
    let other = made(&sandbox, "", "/v1/sources", "type=ach_credit_transfer&currency=usd");
    let path = format!("/v1/sources/{}/source_transactions/{second}", other.text("id"));
    assert_eq!(get(&sandbox, "", &path).status, 404);
    sandbox.sources().cancel(other.text("id")).unwrap();
    assert_eq!(post(&sandbox, "", "/v1/sources", "type=giropay&currency=eur").status, 501);
}

#[test]
fn transfer_moves_money_and_is_reversed_in_parts() {
    let sandbox = Sandbox::new(3);
    let account = sandbox.connect().into_id();
    let form = format!("amount=1000&currency=usd&destination={account}&transfer_group=order_7");
    refused(&sandbox, "", "/v1/transfers", &form, "balance_insufficient");
    refused(
        &sandbox,
        "",
        "/v1/transfers",
        "amount=1&currency=usd&destination=acct_nobody",
        "resource_missing",
    );
    refused(
        &sandbox,
        "",
        "/v1/transfers",
        &format!("currency=usd&destination={account}"),
        "parameter_missing",
    );
    sandbox.fund(sandbox.platform(), BalanceKind::Available, USD, 1500).unwrap();
    let transfer = made(&sandbox, "", "/v1/transfers", &form);
    let id = transfer.text("id").to_owned();
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 1000);
    let found = read(&sandbox, "", &format!("/v1/transfers?destination={account}&transfer_group=order_7"));
    assert_eq!(found.text("data.0.id"), id);
    let path = format!("/v1/transfers/{id}/reversals");
    let first = made(&sandbox, "", &path, "amount=300&metadata[why]=less");
    assert_eq!((first.int("amount"), first.id_at("transfer")), (300, id.as_str()));
    let transfer = read(&sandbox, "", &format!("/v1/transfers/{id}?expand[]=balance_transaction"));
    assert_eq!((transfer.int("amount_reversed"), transfer.flag("reversed")), (300, false));
    assert_eq!(transfer.text("balance_transaction.type"), "transfer");
    assert_eq!(transfer.text("reversals.data.0.id"), first.text("id"));
    refused(&sandbox, "", &path, "amount=701", "amount_too_large");
    made(&sandbox, "", &path, "");
    assert_eq!(post(&sandbox, "", &path, "").status, 400, "nothing is left");
    assert_eq!(read(&sandbox, "", &path).items("data").len(), 2);
    let one = format!("/v1/transfers/{id}/reversals/{}", first.text("id"));
    assert_eq!(made(&sandbox, "", &one, "metadata[why]=").at("metadata.why"), None);
    assert_eq!(
        get(&sandbox, "", &format!("/v1/transfers/tr_other/reversals/{}", first.text("id"))).status,
        404
    );
    assert_eq!(sandbox.balance(sandbox.platform(), BalanceKind::Available, USD), 1500);
    let theirs = read(&sandbox, &account, "/v1/balance_transactions?expand[]=data.source");
    assert_eq!(
        (theirs.text("data.0.source.object"), theirs.text("data.0.reporting_category")),
        ("refund", "refund")
    );
    let payments = ["destination_payment", "reversals.data.destination_payment_refund"];
    for path in payments {
        let shown = read(&sandbox, "", &format!("/v1/transfers/{id}?expand[]={path}"));
        let first = path.replace("data.", "data.0.");
        assert!(shown.int(&format!("{first}.amount")) > 0, "{path}: {shown}");
    }
    let types: Vec<_> = theirs.items("data").iter().map(|line| line.text("type")).collect();
    assert_eq!(types, ["payment_refund", "payment_refund", "payment"]);
    assert_eq!(post(&sandbox, &account, "/v1/transfers", &form).status, 400, "only platforms transfer");
    sandbox.audit().unwrap();
}

#[test]
fn transfer_of_a_pending_charge_is_pending() {
    let sandbox = Sandbox::new(4);
    let account = sandbox.connect().into_id();
    let charge = sandbox.payments().receive(sandbox.platform(), 900, USD).unwrap();
    let form = format!("amount=600&currency=usd&destination={account}&source_transaction={charge}");
    let transfer = made(&sandbox, "", "/v1/transfers", &form);
    assert_eq!(transfer.text("transfer_group"), format!("group_{charge}"));
    assert_eq!(
        (
            sandbox.balance(&account, BalanceKind::Pending, USD),
            sandbox.balance(&account, BalanceKind::Available, USD)
        ),
        (600, 0)
    );
    refused(&sandbox, "", "/v1/transfers", &form, "balance_insufficient");
    made(&sandbox, "", &format!("/v1/transfers/{}/reversals", transfer.text("id")), "amount=100");
    sandbox.advance(days(2));
    assert_eq!(
        (
            sandbox.balance(&account, BalanceKind::Pending, USD),
            sandbox.balance(&account, BalanceKind::Available, USD)
        ),
        (0, 500)
    );
    assert_eq!(sandbox.balance(sandbox.platform(), BalanceKind::Available, USD), 400);
    assert!(sandbox.event_types().contains(&"balance.available".to_owned()));
    sandbox.audit().unwrap();
}

#[test]
fn reversal_to_a_settled_charge_is_available() {
    let sandbox = Sandbox::new(66);
    let account = sandbox.connect().into_id();
    let charge = sandbox.payments().receive(sandbox.platform(), 900, USD).unwrap();
    let form = format!("amount=900&currency=usd&destination={account}&source_transaction={charge}");
    let transfer = made(&sandbox, "", "/v1/transfers", &form);
    sandbox.advance(days(2));
    made(&sandbox, "", &format!("/v1/transfers/{}/reversals", transfer.text("id")), "");
    let held = |kind| sandbox.balance(sandbox.platform(), kind, USD);
    assert_eq!((held(BalanceKind::Pending), held(BalanceKind::Available)), (0, 900));
    sandbox.audit().unwrap();
}

#[test]
fn unfundable_balances_name_an_alternative() {
    let sandbox = Sandbox::new(9);
    let account = sandbox.connect().into_id();
    for (kind, instead) in [
        (BalanceKind::IssuingHolds, "purchase"),
        (BalanceKind::IssuingIncoming, "balance transfer"),
        (BalanceKind::Incoming, "top-up"),
        (BalanceKind::Pending, "payments().receive"),
        (BalanceKind::ConnectReserved, "negative balances"),
        (BalanceKind::Financial("fa_1".into()), "financial_account"),
        (BalanceKind::Outside, "source of funds"),
    ] {
        let refused = sandbox.fund(&account, kind, USD, 5).unwrap_err();
        assert_eq!((refused.status, refused.param.as_deref()), (400, Some("kind")));
        assert!(refused.message.contains(instead), "{refused}");
    }
    for kind in [
        BalanceKind::Available,
        BalanceKind::BankAvailable,
        BalanceKind::FpxAvailable,
        BalanceKind::Issuing,
        BalanceKind::Risk,
    ] {
        sandbox.fund(&account, kind.clone(), USD, 5).unwrap();
        assert_eq!(sandbox.balance(&account, kind, USD), 5);
    }
    sandbox.audit().unwrap();
}

#[test]
fn insufficient_balance_error_has_available_and_pending() {
    let sandbox = Sandbox::new(9);
    let (account, platform) = (sandbox.connect().into_id(), sandbox.platform());
    bank_account(&sandbox, &account, "000123456789");
    for whose in [&account, &platform] {
        sandbox.fund(whose, BalanceKind::Available, USD, 30).unwrap();
        sandbox.payments().receive(whose, 700, USD).unwrap();
    }
    let to_issuing = "amount=31&currency=usd&source_balance[type]=payments&destination_balance[type]=issuing";
    for (whose, path, form) in [
        (account.as_str(), "/v1/payouts", "amount=31&currency=usd"),
        (&account, "/v1/balance_transfers", to_issuing),
        ("", "/v1/transfers", &format!("amount=31&currency=usd&destination={account}")),
    ] {
        let reply = post(&sandbox, whose, path, form).json();
        let (code, message) = (reply.text("error.code"), reply.text("error.message"));
        assert_eq!(code, "balance_insufficient", "{path}: {reply}");
        assert!(
            message.contains("30 usd are available") && message.contains("700 usd are pending"),
            "{message}"
        );
    }
}

#[test]
fn source_types_are_spent_separately() {
    let sandbox = Sandbox::new(5);
    let account = sandbox.connect().into_id();
    let platform = sandbox.platform();
    sandbox.payments().receive_by(&platform, 700, USD, "bank_account").unwrap();
    sandbox.payments().receive(&platform, 100, USD).unwrap();
    sandbox.advance(days(2));
    let balance = read(&sandbox, "", "/v1/balance");
    assert_eq!(
        balance.at("available.0").unwrap(),
        &json!({ "amount": 800, "currency": "usd", "source_types": { "card": 100, "bank_account": 700 } })
    );
    let form = format!("amount=500&currency=usd&destination={account}");
    refused(&sandbox, "", "/v1/transfers", &form, "balance_insufficient");
    let transfer = made(&sandbox, "", "/v1/transfers", &format!("{form}&source_type=bank_account"));
    assert_eq!(transfer.text("source_type"), "bank_account");
    assert_eq!(sandbox.balance(&platform, BalanceKind::BankAvailable, USD), 200);
    sandbox.audit().unwrap();
}

#[test]
fn balance_transfers_move_between_payments_and_issuing() {
    let sandbox = Sandbox::new(6);
    let account = sandbox.connect().into_id();
    let form = |from: &str, to: &str| {
        format!("amount=400&currency=usd&source_balance[type]={from}&destination_balance[type]={to}")
    };
    refused(
        &sandbox,
        &account,
        "/v1/balance_transfers",
        &form("payments", "issuing"),
        "balance_insufficient",
    );
    sandbox.fund(&account, BalanceKind::Available, USD, 1000).unwrap();
    let there = made(&sandbox, &account, "/v1/balance_transfers", &form("payments", "issuing"));
    assert!(!there.text("source_balance.payments.balance_transaction").is_empty(), "{there}");
    assert!(!there.text("destination_balance.issuing.balance_transaction").is_empty());
    assert_eq!(
        (
            sandbox.balance(&account, BalanceKind::Available, USD),
            sandbox.balance(&account, BalanceKind::Issuing, USD)
        ),
        (600, 400)
    );
    made(&sandbox, &account, "/v1/balance_transfers", &form("issuing", "payments"));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 1000);
    assert_eq!(post(&sandbox, &account, "/v1/balance_transfers", &form("issuing", "issuing")).status, 400);
    sandbox.audit().unwrap();
}

#[test]
fn eur_and_gbp_reach_the_issuing_balance_on_the_next_business_day() {
    for (seed, currency) in [(60, CurrencyCode::EUR), (61, CurrencyCode::GBP)] {
        let sandbox = Sandbox::new(seed);
        let account = sandbox.connect().into_id();
        sandbox.fund(&account, BalanceKind::Available, currency, 1000).unwrap();
        // It is Monday; from Friday on, a business day includes the weekend.
        for (wait, short) in [(0, 1), (4, 3)] {
            sandbox.advance(days(wait));
            let before = sandbox.balance(&account, BalanceKind::Issuing, currency);
            let form = format!(
                "amount=400&currency={currency}&source_balance[type]=payments&destination_balance[type]=issuing"
            );
            let made = made(&sandbox, &account, "/v1/balance_transfers", &form);
            assert!(made.at("destination_balance.issuing.balance_transaction").is_none(), "{made}");
            sandbox.advance(days(short) - Duration::from_secs(1));
            assert_eq!(sandbox.balance(&account, BalanceKind::Issuing, currency), before);
            assert_eq!(sandbox.balance(&account, BalanceKind::IssuingIncoming, currency), 400);
            sandbox.advance(Duration::from_secs(1));
            assert_eq!(sandbox.balance(&account, BalanceKind::Issuing, currency), before + 400);
            let scope = Scope::new(account.as_str(), false);
            let kept = sandbox.state().find(&scope, made.text("id")).unwrap();
            assert!(kept.at("destination_balance.issuing.balance_transaction").is_some(), "{kept}");
            // To the start of the week again.
            sandbox.advance(days(if wait == 0 { 6 } else { 0 }));
        }
        let back = format!(
            "amount=300&currency={currency}&source_balance[type]=issuing&destination_balance[type]=payments"
        );
        made(&sandbox, &account, "/v1/balance_transfers", &back);
        assert_eq!(sandbox.balance(&account, BalanceKind::Available, currency), 500);
        sandbox.policy(&balance_transfers::SETTLE, Policy::Immediate);
        let form = format!(
            "amount=100&currency={currency}&source_balance[type]=payments&destination_balance[type]=issuing"
        );
        made(&sandbox, &account, "/v1/balance_transfers", &form);
        assert_eq!(sandbox.balance(&account, BalanceKind::Issuing, currency), 600);
        sandbox.audit().unwrap();
    }
}

#[test]
fn funding_instructions_are_stable_and_fund_the_issuing_balance() {
    let sandbox = Sandbox::new(7);
    let open = |country: &str| {
        let form = format!("type=custom&country={country}");
        made(&sandbox, "", "/v1/accounts", &form).text("id").to_owned()
    };
    let (account, other, american) = (open("DE"), open("DE"), open("US"));
    let path = "/v1/issuing/funding_instructions";
    let eu = "currency=eur&funding_type=bank_transfer&bank_transfer[type]=eu_bank_transfer";
    let first = made(&sandbox, &account, path, eu);
    assert_eq!(made(&sandbox, &account, path, eu), first);
    assert_ne!(made(&sandbox, &other, path, eu), first);
    assert!(
        first.at("id").is_none()
            && first.text("bank_transfer.financial_addresses.0.iban.iban").starts_with("DE")
    );
    let gb = "currency=gbp&funding_type=bank_transfer&bank_transfer[type]=gb_bank_transfer";
    let british = made(&sandbox, &open("GB"), path, gb);
    assert_eq!(british.text("bank_transfer.financial_addresses.0.type"), "sort_code");
    let mixed = "currency=usd&funding_type=bank_transfer&bank_transfer[type]=eu_bank_transfer";
    for (account, form, param) in
        [(&account, gb, "currency"), (&account, mixed, "bank_transfer[type]"), (&american, eu, "")]
    {
        let refused = post(&sandbox, account, path, form);
        assert_eq!((refused.status, refused.json().text("error.param")), (400, param), "{form}");
    }
    let list = read(&sandbox, &account, path);
    assert_eq!((list.items("data").len(), list.flag("has_more")), (1, false));
    assert!(read(&sandbox, &american, path).items("data").is_empty());
    let push = "/v1/test_helpers/issuing/fund_balance";
    for (country, currency) in [("DE", CurrencyCode::EUR), ("GB", CurrencyCode::GBP)] {
        let account = open(country);
        made(&sandbox, &account, push, &format!("amount=250&currency={currency}"));
        assert_eq!(sandbox.balance(&account, BalanceKind::Issuing, currency), 250);
        let other = post(&sandbox, &account, push, "amount=250&currency=usd");
        assert_eq!((other.status, other.json().text("error.param")), (400, "currency"));
    }
    assert_eq!(post(&sandbox, &american, push, "amount=250&currency=usd").status, 400, "not in the US");
    sandbox.audit().unwrap();
}

#[test]
fn reserve_follows_the_debt_of_accounts() {
    let sandbox = Sandbox::new(8);
    let (a, b) = (sandbox.connect().into_id(), sandbox.connect().into_id());
    let platform = sandbox.platform();
    sandbox.fund(&platform, BalanceKind::Available, USD, 1000).unwrap();
    let charge = sandbox.payments().receive(&a, 500, USD).unwrap();
    sandbox.advance(days(2));
    sandbox.fund(&b, BalanceKind::Available, USD, 10).unwrap();
    bank_account(&sandbox, &a, "000123456789");
    made(&sandbox, &a, "/v1/payouts", "amount=500&currency=usd");
    sandbox.payments().refund(&charge, 300).unwrap();
    let balance = read(&sandbox, "", "/v1/balance");
    assert_eq!((balance.int("connect_reserved.0.amount"), balance.int("available.0.amount")), (300, 700));
    refused(&sandbox, &a, "/v1/payouts", "amount=1&currency=usd", "balance_insufficient");
    made(&sandbox, "", "/v1/transfers", &format!("amount=120&currency=usd&destination={a}"));
    assert_eq!(sandbox.balance(&platform, BalanceKind::ConnectReserved, USD), 180);
    assert_eq!(
        sandbox.balance(&platform, BalanceKind::Available, USD),
        700,
        "the reserve pays for the transfer"
    );
    let lines = read(&sandbox, "", "/v1/balance_transactions?type=reserve_transaction");
    let nets: Vec<_> = lines.items("data").iter().map(|line| line.int("net")).collect();
    assert_eq!(nets, [120, -300]);
    sandbox.advance(days(179));
    assert_eq!(sandbox.balance(&a, BalanceKind::Available, USD), -180, "not debited without the setting");
    sandbox.advance(days(2));
    assert_eq!(sandbox.balance(&a, BalanceKind::Available, USD), 0);
    assert_eq!(sandbox.balance(&platform, BalanceKind::ConnectReserved, USD), 0);
    assert_eq!(sandbox.balance(&platform, BalanceKind::Available, USD), 700);
    for (account, net) in [("", -180), (a.as_str(), 180)] {
        let path = "/v1/balance_transactions?type=connect_collection_transfer&expand[]=data.source";
        let collected = read(&sandbox, account, path);
        assert_eq!(collected.int("data.0.net"), net);
        assert_eq!(
            (collected.text("data.0.source.object"), collected.text("data.0.source.destination")),
            ("connect_collection_transfer", a.as_str())
        );
    }
    sandbox.audit().unwrap();
}

#[test]
fn account_with_own_liability_is_debited_without_reserve() {
    let sandbox = Sandbox::new(9);
    let account = sandbox.connect().into_id();
    settings(
        &sandbox,
        &account,
        json!({ "debit_negative_balances": true, "schedule": { "interval": "manual", "delay_days": 7 } }),
        "stripe",
    );
    bank_account(&sandbox, &account, "000123456789");
    let charge = sandbox.payments().receive(&account, 400, USD).unwrap();
    sandbox.advance(days(6));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 0, "the delay is 7 days");
    sandbox.advance(days(1));
    made(&sandbox, &account, "/v1/payouts", "amount=400&currency=usd");
    sandbox.payments().refund(&charge, 400).unwrap();
    assert_eq!(sandbox.balance(sandbox.platform(), BalanceKind::ConnectReserved, USD), 0);
    sandbox.advance(days(4));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 0);
    let payouts = read(&sandbox, &account, "/v1/payouts");
    assert_eq!((payouts.int("data.0.amount"), payouts.text("data.0.status")), (-400, "paid"));
    assert_eq!(payouts.items("data").len(), 2, "one debit, not one per day");
    sandbox.audit().unwrap();
}

#[test]
fn failed_bank_debit_is_not_repeated() {
    let sandbox = Sandbox::new(10);
    let account = sandbox.connect().into_id();
    settings(
        &sandbox,
        &account,
        json!({ "debit_negative_balances": true, "schedule": { "interval": "manual" } }),
        "application",
    );
    bank_account(&sandbox, &account, "000222222227");
    let charge = sandbox.payments().receive(&account, 400, USD).unwrap();
    sandbox.payments().refund(&charge, 100).unwrap();
    assert_eq!(sandbox.balance(&account, BalanceKind::Pending, USD), 300, "pending money is used first");
    sandbox.advance(days(2));
    made(&sandbox, &account, "/v1/payouts", "amount=300&currency=usd");
    sandbox.payments().refund(&charge, 300).unwrap();
    sandbox.advance(days(1));
    let debits = || {
        let list = read(&sandbox, &account, "/v1/payouts");
        list.items("data")
            .iter()
            .filter(|payout| payout.int("amount") < 0)
            .map(|payout| payout.text("status").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(debits(), ["pending"]);
    sandbox.advance(days(10));
    assert_eq!(debits(), ["failed"]);
    sandbox.audit().unwrap();
}

#[test]
fn errored_bank_account_gets_no_automatic_payout_until_updated() {
    let sandbox = Sandbox::new(62);
    let account = sandbox.connect().into_id();
    let schedule = json!({ "schedule": { "interval": "daily", "delay_days": 2 } });
    settings(&sandbox, &account, schedule, "application");
    let bank = bank_account(&sandbox, &account, "000111111116");
    let path = format!("/v1/accounts/{account}/external_accounts/{bank}");
    let payouts = || read(&sandbox, &account, "/v1/payouts?limit=100").items("data").len();
    sandbox.fund(&account, BalanceKind::Available, USD, 700).unwrap();
    sandbox.advance(days(14));
    assert_eq!((payouts(), sandbox.balance(&account, BalanceKind::Available, USD)), (1, 700));
    assert_eq!(read(&sandbox, "", &path).text("status"), "errored");
    let shown = read(&sandbox, "", &format!("/v1/accounts/{account}"));
    assert_eq!(shown.text("external_accounts.data.0.status"), "errored");
    made(&sandbox, &account, "/v1/payouts", "amount=10&currency=usd");
    sandbox.advance(days(3));
    assert_eq!(payouts(), 2, "only manual payouts use it");
    made(&sandbox, "", &path, "metadata[a]=b");
    assert_eq!(
        read(&sandbox, "", &path).text("status"),
        "errored",
        "an update of metadata is not sufficient"
    );
    let mended = made(&sandbox, "", &path, "account_holder_name=Jenny");
    assert_eq!(mended.text("status"), "new");
    sandbox.advance(days(5));
    assert_eq!(payouts(), 3, "retried and rejected again");
    assert_eq!(read(&sandbox, "", &path).text("status"), "errored");
    assert_eq!(made(&sandbox, "", &path, "").text("status"), "new", "an empty update is sufficient");
    sandbox.advance(days(5));
    assert_eq!(payouts(), 4, "and again");
    let good = format!("/v1/accounts/{account}/external_accounts");
    let form = "external_account=btok_us_verified&default_for_currency=true";
    made(&sandbox, "", &good, form);
    sandbox.advance(days(7));
    assert_eq!((payouts(), sandbox.balance(&account, BalanceKind::Available, USD)), (5, 0));
    sandbox.audit().unwrap();
}

/// An account with a debt of 300 whose bank may be debited for it.
fn owing(sandbox: &Sandbox, number: &str) -> String {
    let account = sandbox.connect().into_id();
    let form = "payments[debit_negative_balances]=true";
    made(sandbox, &account, "/v1/balance_settings", form);
    let good = bank_account(sandbox, &account, "000123456789");
    let charge = sandbox.payments().receive(&account, 300, USD).unwrap();
    sandbox.advance(days(2));
    made(sandbox, &account, "/v1/payouts", "amount=300&currency=usd");
    sandbox.advance(days(3));
    let path = format!("/v1/accounts/{account}/external_accounts");
    let form = match number {
        "card" => "external_account=tok_visa_debit&default_for_currency=true".to_owned(),
        _ => format!(
            "external_account[object]=bank_account&external_account[country]=US\
             &external_account[routing_number]=110000000&external_account[account_number]={number}\
             &default_for_currency=true"
        ),
    };
    made(sandbox, "", &path, &form);
    assert_eq!(
        sandbox
            .handle(&crate::tests::support::request(
                http::Method::DELETE,
                &format!("{path}/{good}"),
                "",
                "",
                &[]
            ))
            .status,
        200
    );
    sandbox.payments().refund(&charge, 300).unwrap();
    account
}

#[test]
fn new_bank_account_is_debited_after_a_failed_debit() {
    let sandbox = Sandbox::new(63);
    let account = owing(&sandbox, "000222222227");
    sandbox.advance(days(10));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), -300);
    let form = "external_account=btok_us_verified&default_for_currency=true";
    made(&sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), form);
    sandbox.advance(days(4));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 0);
    let payouts = read(&sandbox, &account, "/v1/payouts");
    let debits: Vec<_> = payouts.items("data").iter().filter(|payout| payout.int("amount") < 0).collect();
    assert_eq!(debits.iter().map(|debit| debit.text("status")).collect::<Vec<_>>(), ["paid", "failed"]);
    sandbox.audit().unwrap();
}

#[test]
fn debit_cards_are_never_debited() {
    let sandbox = Sandbox::new(64);
    let account = owing(&sandbox, "card");
    sandbox.advance(days(10));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), -300);
    assert_eq!(read(&sandbox, &account, "/v1/payouts").items("data").len(), 1);
    // Nor can a payout to it be reversed.
    sandbox.fund(&account, BalanceKind::Available, USD, 500).unwrap();
    let payout = made(&sandbox, &account, "/v1/payouts", "amount=200&currency=usd");
    assert_eq!(payout.text("type"), "card");
    sandbox.advance(days(3));
    let path = format!("/v1/payouts/{}", payout.text("id"));
    assert_eq!(read(&sandbox, &account, &path).text("status"), "paid");
    assert_eq!(post(&sandbox, &account, &format!("{path}/reverse"), "").status, 400);
    sandbox.audit().unwrap();
}

#[test]
fn reserve_is_held_for_three_business_days_after_a_debit() {
    let sandbox = Sandbox::new(65);
    let platform = sandbox.platform();
    sandbox.fund(&platform, BalanceKind::Available, USD, 1000).unwrap();
    // The debt is from Saturday, the debit from Sunday, and its money arrives on Tuesday.
    let account = owing(&sandbox, "000123456789");
    let held = |account: &str, kind| sandbox.balance(account, kind, USD);
    assert_eq!(
        (held(&account, BalanceKind::Available), held(&platform, BalanceKind::ConnectReserved)),
        (-300, 300)
    );
    sandbox.advance(days(3));
    assert_eq!(
        (held(&account, BalanceKind::Available), held(&platform, BalanceKind::ConnectReserved)),
        (0, 300)
    );
    assert_eq!(read(&sandbox, "", "/v1/balance").int("connect_reserved.0.amount"), 300);
    sandbox.advance(days(3) - Duration::from_secs(1));
    assert_eq!(held(&platform, BalanceKind::ConnectReserved), 300);
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(
        (held(&platform, BalanceKind::ConnectReserved), held(&platform, BalanceKind::Available)),
        (0, 1000)
    );
    let lines = read(&sandbox, "", "/v1/balance_transactions?type=reserve_transaction");
    let nets: Vec<_> = lines.items("data").iter().map(|line| line.int("net")).collect();
    assert_eq!(nets, [300, -300]);
    sandbox.audit().unwrap();
}

#[test]
fn automatic_payout_lists_its_balance_transactions() {
    let sandbox = Sandbox::new(11);
    let account = sandbox.connect().into_id();
    settings(
        &sandbox,
        &account,
        json!({ "schedule": { "interval": "weekly", "weekly_payout_days": ["friday"], "delay_days": 2 } }),
        "application",
    );
    bank_account(&sandbox, &account, "000123456789");
    for amount in [100, 250] {
        sandbox.payments().receive(&account, amount, USD).unwrap();
        sandbox.advance(days(1));
    }
    // It is Wednesday; the first payment is available today, the second one tomorrow, and Friday starts after that.
    sandbox.advance(days(2));
    let payouts = read(&sandbox, &account, "/v1/payouts");
    let payout = payouts.at("data.0").unwrap();
    assert_eq!((payout.int("amount"), payout.flag("automatic")), (350, true), "{payouts}");
    let id = payout.text("id");
    refused(&sandbox, &account, &format!("/v1/payouts/{id}/cancel"), "", "");
    let lines = read(&sandbox, &account, &format!("/v1/balance_transactions?payout={id}"));
    let nets: Vec<_> = lines.items("data").iter().map(|line| line.int("net")).collect();
    assert_eq!(nets, [-350, 250, 100]);
    sandbox.advance(days(2));
    let paid = read(&sandbox, &account, &format!("/v1/payouts/{id}"));
    assert_eq!((paid.text("status"), paid.text("reconciliation_status")), ("paid", "completed"));
    assert!(sandbox.event_types().contains(&"payout.reconciliation_completed".to_owned()));
    sandbox.fund(&account, BalanceKind::Available, USD, 40).unwrap();
    sandbox.pay_out(&account).unwrap();
    let next = read(&sandbox, &account, "/v1/payouts");
    let lines =
        read(&sandbox, &account, &format!("/v1/balance_transactions?payout={}", next.text("data.0.id")));
    assert_eq!(lines.items("data").len(), 2, "money paid out before is not in the next payout");
    sandbox.audit().unwrap();
}

#[test]
fn instant_payouts_arrive_within_the_hour_if_supported() {
    let sandbox = Sandbox::new(12);
    let account = sandbox.connect().into_id();
    let slow = bank_account(&sandbox, &account, "000888888883");
    let path = format!("/v1/accounts/{account}/external_accounts/{slow}");
    assert_eq!(read(&sandbox, "", &path).items("available_payout_methods"), ["standard"]);
    sandbox.fund(&account, BalanceKind::Available, USD, 500).unwrap();
    assert!(read(&sandbox, &account, "/v1/balance").at("instant_available").is_none());
    let form = |to: &str| format!("amount=200&currency=usd&method=instant&destination={to}");
    refused(&sandbox, &account, "/v1/payouts", &form(&slow), "instant_payouts_unsupported");
    let fast = bank_account(&sandbox, &account, "000123456789");
    let balance = read(&sandbox, &account, "/v1/balance?expand[]=instant_available.net_available");
    assert_eq!(balance.int("instant_available.0.amount"), 500);
    assert_eq!(balance.text("instant_available.0.net_available.0.destination"), fast);
    let payout = made(&sandbox, &account, "/v1/payouts", &form(&fast));
    sandbox.advance(Duration::from_secs(3600));
    let paid = read(&sandbox, &account, &format!("/v1/payouts/{}", payout.text("id")));
    assert_eq!((paid.text("status"), paid.text("method")), ("paid", "instant"));
    assert_eq!(read(&sandbox, &account, "/v1/balance").int("instant_available.0.amount"), 300);
    sandbox.audit().unwrap();
}

/// The debits for negative balances within the last five days, three of which can be business days.
fn debited(sandbox: &Sandbox, account: &str) -> i64 {
    let now = sandbox.state().clock.now();
    let payouts = sandbox.account(account).objects("payout");
    let recent = payouts.iter().filter(|payout| {
        payout.int("amount") < 0
            && payout.text("status") == "paid"
            && payout.int("arrival_date") + 6 * 86_400 > now
    });
    recent.map(|payout| -payout.int("amount")).sum()
}

/// The sum of an account's pending balance transactions, without those of payouts, which wait for the bank.
fn waiting(sandbox: &Sandbox, account: &str) -> i64 {
    let state = sandbox.state();
    let now = state.clock.now();
    let scope = Scope::new(account, false);
    let lines = state.ledger.lines(&scope);
    let waiting =
        lines.filter(|line| line.available_on.is_some_and(|at| at > now) && !line.kind.starts_with("payout"));
    waiting.map(|line| line.net()).sum()
}

/// Random payments, refunds, transfers, reversals, payouts and debits: the ledger balances after every step, and the
/// reserve equals the debt of the accounts plus the recent debits of their banks.
#[test]
fn money_is_conserved_and_the_reserve_equals_the_debt() {
    for seed in 0..size("random runs of funds", 8, 25) {
        let sandbox = Sandbox::new(seed);
        // In every second run the reserve for a debit is released immediately.
        let at_once = seed % 2 == 0;
        if at_once {
            sandbox.policy(&reserve::RELEASE, Policy::Immediate);
        }
        let mut dice = Ids::new(seed + 1000);
        let accounts =
            [sandbox.connect().into_id(), sandbox.connect().into_id(), sandbox.connect().into_id()];
        settings(
            &sandbox,
            &accounts[1],
            json!({ "debit_negative_balances": true, "schedule": { "interval": "daily", "delay_days": 1 } }),
            "application",
        );
        for account in &accounts {
            bank_account(&sandbox, account, "000123456789");
        }
        sandbox.fund(sandbox.platform(), BalanceKind::Available, USD, 2000).unwrap();
        let (mut charges, mut transfers): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for step in 0..150 {
            let mut pick = |length: usize| usize::try_from(dice.below(length.max(1) as u64)).unwrap();
            let account = accounts[pick(3)].clone();
            let amount = pick(600) as i64 + 1;
            match pick(9) {
                0 => charges.push(sandbox.payments().receive(&account, amount, USD).unwrap()),
                1 => charges.push(sandbox.payments().receive(sandbox.platform(), amount, USD).unwrap()),
                2 | 3 => {
                    if let Some(charge) = charges.get(pick(charges.len())) {
                        let _ = sandbox.payments().refund(charge, amount);
                    }
                }
                4 | 5 => {
                    let source = charges.get(pick(charges.len())).filter(|_| step % 2 == 0);
                    let source =
                        source.map(|charge| format!("&source_transaction={charge}")).unwrap_or_default();
                    let form = format!("amount={amount}&currency=usd&destination={account}{source}");
                    let reply = post_once(&sandbox, "", "/v1/transfers", &form, &format!("t{step}"));
                    assert!(reply.status < 500, "seed {seed}: {}", reply.json());
                    if reply.status == 200 {
                        transfers.push(reply.json().text("id").to_owned());
                    }
                }
                6 => {
                    let id = transfers.get(pick(transfers.len())).cloned().unwrap_or_default();
                    let reply = post(
                        &sandbox,
                        "",
                        &format!("/v1/transfers/{id}/reversals"),
                        &format!("amount={amount}"),
                    );
                    assert!(reply.status < 500, "seed {seed}: {}", reply.json());
                }
                7 => {
                    let reply =
                        post(&sandbox, &account, "/v1/payouts", &format!("amount={amount}&currency=usd"));
                    assert!(reply.status < 500, "seed {seed}: {}", reply.json());
                }
                _ => sandbox.advance(Duration::from_secs(pick(2_000_000) as u64)),
            }
            let owed: i64 = accounts
                .iter()
                .map(|account| -sandbox.balance(account, BalanceKind::Available, USD).min(0))
                .sum();
            let reserved = sandbox.balance(sandbox.platform(), BalanceKind::ConnectReserved, USD);
            let held: i64 = accounts.iter().map(|account| debited(&sandbox, account)).sum();
            let most = if at_once { owed } else { owed + held };
            assert!(
                (owed..=most).contains(&reserved),
                "seed {seed}, step {step}: {reserved} of {owed} to {most}"
            );
            for account in accounts.iter().chain([&sandbox.platform()]) {
                let pending = sandbox.balance(account, BalanceKind::Pending, USD);
                assert_eq!(pending, waiting(&sandbox, account), "seed {seed}, step {step}");
            }
            sandbox.audit().unwrap();
        }
        sandbox.advance(days(400));
        for account in &accounts {
            assert!(sandbox.balance(account, BalanceKind::Available, USD) >= 0, "collected after 180 days");
        }
        assert_eq!(sandbox.balance(sandbox.platform(), BalanceKind::ConnectReserved, USD), 0);
        let skipped: Vec<_> = sandbox
            .state()
            .journal
            .iter()
            .filter_map(|(_, what)| match what {
                crate::state::LogEntry::Skipped(text) => Some(text.to_string()),
                _ => None,
            })
            .collect();
        assert!(skipped.is_empty(), "seed {seed}: {skipped:?}");
    }
}

#[test]
fn platform_payouts_follow_its_balance_settings() {
    let sandbox = Sandbox::new(30);
    let settings =
        "payments[payouts][schedule][interval]=daily&payments[payouts][minimum_balance_by_currency][usd]=300";
    made(&sandbox, "", "/v1/balance_settings", settings);
    let bank = "external_account[object]=bank_account&external_account[country]=US\
        &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
    let path = format!("/v1/accounts/{}/external_accounts", sandbox.platform());
    made(&sandbox, "", &path, bank);
    sandbox.payments().receive(sandbox.platform(), 1000, USD).unwrap();
    sandbox.advance(days(4));
    let payouts = read(&sandbox, "", "/v1/payouts");
    assert_eq!((payouts.int("data.0.amount"), payouts.flag("data.0.automatic")), (700, true), "{payouts}");
    assert_eq!(sandbox.balance(sandbox.platform(), BalanceKind::Available, USD), 300);
    sandbox.audit().unwrap();
}

#[test]
fn fees_and_reserves_have_their_reporting_category() {
    let sandbox = Sandbox::new(31);
    let account = sandbox.connect().into_id();
    sandbox.accounts().charge(&account, 1000, 100, USD).unwrap();
    sandbox.advance(days(2));
    let line = read(&sandbox, &account, "/v1/balance_transactions?type=charge");
    assert_eq!(line.text("data.0.fee_details.0.type"), "application_fee", "{line}");
    assert!(line.text("data.0.fee_details.0.application").starts_with("ca_"));
    // The account owes the money that it cannot repay.
    sandbox.fund(sandbox.platform(), BalanceKind::Available, USD, 5000).unwrap();
    sandbox.policy(&payments::SETTLE, Policy::Immediate);
    let charge = sandbox.payments().receive(&account, 500, USD).unwrap();
    let form = "amount=1400&currency=usd";
    let bank = "external_account[object]=bank_account&external_account[country]=US\
        &external_account[routing_number]=110000000&external_account[account_number]=000123456789";
    made(&sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), bank);
    made(&sandbox, &account, "/v1/payouts", form);
    sandbox.payments().refund(&charge, 500).unwrap();
    let reserve =
        read(&sandbox, "", "/v1/balance_transactions?type=reserve_transaction&expand[]=data.source");
    assert_eq!(reserve.text("data.0.reporting_category"), "connect_reserved_funds");
    assert_eq!(
        (reserve.text("data.0.source.object"), reserve.int("data.0.source.amount")),
        ("reserve_transaction", -500)
    );
    let fee = read(&sandbox, "", "/v1/balance_transactions?type=application_fee");
    assert_eq!(fee.text("data.0.reporting_category"), "platform_earning");
    let reserved = read(&sandbox, "", "/v1/balance");
    assert_eq!(
        (reserved.int("connect_reserved.0.amount"), reserved.int("connect_reserved.0.source_types.card")),
        (500, 500)
    );
}

#[test]
fn payout_reversal_is_limited_to_us_and_canada() {
    for (country, currency, routing, number, status) in
        [("US", "usd", "110000000", "000123456789", 200), ("GB", "gbp", "108800", "00012345", 400)]
    {
        let sandbox = Sandbox::with(32, Options { strict_capabilities: false, ..Options::default() });
        let form = format!("type=custom&country={country}");
        let account = made(&sandbox, "", "/v1/accounts", &form).text("id").to_owned();
        let bank = format!(
            "external_account[object]=bank_account&external_account[country]={country}&external_account[currency]={currency}\
             &external_account[routing_number]={routing}&external_account[account_number]={number}"
        );
        made(&sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), &bank);
        sandbox.fund(&account, BalanceKind::Available, CurrencyCode::parse(currency).unwrap(), 1000).unwrap();
        let payout = made(&sandbox, &account, "/v1/payouts", &format!("amount=100&currency={currency}"));
        let id = payout.text("id");
        sandbox.payouts().send(id).unwrap();
        sandbox.payouts().pay(id).unwrap();
        let reply = post(&sandbox, &account, &format!("/v1/payouts/{id}/reverse"), "");
        assert_eq!(reply.status, status, "{country}: {}", reply.json());
    }
}
