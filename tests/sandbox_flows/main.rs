//! The examples on the sandbox: each ends well, keeps all books balanced, and sees there what its replay shows.

#![allow(clippy::duplicate_mod, reason = "each example has the shared helper as a module of its own")]

mod agreement;
mod differences;
mod fixture;
mod found;
mod recorder;

use agreement::Difference;
use differences::DIFFERENCES;
use fixture::Step;
use recorder::Exchange;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

type Failure = Box<dyn std::error::Error + Send + Sync>;
/// What an example asked the sandbox, and what it was answered.
type Run = Pin<Box<dyn Future<Output = Result<Vec<Exchange>, Failure>>>>;

/// An example.
struct Flow {
    name: &'static str,
    run: fn() -> Run,
}

/// The table of all examples: a module and a test for each.
macro_rules! flows {
    ($($name:ident: $path:literal;)*) => {
        $(
            #[allow(dead_code, reason = "an example's `main` and what it needs")]
            #[path = $path]
            mod $name;
        )*

        const FLOWS: &[Flow] = &[$(Flow {
            name: stringify!($name),
            run: || Box::pin(async {
                let sandbox = $name::support::sandbox();
                let beginning = $name::begin(&sandbox).await?;
                let (client, log) = recorder::client(&sandbox);
                let stripe = $name::support::Stripe::in_sandbox(sandbox.clone(), client, beginning);
                let ran = $name::run(&stripe).await;
                sandbox.audit()?;
                let log = log.take();
                ran.map_err(|problem| format!("{problem}\nafter {}", recorder::told(&log)))?;
                Ok(log)
            }),
        }),*];

        mod agrees_with_its_replay {
            $(#[tokio::test]
            async fn $name() {
                super::agrees(stringify!($name)).await;
            })*
        }
    };
}

flows! {
    account_balances: "../../examples/account_balances.rs";
    authorizations_and_transactions: "../../examples/authorizations_and_transactions.rs";
    cardholders_and_cards: "../../examples/cardholders_and_cards.rs";
    fund_from_bank_account: "../../examples/fund_from_bank_account.rs";
    fund_from_stripe_balance: "../../examples/fund_from_stripe_balance.rs";
    fund_issuing_balance: "../../examples/fund_issuing_balance.rs";
    handle_requirement_changes: "../../examples/handle_requirement_changes.rs";
    hosted_onboarding: "../../examples/hosted_onboarding.rs";
    issuing_balance: "../../examples/issuing_balance.rs";
    manual_payouts: "../../examples/manual_payouts.rs";
    negative_balances: "../../examples/negative_balances.rs";
    onboard_custom_account: "../../examples/onboard_custom_account.rs";
    pay_out_to_users: "../../examples/pay_out_to_users.rs";
    payout_issuing_balance: "../../examples/payout_issuing_balance.rs";
    push_funding: "../../examples/push_funding.rs";
    spending_controls: "../../examples/spending_controls.rs";
    treasury_funding: "../../examples/treasury_funding.rs";
    verify_requirements: "../../examples/verify_requirements.rs";
}

/// Where a run on the sandbox differs from the replay.
async fn differences(flow: &Flow) -> Vec<Difference> {
    let log = (flow.run)().await.unwrap_or_else(|problem| panic!("{}: {problem}", flow.name));
    agreement::compare(flow.name, &Step::all(flow.name), &log)
}

/// Checks that a flow has all differences that are declared for it and no other.
async fn agrees(name: &str) {
    let flow = FLOWS.iter().find(|flow| flow.name == name).expect("the flow is in the table");
    let found = differences(flow).await;
    let declared = || DIFFERENCES.iter().filter(|declared| declared.is_about(name));
    let mut problems: Vec<String> = found
        .iter()
        .filter(|found| !declared().any(|declared| declared.covers(found)))
        .map(Difference::to_string)
        .collect();
    for declared in declared().filter(|declared| declared.flow == name) {
        let stale = declared.stale(&found).into_iter();
        problems.extend(stale.map(|part| format!("{part} is declared, and does not occur")));
    }
    assert!(problems.is_empty(), "{name}:\n{}", problems.join("\n"));
}

/// What is declared for all flows occurs in one of them.
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

#[test]
fn every_flow_of_the_guides_is_in_the_table() {
    let table: BTreeSet<String> = FLOWS.iter().map(|flow| flow.name.to_owned()).collect();
    assert_eq!(table.len(), FLOWS.len());
    assert_eq!(fixture::flows(), table);
}
