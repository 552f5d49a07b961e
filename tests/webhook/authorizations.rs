//! Decisions and replies: in time, late, failed, panicked, undecodable, and with a closed connection.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{Full, StreamBody};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_platform::issuing::authorization::Channel;
use stripe_platform::webhook::{
    AuthorizationRequest, Decision, DecisionReport, DecisionSource, Event, EventType, Rejection, Responder,
    SIGNATURE_HEADER, Signer, Verifier,
};
use stripe_platform::{API_VERSION, Currency, Error, Money};

pub const SECRET: &str = "whsec_of_the_tests";

/// A pending payment of 42.50 USD, with some members replaced by JSON pointer.
pub fn request_with(changes: &[(&str, Value)]) -> Vec<u8> {
    let mut event: Value =
        serde_json::from_str(include_str!("../../examples/webhook_server/events/authorization_request.json"))
            .unwrap();
    for (pointer, value) in changes {
        *event.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
    }
    serde_json::to_vec_pretty(&event).unwrap()
}

const CONTROLLABLE: &str = "/data/object/pending_request/is_amount_controllable";

fn request(changes: &[(&str, Value)]) -> AuthorizationRequest {
    Event::parse(&request_with(changes)).unwrap().into_authorization_request().unwrap()
}

pub fn signed(body: &[u8]) -> HeaderMap {
    let header = Signer::new(SECRET).unwrap().sign(body);
    let mut headers = HeaderMap::new();
    headers.insert(SIGNATURE_HEADER, HeaderValue::try_from(header).unwrap());
    headers
}

/// Everything that a responder reported.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<Vec<DecisionReport>>>);

impl Told {
    pub fn watch(&self, responder: Responder) -> Responder {
        let told = self.clone();
        responder.observe(move |answered| told.0.lock().unwrap().push(answered.clone()))
    }

    pub fn all(&self) -> Vec<DecisionReport> {
        self.0.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn only(&self) -> DecisionReport {
        let all = self.all();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].clone()
    }
}

fn verifier() -> Verifier {
    Verifier::new(SECRET).unwrap()
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

type Never = Result<Decision, Infallible>;

#[test]
fn authorization_request_has_amount_card_and_merchant() {
    let asked = request(&[]);
    assert_eq!(asked.amount(), Money::new(4250, Currency::USD));
    assert_eq!(asked.merchant_amount(), Money::new(4250, Currency::USD));
    assert!(!asked.is_amount_controllable());
    assert_eq!(asked.merchant().name.as_deref(), Some("Rocket Rides"));
    assert_eq!(asked.card().last4, "4242");
    assert_eq!(asked.account.unwrap(), "acct_1MzFL2K8F4fqH0lB");
    assert_eq!(asked.pending.network_risk_score, Some(11));
    assert_eq!(asked.authorization.pending_request, None, "it is in one place only");
}

#[test]
fn only_pending_authorizations_convert_to_requests() {
    for change in [
        ("/type", json!("issuing_authorization.updated")),
        ("/data/object/pending_request", Value::Null),
        ("/data/object/card", json!("ic_1")),
        ("/data/object", json!({ "id": "tu_1", "object": "topup" })),
    ] {
        let event = Event::parse(&request_with(std::slice::from_ref(&change))).unwrap();
        let back = event.clone().into_authorization_request().unwrap_err();
        assert_eq!(*back, event, "{change:?}");
    }
}

#[test]
fn decisions_are_encoded_as_replies() {
    let part = Money::new(1000, Currency::USD);
    for (decision, body) in [
        (Decision::approve(), json!({ "approved": true })),
        (Decision::decline(), json!({ "approved": false })),
        (Decision::approve_amount(part), json!({ "approved": true, "amount": 1000 })),
        (
            Decision::decline().metadata("rule", "limit").metadata("by", "policy"),
            json!({ "approved": false, "metadata": { "by": "policy", "rule": "limit" } }),
        ),
        (
            Decision::approve_amount(part).metadata("a\"b\\", "line\nbreak \u{1} é"),
            json!({ "approved": true, "amount": 1000, "metadata": { "a\"b\\": "line\nbreak \u{1} é" } }),
        ),
        (
            Decision::decline().send_fraud_challenges([Channel::Sms]),
            json!({ "approved": false, "send_fraud_challenges": ["sms"] }),
        ),
    ] {
        let answer = decision.answer(&request(&[(CONTROLLABLE, json!(true))])).unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["stripe-version"], API_VERSION);
        assert_eq!(json_of(&answer), body);
    }
}

