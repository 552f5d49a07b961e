//! What the examples share: where their calls go.
//!
//! On an empty environment they go to a replay of the example's flow, on this machine. With `STRIPE_SECRET_KEY=sk_test_…` they go
//! to Stripe's test mode, and what else the flow starts with comes from variables too: the connected account from
//! `STRIPE_CONNECTED_ACCOUNT`, any other name from `STRIPE_` and the name. A live key is refused.

use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::error::Error;
use std::process::ExitCode;
use stripe_platform::testing::{Replay, ReplayServer};
use stripe_platform::{Client, SecretKey, Timestamp};

const KEY: &str = "STRIPE_SECRET_KEY";

/// How an example ends.
pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// What an example runs on.
pub struct Stripe {
    /// The client of the platform.
    pub platform: Client,
    /// The platform's own reference for what a run is about. Idempotency keys are made of it: with the same one, a second
    /// run does nothing again.
    pub order: String,
    /// What the names of the flow stand for.
    values: BTreeMap<String, String>,
    replay: Option<ReplayServer>,
}

/// Runs an example on its flow.
pub fn main(flow: &str, run: impl AsyncFnOnce(&Stripe) -> Outcome) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit(Err(error.into())),
    };
    exit(runtime.block_on(async {
        let stripe = Stripe::connect(flow).await?;
        let ran = run(&stripe).await;
        // What the replay says is the reason of what the example says.
        stripe.finish().await?;
        ran
    }))
}

impl Stripe {
    /// Decides where the calls of an example go, and says so.
    pub async fn connect(flow: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let flow = Replay::section(flow)?;
        let Some(key) = variable(KEY)? else {
            println!("Offline, replaying \"{}\".", flow.guide());
            println!("Set {KEY}=sk_test_… to run in Stripe's test mode.\n");
            return Ok(Self::replayed(flow.start().await));
        };
        let platform = Client::new(test_key(&key)?)?;
        let mut values = BTreeMap::new();
        for (name, example) in flow.bindings() {
            values.insert(name.to_owned(), test_value(name, example)?);
        }
        println!("In Stripe's test mode.\n");
        Ok(Self { platform, order: values.get("order").cloned().unwrap_or_default(), values, replay: None })
    }

    /// For a replay that has started.
    pub fn replayed(server: ReplayServer) -> Self {
        let values = server.bindings();
        let order = values.get("order").cloned().unwrap_or_default();
        Self { platform: server.client(), order, values, replay: Some(server) }
    }

    /// The client of the connected account that the flow starts with.
    pub fn connected(&self) -> Client {
        self.platform.for_account(self.value("account"))
    }

    /// What a name of the flow stands for.
    ///
    /// # Panics
    /// If the flow does not start with it: the example is not about this flow.
    pub fn value(&self, name: &str) -> String {
        match self.values.get(name) {
            Some(value) => value.clone(),
            None => panic!("the flow does not bind `{name}`"),
        }
    }

    /// When somebody agreed to something: as the flow has it, or now in test mode, where Stripe knows what time it is.
    pub fn agreed_at(&self, in_flow: Timestamp) -> Timestamp {
        if self.replay.is_some() { in_flow } else { Timestamp::now() }
    }

    /// Checks, after a replay, that all of it was used. Gives its transcript.
    pub async fn finish(self) -> Result<String, Box<dyn Error + Send + Sync>> {
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

/// What a name stands for in test mode: what the program made up, or what its user has there.
fn test_value(name: &str, example: &str) -> Result<String, String> {
    if name == "order" {
        // Another one on every run: idempotency keys are made of it.
        return Ok(format!("order-{}", Timestamp::now().as_seconds()));
    }
    let from = variable_of(name);
    variable(&from)?.ok_or_else(|| format!("{from} must be set when {KEY} is: something like {example}."))
}

/// The variable that holds what a name stands for.
pub fn variable_of(name: &str) -> String {
    match name {
        "account" => "STRIPE_CONNECTED_ACCOUNT".to_owned(),
        name => format!("STRIPE_{}", name.to_ascii_uppercase()),
    }
}

/// What went wrong goes to standard error.
fn exit(outcome: Outcome) -> ExitCode {
    match outcome {
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
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not text.")),
    }
}
