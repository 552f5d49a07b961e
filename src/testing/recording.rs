//! Records flows: sends a test's requests to Stripe's test mode, and writes the replies as fixtures.

use super::error::ReplayError;
use super::flow::{Flow, find_key};
use super::holes;
use super::holes::Holes;
use super::operations::Known;
use super::pattern::Bindings;
use super::scrub;
use super::scrub::Names;
use super::session::Sent;
use super::transcript::is_uuid;
use crate::client::request::operation::Encoding;
use crate::client::transport::{ReqwestTransport, Transport, TransportBody, TransportRequest};
use crate::{API_VERSION, Client, SecretKey};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::Value as Json;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, fmt, fs, process, thread};
use url::Url;

const RECORD: &str = "STRIPE_REPLAY_RECORD";
const KEY: &str = "STRIPE_SECRET_KEY";
const BASE_URL: &str = "STRIPE_REPLAY_BASE_URL";

/// The headers of a reply that affect a program's behaviour.
const REPLY_HEADERS: [&str; 3] = ["Idempotent-Replayed", "Retry-After", "Stripe-Should-Retry"];

/// The timeout of one request to Stripe.
const PATIENCE: Duration = Duration::from_secs(90);

/// The server to record from, with an API key.
#[derive(Clone)]
pub struct Recording {
    key: SecretKey,
    base_url: Option<String>,
}

impl Recording {
    /// Creates a recording with a key for Stripe's test mode.
    ///
    /// # Errors
    /// Fails if it is a live key or not an API key.
    pub fn new(key: impl AsRef<str>) -> Result<Self, ReplayError> {
        let key = SecretKey::new(key);
        if key.is_live() {
            return Err(refusal("a live key cannot be used for recording: use a test key"));
        }
        if !key.is_test() {
            return Err(refusal("the key is not a test key (sk_test_…, rk_test_…)"));
        }
        Ok(Self { key, base_url: None })
    }

    /// Reads the environment: `STRIPE_REPLAY_RECORD=1` enables recording, with the key in `STRIPE_SECRET_KEY`.
    /// `STRIPE_REPLAY_BASE_URL` sets another server than Stripe.
    ///
    /// # Errors
    /// Fails if recording is enabled without a test key.
    pub fn from_env() -> Result<Option<Self>, ReplayError> {
        let variable = |name| env::var(name).ok().filter(|text| !text.trim().is_empty());
        if variable(RECORD).is_none_or(|text| text == "0") {
            return Ok(None);
        }
        let key = variable(KEY).ok_or_else(|| refusal(format!("{RECORD} requires a test key in {KEY}")))?;
        let recording = Self::new(key)?;
        Ok(Some(match variable(BASE_URL) {
            Some(url) => recording.base_url(url),
            None => recording,
        }))
    }