#[test]
fn invalid_decisions_are_rejected_before_sending() {
    let dollar = Money::new(100, Currency::USD);
    let long = "x".repeat(501);
    for (decision, controllable, problem) in [
        (Decision::approve_amount(dollar), false, "amount of this authorization cannot be changed"),
        (
            Decision::approve_amount(Money::new(100, Currency::EUR)),
            true,
            "in eur, but must be in the card's currency, usd",
        ),
        (Decision::approve_amount(Money::new(0, Currency::USD)), true, "must be positive"),
        (Decision::approve_amount(Money::new(-1, Currency::USD)), true, "must be positive"),
        (Decision::approve().metadata("x".repeat(41), "y"), false, "at most 40"),
        (Decision::approve().metadata("", "y"), false, "must not be empty"),
        (Decision::approve().metadata("a[b]", "y"), false, "brackets"),
        (Decision::approve().metadata("x", &long), false, "at most 500"),
        ((0..51).fold(Decision::approve(), |d, n| d.metadata(n.to_string(), "y")), false, "at most 50"),
    ] {
        match decision.answer(&request(&[(CONTROLLABLE, json!(controllable))])) {
            Err(Error::InvalidInput(error)) => assert!(error.problem.contains(problem), "{error}"),
            other => panic!("{problem}: {other:?}"),
        }
    }
    let at_the_limit = (0..50).fold(Decision::approve(), |d, n| d.metadata(format!("{n:040}"), &long[..500]));
    at_the_limit.answer(&request(&[])).unwrap();
}

#[tokio::test]
async fn decision_is_the_reply() {
    let told = Told::default();
    let responder = told.watch(Responder::new(verifier(), |request: AuthorizationRequest| async move {
        Never::Ok(if request.amount().amount <= 5000 { Decision::approve() } else { Decision::decline() })
    }));
    for (amount, approved) in [(4250, true), (5001, false)] {
        let body = request_with(&[("/data/object/pending_request/amount", json!(amount))]);
        let answer = responder.respond(&signed(&body), &body).await;
        assert_eq!((answer.status().as_u16(), json_of(&answer)), (200, json!({ "approved": approved })));
    }
    let told = told.all();
    assert!(told.iter().all(|answered| answered.cause == DecisionSource::Decided));
    assert_eq!(told[0].event.as_ref().unwrap(), "evt_1MzkYD2eZvKYlo2CJxQwZ7ab");
    assert_eq!(told[0].authorization.as_ref().unwrap(), "iauth_1MzkYE2eZvKYlo2C1hBXiVDz");
    assert_eq!(told[0].account.as_ref().unwrap(), "acct_1MzFL2K8F4fqH0lB");
    assert!(told[1].decision.as_ref().is_some_and(|decision| !decision.is_approval()));
}

/// Answers one request, and returns the reply's JSON and the report.
async fn answer_of(responder: Responder, body: &[u8]) -> (Value, DecisionReport) {
    let told = Told::default();
    let answer = told.watch(responder).respond(&signed(body), body).await;
    assert_eq!(answer.status(), 200);
    (json_of(&answer), told.only())
}

#[tokio::test(start_paused = true)]
async fn late_decision_sends_the_fallback_and_is_cancelled() {
    let finished = Arc::new(Mutex::new(false));
    let noted = finished.clone();
    let responder = Responder::new(verifier(), move |_| {
        let noted = noted.clone();
        async move {
            tokio::time::sleep(Duration::from_secs(10)).await;
            *noted.lock().unwrap() = true;
            Never::Ok(Decision::approve())
        }
    });
    let start = tokio::time::Instant::now();
    let (answer, told) = answer_of(responder.clone(), &request_with(&[])).await;
    assert_eq!(answer, json!({ "approved": false }));
    assert_eq!(told.cause, DecisionSource::Late);
    let taken = start.elapsed();
    assert!(taken >= Duration::from_millis(1500) && taken < Duration::from_millis(1510), "{taken:?}");
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(!*finished.lock().unwrap(), "an abandoned decision continued");

    let approving =
        responder.fallback(Decision::approve().metadata("late", "yes")).budget(Duration::from_millis(200));
    let (answer, told) = answer_of(approving, &request_with(&[])).await;
    assert_eq!(answer, json!({ "approved": true, "metadata": { "late": "yes" } }));
    assert_eq!((told.cause.label(), told.decision.unwrap().is_approval()), ("late", true));
}

