//! A replay server for tests: it replays a flow of recorded requests and replies.
//!
//! A flow is a folder with a `flow.toml`, and a file `NN_what_it_does.json` with a request and its reply for each
//! step:
//!
//! ```toml
//! name = "fund_issuing_balance"          # the name of the folder
//! guide = "Funding Issuing balances with Connect: Fund from a bank account"
//! notes = "What a reader should know."     # optional
//! order = "any"                            # or "strict": one step after the other
//! allow_unknown_members = false            # true if replies have members that the crate has no field for
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
//! - A request matches a step if operation, ids in the path, account, version, headers named in the step, and all
//!   parameters are equal. Parameters are compared after decoding, so order and encoding do not matter.
//! - `{{name}}` is bound by the first request, and must have the same value from then on; replies can repeat it.
//!   `{{name:number}}` matches a whole number, and is a number in the reply.
//! - Loading a flow checks that operations exist, that the client can decode each reply and knows all of its members,
//!   that names are bound, and that no file contains an API key.
//! - A step may have a [`Fault`] for its first request: no reply, a malformed or late one, or an error. This tests
//!   whether the program retries with the same idempotency key.
//! - A request that matches no step gets an error (status 400, code `replay_mismatch`) that lists the differences
//!   from the closest step, and [`ReplayServer::finish`] fails. It also fails if a step is unused. A server that is
//!   dropped without `finish` panics in these cases.
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
//! A service that receives its client as a parameter works with a replay as with Stripe. This example has a single
//! route, and its test flow has a single step:
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
//! Instead of writing a flow, you can record it: create the folder with a `flow.toml`, and run the test once with
//!
//! ```sh
//! STRIPE_REPLAY_RECORD=1 STRIPE_SECRET_KEY=sk_test_… cargo test --test my_flow
//! ```
//!
//! See [`Recording`] and [`Replay::record`] for the contents. [`Replay::section`] is never recorded. Live keys and
//! text that looks like a key are rejected.
//!
//! The server is based on [wiremock], which keeps all requests in memory: use it for tests, not for load.
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

/// A loaded and validated flow that is not running yet.
#[must_use = "a flow does nothing until `start` is called"]
#[derive(Debug)]
pub struct Replay {
    flow: Flow,
    recorder: Option<Recorder>,
}

impl Replay {
    /// Loads the flow in a folder. Relative paths start at the test's working directory, the folder of the package.
    ///
    /// If the environment requests a [`Recording`], the flow is recorded again instead.
    ///
    /// # Errors
    /// Fails if a file is missing or invalid.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, ReplayError> {
        match Recording::from_env()? {
            Some(recording) => Self::record(folder, recording),
            None => Self::read(folder.as_ref()),
        }
    }

    /// Records the flow in a folder: requests go to Stripe's test mode, and [`ReplayServer::finish`] writes them with
    /// their replies. The folder must contain `flow.toml`; existing steps are replaced.
    ///
    /// The recording is scrubbed. Unknown members of replies are removed. Secrets, personal data and free text
    /// (descriptions, metadata) are replaced by placeholders in replies, and by names that match any value in
    /// requests. Idempotency keys are kept for comparison, unless they contain characters other than letters, digits
    /// and `-_./:`. Names from `flow.toml` replace their values everywhere.
    ///
    /// # Errors
    /// Fails if `flow.toml` is missing or invalid, or if the server's URL is invalid.
    pub fn record(folder: impl AsRef<Path>, recording: Recording) -> Result<Self, ReplayError> {
        let folder = folder.as_ref();
        let flow = Flow::without_steps(folder)?;
        Ok(Self { flow, recorder: Some(Recorder::new(folder, recording)?) })
    }

    fn read(folder: &Path) -> Result<Self, ReplayError> {
        Ok(Self { flow: Flow::load(folder)?, recorder: None })
    }

    /// Loads a flow that is included in this crate, such as `fund_issuing_balance`. Each follows a section of
    /// Stripe's guides.
    ///
    /// Included flows are never recorded, whatever `STRIPE_REPLAY_RECORD` is set to. Copy one to your own folder and
    /// load it with [`Replay::load`] to record it.
    ///
    /// # Errors
    /// Fails if the flow does not exist. The error lists the included flows.
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
        let problem = format!("unknown flow; the included flows are {}", known.join(", "));
        Err(ReplayError::fixture(Path::new(name), problem))
    }

    /// Binds a name of the fixtures, overriding `flow.toml`.
    pub fn bind(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.flow.bindings.insert(name.into(), value.into());
        self
    }

    /// Injects a fault into the first request of a step, to test how the program reacts. The step is named as in the
    /// folder, with or without number: `05_top_up`, `top_up`.
    ///
    /// # Errors
    /// Fails if the step does not exist or the fault is invalid.
    pub fn with_fault(mut self, step: &str, fault: Fault) -> Result<Self, ReplayError> {
        let named = |known: &&mut flow::Step| known.name == step || known.name.get(3..) == Some(step);
        let found =
            self.flow.steps.iter_mut().find(named).ok_or_else(|| format!("the flow has no step `{step}`"));
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

    /// The initial names of the flow with their values.
    pub fn bindings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.flow.bindings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Starts a local server that replays the flow, until it is dropped.
    ///
    /// # Panics
    /// Panics if no local port is available.
    pub async fn start(self) -> ReplayServer {
        ReplayServer::start(self.flow, self.recorder).await
    }
}
