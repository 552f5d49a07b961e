//! The flows that come with the crate are what Stripe would send, and fit together.

use super::flow::{Flow, Step, sample};
use crate::Json;
use crate::generated::catalog::REPLIES;
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

/// Drops the members that are null.
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
fn replies_are_written_as_they_were_read() {
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
    flow.steps.iter().find(|step| step.name == name).expect("the step is there")
}

#[test]
fn the_money_adds_up() {
    let flow = super::Replay::section("fund_issuing_balance").expect("a flow").flow;
    let issuing =
        |name| step(&flow, name).reply.pointer("/issuing/available/0/amount").and_then(Json::as_i64);
    let amount = |name| step(&flow, name).reply["amount"].as_i64().expect("an amount");
    let before = issuing("04_issuing_balance").expect("a balance");
    assert_eq!(issuing("07_issuing_balance_funded"), Some(before + amount("06_top_up_succeeded")));
    assert_eq!(issuing("09_issuing_balance_left"), Some(before + amount("05_top_up") - amount("08_payout")));
}

#[test]
fn time_goes_on() {
    let flow = super::Replay::section("fund_issuing_balance").expect("a flow").flow;
    let made = ["01_bank_account_token", "02_source_with_mandate", "05_top_up", "08_payout"];
    let times = made.map(|name| step(&flow, name).reply["created"].as_i64().expect("a time"));
    assert!(times.is_sorted(), "{times:?}");
}
