//! The sections of Stripe's guides: each is an example, replayed with the fixtures of its flow.
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

/// An example, and how to run it.
struct Flow {
    name: &'static str,
    /// On a server that replays its flow, with a client of this server.
    replay: fn(Client, BTreeMap<String, String>) -> Pin<Box<dyn Future<Output = Outcome>>>,
    /// On a sandbox. Returns the recorded exchanges.
    sandbox: fn() -> Pin<Box<dyn Future<Output = Result<Vec<Exchange>, Failure>>>>,
}

/// The table of all flows: a module with the example, and one test of each kind.
macro_rules! flows {
    ($($name:ident)*) => {
        #[path = "../../examples"]
        #[allow(dead_code, reason = "an example's `main` and its helpers")]
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
    onboard_account_v2
    cardholders_and_cards
    spending_controls
    authorizations_and_transactions
    pay_out_to_users
    manual_payouts
    account_balances
    negative_balances
    direct_charges
    destination_charges
    separate_charges_and_transfers
    treasury_funding
}

/// Whether to run all checks or a sample: set by `GUIDE=whole`, as in `.ci/run`.
fn is_whole() -> bool {
    std::env::var_os("GUIDE").is_some_and(|wish| wish == "whole")
}

fn flow(name: &str) -> &'static Flow {
    FLOWS.iter().find(|flow| flow.name == name).expect("the flow is in the table")
}

impl Flow {
    /// Runs the example on a replaying server. Returns the transcript.
    async fn run(&self, server: ReplayServer) -> Result<String, Failure> {
        let ran = (self.replay)(server.client(), server.bindings()).await;
        // A mismatch of the replay explains the example's error.
        let transcript = server.finish().await?;
        ran.map(|()| transcript)
    }
}

async fn replayed(name: &str) -> Result<String, Failure> {
    flow(name).run(Replay::section(name)?.start().await).await
}

/// The example does not depend on the accounts and objects of the fixtures.
async fn replayed_for_others(name: &str) -> Outcome {
    let mut replay = Replay::section(name)?;
    let bound: Vec<(String, String)> =
        replay.bindings().map(|(name, value)| (name.to_owned(), format!("{value}Other"))).collect();
    for (name, value) in bound {
        replay = replay.bind(name, value);
    }
    flow(name).run(replay.start().await).await.map(drop)
}
