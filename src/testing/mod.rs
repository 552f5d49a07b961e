//! A stand-in for Stripe in tests: it replays a flow of recorded requests and replies.
//!
//! A flow is a folder. `flow.toml` says what it is, and each step is a file `NN_what_it_does.json` with a request and its
//! reply:
//!
//! ```toml
//! name = "fund_issuing_balance"          # the name of the folder
//! guide = "Funding Issuing balances with Connect: Fund from a bank account"
//! notes = "What a reader should know."     # optional
//! order = "any"                            # or "strict": one step after the other
//! allow_unknown_members = false            # true for replies of another API version
//!
//! [bind]                                   # names for the steps
//! account = "acct_1SzQ7RB2kX9cTnVw"
//! ```
//!
//! ```json
//! {
//!   "operation": "PostTopups",
//!   "request": {
//!     "method": "POST",
//!     "path": "/v1/topups",
//!     "headers": { "Stripe-Account": "{{account}}", "Idempotency-Key": "{{order}}/top-up" },
//!     "params": { "amount": 50000, "currency": "usd", "source": "{{source}}", "destination_balance": "issuing" }
//!   },
//!   "response": { "status": 200, "headers": {}, "body": { "object": "topup", "…": "…" } }
//! }
//! ```
//!
//! - A request fits a step if the operation, the ids in the path, the account, the version, the headers that the step names and
//!   all parameters are the same. Parameters are compared decoded, so neither their order nor their encoding matters.
//! - `{{name}}` is bound by the first request that has something in its place, and must be the same from then on; the
//!   reply can repeat it. `{{name:number}}` takes a whole number, and is a number in the reply.
//! - Loading a flow checks that the operation exists, that the client can read each reply and knows all of its members, that
//!   names are bound, and that no file holds an API key.
//! - A step may have a [`Fault`] that its first request meets: no reply, a broken one, a late one, or an error. So a test sees
//!   whether the program tries again, and with the same idempotency key.
//! - A request that fits no step is answered with an error (status 400, code `replay_mismatch`) that names each difference from
//!   the nearest step, and [`ReplayServer::finish`] fails. It also fails if a step is left over. A server that is dropped
//!   without it panics then.
//!
//! ```no_run
//! use stripe_platform::{balance, testing::Replay};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let stripe = Replay::load("tests/fixtures/read_the_balance")?.start().await;
//!
//! let balance = balance::Retrieve::new().for_account("acct_1").send(&stripe.client()).await?;
//! assert!(balance.issuing.is_some());
//!
//! println!("{}", stripe.transcript());
//! stripe.finish().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Testing a backend
//!
//! A service that gets its client from outside runs on a replay like on Stripe. Here it is one with a single route, and the flow
//! of its test has a single step:
//!
//! ```
//! use axum::{Router, extract::State, http::StatusCode, routing::post};
//! use stripe_platform::testing::{Fault, Replay};
//! use stripe_platform::{Client, Currency, topup};
//!
//! async fn fund(State(stripe): State<Client>, order: String) -> StatusCode {
//!     let request = topup::Create::new(50_000, Currency::USD)
//!         .destination_balance(topup::DestinationBalance::Issuing)
//!         .metadata([("order", order.as_str())])
//!         .idempotency_key(format!("{order}/top-up"));
//!     match request.send(&stripe.for_account("acct_1SzQ7RB2kX9cTnVw")).await {
//!         Ok(_) => StatusCode::ACCEPTED,
//!         Err(_) => StatusCode::BAD_GATEWAY,
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The connection of the first attempt breaks: the client tries again, with the same key.
//! let flow = Replay::load("tests/harness/backend/fixtures/funds_on_request")?;
//! let stripe = flow.with_fault("top_up", Fault::Reset)?.start().await;
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let url = format!("http://{}/funds", listener.local_addr()?);
//! let service = Router::new().route("/funds", post(fund)).with_state(stripe.client());
//! tokio::spawn(async move { axum::serve(listener, service).await });
//!
//! let reply = reqwest::Client::new().post(url).body("order-7").send().await?;
//! assert_eq!(reply.status(), 202);
//! let transcript = stripe.finish().await?; // fails if the service asked for anything else
//! assert!(transcript.contains("amount = 50000"));
//! # Ok(())
//! # }
//! ```
//!
//! # Recording
//!
//! A flow can be recorded instead of written: make its folder with a `flow.toml`, and run the test once with
//!
//! ```sh
//! STRIPE_REPLAY_RECORD=1 STRIPE_SECRET_KEY=sk_test_… cargo test --test my_flow
//! ```
//!
//! See [`Recording`] and [`Replay::record`] for what is written. [`Replay::section`] is never recorded. Live keys are refused, and so is text that looks like a key.
//!
//! The server runs over [wiremock], which keeps what it has served in memory: it is for tests, not for load.
//!
//! [wiremock]: https://docs.rs/wiremock

