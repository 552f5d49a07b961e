//! Runs the examples on the sandbox: each succeeds, keeps the books balanced, and gets the replies of its replay.

mod agreement;
mod differences;
mod fixture;
mod found;
pub mod recorder;

use crate::{FLOWS, Failure, Flow};
use agreement::Difference;
use differences::DIFFERENCES;
use fixture::Step;
use recorder::Exchange;
use stripe_sandbox::Sandbox;
use support::{Beginning, Outcome, Stripe};

/// Runs an example on a sandbox.
pub async fn run(
    begin: impl AsyncFnOnce(&Sandbox) -> Beginning,
    run: impl AsyncFnOnce(&Stripe) -> Outcome,
) -> Result<Vec<Exchange>, Failure> {
    let sandbox = support::sandbox();
    let beginning = begin(&sandbox).await?;
    let (client, log) = recorder::client(&sandbox);
    let stripe = Stripe::in_sandbox(sandbox.clone(), client, beginning);
    let ran = run(&stripe).await;
    sandbox.audit()?;
    let log = log.take();
    ran.map_err(|problem| format!("{problem}\nafter {}", recorder::told(&log)))?;
    Ok(log)
}

/// The differences between a run on the sandbox and the replay.
async fn differences(flow: &Flow) -> Vec<Difference> {
    let log = (flow.sandbox)().await.unwrap_or_else(|problem| panic!("{}: {problem}", flow.name));
    agreement::compare(flow.name, &Step::all(flow.name), &log)
}

/// Checks that a flow has exactly the declared differences.
pub async fn agrees(flow: &Flow) {
    let name = flow.name;
    let found = differences(flow).await;
    let declared = || DIFFERENCES.iter().filter(|declared| declared.is_about(name));
    let mut problems: Vec<String> = found
        .iter()
        .filter(|found| !declared().any(|declared| declared.covers(found)))
        .map(Difference::to_string)
        .collect();
    for declared in declared().filter(|declared| declared.flow == name) {
        let stale = declared.stale(&found).into_iter();
        problems.extend(stale.map(|part| format!("{part} is declared, but does not occur")));
    }
    assert!(problems.is_empty(), "{name}:\n{}", problems.join("\n"));
}

/// Each difference that is declared for all flows occurs in at least one.
#[tokio::test]
async fn every_declared_difference_occurs() {
    let mut found = Vec::new();
    for flow in FLOWS {
        found.extend(differences(flow).await);
    }
    for declared in DIFFERENCES {
        assert_eq!(declared.stale(&found), [""; 0], "{}", declared.reason);
    }
}
