//! Basic behaviour through requests: replies, balances, idempotency and faults.

use crate::Options;
use crate::Sandbox;
use crate::engine::{BalanceKind, CurrencyCode, Ids, Peek};
use crate::resources::money::topups;
use crate::router::{Effect, Ending, Phase, RateLimit};
use crate::state::{LogEntry, Policy};
use crate::tests::support::{get, post, post_once, request, size};
use http::Method;
use std::time::Duration;

const USD: CurrencyCode = CurrencyCode::USD;

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

fn bank_account(sandbox: &Sandbox, account: &str, number: &str) -> String {
    let form = format!(
        "external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd\
         &external_account[routing_number]=110000000&external_account[account_number]={number}"
    );
    let reply = post(sandbox, "", &format!("/v1/accounts/{account}/external_accounts"), &form);
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json().text("id").to_owned()
}

#[test]
fn top_up_settles_after_five_days() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let topup = post(
        &sandbox,
        &account,
        "/v1/topups",
        "amount=50000&currency=usd&destination_balance=issuing&source=btok_us_verified",
    );
    assert_eq!(topup.status, 200, "{}", topup.json());
    let id = topup.json().text("id").to_owned();
    assert_eq!(topup.json().text("status"), "pending");
    assert_eq!(get(&sandbox, &account, "/v1/balance").json().int("issuing.available.0.amount"), 0);
    sandbox.advance(days(5));
    let path = format!("/v1/topups/{id}?expand[]=balance_transaction");
    let topup = get(&sandbox, &account, &path).json();
    assert_eq!(
        (topup.text("status"), topup.int("balance_transaction.net")),
        ("succeeded", 50_000),
        "{topup}"
    );
    assert_eq!(topup.text("balance_transaction.balance_type"), "issuing");
    assert_eq!(get(&sandbox, &account, "/v1/balance").json().int("issuing.available.0.amount"), 50_000);
    assert_eq!(sandbox.event_types(), ["topup.created", "topup.succeeded"]);
    let cancel = post(&sandbox, &account, &format!("/v1/topups/{id}/cancel"), "");
    assert_eq!((cancel.status, cancel.json().text("error.type")), (400, "invalid_request_error"));
    sandbox.topups().reverse(&id).unwrap();
    assert_eq!(sandbox.balance(&account, BalanceKind::Issuing, USD), 0);
    sandbox.audit().unwrap();
}

#[test]
fn test_tokens_determine_the_failure_of_a_top_up() {
    for (token, code) in [
        ("noAccount", "no_account"),
        ("invalidCurrency", "invalid_currency"),
        ("accountClosed", "account_closed"),
    ] {
        let sandbox = Sandbox::new(1);
        sandbox.policy(&topups::SETTLE, Policy::Immediate);
        let reply = post(
            &sandbox,
            "",
            "/v1/topups",
            &format!("amount=500&currency=usd&source=btok_us_verified_{token}"),
        )
        .json();
        let topup = get(&sandbox, "", &format!("/v1/topups/{}", reply.text("id"))).json();
        assert_eq!((topup.text("status"), topup.text("failure_code")), ("failed", code));
        assert_eq!(get(&sandbox, "", "/v1/balance").json().int("pending.0.amount"), 0);
    }
}