#[cfg(any(feature = "outbox", feature = "webhook"))]
pub(crate) mod contract;
pub(crate) mod error;
pub(crate) mod fault;
pub(crate) mod flow;
pub(crate) mod holes;
pub(crate) mod operations;
pub(crate) mod params;
pub(crate) mod pattern;
pub(crate) mod recording;
pub(crate) mod scrub;
pub(crate) mod server;
pub(crate) mod session;
#[cfg(test)]
pub(crate) mod sweep;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod transcript;

#[cfg(feature = "webhook")]
pub use crate::testing::contract::event_log_contract;
#[cfg(feature = "outbox")]
pub use crate::testing::contract::outbox_contract;
pub use crate::testing::error::{Mismatch, ReplayError};
pub use crate::testing::fault::Fault;
pub use crate::testing::recording::Recording;
pub use crate::testing::server::ReplayServer;

use crate::testing::flow::Flow;
use crate::testing::recording::Recorder;
use std::path::{Path, PathBuf};

/// A flow, read and checked, that has not begun.
#[must_use = "a flow does nothing until `start` is called"]
#[derive(Debug)]
pub struct Replay {
    flow: Flow,
    recorder: Option<Recorder>,
}

impl Replay {
    /// Reads the flow of a folder. A relative path begins where the test runs: in the folder of the package.
    ///
    /// If the environment asks for a [`Recording`], the flow is recorded anew instead.
    ///
    /// # Errors
    /// If a file is missing, or says what cannot be.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, ReplayError> {
        match Recording::from_env()? {
            Some(recording) => Self::record(folder, recording),
            None => Self::read(folder.as_ref()),
        }
    }

    /// Makes the flow of a folder anew: requests go to Stripe's test mode, and [`ReplayServer::finish`] writes them with their
    /// replies. The folder must hold `flow.toml`; steps that it has are replaced.
    ///
    /// What is written is scrubbed: members of replies that this crate does not know are left out; what is secret, personal or
    /// written by people (descriptions, metadata) is replaced by words, and in requests by names that anything fits. Idempotency
    /// keys are kept, as a replay compares them, unless they hold more than letters, digits and `-_./:`. Names of `flow.toml`
    /// stand for their values everywhere.
    ///
    /// # Errors
    /// If `flow.toml` is missing or wrong, or the server cannot be one.
    pub fn record(folder: impl AsRef<Path>, recording: Recording) -> Result<Self, ReplayError> {
        let folder = folder.as_ref();
        let flow = Flow::without_steps(folder)?;
        Ok(Self { flow, recorder: Some(Recorder::new(folder, recording)?) })
    }

    fn read(folder: &Path) -> Result<Self, ReplayError> {
        Ok(Self { flow: Flow::load(folder)?, recorder: None })
    }

    /// Reads a flow that comes with this crate, such as `fund_issuing_balance`. Each follows a section of Stripe's guides.
    ///
    /// These are never recorded, whatever `STRIPE_REPLAY_RECORD` says: they belong to the crate. A copy in a folder of one's own,
    /// read with [`Replay::load`], can be.
    ///
    /// # Errors
    /// If there is no such flow. The error names those that there are.
    pub fn section(name: &str) -> Result<Self, ReplayError> {
        let flows: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures"].iter().collect();
        let mut known: Vec<String> = std::fs::read_dir(&flows)
            .map_err(|e| ReplayError::fixture(&flows, e))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        if known.iter().any(|known| known == name) {
            return Self::read(&flows.join(name));
        }
        known.sort();
        let problem = format!("there is no such flow; there are {}", known.join(", "));
        Err(ReplayError::fixture(Path::new(name), problem))
    }

    /// Says what a name of the fixtures stands for, instead of what `flow.toml` says.
    pub fn bind(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.flow.bindings.insert(name.into(), value.into());
        self
    }

    /// Makes something go wrong with the first request of a step, to see what the program does then. The step is named as in
    /// the folder, with its number or without: `05_top_up`, `top_up`.
    ///
    /// # Errors
    /// If there is no such step, or no such fault.
    pub fn with_fault(mut self, step: &str, fault: Fault) -> Result<Self, ReplayError> {
        let named = |known: &&mut flow::Step| known.name == step || known.name.get(3..) == Some(step);
        let found = self.flow.steps.iter_mut().find(named).ok_or_else(|| format!("it has no step `{step}`"));
        let made = found.and_then(|found| fault.check().map(|fault| found.fault = Some(fault)));
        match made {
            Ok(()) => Ok(self),
            Err(problem) => Err(ReplayError::fixture(Path::new(&self.flow.name), problem)),
        }
    }

    /// The name of the flow.
    pub fn name(&self) -> &str {
        &self.flow.name
    }

    /// The section of Stripe's guides that the flow follows.
    pub fn guide(&self) -> &str {
        &self.flow.guide
    }

    /// The names that the flow begins with, and what they stand for.
    pub fn bindings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.flow.bindings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Starts a server on this machine that replays the flow, until it is dropped.
    ///
    /// # Panics
    /// If the system has no port left.
    pub async fn start(self) -> ReplayServer {
        ReplayServer::start(self.flow, self.recorder).await
    }
}
