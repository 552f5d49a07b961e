//! The sections of Stripe's guides: each is an example that is replayed on the fixtures of its flow.
#![allow(clippy::type_complexity, reason = "the table holds the functions of each flow")]

mod endpoint;
mod keys;
mod live_key;
mod mutation;
mod redaction;
mod sandbox;
mod table;

use sandbox::recorder::Exchange;
use std::collections::BTreeMap;
use std::pin::Pin;
use stripe_platform::Client;
use stripe_platform::testing::{Replay, ReplayServer};
use support::Stripe;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Outcome = Result<(), Failure>;

/// An example with the ways to run it.
struct Flow {
    name: &'static str,
    /// With a server that replays its flow.
    replay: fn(Client, BTreeMap<String, String>) -> Pin<Box<dyn Future<Output = Outcome>>>,
    /// With a sandbox. Returns the exchanges.
    sandbox: fn() -> Pin<Box<dyn Future<Output = Result<Vec<Exchange>, Failure>>>>,
}

/// The table of all flows: a module with the example, and one test of each kind per flow.
macro_rules! flows {
    ($($name:ident)*) => {
        #[path = "../../examples"]
        #[allow(dead_code, reason = "an example's `main` and what it needs")]
        mod examples {
            pub mod connect_webhook_endpoint;
            $(pub mod $name;)*
        }

        const FLOWS: &[Flow] = &[$(Flow {
            name: stringify!($name),
            replay: |client, bindings| Box::pin(async {
                examples::$name::run(&Stripe::replayed(client, bindings)).await
            }),
            sandbox: || Box::pin(sandbox::run(examples::$name::begin, examples::$name::run)),
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

        mod agrees_with_its_replay {
            $(#[tokio::test]
            async fn $name() {
                super::sandbox::agrees(super::flow(stringify!($name))).await;
            })*
        }

        mod shows_no_secret {
            $(#[tokio::test]
            async fn $name() {
                super::redaction::hide_flow(super::flow(stringify!($name))).await;
            })*
        }
    };
}

flows! {
    fund_issuing_balance
    fund_from_bank_account
    push_funding
    fund_from_stripe_balance
    issuing_balance
    payout_issuing_balance
    onboard_custom_account
    hosted_onboarding
    verify_requirements
    handle_requirement_changes
    cardholders_and_cards
    spending_controls
    authorizations_and_transactions
    pay_out_to_users
    manual_payouts
    account_balances
    negative_balances
    treasury_funding
}

/// Whether to test everything or a sample: set `GUIDE=whole` for everything, as `.ci/run` does.
fn is_whole() -> bool {
    std::env::var_os("GUIDE").is_some_and(|wish| wish == "whole")
}

fn flow(name: &str) -> &'static Flow {
    FLOWS.iter().find(|flow| flow.name == name).expect("the flow is in the table")
}

impl Flow {
    /// Runs the example with a replay server, and returns the transcript.
    async fn run(&self, server: ReplayServer) -> Result<String, Failure> {
        let ran = (self.replay)(server.client(), server.bindings()).await;
        // The replay's report explains the example's error.
        let transcript = server.finish().await?;
        ran.map(|()| transcript)
    }
}

async fn replayed(name: &str) -> Result<String, Failure> {
    flow(name).run(Replay::section(name)?.start().await).await
}

/// An example depends neither on the accounts nor on the orders of the fixtures.
async fn replayed_for_others(name: &str) -> Outcome {
    let mut replay = Replay::section(name)?;
    let bound: Vec<(String, String)> =
        replay.bindings().map(|(name, value)| (name.to_owned(), format!("{value}Other"))).collect();
    for (name, value) in bound {
        replay = replay.bind(name, value);
    }
    flow(name).run(replay.start().await).await.map(drop)
}
