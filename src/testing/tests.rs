//! The included flows match Stripe's behaviour and are consistent.

use super::flow::{Flow, Order, Step, Wanted, sample};
use super::pattern::Bindings;
use crate::Method;
use crate::generated::catalog::REPLIES;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn flows() -> Vec<Flow> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders =
        fs::read_dir(folder).expect("there are fixtures").map(|entry| entry.expect("an entry").path());
    let flows: Vec<Flow> =
        folders.map(|folder| Flow::load(&folder).unwrap_or_else(|e| panic!("{e}"))).collect();
    assert!(!flows.is_empty());
    flows
}

/// Removes null members.
fn without_nulls(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(without_nulls).collect(),
        Json::Object(members) => {
            let rest = members.iter().filter(|(_, value)| !value.is_null());
            Json::Object(rest.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn replies_round_trip() {
    for flow in flows() {
        for step in flow.steps.iter().filter(|step| (200..300).contains(&step.status)) {
            let id = step.known.map(|known| known.operation.id).expect("our flows name operations");
            let body = sample(&step.reply).expect("names are names");
            let (_, reply) =
                REPLIES.iter().find(|(known, _)| *known == id).expect("every operation has a reply");
            let (_, written) = reply(body.to_string().as_bytes())
                .unwrap_or_else(|e| panic!("{} of {}: {e}", step.name, flow.name));
            assert_eq!(without_nulls(&written), without_nulls(&body), "{} of {}", step.name, flow.name);
        }
    }
}

fn step<'a>(flow: &'a Flow, name: &str) -> &'a Step {
    flow.steps.iter().find(|step| step.name.get(3..) == Some(name)).expect("the step is there")
}

fn section(name: &str) -> Flow {
    crate::testing::Replay::section(name).expect("a flow").flow
}

/// The steps that succeeded.
fn done(flow: &Flow) -> impl Iterator<Item = &Step> {
    flow.steps.iter().filter(|step| (200..300).contains(&step.status))
}

#[test]
fn included_flows_are_strict() {
    for flow in flows() {
        assert_eq!(flow.order, Order::Strict, "{}", flow.name);
    }
}

/// Objects are created in order, and arrive after their creation.
#[test]
fn times_are_ascending() {
    let mut compared = 0;
    for flow in flows() {
        let mut latest = 0;
        for step in done(&flow).filter(|step| step.method == Method::Post) {
            let Some(created) = step.reply["created"].as_i64() else { continue };
            // The object in the path existed before.
            if step.reply["id"].as_str().is_some_and(|id| step.path.contains(id)) {
                continue;
            }
            assert!(created >= latest, "{} of {} is at {created}, after {latest}", step.name, flow.name);
            latest = created;
            for name in ["arrival_date", "expected_availability_date", "expected_arrival_date", "expires_at"]
            {
                if let Some(later) = step.reply[name].as_i64() {
                    assert!(later >= created, "{name} in {} of {}", step.name, flow.name);
                }
            }
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}

/// The parts of a balance, by currency.
fn parts(balance: &Json) -> Vec<(String, i64)> {
    let part = |name: &'static str, entries: &Json| -> Vec<(String, i64)> {
        let entries = entries.as_array().into_iter().flatten();
        let amount = |entry: &Json| Some((entry["currency"].as_str()?.to_owned(), entry["amount"].as_i64()?));
        let amounts = entries.filter_map(amount);
        amounts.map(|(currency, amount)| (format!("{name} {currency}"), amount)).collect()
    };
    let cash = balance["balance"].as_object().into_iter().flatten().flat_map(|(name, amounts)| {
        let amounts = amounts.as_object().into_iter().flatten();
        amounts.filter_map(move |(currency, amount)| Some((format!("{name} {currency}"), amount.as_i64()?)))
    });
    [
        part("available", &balance["available"]),
        part("pending", &balance["pending"]),
        part("issuing", &balance["issuing"]["available"]),
        part("reserved", &balance["connect_reserved"]),
        cash.collect(),
    ]
    .concat()
}

/// The last reading of a balance.
struct Reading {
    parts: Vec<(String, i64)>,
    /// The amounts in requests and replies since then, the different ones of each step.
    told: Vec<i64>,
}

/// Collects the absolute amounts of a reply.
fn amounts(json: &Json, into: &mut BTreeSet<i64>) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                match value.as_i64() {
                    Some(amount) if name.ends_with("amount") || name == "net" || name == "fee" => {
                        into.insert(amount.abs());
                    }
                    _ => amounts(value, into),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| amounts(item, into)),
        _ => {}
    }
}

/// The amounts of a request.
fn asked(step: &Step) -> impl Iterator<Item = i64> {
    let named = step.params.iter().filter(|(name, _)| name.last().ends_with("amount"));
    named.filter_map(|(_, wanted)| match wanted {
        Wanted::Text(text) => text.show(&Bindings::new()).parse().ok(),
        Wanted::Exactly(json) => json.as_i64(),
    })
}

