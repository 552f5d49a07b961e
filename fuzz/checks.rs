//! Properties that hold for any input. The fuzz targets call these, and so does a test that replays the corpus.
#![allow(dead_code)]

use http::HeaderMap;
use std::sync::Arc;
use stripe_platform::webhook::{
    Decision, Delivery, Event, EventNotification, Signer, Verifier, from_event_bridge, from_event_grid,
};
use stripe_platform::{
    BoxFuture, Client, Error, Exposed, Json, List, Method, Prepared, Timestamp, Transport, TransportError,
    TransportReply, TransportRequest, account, balance, event, issuing, payout,
};

/// Replies of any content decode or fail, and decoded values round-trip.
pub fn decode(data: &[u8]) {
    round_trip::<account::Account>(data);
    round_trip::<balance::Balance>(data);
    round_trip::<event::Event>(data);
    round_trip::<payout::Payout>(data);
    round_trip::<issuing::authorization::Authorization>(data);
    round_trip::<List<issuing::transaction::Transaction>>(data);
}

fn round_trip<T>(data: &[u8])
where
    T: for<'de> serde::Deserialize<'de> + std::fmt::Debug + PartialEq,
    for<'a> Exposed<'a, T>: serde::Serialize,
{
    let Ok(value) = serde_json::from_slice::<T>(data) else { return };
    let _ = format!("{value:?}");
    let text = serde_json::to_string(&Exposed(&value)).expect("what was read can be written");
    let again: T = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(again, value);
    let rewritten = serde_json::to_string(&Exposed(&again)).expect("what was read can be written");
    assert_eq!(rewritten, text, "a number changes on each round trip");
}

/// The statuses selected by the first byte: each status that the client treats specially, and some unknown ones.
const STATUSES: [u16; 24] = [
    200, 201, 204, 299, 301, 302, 400, 401, 402, 403, 404, 405, 408, 409, 413, 425, 429, 431, 500, 502, 503,
    504, 599, 999,
];

/// Replies with the status selected by the first byte; the rest is a header and a body.
struct Fixed<'a>(&'a [u8]);

impl Fixed<'_> {
    fn reply(&self) -> TransportReply {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        let status = STATUSES[usize::from(*first) % STATUSES.len()];
        let (header, body) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => rest.split_at(end),
            None => (&[][..], rest),
        };
        let header = String::from_utf8_lossy(header).into_owned();
        let reply = TransportReply::new(status, HeaderMap::new(), body.to_vec());
        let (retry, id) = header.split_once(';').unwrap_or((&header, ""));
        reply.header("retry-after", retry).header("request-id", id).header("stripe-should-retry", id)
    }
}

struct Owned(Vec<u8>);

impl Transport for Owned {
    fn execute(&self, _: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        Box::pin(async { Ok(Fixed(&self.0).reply()) })
    }
}

fn client(data: &[u8]) -> Client {
    let transport = Arc::new(Owned(data.to_vec()));
    Client::builder("sk_test_fuzz").max_retries(0).transport(transport).build().expect("a client")
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(work)
}

/// Any reply gives a value or an error, and the error contains no key.
pub fn error_reply(data: &[u8]) {
    let client = client(data);
    let request =
        client.raw(Method::Post, "/v1/topups").param("card[number]", "4242424242424242").idempotency_key("k");
    match block_on(async { request.send_as::<payout::Payout>().await }) {
        Ok(_) => {}
        Err(error) => {
            look(&error);
            assert_eq!(error.idempotency_key(), Some("k"));
        }
    }
}

fn look(error: &Error) {
    let text = format!("{error} {error:?}");
    for secret in ["4242424242424242", "sk_test_fuzz"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.len() < 100_000 || error.api().is_some(), "an endless error");
    let _ = (
        error.outcome(),
        error.is_retryable(),
        error.is_safe_to_resubmit(),
        error.retry_after(),
        error.http_status(),
    );
}

/// A stored request of any content goes to the configured host or fails.
pub fn stored_request(data: &[u8]) {
    struct Check;

    impl Transport for Check {
        fn execute(
            &self,
            request: TransportRequest,
        ) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
            assert_eq!(request.url.origin().ascii_serialization(), "https://api.example");
            assert!(request.url.path().starts_with("/prefix/"), "{}", request.url);
            for value in request.headers.values() {
                assert!(value.as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte)));
            }
            Box::pin(async { Ok(TransportReply::new(200, HeaderMap::new(), "{}")) })
        }
    }

    let Ok(request) = serde_json::from_slice::<Prepared>(data) else { return };
    let _ = format!("{request:?}");
    let client =
        Client::builder("sk_test_fuzz").base_url("https://api.example/prefix").transport(Arc::new(Check));
    let client = client.build().expect("a client");
    let _ = block_on(async { client.replay::<Json>(&request).await });
}

/// A body is an event or an error. All decoders agree on an event, its object is kept, and no other signature is
/// valid.
pub fn event(data: &[u8]) {
    let _ = (
        EventNotification::parse(data),
        Delivery::parse(data),
        from_event_bridge(data),
        from_event_grid(data),
    );
    let Ok(event) = Event::parse(data) else { return };
    let _ = format!("{event:?}");
    // Without duplicate members, whose meaning is undefined.
    let json: Json = serde_json::from_slice(data).expect("an event is JSON");
    let Ok(event) = Event::parse(json.to_string().as_bytes()) else { return };
    if let Some(kept) = event.object.as_json() {
        let came = json.pointer("/data/object").unwrap_or(&Json::Null);
        assert_eq!(kept, came, "an object changed");
    }
    if let Ok(listed) = serde_json::from_str::<event::Event>(&json.to_string()) {
        assert_eq!(Event::from(listed), event);
    }
    if let Ok(request) = event.into_authorization_request() {
        let answers = [Decision::approve(), Decision::decline(), Decision::approve_amount(request.amount())]
            .map(|decision| decision.answer(&request));
        assert!(answers[0].is_ok() && answers[1].is_ok());
        assert_eq!(answers[2].is_ok(), request.is_amount_controllable() && request.amount().amount > 0);
    }
}

/// A header, a line break, and a body: only bodies signed with the secret pass.
pub fn signature(data: &[u8]) {
    const SECRET: &str = "whsec_fuzz";
    let (header, body) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[][..]),
    };
    let now = Timestamp::new(1_794_500_000);
    let verifier = Verifier::new(SECRET).expect("a secret");
    match verifier.verify_at(body, header, now) {
        // The header was made with the secret: it contains what the signer writes.
        Ok(time) => {
            let own = Signer::new(SECRET).expect("a secret").sign_at(body, time);
            let digest = own.rsplit('=').next().expect("a signature");
            assert!(String::from_utf8_lossy(header).contains(digest), "a forged header passed");
        }
        Err(Error::Signature(error)) => {
            assert!(!format!("{error} {error:?}").contains(SECRET));
        }
        Err(other) => panic!("{other}"),
    }
}
