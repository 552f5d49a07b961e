//! The flows of the guides with every request failing, broken or answered with garbage once: no secret is printed.

use crate::examples::connect_webhook_endpoint as endpoint;
use crate::{Flow, is_whole};
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll};
use stripe_platform::testing::Replay;
use stripe_platform::{
    BoxFuture, ReplyBody, ReqwestTransport, Transport, TransportBody, TransportError, TransportErrorKind,
    TransportReply, TransportRequest,
};
use test_support::log::{check, heard_since, listen, now, show};

pub async fn hide_flow(flow: &Flow) {
    hide(&fixtures().join(flow.name), async |transport, retries| {
        let server = Replay::section(flow.name).unwrap().start().await;
        let client = server.client_builder().transport(transport).max_retries(retries).build().unwrap();
        let ran = (flow.replay)(client, server.bindings()).await;
        // A failing run does not follow the flow.
        let _ = server.finish().await;
        ran
    })
    .await;
}

/// The signing secret of the endpoint is in the reply.
#[tokio::test]
async fn connect_webhook_endpoint() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/fixtures/connect_webhook_endpoint");
    let replay = folder.clone();
    hide(&folder, async move |transport, retries| {
        let server = Replay::load(&replay).unwrap().start().await;
        let client = server.client_builder().transport(transport).max_retries(retries).build().unwrap();
        endpoint::run(&client, "https://platform.example/events")
            .await
            .map(drop)
            .map_err(|e| e.to_string().into())
    })
    .await;
}

/// Members whose values must not be printed, anywhere in a request or a reply.
const SECRET: [&str; 26] = [
    "account_number",
    "address_full_match",
    "bic",
    "clabe",
    "client_secret",
    "contact_email",
    "contact_phone",
    "cvc",
    "email",
    "encrypted_number",
    "iban",
    "id_number",
    "id_number_secondary",
    "line1",
    "number",
    "phone",
    "phone_number",
    "pin",
    "routing_number",
    "secret",
    "sort_code",
    "ssn_last_4",
    "swift_code",
    "tax_id",
    "token",
    "vat_id",
];

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spoil {
    /// Every request fails once, and the error repeats the request.
    StutterAll,
    /// Rejected, and the error repeats the request.
    Refuse,
    /// A proxy replies with the request as text.
    Foreign,
    /// The same, URL-encoded as on the wire.
    Echo,
    /// The reply is truncated within its JSON.
    Cut,
    /// The reply is JSON with every text in the wrong place.
    Misfit,
    /// The connection is closed within the reply.
    Break,
}

/// The real transport with one spoiled request.
struct Spoiler {
    inner: &'static ReqwestTransport,
    spoil: Option<(usize, Spoil)>,
    calls: AtomicUsize,
    /// The requests that have failed once.
    stuttered: Mutex<BTreeSet<String>>,
}

impl Spoiler {
    fn new(spoil: Option<(usize, Spoil)>) -> Arc<Self> {
        // Loading the root certificates is slow, so it is done once.
        static DIRECT: LazyLock<ReqwestTransport> =
            LazyLock::new(|| ReqwestTransport::new(reqwest::Client::builder().no_proxy()).unwrap());
        Arc::new(Self { inner: &DIRECT, spoil, calls: AtomicUsize::new(0), stuttered: Mutex::default() })
    }

    /// What happens to this attempt.
    fn turn(&self, request: &TransportRequest) -> Option<Spoil> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        match self.spoil? {
            (_, Spoil::StutterAll) => {
                let key = request.headers.get("idempotency-key")?.to_str().unwrap().to_owned();
                self.stuttered.lock().unwrap().insert(key).then_some(Spoil::StutterAll)
            }
            (number, spoil) => (call == number).then_some(spoil),
        }
    }
}

impl Transport for Spoiler {
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        Box::pin(async move {
            let turn = self.turn(&request);
            let (wire, sent) = (wire(&request), sent(&request));
            if turn == Some(Spoil::StutterAll) {
                return Ok(refusal(500, &sent).header("retry-after", "0"));
            }
            let reply = self.inner.execute(request).await?;
            let Some(turn) = turn else { return Ok(reply) };
            let (status, headers) = (reply.status, reply.headers);
            let body = read(reply.body).await?;
            let half = body.slice(..body.len() / 2);
            Ok(match turn {
                Spoil::StutterAll | Spoil::Refuse => refusal(400, &sent),
                Spoil::Foreign => {
                    TransportReply::new(502, headers, format!("<html><pre>{sent}</pre></html>"))
                }
                Spoil::Echo => TransportReply::new(400, headers, wire),
                Spoil::Cut => TransportReply::new(status, headers, half),
                Spoil::Misfit => TransportReply::new(status, headers, misfit(&body)),
                Spoil::Break => TransportReply::streamed(status, headers, Box::pin(Half(Some(half)))),
            })
        })
    }
}