/// Whether a number is a sum of some of these amounts, each added, subtracted or omitted.
fn is_sum(number: i64, of: &[i64]) -> bool {
    let mut sums = BTreeSet::from([0]);
    for amount in of {
        sums = sums.iter().flat_map(|sum| [*sum, sum + amount, sum - amount]).collect();
    }
    sums.contains(&number)
}

/// Between two readings of a balance, each part changes by amounts that occur in the steps between them, or in
/// another part.
#[test]
fn balances_change_by_amounts_in_the_steps() {
    let mut changes = 0;
    for flow in flows() {
        let mut readings: BTreeMap<String, Reading> = BTreeMap::new();
        for step in &flow.steps {
            let object = step.reply["object"].as_str().unwrap_or_default();
            if !["balance", "treasury.financial_account"].contains(&object) {
                let mut named: BTreeSet<i64> = asked(step).map(i64::abs).collect();
                amounts(&step.reply, &mut named);
                for Reading { told, .. } in readings.values_mut() {
                    told.extend(&named);
                }
                continue;
            }
            let account = step.headers.get("stripe-account").map(|account| account.show(&flow.bindings));
            let owner = format!("{object} {}", account.unwrap_or_default());
            let now = parts(&step.reply);
            let reading = Reading { parts: now.clone(), told: Vec::new() };
            let Some(Reading { parts: before, mut told }) = readings.insert(owner, reading) else { continue };
            told.extend(before.iter().map(|(_, amount)| amount.abs()));
            for (part, amount) in &now {
                let old = before.iter().find(|(known, _)| known == part).map_or(0, |(_, amount)| *amount);
                assert!(
                    is_sum(amount - old, &told),
                    "{part} in {} of {}: {old}, {amount}",
                    step.name,
                    flow.name
                );
                changes += usize::from(*amount != old);
            }
        }
    }
    assert!(changes > 25, "{changes}");
}

/// The sum of a member over the items of a list.
fn sum(list: &Json, pointer: &str, only: impl Fn(&Json) -> bool) -> i64 {
    let items = list["data"].as_array().expect("a list").iter().filter(|item| only(item));
    items.map(|item| item.pointer(pointer).and_then(Json::as_i64).expect("an amount")).sum()
}

#[test]
fn ledgers_add_up_to_the_balances() {
    let flow = section("issuing_balance");
    let (balance, ledger) = (&step(&flow, "connected_balance").reply, &step(&flow, "ledger").reply);
    for (kind, pointer) in [("issuing", "/issuing/available/0/amount"), ("payments", "/available/0/amount")] {
        let total = sum(ledger, "/net", |entry| entry["balance_type"] == kind);
        assert_eq!(balance.pointer(pointer).and_then(Json::as_i64), Some(total), "{kind}");
    }

    let flow = section("treasury_funding");
    let (account, ledger) = (&step(&flow, "balance_after").reply, &step(&flow, "transactions").reply);
    assert_eq!(account["balance"]["cash"]["usd"], sum(ledger, "/balance_impact/cash", |_| true));
    assert_eq!(account["balance"]["cash"]["usd"], sum(ledger, "/amount", |_| true));
}

#[test]
fn amounts_are_consistent() {
    let flow = section("fund_issuing_balance");
    let issuing =
        |name| step(&flow, name).reply.pointer("/issuing/available/0/amount").and_then(Json::as_i64);
    let amount = |name| step(&flow, name).reply["amount"].as_i64().expect("an amount");
    let before = issuing("issuing_balance").expect("a balance");
    assert_eq!(issuing("issuing_balance_funded"), Some(before + amount("top_up_succeeded")));
    assert_eq!(issuing("issuing_balance_left"), Some(before + amount("top_up") - amount("payout")));
}

/// Each link is single-use, so all links differ.
#[test]
fn links_are_unique() {
    for flow in flows() {
        let links = done(&flow).filter(|step| step.reply["object"] == "account_link");
        let urls: Vec<&str> = links.filter_map(|step| step.reply["url"].as_str()).collect();
        assert_eq!(urls.iter().collect::<BTreeSet<_>>().len(), urls.len(), "{}", flow.name);
    }
}

/// Each failed verification uses one attempt, and all sources start with the same number.
#[test]
fn source_verification_attempts_are_counted() {
    let mut counted = 0;
    for flow in flows() {
        let mut left = 0;
        for step in &flow.steps {
            left = match step.known.map(|known| known.operation.id) {
                Some("PostSources") => 3,
                Some("PostSourcesSourceVerify") if step.status != 200 => left - 1,
                _ => left,
            };
            if let Some(found) = step.reply.pointer("/code_verification/attempts_remaining") {
                assert_eq!(found, left, "{} of {}", step.name, flow.name);
                counted += 1;
            }
        }
    }
    assert!(counted > 5, "{counted}");
}