/// With another thread, even a decision that blocks its thread is answered in time.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn blocking_decision_is_answered_in_time() {
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let blocked = Arc::new(Mutex::new(blocked));
    let responder = Responder::new(verifier(), move |_| {
        let blocked = blocked.clone();
        async move {
            let _ = blocked.lock().unwrap().recv_timeout(Duration::from_secs(30));
            Never::Ok(Decision::approve())
        }
    });
    let body = request_with(&[]);
    let answer = tokio::spawn(answer_of(responder.budget(Duration::from_millis(100)), body.leak())).await;
    let (answer, told) = answer.unwrap();
    assert_eq!((answer, told.cause), (json!({ "approved": false }), DecisionSource::Late));
    assert!(told.elapsed < Duration::from_secs(15), "{:?}", told.elapsed);
    drop(release);
}

#[tokio::test]
async fn failures_and_panics_send_the_fallback() {
    let failing = Responder::new(verifier(), |_| async {
        Err::<Decision, _>(std::io::Error::other("the database is away"))
    });
    let (answer, told) = answer_of(failing, &request_with(&[])).await;
    assert_eq!(answer, json!({ "approved": false }));
    assert_eq!(told.cause, DecisionSource::Failed("the database is away".to_owned()));

    let panicking = Responder::new(verifier(), |request: AuthorizationRequest| async move {
        match request.amount().amount {
            4250 => panic!("a panic of {}", "mine"),
            _ => Never::Ok(Decision::approve()),
        }
    });
    let (answer, told) = answer_of(panicking, &request_with(&[])).await;
    assert_eq!(answer, json!({ "approved": false }));
    assert_eq!(told.cause, DecisionSource::Panicked("a panic of mine".to_owned()));

    // Before a future exists.
    fn at_once(_: AuthorizationRequest) -> std::future::Ready<Never> {
        panic!("at once")
    }
    let (_, told) = answer_of(Responder::new(verifier(), at_once), &request_with(&[])).await;
    assert_eq!(told.cause, DecisionSource::Panicked("at once".to_owned()));
}

#[tokio::test]
async fn invalid_decision_sends_the_fallback() {
    let part = || async { Never::Ok(Decision::approve_amount(Money::new(1000, Currency::USD))) };
    let responder = Responder::new(verifier(), move |_| part());
    let (answer, told) = answer_of(responder.clone(), &request_with(&[])).await;
    assert_eq!(answer, json!({ "approved": false }));
    assert!(
        matches!(&told.cause, DecisionSource::Invalid(problem) if problem.contains("amount of this authorization cannot be changed")),
        "{told:?}"
    );

    let (answer, _) = answer_of(responder.clone(), &request_with(&[(CONTROLLABLE, json!(true))])).await;
    assert_eq!(answer, json!({ "approved": true, "amount": 1000 }));

    // An invalid fallback declines too.
    let fallback = responder.fallback(Decision::approve_amount(Money::new(1, Currency::USD)));
    let (answer, told) = answer_of(fallback, &request_with(&[])).await;
    assert_eq!((answer, told.decision), (json!({ "approved": false }), Some(Decision::decline())));
}

#[tokio::test]
async fn undecodable_authorization_sends_the_fallback() {
    let responder = Responder::new(verifier(), |_| async { Never::Ok(Decision::decline()) });
    let responder = responder.fallback(Decision::approve());
    let (answer, told) =
        answer_of(responder.clone(), &request_with(&[("/data/object/merchant_amount", json!("?"))])).await;
    assert_eq!(answer, json!({ "approved": true }));
    assert!(
        matches!(&told.cause, DecisionSource::Unreadable(reason) if reason.contains("merchant_amount")),
        "{told:?}"
    );
    assert!(told.event.is_some());

    let (_, told) =
        answer_of(responder, &request_with(&[("/data/object/pending_request", Value::Null)])).await;
    assert!(matches!(told.cause, DecisionSource::Unreadable(_)), "{told:?}");
}

