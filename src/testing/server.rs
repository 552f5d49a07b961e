//! The server of a replay.

use super::error::ReplayError;
use super::flow::Flow;
use super::recording::{Outgoing, Recorder};
use super::session::{Answer, Sent, Session};
use super::transcript;
use crate::{Client, ClientBuilder};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io, thread};
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

/// The API key of clients of a replay; it belongs to no account.
const KEY: &str = "sk_test_replay";

/// A server that replays a flow.
///
/// # Panics
/// Panics on drop without [`finish`](Self::finish) if there was a mismatch: the test would otherwise pass without
/// checks. Does not panic during unwinding.
#[must_use = "call `finish` to check that the requests match the flow"]
pub struct ReplayServer {
    url: String,
    session: Arc<Mutex<Session>>,
    server: Option<MockServer>,
    recorder: Option<Arc<Mutex<Recorder>>>,
    is_finished: bool,
}

impl ReplayServer {
    pub(crate) async fn start(flow: Flow, recorder: Option<Recorder>) -> Self {
        let session = Arc::new(Mutex::new(Session::new(flow)));
        let recorder = recorder.map(|recorder| Arc::new(Mutex::new(recorder)));
        let server = MockServer::builder().disable_request_recording().start().await;
        let mock = match &recorder {
            Some(recorder) => {
                let passed_on = PassedOn { session: Arc::clone(&session), recorder: Arc::clone(recorder) };
                Mock::given(matchers::any()).respond_with(passed_on)
            }
            None => {
                let reset = |_: &Request| io::Error::from(io::ErrorKind::ConnectionReset);
                Mock::given(Resets(Arc::clone(&session))).respond_with_err(reset).mount(&server).await;
                Mock::given(matchers::any()).respond_with(Answers(Arc::clone(&session)))
            }
        };
        mock.mount(&server).await;
        Self { url: server.uri(), session, server: Some(server), recorder, is_finished: false }
    }

    /// Creates a client for this server, with a dummy key.
    ///
    /// # Panics
    /// Panics if no HTTP client can be built.
    pub fn client(&self) -> Client {
        match self.client_builder().build() {
            Ok(client) => client,
            Err(error) => panic!("the client cannot be built: {error}"),
        }
    }

    /// Creates a builder for such a client.
    pub fn client_builder(&self) -> ClientBuilder {
        Client::builder(KEY).base_url(self.url.as_str())
    }

    /// The base URL, for programs that create their own client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The current value of a name.
    pub fn value(&self, name: &str) -> Option<String> {
        self.session().bound.get(name).cloned()
    }

    /// All bound names with their values.
    pub fn bindings(&self) -> BTreeMap<String, String> {
        self.session().bound.clone()
    }

    /// All requests so far: method, path, status of the reply, relevant headers, and sorted parameters. Ids, times
    /// and idempotency keys are replaced by names in the order of appearance, so that equal runs have equal
    /// transcripts.
    ///
    /// Secret and personal parameters are shown as `[redacted]`.
    pub fn transcript(&self) -> String {
        transcript::write(&self.session().log)
    }

    /// Ends the replay and returns the transcript. A recording is written.
    ///
    /// # Errors
    /// Fails if a request matched no step, if a step was not used, or if a recording contains data that must not be
    /// written.
    pub async fn finish(mut self) -> Result<String, ReplayError> {
        self.is_finished = true;
        if let Some(recorder) = &self.recorder {
            lock(recorder).write()?;
        }
        let session = self.session();
        match session.mismatch() {
            Some(mismatch) => Err(ReplayError::Mismatch(mismatch)),
            None => Ok(transcript::write(&session.log)),
        }
    }

    /// The problem that was not reported yet.
    fn unsaid(&self) -> Option<String> {
        match &self.recorder {
            _ if self.is_finished => None,
            Some(recorder) => {
                (!lock(recorder).is_empty()).then(|| "the recording was not written".to_owned())
            }
            None => self.session().mismatch().map(|mismatch| mismatch.to_string()),
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }
}

impl Drop for ReplayServer {
    /// A mock server verifies itself on drop, which can spin forever inside a task after many drops. A separate
    /// thread avoids that.
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let dropping = thread::Builder::new().spawn(move || drop(server));
            let _ = dropping.map(thread::JoinHandle::join);
        }
        if let Some(problem) = self.unsaid().filter(|_| !thread::panicking()) {
            panic!("a replay was dropped without `finish`: {problem}");
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

/// Serves the flow through the mock server.
struct Answers(Arc<Mutex<Session>>);

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        response(lock(&self.0).answer(sent(request)))
    }
}

/// Serves Stripe's test mode through the mock server.
struct PassedOn {
    session: Arc<Mutex<Session>>,
    recorder: Arc<Mutex<Recorder>>,
}

impl Respond for PassedOn {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let sent = sent(request);
        let outgoing = Outgoing {
            path: request.url.path(),
            query: request.url.query().unwrap_or_default(),
            headers: &request.headers,
            body: &request.body,
        };
        let mut session = lock(&self.session);
        let incoming = lock(&self.recorder).exchange(&outgoing, &sent, &session.bound);
        response(session.pass_on(sent, incoming))
    }
}

fn response(answer: Answer) -> ResponseTemplate {
    let reply = ResponseTemplate::new(answer.status).set_body_bytes(answer.body);
    let reply = answer.headers.iter().fold(reply, |reply, (name, value)| reply.insert_header(name, value));
    match answer.delay {
        Some(delay) => reply.set_delay(delay),
        None => reply,
    }
}

/// Matches the requests that get no reply: the mock server checks this first.
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

/// A test that failed elsewhere must not hide the replay's report.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