#[test]
fn failed_or_canceled_payout_nets_to_zero() {
    let sandbox = Sandbox::new(2);
    let account = sandbox.connect().into_id();
    let poor = post(&sandbox, &account, "/v1/payouts", "amount=1&currency=usd").json();
    assert_eq!((poor.text("error.code"), poor.at("error.param")), ("balance_insufficient", None));
    sandbox.fund(&account, BalanceKind::Available, USD, 1000).unwrap();
    let good = bank_account(&sandbox, &account, "000123456789");
    let bad = bank_account(&sandbox, &account, "000111111116");
    let pay = |destination: &str| {
        let reply = post(
            &sandbox,
            &account,
            "/v1/payouts",
            &format!("amount=300&currency=usd&destination={destination}"),
        );
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json().text("id").to_owned()
    };
    let (paid, failed, canceled) = (pay(&good), pay(&bad), pay(&good));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 100);
    assert_eq!(
        post(&sandbox, &account, &format!("/v1/payouts/{canceled}/cancel"), "").json().text("status"),
        "canceled"
    );
    sandbox.advance(days(2));
    let status = |id: &str| get(&sandbox, &account, &format!("/v1/payouts/{id}")).json();
    assert_eq!(status(&paid).text("status"), "paid");
    assert_eq!(
        (status(&failed).text("status"), status(&failed).text("failure_code")),
        ("failed", "no_account")
    );
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 700);
    let lines = get(&sandbox, &account, &format!("/v1/balance_transactions?payout={failed}")).json();
    assert_eq!(lines.items("data").iter().map(|line| line.int("net")).sum::<i64>(), 0);
    let reversal = post(&sandbox, &account, &format!("/v1/payouts/{paid}/reverse"), "").json();
    assert_eq!((reversal.int("amount"), reversal.text("original_payout")), (-300, paid.as_str()));
    sandbox.advance(days(2));
    assert_eq!(sandbox.balance(&account, BalanceKind::Available, USD), 1000);
    sandbox.payouts().fail(&paid, "account_closed").expect_err("the money was already returned");
    sandbox.audit().unwrap();
}

#[test]
fn idempotency_key_repeats_the_reply_with_one_effect() {
    let sandbox = Sandbox::new(3);
    let first = post_once(&sandbox, "", "/v1/topups", "amount=5&currency=usd", "k1");
    let second = post_once(&sandbox, "", "/v1/topups", "currency=usd&amount=5", "k1");
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!(second.header("original-request"), first.header("request-id"));
    assert_ne!(second.header("request-id"), first.header("request-id"));
    let other = post_once(&sandbox, "", "/v1/topups", "amount=6&currency=usd", "k1");
    assert_eq!((other.status, other.json().text("error.type")), (400, "idempotency_error"));
    let invalid = post_once(&sandbox, "", "/v1/topups", "amount=x&currency=usd", "k2");
    assert_eq!(invalid.status, 400);
    assert_eq!(
        post_once(&sandbox, "", "/v1/topups", "amount=7&currency=usd", "k2").status,
        200,
        "invalid requests are not stored"
    );
    let refused = post_once(&sandbox, "", "/v1/payouts", "amount=7&currency=usd", "k3");
    assert_eq!(refused.status, 400);
    sandbox.fund(sandbox.platform(), BalanceKind::Available, USD, 100).unwrap();
    assert_eq!(
        post_once(&sandbox, "", "/v1/payouts", "amount=7&currency=usd", "k3").body,
        refused.body,
        "results are"
    );
    assert_eq!(get(&sandbox, "", "/v1/topups").json().items("data").len(), 2);
    sandbox.advance(days(2));
    assert_eq!(
        post_once(&sandbox, "", "/v1/topups", "amount=9&currency=usd", "k1").status,
        200,
        "keys are forgotten"
    );
}

#[test]
fn accounts_see_only_their_objects() {
    let sandbox = Sandbox::with(4, Options { live_keys: true, ..Options::default() });
    let (a, b) = (sandbox.connect().into_id(), sandbox.connect().into_id());
    let id = post(&sandbox, &a, "/v1/topups", "amount=5&currency=usd").json().text("id").to_owned();
    for account in [b.as_str(), ""] {
        let reply = get(&sandbox, account, &format!("/v1/topups/{id}"));
        assert_eq!((reply.status, reply.json().text("error.code")), (404, "resource_missing"));
        assert_eq!(reply.json().text("error.param"), "topup");
        assert!(get(&sandbox, account, "/v1/topups").json().items("data").is_empty());
        assert!(get(&sandbox, account, "/v1/events").json().items("data").is_empty());
    }
    let stranger = get(&sandbox, "acct_stranger", "/v1/balance");
    assert_eq!((stranger.status, stranger.json().text("error.code")), (403, "account_invalid"));
    let mut live = request(Method::GET, &format!("/v1/topups/{id}"), "", &a, &[]);
    let live_key = format!("Bearer {}", ["sk", "live", "sandbox0000"].join("_"));
    live.headers.insert("authorization", live_key.parse().unwrap());
    assert_eq!(sandbox.handle(&live).status, 404, "the modes are separate");
    live.headers.remove("authorization");
    assert_eq!(sandbox.handle(&live).status, 401);
}

