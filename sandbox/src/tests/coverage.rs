//! The table of operations in the documentation says what the sandbox does now.

use crate::about::{coverage, differences};
use crate::engine::Peek;
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
        "sandbox/src/about/{name} is old; SANDBOX_TABLE=write and this test make it new. First difference: {differs:?}"
    );
}

#[test]
fn the_table_of_operations_is_fresh() {
    is_fresh("coverage.md", &coverage::markdown());
}

/// What a system does is read from its machine: only this copy notices that a table became another one by mistake.
#[test]
fn the_tables_of_the_machines_are_fresh() {
    is_fresh("machines.md", &coverage::machines());
}

#[test]
fn the_table_of_differences_is_fresh() {
    is_fresh("differences.md", &differences::markdown());
}

#[test]
fn the_table_of_what_is_unconfirmed_is_fresh() {
    is_fresh("unconfirmed.md", &coverage::unconfirmed());
}

#[test]
fn the_table_names_every_operation_and_what_is_stateful() {
    let table = coverage::markdown();
    assert!(table.contains("| `POST /v1/topups` | yes | yes | yes | `topup.created`"), "{table}");
    assert_eq!(table.matches("\n| `").count(), spec::operations().count());
    assert!(!table.contains("| no | yes |") && !table.contains("` | no |"), "everything is routed");
}

#[test]
fn every_event_that_a_request_causes_is_declared_and_every_declared_one_happens() {
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
    assert!(undeclared.is_empty(), "not declared: {undeclared:#?}");
    let thin = "v2.core.event_destination.ping";
    let never: BTreeSet<&str> = declared
        .values()
        .flat_map(|kinds| kinds.iter().copied())
        .filter(|kind| *kind != thin && !happened.contains(*kind))
        .collect();
    assert!(never.is_empty(), "declared, but nothing causes it: {never:?}");
    // Every stateful operation that changes something was done at least once.
    let done: BTreeSet<&str> =
        programme.sent.iter().filter(|sent| sent.status == 200).map(|sent| sent.operation).collect();
    let left: Vec<&str> = declared
        .keys()
        .copied()
        .filter(|id| !id.starts_with("Get") && !done.contains(id) && !REFUSED.contains(id))
        .collect();
    assert!(left.is_empty(), "never done: {left:?}");
}

/// Operations that no object of the sandbox is in the state for: refunds to cards and bank accounts wait for nothing.
const REFUSED: [&str; 1] = ["PostRefundsRefundCancel"];

/// How the paths begin that `differences` declares as not modelled.
const UNMODELLED: &[&str] = &["/v2/core/account", "/v2/core/vault"];

#[test]
fn what_is_not_stateful_says_so_and_is_a_declared_difference() {
    let sandbox = crate::Sandbox::new(1);
    let mut found = 0;
    for operation in crate::spec::operations().filter(|operation| resources::handler(operation.id).is_none())
    {
        let declared = UNMODELLED.iter().any(|start| operation.path.starts_with(start));
        assert!(declared, "{} is not declared", operation.path);
        found += 1;
    }
    let reply = crate::tests::support::get(&sandbox, "", "/v2/core/accounts");
    assert_eq!((reply.status, reply.json().text("error.code")), (501, "not_implemented_in_sandbox"));
    assert!(reply.json().text("error.message").contains("/v2/core/accounts"));
    assert!(found > 0 && differences::DIFFERENCES.iter().any(|one| one.name == "/v2/core/accounts"));
}