/// Stripe uses the version of the endpoint, which may be older than a member.
#[tokio::test]
async fn authorization_with_missing_strings_reaches_the_policy() {
    let mut event: Value = serde_json::from_slice(&request_with(&[])).unwrap();
    event["api_version"] = json!("2020-08-27");
    let merchant = event["data"]["object"]["merchant_data"].as_object_mut().unwrap();
    for missing in ["category_code", "network_id"] {
        assert!(merchant.remove(missing).is_some(), "{missing}");
    }
    let approve = |request: AuthorizationRequest| async move {
        assert_eq!(request.amount(), Money::new(4250, Currency::USD));
        assert_eq!(request.merchant().category_code, "");
        Ok::<_, Infallible>(Decision::approve())
    };
    let (answer, told) =
        answer_of(Responder::new(verifier(), approve), &serde_json::to_vec(&event).unwrap()).await;
    assert_eq!((answer, told.cause), (json!({ "approved": true }), DecisionSource::Decided));
    // Amounts are never filled in.
    for missing in ["amount", "currency", "merchant_amount", "merchant_currency", "is_amount_controllable"] {
        let mut event = event.clone();
        let pending = event["data"]["object"]["pending_request"].as_object_mut().unwrap();
        assert!(pending.remove(missing).is_some());
        let (answer, told) =
            answer_of(Responder::new(verifier(), approve), &serde_json::to_vec(&event).unwrap()).await;
        assert_eq!(answer, json!({ "approved": false }), "{missing}");
        assert!(matches!(&told.cause, DecisionSource::Unreadable(_)), "{missing}: {told:?}");
    }
}

/// A minimal body gives an error that names the missing member.
#[test]
fn minimal_event_decodes_or_names_the_missing_member() {
    let mut event =
        json!({ "id": "evt_1", "type": "issuing_authorization.request", "created": 1_794_500_000 });
    for missing in ["id", "type", "created"] {
        let mut event = event.clone();
        event.as_object_mut().unwrap().remove(missing);
        let error = Event::parse(event.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains(&format!("`{missing}`")), "{error}");
    }
    event["data"] = json!({ "object": { "id": "iauth_1", "object": "issuing.authorization" } });
    let event = Event::parse(event.to_string().as_bytes()).unwrap().into_authorization_request().unwrap_err();
    let reason = event.object.undecoded().unwrap().to_string();
    assert!(reason.contains("the required member `"), "{reason}");
}

#[tokio::test]
async fn unsigned_webhook_never_reaches_the_policy() {
    let responder = Responder::new(verifier(), |_| async {
        panic!("it was asked");
        #[allow(unreachable_code)]
        Never::Ok(Decision::approve())
    });
    let body = request_with(&[]);
    let mut forged = signed(&body);
    forged.insert(SIGNATURE_HEADER, HeaderValue::from_static("t=1,v1=00"));
    for headers in [HeaderMap::new(), forged] {
        let told = Told::default();
        let answer = told.watch(responder.clone()).respond(&headers, &body).await;
        assert_eq!(answer.status(), 400);
        assert!(matches!(told.only().cause, DecisionSource::Refused(_)));
    }
}

#[tokio::test]
async fn other_events_are_handled_ignored_or_retried() {
    let body = request_with(&[("/type", json!("issuing_authorization.updated"))]);
    let plain = Responder::new(verifier(), |_| async { Never::Ok(Decision::approve()) });
    let kind = EventType::IssuingAuthorizationUpdated;

    let told = Told::default();
    let answer = told.watch(plain.clone()).respond(&signed(&body), &body).await;
    assert_eq!((answer.status().as_u16(), told.only().cause), (200, DecisionSource::Other(kind.clone())));

    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    let handling = plain.clone().others(move |event| {
        noted.lock().unwrap().push(event.id.to_string());
        async { Ok::<_, Infallible>(()) }
    });
    assert_eq!(handling.respond(&signed(&body), &body).await.status(), 200);
    assert_eq!(seen.lock().unwrap().len(), 1);

    let told = Told::default();
    let failing = plain.clone().others(|_| async { Err("full") });
    assert_eq!(told.watch(failing).respond(&signed(&body), &body).await.status(), 500);
    assert_eq!(told.only().cause, DecisionSource::OtherFailed(kind, "full".to_owned()));

    let panicking = plain
        .others(|event| async move { if event.livemode { Ok::<_, Infallible>(()) } else { panic!("no") } });
    assert_eq!(panicking.respond(&signed(&body), &body).await.status(), 500);
}

#[tokio::test]
async fn panicking_observer_does_not_affect_the_reply() {
    let responder = Responder::new(verifier(), |_| async { Never::Ok(Decision::approve()) })
        .observe(|_| panic!("in the observer"));
    let body = request_with(&[]);
    assert_eq!(json_of(&responder.respond(&signed(&body), &body).await), json!({ "approved": true }));
}

