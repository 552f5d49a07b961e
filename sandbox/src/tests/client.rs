//! The sandbox behind this crate's client, without a socket: replies, faults, uploads and webhook endpoints.

use crate::{BalanceKind, Effect, Json, Peek, Phase, Sandbox};
use bytes::Bytes;
use futures_core::Stream;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use stripe_platform::{
    Client, Currency, Error, FileUpload, Method, TimeoutKind, TransportErrorKind, balance, file, topup,
    webhook_endpoint,
};

fn top_up(amount: i64) -> topup::Create {
    topup::Create::new(amount, Currency::USD).source("btok_us_verified").idempotency_key("one")
}

async fn top_ups(client: &Client) -> usize {
    topup::List::new().send(client).await.unwrap().data.len()
}

#[tokio::test]
async fn client_works_in_process_for_platform_and_accounts() {
    let sandbox = Sandbox::start();
    let account = sandbox.connect().into_id();
    let made = top_up(700).send(&sandbox.client()).await.unwrap();
    assert_eq!(made.amount, 700);
    let on_account = sandbox.client().for_account(&account);
    assert_eq!(top_ups(&on_account).await, 0);
    assert_eq!(top_ups(&sandbox.client()).await, 1);
    sandbox.fund(&account, BalanceKind::Available, Currency::EUR, 900).unwrap();
    let balance = balance::Retrieve::new().send(&on_account).await.unwrap();
    assert_eq!((balance.available[0].amount, balance.available[0].currency), (900, Currency::EUR));
    let error = sandbox.client().for_account("acct_stranger");
    let error = balance::Retrieve::new().send(&error).await.unwrap_err();
    assert_eq!(error.api().map(|error| error.status), Some(403), "{error}");
}

#[tokio::test(start_paused = true)]
async fn reset_after_commit_is_retried_with_one_effect() {
    let sandbox = Sandbox::start();
    sandbox.faults().times(2).reset_after_commit();
    let made = top_up(700).send(&sandbox.client()).await.unwrap();
    assert_eq!(made.amount, 700);
    assert_eq!(top_ups(&sandbox.client()).await, 1);
    assert_eq!(sandbox.event_types(), ["topup.created"]);
}

#[tokio::test(start_paused = true)]
async fn transport_faults_are_socket_errors() {
    let sandbox = Sandbox::start();
    let client = sandbox.client_builder().max_retries(0).build().unwrap();
    let failed = |phase, effect| {
        sandbox.faults().plan(phase, effect);
        let client = client.clone();
        async move { balance::Retrieve::new().send(&client).await.unwrap_err() }
    };
    let Error::Connection(error) = failed(Phase::Before, Effect::Reset).await else { panic!() };
    assert_eq!(error.fault, TransportErrorKind::Reset);
    let Error::Connection(error) = failed(Phase::After, Effect::Truncate(9)).await else { panic!() };
    assert_eq!(error.fault, TransportErrorKind::Body);
    let Error::Timeout(error) = failed(Phase::Before, Effect::Stall).await else { panic!() };
    assert_eq!(error.kind, TimeoutKind::Attempt);

    let begun = tokio::time::Instant::now();
    sandbox.faults().delay(Duration::from_secs(7));
    balance::Retrieve::new().send(&client).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_secs(7));
}

/// A file in two chunks.
struct Pieces(Vec<&'static [u8]>);

impl Stream for Pieces {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop().map(|piece| Ok(Bytes::from_static(piece))))
    }
}

#[tokio::test]
async fn chunked_file_upload_can_be_downloaded() {
    let client = Sandbox::start().client();
    let upload = FileUpload::stream("front.png", 10, || Pieces(vec![b" back", b"\x89PNGx"]));
    let file = file::Create::new(upload, file::UploadPurpose::IdentityDocument).send(&client).await.unwrap();
    assert_eq!(file.size, 10);
    let read = client.file_contents(&file.id).bytes().await.unwrap();
    assert_eq!(&read[..], b"\x89PNGx back");
}

/// An active card of the funded platform.
async fn card(sandbox: &Sandbox) -> String {
    sandbox.fund(sandbox.platform(), BalanceKind::Issuing, Currency::USD, 50_000).unwrap();
    let holder =
        crate::tests::support::post(sandbox, "", "/v1/issuing/cardholders", crate::tests::support::HOLDER)
            .json();
    let card = format!("type=virtual&currency=usd&status=active&cardholder={}", holder.text("id"));
    crate::tests::support::post(sandbox, "", "/v1/issuing/cards", &card).json().text("id").to_owned()
}