    /// Records from another server than Stripe.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The URL of a request.
    fn url(&self, known: &Known, path: &str, query: &str) -> Result<Url, String> {
        let is_upload = known.operation.encoding == Encoding::Multipart;
        let base = match &self.base_url {
            Some(url) => url.as_str(),
            None if is_upload => "https://files.stripe.com",
            None => "https://api.stripe.com",
        };
        let mut url = Url::parse(base).map_err(|e| format!("{base} is not a valid URL: {e}"))?;
        url.set_path(path);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        Ok(url)
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

fn refusal(problem: impl Into<String>) -> ReplayError {
    ReplayError::Recording(problem.into())
}

/// The state of a recording.
pub(crate) struct Recorder {
    recording: Recording,
    folder: PathBuf,
    /// One step per request, or why it cannot be recorded.
    steps: Vec<Result<Step, String>>,
    /// The names of values that are not stored.
    holes: Holes,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A file to be written.
struct Step {
    name: String,
    body: Json,
}

/// A forwarded request.
pub(crate) struct Outgoing<'a> {
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// The reply from the server.
pub(crate) struct Incoming {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Recorder {
    pub(crate) fn new(folder: &Path, recording: Recording) -> Result<Self, ReplayError> {
        if let Some(url) = &recording.base_url {
            // Base URLs are validated by the same rules as for clients.
            let client = Client::builder(recording.key.clone()).base_url(url.as_str()).build();
            client.map_err(|e| refusal(format!("{url}: {e}")))?;
        }
        Ok(Self { recording, folder: folder.to_owned(), steps: Vec::new(), holes: Holes::default() })
    }

    /// Forwards a request, and stores the exchange.
    pub(crate) fn exchange(
        &mut self,
        outgoing: &Outgoing<'_>,
        sent: &Sent,
        bound: &Bindings,
    ) -> Result<Incoming, String> {
        let made = match Known::by_call(&sent.method, &sent.path) {
            Some(known) => self.forward(outgoing, known).map(|incoming| {
                let step = step(known, sent, &incoming, &mut self.holes, bound);
                (incoming, step)
            }),
            None => {
                Err("is not an operation of this crate, so the secrets in its reply are unknown".to_owned())
            }
        };
        match made {
            Ok((incoming, step)) => {
                self.steps.push(step);
                Ok(incoming)
            }
            Err(problem) => {
                self.steps.push(Err(problem.clone()));
                Err(problem)
            }
        }
    }

    fn forward(&self, outgoing: &Outgoing<'_>, known: &Known) -> Result<Incoming, String> {
        let url = self.recording.url(known, outgoing.path, outgoing.query)?;
        let mut headers = outgoing.headers.clone();
        for name in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION, header::TRANSFER_ENCODING] {
            headers.remove(name);
        }
        headers.insert(header::AUTHORIZATION, self.recording.key.header().map_err(|e| e.to_string())?);
        let body = TransportBody::Bytes(Bytes::copy_from_slice(outgoing.body));
        let request = TransportRequest::new(known.operation.method, url, headers, body);
        let is_local = self.recording.base_url.is_some();
        // The calling mock server blocks inside its runtime, so another thread is needed.
        let exchange = thread::spawn(move || exchange(request, is_local));
        exchange.join().unwrap_or_else(|_| Err("the exchange panicked".to_owned()))
    }

    /// Whether there were no requests.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Writes the steps. If any of them is not allowed or cannot be replayed, nothing is written.
    pub(crate) fn write(&self) -> Result<(), ReplayError> {
        let files = self.files()?;
        self.check(&files)?;
        self.replace(&files).map_err(|e| ReplayError::fixture(&self.folder, e))
    }

    /// The contents of the steps by file name.
    fn files(&self) -> Result<Vec<(String, String)>, ReplayError> {
        let mut files = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let number = index + 1;
            let step = step.as_ref().map_err(|problem| refusal(format!("request {number}: {problem}")))?;
            let mut text = serde_json::to_string_pretty(&step.body).map_err(|e| refusal(e.to_string()))?;
            text.push('\n');
            if let Some(kind) = find_key(&text) {
                return Err(refusal(format!(
                    "request {number}: contains text that looks like an API key (`{kind}…`)"
                )));
            }
            files.push((format!("{number:02}_{}.json", step.name), text));
        }
        if files.is_empty() || files.len() > 99 {
            return Err(refusal("a flow must have 1 to 99 requests"));
        }
        Ok(files)
    }

    /// Loads the flow of the files in a temporary folder.
    fn check(&self, files: &[(String, String)]) -> Result<(), ReplayError> {
        let scratch = Scratch::new().map_err(|e| ReplayError::fixture(&env::temp_dir(), e))?;
        // The flow is named like its folder.
        let folder = scratch.0.join(self.folder.file_name().unwrap_or_default());
        let copy = || {
            fs::create_dir_all(&folder)?;
            fs::copy(self.folder.join("flow.toml"), folder.join("flow.toml"))?;
            files.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
        };
        copy().map_err(|e| ReplayError::fixture(&folder, e))?;
        match Flow::load(&folder) {
            Ok(_) => Ok(()),
            Err(ReplayError::Fixture { file, problem }) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                Err(refusal(format!("{name} cannot be replayed: {problem}")))
            }
            Err(other) => Err(other),
        }
    }

    /// Replaces the steps in the folder.
    fn replace(&self, files: &[(String, String)]) -> std::io::Result<()> {
        for (name, text) in files {
            fs::write(self.folder.join(name), text)?;
        }
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_step = path.extension().is_some_and(|extension| extension == "json");
            let is_new =
                files.iter().any(|(name, _)| path.file_name().is_some_and(|file| file == name.as_str()));
            if is_step && !is_new {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// A folder that is removed on drop.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("stripe-recording-{}-{number}", process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn exchange(request: TransportRequest, is_local: bool) -> Result<Incoming, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let work = async {
        let transport = ReqwestTransport::standard(PATIENCE, is_local, &[]).map_err(|e| e.to_string())?;
        let reply = transport.execute(request).await.map_err(|e| e.to_string())?;
        let sizes = crate::client::reply_size::ReplySize::new(64 << 20);
        let (body, _permit) = sizes.collect(reply.body).await.map_err(|e| e.to_string())?;
        Ok(Incoming { status: reply.status, headers: reply.headers, body })
    };
    let in_time = async { tokio::time::timeout(PATIENCE, work).await };
    runtime.block_on(in_time).unwrap_or_else(|_| Err("the server timed out".to_owned()))
}

/// Creates a step from a request and its reply, without data that fixtures must not contain.
fn step(
    known: &Known,
    sent: &Sent,
    incoming: &Incoming,
    holes: &mut Holes,
    bound: &Bindings,
) -> Result<Step, String> {
    if let Some(problem) = &sent.broken {
        return Err(problem.clone());
    }
    let reply: Json =
        serde_json::from_slice(&incoming.body).map_err(|e| format!("the reply is not JSON: {e}"))?;
    if reply["livemode"] == true {
        return Err("the reply contains live mode data".to_owned());
    }
    let mut request = json!({ "method": known.operation.method, "path": holes::named(&sent.path, bound) });
    let headers = request_headers(known, sent, holes, bound);
    if !headers.is_empty() {
        request["headers"] = headers.into();
    }
    if !sent.params.is_empty() {
        request["params"] = scrub::params(&sent.params, known, holes, bound);
    }
    // After the request, whose values a reply can repeat.
    let body = match incoming.status {
        200..300 => (known.scrub)(&incoming.body, &Names { bound, holes })?,
        _ => scrub::error(&reply),
    };
    let mut response = json!({ "status": incoming.status, "body": body });
    for name in REPLY_HEADERS {
        if let Some(value) = incoming.headers.get(name).and_then(|value| value.to_str().ok()) {
            response["headers"][name] = value.into();
        }
    }
    let whole = json!({ "operation": known.operation.id, "request": request, "response": response });
    Ok(Step { name: snake_case(known.operation.id), body: whole })
}

fn request_headers(
    known: &Known,
    sent: &Sent,
    holes: &mut Holes,
    bound: &Bindings,
) -> serde_json::Map<String, Json> {
    let mut headers = serde_json::Map::new();
    for name in ["Stripe-Account", "Stripe-Context"] {
        if let Some(value) = sent.header(name) {
            headers.insert(name.to_owned(), holes::named(value, bound).into());
        }
    }
    // A key generated by the client differs on every run.
    if let Some(key) = sent.header("idempotency-key").filter(|key| !is_uuid(key)) {
        headers.insert("Idempotency-Key".to_owned(), scrub::key(key, holes, bound).into());
    }
    let usual = known.operation.preview.unwrap_or(API_VERSION);
    if let Some(version) = sent.header("stripe-version").filter(|version| *version != usual) {
        headers.insert("Stripe-Version".to_owned(), version.into());
    }
    headers
}

/// `PostTopups` in a file name: `post_topups`.
fn snake_case(id: &str) -> String {
    let mut out = String::new();
    for c in id.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