#[tokio::test(start_paused = true)]
async fn missing_body_times_out() {
    let told = Told::default();
    let responder = told.watch(Responder::new(verifier(), |_| async { Never::Ok(Decision::approve()) }));
    let never = StreamBody::new(futures_pending());
    let answer = responder.handle(Request::new(never)).await;
    assert_eq!(answer.status(), 408);
    assert!(matches!(told.only().cause, DecisionSource::Refused(_)));
}

/// A body that never yields data.
pub fn futures_pending() -> impl futures_core::Stream<Item = Result<http_body::Frame<Bytes>, Infallible>> {
    struct Nothing;
    impl futures_core::Stream for Nothing {
        type Item = Result<http_body::Frame<Bytes>, Infallible>;
        fn poll_next(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            std::task::Poll::Pending
        }
    }
    Nothing
}

#[tokio::test]
async fn body_size_is_limited() {
    let body = request_with(&[]);
    let length = body.len();
    let policy = |_| async { Never::Ok(Decision::approve()) };
    for (limit, status) in [(length, 200), (length - 1, 413)] {
        let responder = Responder::new(verifier().body_limit(limit), policy);
        let mut request = Request::new(Full::new(Bytes::from(body.clone())));
        *request.headers_mut() = signed(&body);
        assert_eq!(responder.handle(request).await.status(), status);
        // Chunks of unknown number.
        let mut request = Request::new(Pieces(body.chunks(1000).map(Bytes::copy_from_slice).collect()));
        *request.headers_mut() = signed(&body);
        assert_eq!(responder.handle(request).await.status(), status);
        assert_eq!(responder.respond(&signed(&body), &body).await.status(), status);
        let signature = Signer::new(SECRET).unwrap().sign(&body);
        assert_eq!(responder.respond_to_signed(&signature, &body).await.status(), status);
    }
}

#[tokio::test]
async fn very_large_budget_is_unlimited() {
    let policy = |_| async { Never::Ok(Decision::approve()) };
    let responder = Responder::new(verifier(), policy).budget(Duration::MAX);
    let (answer, told) = answer_of(responder, &request_with(&[])).await;
    assert_eq!((answer, told.cause), (json!({ "approved": true }), DecisionSource::Decided));
}

/// A body whose sender disconnects midway.
struct Cut(Option<Bytes>);

impl http_body::Body for Cut {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        let gone = || std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        std::task::Poll::Ready(Some(self.0.take().map(http_body::Frame::data).ok_or_else(gone)))
    }
}

#[tokio::test]
async fn disconnect_within_the_body_is_refused() {
    let body = request_with(&[]);
    let cut = || {
        let mut request = Request::new(Cut(Some(Bytes::copy_from_slice(&body[..body.len() / 2]))));
        *request.headers_mut() = signed(&body);
        request
    };
    let rejection = verifier().receive::<Event, _>(cut()).await.unwrap_err();
    assert!(matches!(&rejection, Rejection::Interrupted(_)), "{rejection:?}");
    assert_eq!(rejection.status(), 400);
    assert!(std::error::Error::source(&rejection).unwrap().to_string().contains("reset"), "{rejection:?}");

    let told = Told::default();
    let asked = Responder::new(verifier(), |_| async {
        panic!("it was asked");
        #[allow(unreachable_code)]
        Never::Ok(Decision::approve())
    });
    assert_eq!(told.watch(asked).handle(cut()).await.status(), 400);
    let told = told.only();
    assert_eq!(told.cause, DecisionSource::Refused("the body was not received completely".to_owned()));
    assert_eq!((told.cause.reason(), told.event), (Some("the body was not received completely"), None));
}

/// Hints about configuration go to the log, not to senders of forged webhooks.
#[tokio::test]
async fn hints_are_logged_but_not_sent() {
    let body = request_with(&[]);
    let rejection = verifier().accept_signed::<Event>("t=1,v1=00", &body).unwrap_err();
    assert!(rejection.to_string().contains("truncated or changed"), "{rejection}");
    let sent = String::from_utf8(rejection.response().body().to_vec()).unwrap();
    assert_eq!(sent, "the webhook's signature does not match its body and the signing secret");
}

struct Pieces(std::collections::VecDeque<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        std::task::Poll::Ready(self.0.pop_front().map(|piece| Ok(http_body::Frame::data(piece))))
    }
}