const HOOKS: &str = "https://platform.example/hooks";

async fn listen(sandbox: &Sandbox, events: &[&str]) -> String {
    let events = events.iter().copied();
    let endpoint = webhook_endpoint::Create::new(events, HOOKS).send(&sandbox.client()).await.unwrap();
    endpoint.secret.unwrap().expose().to_owned()
}

async fn swipe(sandbox: &Sandbox, card: &str, amount: i64) -> Json {
    let path = "/v1/test_helpers/issuing/authorizations";
    let request = sandbox.client().raw(Method::Post, path).param("card", card);
    request.param("amount", amount.to_string()).param("currency", "usd").send().await.unwrap().into()
}

#[tokio::test]
async fn in_process_responder_decides_a_purchase() {
    use stripe_platform::webhook::{AuthorizationRequest, Decision, Responder, Verifier};

    let sandbox = Sandbox::start();
    let card = card(&sandbox).await;
    let verifier = Verifier::new(listen(&sandbox, &["issuing_authorization.request"]).await).unwrap();
    let policy = |request: AuthorizationRequest| async move {
        let small = request.amount().amount <= 1_000;
        Ok::<_, std::io::Error>(if small { Decision::approve() } else { Decision::decline() })
    };
    sandbox.webhooks().receive(HOOKS, Responder::new(verifier, policy));
    let small = swipe(&sandbox, &card, 1_000).await;
    assert_eq!((small.flag("approved"), small.text("request_history.0.reason")), (true, "webhook_approved"));
    let large = swipe(&sandbox, &card, 1_001).await;
    assert_eq!((large.flag("approved"), large.text("request_history.0.reason")), (false, "webhook_declined"));
}

#[tokio::test]
async fn endpoint_can_retrieve_the_pending_authorization() {
    let sandbox = Sandbox::start();
    let card = card(&sandbox).await;
    listen(&sandbox, &["issuing_authorization.request"]).await;
    let client = sandbox.client();
    sandbox.webhooks().receive(HOOKS, move |webhook: http::Request<Bytes>| {
        let client = client.clone();
        async move {
            let event: Json = serde_json::from_slice(webhook.body()).unwrap();
            let path = format!("/v1/issuing/authorizations/{}", event.text("data.object.id"));
            let seen = Json::from(client.raw(Method::Get, path).send().await.unwrap());
            let answer = answering();
            answer
                .body(Bytes::from(format!("{{\"approved\":{}}}", seen.text("status") == "pending")))
                .unwrap()
        }
    });
    let begun = std::time::Instant::now();
    assert!(swipe(&sandbox, &card, 500).await.flag("approved"));
    assert!(begun.elapsed() < Duration::from_secs(2), "the request did not wait for itself");
}

#[tokio::test]
async fn panicking_endpoint_counts_as_no_reply() {
    let sandbox = Sandbox::start();
    let card = card(&sandbox).await;
    listen(&sandbox, &["issuing_authorization.request", "topup.created"]).await;
    sandbox.webhooks().receive(HOOKS, |_: http::Request<Bytes>| async { panic!("as planned") });
    let made = swipe(&sandbox, &card, 500).await;
    assert_eq!(made.text("request_history.0.reason"), "webhook_timeout", "{made}");
    top_up(700).send(&sandbox.client()).await.unwrap();
    sandbox.webhooks().deliver().await;
    assert_eq!(sandbox.webhooks().waiting(), 1, "it will be retried");
}

#[tokio::test]
async fn events_are_delivered_in_the_background() {
    let sandbox = Sandbox::start();
    listen(&sandbox, &["topup.created", "topup.succeeded"]).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = heard.clone();
    sandbox.webhooks().receive(HOOKS, move |webhook: http::Request<Bytes>| {
        let event: Json = serde_json::from_slice(webhook.body()).unwrap();
        kept.lock().unwrap().push(event.text("type").to_owned());
        async { http::Response::new(Bytes::new()) }
    });
    top_up(700).send(&sandbox.client()).await.unwrap();
    let hears = |count| {
        let heard = heard.clone();
        let wait = async move {
            while heard.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait)
    };
    hears(1).await.unwrap();
    sandbox.advance(Duration::from_secs(10 * 86_400));
    hears(2).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), ["topup.created", "topup.succeeded"]);
}

