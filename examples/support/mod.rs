//! What the examples share: where their calls go.
//!
//! On an empty environment they go to a replay of the guide section, on this machine. With `STRIPE_SECRET_KEY=sk_test_…` and
//! `STRIPE_CONNECTED_ACCOUNT=acct_…` they go to Stripe's test mode. A live key is refused.

use std::env::{self, VarError};
use std::error::Error;
use std::process::ExitCode;
use stripe_platform::testing::{Replay, ReplayServer};
use stripe_platform::{Client, SecretKey, Timestamp};

const KEY: &str = "STRIPE_SECRET_KEY";
const ACCOUNT: &str = "STRIPE_CONNECTED_ACCOUNT";

/// A client for a connected account, and the order that a run of an example is about.
pub struct Stripe {
    pub client: Client,
    pub order: String,
    replay: Option<ReplayServer>,
}

impl Stripe {
    /// Decides where the calls of an example go, and says so.
    pub async fn connect(flow: &str) -> Result<Self, Box<dyn Error>> {
        match variable(KEY)? {
            Some(key) => {
                let key = test_key(&key)?;
                let account =
                    variable(ACCOUNT)?.filter(|account| account.starts_with("acct_")).ok_or_else(|| {
                        format!(
                            "{ACCOUNT} must name the connected account to work on (acct_…) when {KEY} is set."
                        )
                    })?;
                println!("In Stripe's test mode, on {account}.\n");
                // Another order on every run: idempotency keys are made of it.
                let order = format!("order-{}", Timestamp::now());
                Ok(Self { client: Client::new(key)?.for_account(account), order, replay: None })
            }
            None => {
                let replay = Replay::section(flow)?;
                println!("Offline, replaying \"{}\".", replay.guide());
                println!("Set {KEY}=sk_test_… and {ACCOUNT}=acct_… to run in Stripe's test mode.\n");
                Ok(Self::replayed(replay.start().await))
            }
        }
    }

    /// For a replay that has started.
    pub fn replayed(server: ReplayServer) -> Self {
        let [account, order] = ["account", "order"].map(|name| server.value(name).unwrap_or_default());
        Self { client: server.client().for_account(account), order, replay: Some(server) }
    }

    /// Checks, after a replay, that all of it was used. Gives its transcript.
    pub async fn finish(self) -> Result<String, Box<dyn Error>> {
        match self.replay {
            Some(server) => Ok(server.finish().await?),
            None => Ok(String::new()),
        }
    }
}

/// Takes a key of test mode and nothing else.
pub fn test_key(text: &str) -> Result<SecretKey, String> {
    let key = SecretKey::new(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_live() {
        Err(format!(
            "{KEY} is a live key. Examples move money, so they take a key of test mode only (sk_test_…)."
        ))
    } else if !key.is_test() || !text.trim().chars().all(plain) {
        Err(format!("{KEY} is no key of Stripe's test mode: those begin with sk_test_ or rk_test_."))
    } else {
        Ok(key)
    }
}

/// Ends an example: what went wrong goes to standard error.
pub fn exit(result: Result<(), Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A variable of the environment; a blank one is none.
fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not text.")),
    }
}