#[test]
fn test_helpers_reject_live_keys() {
    let sandbox = Sandbox::with(1, Options { live_keys: true, ..Options::default() });
    let path = "/v1/test_helpers/issuing/authorizations";
    let mut request = request(Method::POST, path, "card=ic_1&amount=5", "", &[]);
    assert_eq!(sandbox.handle(&request).status, 400, "the card does not exist");
    let live_key = format!("Bearer {}", ["sk", "live", "sandbox0000"].join("_"));
    request.headers.insert("authorization", live_key.parse().unwrap());
    let refused = sandbox.handle(&request);
    assert_eq!((refused.status, refused.json().text("error.type")), (400, "invalid_request_error"));
}

#[test]
fn journal_records_the_account_of_a_context() {
    let sandbox = Sandbox::new(1);
    let account = sandbox.connect().into_id();
    let context = format!("{}/{account}", sandbox.platform());
    let request = request(Method::GET, "/v1/balance", "", "", &[("stripe-context", context.as_str())]);
    assert_eq!(sandbox.handle(&request).status, 200);
    let last = sandbox.state().journal.last().cloned();
    let Some((_, LogEntry::Answered { scope, .. })) = last else { panic!("{last:?}") };
    assert_eq!(*scope.account, *account);
}

#[test]
fn lists_are_paged_newest_first_both_ways() {
    let sandbox = Sandbox::new(5);
    let mut ids: Vec<String> = (1..=5)
        .map(|n| {
            post(&sandbox, "", "/v1/topups", &format!("amount={n}&currency=usd")).json().text("id").to_owned()
        })
        .collect();
    ids.reverse();
    let page = |query: &str| {
        let reply = get(&sandbox, "", &format!("/v1/topups?{query}")).json();
        let found: Vec<_> = reply.items("data").iter().map(|item| item.text("id").to_owned()).collect();
        (found, reply.flag("has_more"))
    };
    assert_eq!(page("limit=2"), (ids[..2].to_vec(), true));
    assert_eq!(page(&format!("limit=3&starting_after={}", ids[1])), (ids[2..].to_vec(), false));
    assert_eq!(page(&format!("limit=2&ending_before={}", ids[4])), (ids[2..4].to_vec(), true));
    assert_eq!(page("amount[gte]=2&amount[lt]=4"), (vec![ids[2].clone(), ids[3].clone()], false));
    assert_eq!(page("status=failed"), (vec![], false));
}

