//! The generated tables of the documentation match the sandbox.

use crate::about::{coverage, differences};
use crate::engine::{Peek, Scope};
use crate::tests::programme::Programme;
use crate::{resources, spec};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

fn is_fresh(name: &str, now: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/about").join(name);
    if std::env::var_os("SANDBOX_TABLE").is_some_and(|wish| wish == "write") {
        std::fs::write(&file, now).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let differs = now.lines().zip(kept.lines()).find(|(now, kept)| now != kept);
    assert!(
        now == kept,
        "sandbox/src/about/{name} is outdated; run this test with SANDBOX_TABLE=write to update it. First difference: {differs:?}"
    );
}

#[test]
fn coverage_table_is_current() {
    is_fresh("coverage.md", &coverage::markdown());
}

/// The code reads effects from the state machines, so only this copy reveals an accidental change of a table.
#[test]
fn machines_table_is_current() {
    is_fresh("machines.md", &coverage::machines());
}

#[test]
fn differences_table_is_current() {
    is_fresh("differences.md", &differences::markdown());
}

#[test]
fn unconfirmed_table_is_current() {
    is_fresh("unconfirmed.md", &coverage::unconfirmed());
}

#[test]
fn coverage_table_lists_every_operation() {
    let table = coverage::markdown();
    assert!(table.contains("| `POST /v1/topups` | yes | yes | yes | `topup.created`"), "{table}");
    assert_eq!(table.matches("\n| `").count(), spec::operations().count());
    assert!(!table.contains("| no | yes |") && !table.contains("` | no |"), "everything is routed");
}

#[test]
fn declared_and_emitted_events_agree() {
    let programme = Programme::whole(1);
    let requests: HashMap<&str, &str> =
        programme.sent.iter().map(|sent| (sent.id.as_str(), sent.operation)).collect();
    let declared: BTreeMap<&str, &[&str]> =
        resources::entries().map(|entry| (entry.operation, entry.events)).collect();
    let (mut happened, mut undeclared) = (BTreeSet::new(), BTreeSet::new());
    let events = programme.sandbox.events();
    assert!(events.len() > 300, "{}", events.len());
    for event in &events {
        let kind = event.text("type").to_owned();
        if let Some(operation) = requests.get(event.text("request.id"))
            && !declared.get(operation).is_some_and(|kinds| kinds.contains(&kind.as_str()))
        {
            undeclared.insert((*operation, kind.clone()));
        }
        happened.insert(kind);
    }
    let state = programme.sandbox.state();
    let platform = Scope::new(state.platform(), false);
    let thin = state.store(&platform).into_iter().flat_map(|store| store.of_kind("v2.core.event"));
    for event in thin {
        let kind = event.text("type").to_owned();
        if let Some(operation) = requests.get(event.text("reason.request.id"))
            && kind.starts_with("v2.core.account")
            && operation.contains("V2Core")
            && !declared.get(operation).is_some_and(|kinds| kinds.contains(&kind.as_str()))
        {
            undeclared.insert((*operation, kind.clone()));
        }
        happened.insert(kind);
    }
    drop(state);
    assert!(undeclared.is_empty(), "not declared: {undeclared:#?}");
    let never: BTreeSet<&str> = declared
        .values()
        .flat_map(|kinds| kinds.iter().copied())
        .filter(|kind| !happened.contains(*kind))
        .collect();
    assert!(never.is_empty(), "declared, but never emitted: {never:?}");
    // Every stateful operation with effects was called at least once.
    let done: BTreeSet<&str> =
        programme.sent.iter().filter(|sent| sent.status == 200).map(|sent| sent.operation).collect();
    let left: Vec<&str> = declared
        .keys()
        .copied()
        .filter(|id| !id.starts_with("Get") && !done.contains(id) && !REFUSED.contains(id))
        .collect();
    assert!(left.is_empty(), "never successful: {left:?}");
}

/// Operations that require a state that no object reaches: refunds to cards and bank accounts never wait for an action.
const REFUSED: [&str; 1] = ["PostRefundsRefundCancel"];

/// The prefixes of paths that `differences` declares as not modelled.
const UNMODELLED: &[&str] = &[];

#[test]
fn stateless_operations_return_501_and_are_declared() {
    let sandbox = crate::Sandbox::new(1);
    for operation in crate::spec::operations().filter(|operation| resources::handler(operation.id).is_none())
    {
        let declared = UNMODELLED.iter().any(|start| operation.path.starts_with(start));
        assert!(declared, "{} is not declared", operation.path);
        assert!(!operation.is_v2(), "{} answers 501", operation.path);
        if operation.method == "GET" && operation.placeholders.is_empty() {
            let reply = crate::tests::support::get(&sandbox, "", operation.path);
            assert_eq!((reply.status, reply.json().text("error.code")), (501, "not_implemented_in_sandbox"));
            assert!(reply.json().text("error.message").contains(operation.path));
        }
    }
}