/// The parameters of a request as sent.
fn wire(request: &TransportRequest) -> String {
    let body = match &request.body {
        TransportBody::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    format!("spoiled {} {body}", request.url.query().unwrap_or_default())
}

/// The same as readable text, which a server may repeat.
fn sent(request: &TransportRequest) -> String {
    let query = request.url.query().unwrap_or_default();
    let body = match &request.body {
        TransportBody::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    let pairs = |text: &str| {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        pairs.map(|(name, value)| format!("{name}: '{value}' {value}")).collect::<Vec<_>>().join(", ")
    };
    if body.starts_with('{') {
        format!("{} {body}", pairs(query))
    } else {
        format!("{} {}", pairs(query), pairs(&body))
    }
}

fn refusal(status: u16, sent: &str) -> TransportReply {
    let error = json!({ "error": {
        "type": "invalid_request_error", "code": "spoiled", "message": format!("Not this: {sent}"), "user_message": sent,
        "param": sent, "payment_intent": { "client_secret": sent },
    } });
    TransportReply::new(status, HeaderMap::new(), error.to_string())
}

/// JSON with every text wrapped in a list, so that its type is wrong.
fn misfit(body: &[u8]) -> String {
    fn change(json: &mut Json) {
        match json {
            Json::Array(items) => items.iter_mut().for_each(change),
            Json::Object(members) => members.values_mut().for_each(change),
            Json::String(text) => *json = json!([text]),
            _ => {}
        }
    }
    let mut json: Json = serde_json::from_slice(body).unwrap_or_default();
    change(&mut json);
    json.to_string()
}

async fn read(body: ReplyBody) -> Result<Bytes, TransportError> {
    match body {
        ReplyBody::Bytes(bytes) => Ok(bytes),
        ReplyBody::Stream(mut stream) => {
            let mut all = Vec::new();
            while let Some(piece) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
                all.extend_from_slice(&piece?);
            }
            Ok(all.into())
        }
        _ => Ok(Bytes::new()),
    }
}

/// The first half of a body, and then an error.
struct Half(Option<Bytes>);

impl Stream for Half {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let broken = || Err(TransportError::new(TransportErrorKind::Body).with_source("spoiled"));
        Poll::Ready(Some(self.0.take().map_or_else(broken, Ok)))
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The values of secret members in a flow's requests and replies, and the links in its replies.
fn secrets_of(flow: &Path) -> BTreeSet<String> {
    let mut secrets = BTreeSet::from(["sk_test_replay".to_owned()]);
    for step in steps(flow) {
        collect(&step["request"]["params"], false, &mut secrets);
        collect(&step["response"]["body"], false, &mut secrets);
    }
    secrets
}

fn sends_secrets(flow: &Path) -> bool {
    let mut secrets = BTreeSet::new();
    steps(flow).iter().for_each(|step| collect(&step["request"]["params"], false, &mut secrets));
    !secrets.is_empty()
}

fn steps(flow: &Path) -> Vec<Json> {
    let paths = std::fs::read_dir(flow).unwrap().map(|entry| entry.unwrap().path());
    let steps = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
    steps.map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

fn collect(json: &Json, secret: bool, into: &mut BTreeSet<String>) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                let link = name == "url" && value.as_str().is_some_and(|url| url.starts_with("https://"));
                collect(value, secret || link || SECRET.contains(&name.as_str()), into);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, secret, into)),
        // A name bound by the flow is a value unknown to the test.
        Json::String(text) if secret && text.len() > 2 && !text.contains("{{") => {
            into.insert(text.clone());
        }
        Json::Number(number) if secret && number.to_string().len() > 2 => {
            into.insert(number.to_string());
        }
        _ => {}
    }
}

type Ran = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The ways to spoil a request, each in a separate run. With many requests each is rejected and spoiled in one more
/// way.
fn spoils(call: usize, calls: usize) -> Vec<Spoil> {
    const OTHERS: [Spoil; 5] = [Spoil::Foreign, Spoil::Echo, Spoil::Cut, Spoil::Misfit, Spoil::Break];
    let others =
        if is_whole() || calls < OTHERS.len() { &OTHERS[..] } else { &OTHERS[call % OTHERS.len()..][..1] };
    [&[Spoil::Refuse], others].concat()
}

/// Runs a flow unchanged, then with every request failing once, then with each request spoiled permanently, and
/// checks all output.
async fn hide(flow: &Path, run: impl AsyncFn(Arc<dyn Transport>, u32) -> Ran) {
    listen();
    let begun = now();
    let secrets = secrets_of(flow);
    let whole = Spoiler::new(None);
    run(Arc::clone(&whole) as _, 0).await.unwrap();
    let calls = whole.calls.load(Ordering::SeqCst);
    assert!(calls > 0);
    run(Spoiler::new(Some((0, Spoil::StutterAll))), 1).await.unwrap();

    let mut out = String::new();
    let mut errors = 0;
    let mut runs = 0;
    for call in 0..calls {
        for spoil in spoils(call, calls) {
            runs += 1;
            // Some examples can handle an error; most cannot.
            if let Err(error) = run(Spoiler::new(Some((call, spoil))), 0).await {
                show(&*error, &mut out);
                errors += 1;
            }
        }
    }
    assert!(errors * 2 >= runs, "{errors} errors of {runs} runs");
    println!("{runs} runs, {errors} errors");
    assert!(out.contains("spoiled"), "{out}");
    // A secret of a request is masked where an error repeats it.
    assert_eq!(out.contains("[masked]"), sends_secrets(flow), "{out}");
    check(&out, &secrets);
    let log = heard_since(begun);
    assert!(log.contains("error.type=\"invalid_request\"") && log.contains("error.type=\"decode\""), "{log}");
    check(&log, &secrets);
}
