use super::{Step, step};
use crate::resources::issuing::{authorizations, disputes};
use crate::resources::money::{negative_balances, payments, payouts, topups};
use crate::resources::treasury::{inbound_transfers, outbound_flows, reversals};
use crate::state::{Policy, Rule};
use crate::tests::properties::run::{ACCOUNTS, Check, May, PLATFORM, Run};
use crate::tests::support::request;
use http::Method;
use std::time::Duration;

pub const STEPS: &[Step] = &[
    step("clock", clock),
    step("clock", clock),
    step("clock", clock),
    step("policy", policy),
    step("late retry", Run::repeat_late),
    step("nonsense", nonsense),
    step("look", look),
    step("update by API v2", update_by_v2),
];

const RULES: [&Rule; 12] = [
    &topups::SETTLE,
    &payouts::SEND,
    &payouts::PAY,
    &payouts::INSTANT,
    &payments::SETTLE,
    &negative_balances::DEBIT,
    &authorizations::EXPIRE,
    &authorizations::EXPIRE_TRAVEL,
    &disputes::EXPIRE,
    &outbound_flows::POST,
    &inbound_transfers::SETTLE,
    &reversals::SETTLE,
];

fn clock(run: &mut Run) -> Check {
    let seconds = match run.dice.below(16) {
        0..=4 => run.dice.below(4),
        5..=10 => run.dice.below(90_000),
        11..=14 => run.dice.below(900_000),
        _ => 190 * 86_400,
    };
    run.advance(Duration::from_secs(seconds as u64))
}

fn policy(run: &mut Run) -> Check {
    let rule = run.dice.one_of(&RULES);
    let policy = run.dice.one_of(&[
        Policy::Manual,
        Policy::Immediate,
        Policy::Immediate,
        Policy::days(1),
        rule.default,
    ]);
    run.outside(&format!("{} is {policy:?}", rule.name), May::Spend, |sandbox| {
        sandbox.policy(rule, policy);
        Ok::<_, String>(())
    })?;
    Ok(())
}

/// Requests that are invalid in any state.
fn nonsense(run: &mut Run) -> Check {
    let who = run.dice.below(ACCOUNTS);
    let transfer = format!("amount=5&currency=xyz&destination={}", run.accounts[1]);
    let (path, form) = run.dice.one_of(&[
        ("/v1/topups", "amount=5&currency=doubloons"),
        ("/v1/topups", "amount=5"),
        ("/v1/topups", "amount=5&currency=usd&amount=6"),
        ("/v1/topups", "amount=5&currency=usd&source[nested]=1"),
        ("/v1/topups", "amount=5&currency=usd&surprise=1"),
        ("/v1/topups", "amount=5&currency=usd&expand[]=nothing"),
        ("/v1/transfers", transfer.as_str()),
        ("/v1/payouts", "amount=5&currency=usd&method=teleport"),
        ("/v1/balance_transfers", "amount=5&currency=usd"),
        ("/v1/issuing/cards", "type=virtual&currency=usd&cardholder=ich_none"),
        ("/v1/issuing/authorizations/none/approve", ""),
        ("/v1/test_helpers/issuing/authorizations", "amount=5&card=ic_none"),
        ("/v1/treasury/outbound_payments", "amount=5&currency=usd&financial_account=fa_none"),
        ("/v1/nothing", "amount=5"),
    ]);
    match run.post(who, path, form, May::Spend)? {
        Some(reply) => Err(format!("{path} {form} was accepted: {reply}")),
        None => Ok(()),
    }
}

/// An update of an account by API v2, which moves no money.
fn update_by_v2(run: &mut Run) -> Check {
    let account = run.accounts[1 + run.dice.below(ACCOUNTS - 1)].clone();
    let body = run.dice.one_of(&[
        r#"{"contact_email":"shop@example.com"}"#,
        r#"{"display_name":"Shop"}"#,
        r#"{"metadata":{"a":"1"}}"#,
        r#"{"metadata":{"a":null}}"#,
        r#"{"identity":{"individual":{"given_name":"Ann"}}}"#,
        r#"{"contact_email":"nobody"}"#,
        r#"{"defaults":{"currency":"doubloons"}}"#,
        r#"{"surprise":1}"#,
    ]);
    run.outside(&format!("{account} is updated by API v2: {body}"), May::Spend, |sandbox| {
        let headers = [("content-type", "application/json")];
        let path = format!("/v2/core/accounts/{account}");
        let reply = sandbox.handle(&request(Method::POST, &path, body, "", &headers));
        assert!(reply.status < 500, "{body}: {}", reply.json());
        if reply.status == 200 { Ok(()) } else { Err(reply.json().to_string()) }
    })
    .map(drop)
}

/// Reads, which change nothing: also with inconsistent cursors, and of other accounts' objects.
fn look(run: &mut Run) -> Check {
    let (kind, path) = run.dice.one_of(&[
        ("topup", "/v1/topups"),
        ("payout", "/v1/payouts"),
        ("transfer", "/v1/transfers"),
        ("issuing.card", "/v1/issuing/cards"),
        ("issuing.authorization", "/v1/issuing/authorizations"),
        ("issuing.transaction", "/v1/issuing/transactions"),
        ("application_fee", "/v1/application_fees"),
    ]);
    let subject = run.some(kind);
    let who = if kind == "transfer" && run.dice.once_in(2) { PLATFORM } else { subject.who };
    let (id, page) = (&subject.id, run.dice.below(4));
    let path = match page {
        0 => format!("{path}?starting_after={id}&ending_before={id}"),
        1 => format!("{path}?limit=1&starting_after={id}"),
        2 => format!("{path}?limit=101"),
        _ => format!("{path}/{id}"),
    };
    run.look(who, &path)
}