#[test]
fn faults_hit_before_or_after_processing() {
    let sandbox = Sandbox::new(6);
    sandbox.faults().on("PostTopups").times(2).status(503);
    let form = "amount=5&currency=usd";
    assert_eq!(post_once(&sandbox, "", "/v1/topups", form, "k").status, 503);
    assert_eq!(get(&sandbox, "", "/v1/topups").json().items("data").len(), 0);
    assert_eq!(post_once(&sandbox, "", "/v1/topups", form, "k").status, 503);
    sandbox.faults().on("PostTopups").reset_after_commit();
    assert_eq!(post_once(&sandbox, "", "/v1/topups", form, "k").wire.ending, Ending::Reset);
    let retried = post_once(&sandbox, "", "/v1/topups", form, "k");
    assert_eq!((retried.status, retried.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(get(&sandbox, "", "/v1/topups").json().items("data").len(), 1);
    sandbox.faults().plan(Phase::Before, Effect::RateLimited(RateLimit::EndpointRate));
    let limited = get(&sandbox, "", "/v1/topups");
    assert_eq!((limited.status, limited.header("stripe-rate-limited-reason")), (429, Some("endpoint-rate")));
    for (status, kind) in [(402, "card_error"), (418, "invalid_request_error"), (500, "api_error")] {
        sandbox.faults().status(status);
        let reply = get(&sandbox, "", "/v1/topups");
        assert_eq!((reply.status, reply.json().text("error.type")), (status, kind));
    }
    sandbox.faults().plan(Phase::Before, Effect::LockTimeout);
    let locked = get(&sandbox, "", "/v1/topups");
    assert_eq!(
        (locked.json().text("error.code"), locked.header("stripe-rate-limited-reason")),
        ("lock_timeout", None)
    );
    sandbox.faults().delay(Duration::from_secs(3));
    assert_eq!(get(&sandbox, "", "/v1/topups").wire.delay, Duration::from_secs(3));
}

#[test]
fn unimplemented_operation_returns_501_with_its_name() {
    let reply = get(&Sandbox::new(7), "", "/v1/application_fees/fee_1/refunds/fr_1");
    // Once the operation is implemented, an unknown id is a 404.
    let named = reply.json().text("error.message").contains("GetApplicationFeesFeeRefundsId");
    assert!(if reply.status == 501 { named } else { reply.status == 404 }, "{}", reply.json());
    assert_eq!(get(&Sandbox::new(7), "", "/v1/nowhere").status, 404);
}

/// Random requests and transitions, valid and invalid, with retries: the ledger always balances and no request has
/// two effects.
#[test]
fn money_is_conserved_in_random_runs() {
    for seed in 0..size("random runs of the ledger", 10, 40) {
        let sandbox = Sandbox::new(seed);
        let mut dice = Ids::new(seed);
        let accounts = [sandbox.connect().into_id(), sandbox.connect().into_id()];
        for account in &accounts {
            bank_account(&sandbox, account, "000123456789");
            bank_account(&sandbox, account, "000222222227");
        }
        let mut ids: Vec<String> = Vec::new();
        for step in 0..250 {
            let account = &accounts[usize::try_from(dice.below(2)).unwrap()];
            let amount = dice.below(900) + 1;
            let id = ids
                .get(usize::try_from(dice.below(1 + ids.len() as u64)).unwrap())
                .cloned()
                .unwrap_or_default();
            let issuing = dice.below(2) == 0;
            let key = format!("{step}");
            let made = match dice.below(9) {
                0 | 1 => {
                    let balance = if issuing { "&destination_balance=issuing" } else { "" };
                    let token = ["", "_noAccount"][usize::try_from(dice.below(2)).unwrap()];
                    Some((
                        "/v1/topups".to_owned(),
                        format!("amount={amount}&currency=usd&source=btok_us_verified{token}{balance}"),
                    ))
                }
                2 | 3 => {
                    let balance = if issuing { "&source_balance=issuing" } else { "" };
                    Some(("/v1/payouts".to_owned(), format!("amount={amount}&currency=usd{balance}")))
                }
                4 => Some((format!("/v1/topups/{id}/cancel"), String::new())),
                5 => Some((format!("/v1/payouts/{id}/cancel"), String::new())),
                6 => Some((format!("/v1/payouts/{id}/reverse"), String::new())),
                7 => {
                    sandbox.advance(Duration::from_secs(dice.below(200_000)));
                    None
                }
                _ => {
                    let _ = if issuing {
                        sandbox.payouts().fail(&id, "no_account")
                    } else {
                        sandbox.payouts().send(&id)
                    };
                    None
                }
            };
            if let Some((path, form)) = made {
                if dice.below(4) == 0 {
                    sandbox.faults().reset_after_commit();
                }
                post_once(&sandbox, account, &path, &form, &key);
                let before = sandbox.state().ledger.postings().len();
                let again = post_once(&sandbox, account, &path, &form, &key);
                assert_eq!(sandbox.state().ledger.postings().len(), before, "a retry did something");
                assert!(again.status < 500, "{}", again.json());
                if again.status == 200 {
                    ids.push(again.json().text("id").to_owned());
                }
            }
            for account in &accounts {
                for kind in [
                    BalanceKind::Available,
                    BalanceKind::Issuing,
                    BalanceKind::Incoming,
                    BalanceKind::IssuingIncoming,
                ] {
                    assert!(
                        sandbox.balance(account, kind.clone(), USD) >= 0,
                        "seed {seed}, step {step}: {kind:?}"
                    );
                }
            }
        }
        sandbox.audit().unwrap();
    }
}
