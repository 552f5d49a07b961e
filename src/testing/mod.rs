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
//!   the nearest step, and [`ReplayServer::finish`] fails. It also fails if a step is left over.
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
//! The server runs over [wiremock], which keeps what it has served in memory: it is for tests, not for load.
//!
//! [wiremock]: https://docs.rs/wiremock

mod error;
mod fault;
mod flow;
mod operations;
mod params;
mod pattern;
mod session;
#[cfg(test)]
mod tests;
mod transcript;

pub use error::{Mismatch, ReplayError};
pub use fault::Fault;

use crate::{Client, ClientBuilder};
use flow::Flow;
use session::{Sent, Session};
use std::collections::BTreeMap;
use std::{fmt, io};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

/// The key that clients of a replay send. No account has it.
const KEY: &str = "sk_test_replay";

/// A flow, read and checked, that has not begun.
#[must_use = "a flow does nothing until `start` is called"]
#[derive(Debug)]
pub struct Replay(Flow);

impl Replay {
    /// Reads the flow of a folder. A relative path begins where the test runs: in the folder of the package.
    ///
    /// # Errors
    /// If a file is missing, or says what cannot be.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, ReplayError> {
        Flow::load(folder.as_ref()).map(Self)
    }

    /// Reads a flow that comes with this crate, such as `fund_issuing_balance`. Each follows a section of Stripe's guides.
    ///
    /// # Errors
    /// If there is no such flow.
    pub fn section(name: &str) -> Result<Self, ReplayError> {
        let flows: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures"].iter().collect();
        Self::load(flows.join(name))
    }

    /// Says what a name of the fixtures stands for, instead of what `flow.toml` says.
    pub fn bind(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.bindings.insert(name.into(), value.into());
        self
    }

    /// Makes something go wrong with the first request of a step, to see what the program does then. The step is named as in
    /// the folder, with its number or without: `05_top_up`, `top_up`.
    ///
    /// # Errors
    /// If there is no such step, or no such fault.
    pub fn with_fault(mut self, step: &str, fault: Fault) -> Result<Self, ReplayError> {
        let named = |known: &&mut flow::Step| known.name == step || known.name.get(3..) == Some(step);
        let found = self.0.steps.iter_mut().find(named).ok_or_else(|| format!("it has no step `{step}`"));
        let made = found.and_then(|found| fault.check().map(|fault| found.fault = Some(fault)));
        match made {
            Ok(()) => Ok(self),
            Err(problem) => Err(ReplayError::fixture(Path::new(&self.0.name), problem)),
        }
    }

    /// The name of the flow.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The section of Stripe's guides that the flow follows.
    pub fn guide(&self) -> &str {
        &self.0.guide
    }

    /// The names that the flow begins with, and what they stand for.
    pub fn bindings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.bindings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Starts a server on this machine that replays the flow, until it is dropped.
    ///
    /// # Panics
    /// If the system has no port left.
    pub async fn start(self) -> ReplayServer {
        let session = Arc::new(Mutex::new(Session::new(self.0)));
        let server = MockServer::builder().disable_request_recording().start().await;
        let resets = Resets(Arc::clone(&session));
        Mock::given(resets).respond_with_err(|_: &Request| io::Error::from(io::ErrorKind::ConnectionReset)).mount(&server).await;
        let answers = Answers(Arc::clone(&session));
        Mock::given(matchers::any()).respond_with(answers).mount(&server).await;
        ReplayServer { url: server.uri(), session, server: Some(server) }
    }
}

/// A server that replays a flow.
#[must_use = "call `finish` to see whether the requests were those of the flow"]
pub struct ReplayServer {
    url: String,
    session: Arc<Mutex<Session>>,
    server: Option<MockServer>,
}

impl ReplayServer {
    /// A client of this server, with a key that is none.
    ///
    /// # Panics
    /// If the system cannot have an HTTP client at all.
    pub fn client(&self) -> Client {
        match self.client_builder().build() {
            Ok(client) => client,
            Err(error) => panic!("no client can be made: {error}"),
        }
    }

    /// The settings of such a client, to change them.
    pub fn client_builder(&self) -> ClientBuilder {
        Client::builder(KEY).base_url(self.url.as_str())
    }

    /// Where the server is: the base URL for programs that make their own client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a name of the fixtures stands for by now.
    pub fn value(&self, name: &str) -> Option<String> {
        self.session().bound.get(name).cloned()
    }

    /// All names that stand for something by now, and what they stand for.
    pub fn bindings(&self) -> BTreeMap<String, String> {
        self.session().bound.clone()
    }

    /// All requests so far: method, path, status of the reply, the headers that matter, and the sorted parameters. Ids, times and
    /// idempotency keys have names, given in the order in which they are first seen, so equal runs have equal transcripts.
    ///
    /// Parameters are shown as they are, secret ones too: tests have test values.
    pub fn transcript(&self) -> String {
        transcript::write(&self.session().log)
    }

    /// Ends the replay and gives the transcript.
    ///
    /// # Errors
    /// If a request fitted no step, or a step was not used.
    pub async fn finish(self) -> Result<String, ReplayError> {
        let session = self.session();
        match session.mismatch() {
            Some(mismatch) => Err(ReplayError::Mismatch(mismatch)),
            None => Ok(transcript::write(&session.log)),
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }
}

impl Drop for ReplayServer {
    /// A mock server checks itself when it is dropped, and within a task that can spin for ever once many were dropped there. A
    /// thread of its own has no such limit.
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let dropping = thread::Builder::new().spawn(move || drop(server));
            let _ = dropping.map(thread::JoinHandle::join);
        }
    }
}

impl fmt::Debug for ReplayServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayServer")
            .field("flow", &self.session().flow.name)
            .field("url", &self.url)
            .finish()
    }
}

/// The flow as the mock server sees it.
struct Answers(Arc<Mutex<Session>>);

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let answer = lock(&self.0).answer(sent(request));
        let reply = ResponseTemplate::new(answer.status).set_body_bytes(answer.body);
        let reply = answer.headers.iter().fold(reply, |reply, (name, value)| reply.insert_header(name, value));
        match answer.delay {
            Some(delay) => reply.set_delay(delay),
            None => reply,
        }
    }
}

/// Catches the requests that get no reply: the mock server asks this first.
struct Resets(Arc<Mutex<Session>>);

impl Match for Resets {
    fn matches(&self, request: &Request) -> bool {
        lock(&self.0).resets(|| sent(request))
    }
}

fn sent(request: &Request) -> Sent {
    let query = request.url.query().unwrap_or_default();
    let headers = request.headers.clone();
    Sent::read(request.method.as_str(), request.url.path(), query, headers, &request.body)
}

/// A test that failed elsewhere must not hide what the replay has to say.
fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}