/// Makes a purchase with an idempotency key.
fn swipe_once(client: &Client, card: &str) -> stripe_platform::RawRequest {
    let request = client.raw(Method::Post, "/v1/test_helpers/issuing/authorizations").idempotency_key("once");
    request.param("card", card).param("amount", 500).param("currency", "usd")
}

/// While a purchase is in progress its key is in use, with either error type; afterwards the reply is repeated.
async fn the_key_is_in_use_meanwhile(sandbox: &Sandbox, card: &str) {
    let client = sandbox.client_builder().max_retries(0).build().unwrap();
    let first = async { swipe_once(&client, card).send().await.unwrap() };
    let second = async {
        for (switch, kind) in [(true, "idempotency_error"), (false, "invalid_request_error")] {
            tokio::time::sleep(Duration::from_millis(100)).await;
            sandbox.change_options(|options| options.key_in_use_is_idempotency_error = switch);
            let error = swipe_once(&client, card).send().await.unwrap_err();
            let api = error.api().unwrap_or_else(|| panic!("{error}"));
            assert_eq!((api.status, api.code.as_deref()), (409, Some("idempotency_key_in_use")));
            assert_eq!(api.kind.as_deref(), Some(kind));
        }
    };
    let (first, ()) = tokio::join!(first, second);
    let again = swipe_once(&client, card).send().await.unwrap();
    assert_eq!(again["id"], first["id"]);
    let authorizations = client.raw(Method::Get, "/v1/issuing/authorizations").send().await.unwrap();
    assert_eq!(authorizations["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn key_is_in_use_while_the_endpoint_decides() {
    let sandbox = Sandbox::start();
    let card = card(&sandbox).await;
    listen(&sandbox, &["issuing_authorization.request"]).await;
    sandbox.webhooks().receive(HOOKS, |_: http::Request<Bytes>| async {
        tokio::time::sleep(Duration::from_millis(600)).await;
        let answer = answering();
        answer.body(Bytes::from_static(br#"{"approved":true}"#)).unwrap()
    });
    the_key_is_in_use_meanwhile(&sandbox, &card).await;
}

#[tokio::test]
async fn key_is_in_use_while_the_reply_is_delayed() {
    let sandbox = Sandbox::start();
    let card = card(&sandbox).await;
    sandbox.faults().delay(Duration::from_millis(600));
    the_key_is_in_use_meanwhile(&sandbox, &card).await;
}

#[tokio::test]
async fn key_is_in_use_while_processing_is_delayed() {
    let sandbox = Sandbox::start();
    let card = card(&sandbox).await;
    sandbox.faults().delay_before(Duration::from_millis(600));
    the_key_is_in_use_meanwhile(&sandbox, &card).await;

    sandbox.faults().delay_before(Duration::from_millis(300));
    let made = sandbox.event_types().len();
    let client = sandbox.client();
    let request = tokio::spawn(async move { top_up(700).send(&client).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(sandbox.event_types().len(), made);
    request.await.unwrap();
    assert_eq!(sandbox.event_types().len(), made + 1);
}

#[tokio::test(start_paused = true)]
async fn disconnected_client_releases_its_key() {
    let sandbox = Sandbox::start();
    let client =
        sandbox.client_builder().max_retries(0).attempt_timeout(Duration::from_secs(1)).build().unwrap();
    sandbox.faults().delay_before(Duration::from_secs(5));
    top_up(700).send(&client).await.unwrap_err();
    sandbox.faults().delay(Duration::from_secs(5));
    top_up(700).send(&client).await.unwrap_err();
    top_up(700).send(&client).await.unwrap();
    assert_eq!(sandbox.event_types(), ["topup.created"]);
}

#[tokio::test]
async fn unreachable_webhooks_wait_for_a_receiver_or_take() {
    let sandbox = Sandbox::start();
    listen(&sandbox, &["topup.created"]).await;
    top_up(700).send(&sandbox.client()).await.unwrap();
    assert_eq!((sandbox.webhooks().deliver().await, sandbox.webhooks().waiting()), (0, 1));
    sandbox.webhooks().receive(HOOKS, |_: http::Request<Bytes>| async { http::Response::new(Bytes::new()) });
    sandbox.webhooks().deliver().await;
    assert_eq!(sandbox.webhooks().waiting(), 0);

    let other = "https://nobody.example/hooks";
    webhook_endpoint::Create::new(["topup.canceled"], other).send(&sandbox.client()).await.unwrap();
    let made = top_up(700).idempotency_key("two").send(&sandbox.client()).await.unwrap();
    topup::Cancel::new(&made.id).send(&sandbox.client()).await.unwrap();
    sandbox.webhooks().deliver().await;
    assert_eq!(sandbox.webhooks().take().len(), 1);
}

#[tokio::test]
async fn slow_endpoint_does_not_delay_others() {
    let sandbox = Sandbox::start();
    listen(&sandbox, &["topup.created"]).await;
    let slow = "https://slow.example/hooks";
    webhook_endpoint::Create::new(["topup.created"], slow).send(&sandbox.client()).await.unwrap();
    sandbox.webhooks().receive(slow, |_: http::Request<Bytes>| async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        http::Response::new(Bytes::new())
    });
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    sandbox.webhooks().receive(HOOKS, move |_: http::Request<Bytes>| {
        told.send(()).unwrap();
        async { http::Response::new(Bytes::new()) }
    });
    for key in ["first", "second"] {
        top_up(700).idempotency_key(key).send(&sandbox.client()).await.unwrap();
        tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn axum_router_receives_webhooks_in_process() {
    let sandbox = Sandbox::start();
    listen(&sandbox, &["topup.created"]).await;
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let handler = move |headers: http::HeaderMap, body: Bytes| async move {
        told.send((headers.contains_key("stripe-signature"), body.len() > 100)).unwrap();
    };
    let app = axum::Router::new().route("/hooks", axum::routing::post(handler));
    sandbox.webhooks().receive(HOOKS, app);
    top_up(700).send(&sandbox.client()).await.unwrap();
    assert_eq!(sandbox.webhooks().deliver().await + sandbox.webhooks().waiting(), 1);
    assert_eq!(heard.recv().await, Some((true, true)));
}

#[tokio::test]
async fn wiremock_server_uses_the_sandbox_and_its_endpoints() {
    use wiremock::matchers::path_regex;
    use wiremock::{Mock, MockServer};

    let sandbox = Sandbox::start();
    let card = card(&sandbox).await;
    listen(&sandbox, &["issuing_authorization.request", "topup.created"]).await;
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    sandbox.webhooks().receive(HOOKS, move |_: http::Request<Bytes>| {
        told.send(()).unwrap();
        async {
            let answer = answering();
            answer.body(Bytes::from_static(br#"{"approved":true}"#)).unwrap()
        }
    });
    let server = MockServer::start().await;
    Mock::given(path_regex("^/v[12]/")).respond_with(sandbox.clone()).mount(&server).await;
    let client =
        Client::builder(crate::tests::support::key()).base_url(server.uri()).max_retries(0).build().unwrap();
    let swiped = swipe_once(&client, &card).send().await.unwrap();
    assert_eq!(swiped["request_history"][0]["reason"], "webhook_approved");
    heard.recv().await.unwrap();
    let refused = top_up(-1).send(&client).await.unwrap_err();
    assert_eq!(refused.api().and_then(|api| api.param.as_deref()), Some("amount"));
    let made = top_up(700).idempotency_key("two").send(&client).await.unwrap();
    assert_eq!(sandbox.object(&made.id).unwrap().int("amount"), 700);
    tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.unwrap().unwrap();
    sandbox.faults().delay(Duration::from_millis(200));
    let begun = std::time::Instant::now();
    balance::Retrieve::new().send(&client).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

/// The start of a valid reply.
fn answering() -> http::response::Builder {
    let answer = http::Response::builder().header("content-type", "application/json");
    answer.header("stripe-version", stripe_platform::API_VERSION)
}

/// Failed assertions may be printed in a public log.
#[tokio::test]
async fn debug_output_omits_keys_numbers_and_links() {
    use crate::Request;

    let sandbox = Sandbox::start();
    let account = sandbox.connect().into_id();
    let mut request =
        Request { method: http::Method::POST, path: "/v1/tokens".to_owned(), ..Request::default() };
    request.query = "email=somebody%40example.com".to_owned();
    request.headers.insert("authorization", "Bearer sk_test_very_secret".parse().unwrap());
    request.headers.insert("stripe-account", account.parse().unwrap());
    request.body = "pii[id_number]=000456789&client_secret=hush".into();
    let response = sandbox.handle(&request);
    let link = Request { path: "/setup/s/acct_1/once".to_owned(), ..Request::default() };
    let text = format!("{request:?} {response:?} {sandbox:?} {:?} {link:?}", sandbox.state());
    for secret in ["sk_test", "000456789", "hush", "somebody", "once", "pii_"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("/v1/tokens") && text.len() < 2000, "{text}");
}
