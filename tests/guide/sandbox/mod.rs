//! The examples on the sandbox: each succeeds, leaves a consistent ledger, and receives the replies that its replay
//! contains.

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
    for declared in declared() {
        let stale = declared.stale(name, &found).into_iter();
        problems.extend(stale.map(|part| format!("{part} is declared, and does not occur")));
    }
    assert!(problems.is_empty(), "{name}:\n{}", problems.join("\n"));
}

/// A declaration for a flow that does not exist would cover nothing.
#[test]
fn every_declared_flow_exists() {
    for declared in DIFFERENCES {
        for flow in declared.flows {
            assert!(FLOWS.iter().any(|known| known.name == *flow), "{flow}: {}", declared.reason);
        }
    }
}
