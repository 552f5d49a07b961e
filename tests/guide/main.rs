//! The sections of Stripe's guides: each is an example, replayed on the fixtures of its flow.

#![cfg(all(feature = "testing", feature = "sandbox"))]
#![allow(clippy::duplicate_mod, reason = "each example has the shared helper as a module of its own")]

mod keys;
mod live_key;
mod mutation;
mod table;

use std::future::Future;
use std::pin::Pin;
use stripe_platform::testing::{Replay, ReplayServer};

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Outcome = Result<(), Failure>;
/// The transcript of a run, or why it was not the one of the flow.
type Run = Pin<Box<dyn Future<Output = Result<String, Failure>>>>;

/// An example on its flow.
struct Flow {
    name: &'static str,
    guide: &'static str,
    run: fn(ReplayServer) -> Run,
}

/// The table of all flows: a module for each example, two tests for each module.
macro_rules! flows {
    ($($name:ident: $path:literal, $guide:literal;)*) => {
        $(
            #[allow(dead_code, reason = "an example's `main` and what it needs")]
            #[path = $path]
            mod $name;
        )*

        const FLOWS: &[Flow] = &[$(Flow {
            name: stringify!($name),
            guide: $guide,
            run: |server| Box::pin(async move {
                let stripe = $name::support::Stripe::replayed(server.client(), server.bindings());
                let ran = $name::run(&stripe).await;
                // What the replay says is the reason of what the example says.
                let transcript = server.finish().await?;
                ran.map(|()| transcript)
            }),
        }),*];

        mod replays {
            $(#[tokio::test]
            async fn $name() -> super::Outcome {
                let transcript = super::replayed(stringify!($name)).await?;
                insta::assert_snapshot!(stringify!($name), transcript);
                Ok(())
            })*
        }

        mod works_for_others {
            $(#[tokio::test]
            async fn $name() -> super::Outcome {
                super::replayed_for_others(stringify!($name)).await
            })*
        }

        mod every_parameter_matters {
            $(#[tokio::test]
            async fn $name() -> super::Outcome {
                super::mutation::every_parameter_matters(super::flow(stringify!($name))).await
            })*
        }
    };
}

flows! {
    fund_issuing_balance: "../../examples/fund_issuing_balance.rs",
        "Funding Issuing balances with Connect";
    fund_from_bank_account: "../../examples/fund_from_bank_account.rs",
        "Funding Issuing balances with Connect: Fund from a bank account";
    push_funding: "../../examples/push_funding.rs",
        "Funding Issuing balances with Connect: Fund from a bank account (push funding in the EU and the UK)";
    fund_from_stripe_balance: "../../examples/fund_from_stripe_balance.rs",
        "Funding Issuing balances with Connect: Fund from a connected account's Stripe balance";
    issuing_balance: "../../examples/issuing_balance.rs",
        "Funding Issuing balances with Connect: Retrieve an Issuing balance";
    payout_issuing_balance: "../../examples/payout_issuing_balance.rs",
        "Funding Issuing balances with Connect: Pay out an Issuing balance to an external account";
    onboard_custom_account: "../../examples/onboard_custom_account.rs",
        "Set up an Issuing and Connect integration: Create connected accounts with Issuing capabilities";
    hosted_onboarding: "../../examples/hosted_onboarding.rs",
        "Set up an Issuing and Connect integration: Start the identity verification process";
    verify_requirements: "../../examples/verify_requirements.rs",
        "Set up an Issuing and Connect integration: Collect and verify required information";
    handle_requirement_changes: "../../examples/handle_requirement_changes.rs",
        "Set up an Issuing and Connect integration: New requirements, and what they do to the capability";
    cardholders_and_cards: "../../examples/cardholders_and_cards.rs",
        "Set up an Issuing and Connect integration: Create cardholders and cards";
    spending_controls: "../../examples/spending_controls.rs",
        "Set up an Issuing and Connect integration: Set up spending controls";
    authorizations_and_transactions: "../../examples/authorizations_and_transactions.rs",
        "Set up an Issuing and Connect integration: Add funds";
    pay_out_to_users: "../../examples/pay_out_to_users.rs",
        "Pay out money: Create a connected account, add funds to your balance, pay out to your user";
    manual_payouts: "../../examples/manual_payouts.rs",
        "Understanding Connect account balances: Holding funds";
    account_balances: "../../examples/account_balances.rs",
        "Understanding Connect account balances: Check a connected account's balance";
    negative_balances: "../../examples/negative_balances.rs",
        "Understanding Connect account balances: Accounting for negative balances";
    treasury_funding: "../../examples/treasury_funding.rs",
        "How Issuing works: Treasury balance funding source";
}

fn flow(name: &str) -> &'static Flow {
    FLOWS.iter().find(|flow| flow.name == name).expect("the flow is in the table")
}

async fn replayed(name: &str) -> Result<String, Failure> {
    let replay = Replay::section(name)?;
    assert_eq!(replay.guide(), flow(name).guide);
    (flow(name).run)(replay.start().await).await
}

/// What an example does depends on neither the accounts nor the orders of the fixtures.
async fn replayed_for_others(name: &str) -> Outcome {
    let mut replay = Replay::section(name)?;
    let bound: Vec<(String, String)> =
        replay.bindings().map(|(name, value)| (name.to_owned(), format!("{value}Other"))).collect();
    for (name, value) in bound {
        replay = replay.bind(name, value);
    }
    (flow(name).run)(replay.start().await).await.map(drop)
}
