//! Success replies that do not come from Stripe: from proxies, gateways and captive portals.

use crate::sockets::crash::example;
use std::sync::Arc;
use std::time::Duration;
use stripe_platform::{Currency, Error, Method, Outcome, Transport, payout};
use test_support::sockets::{Act, Server, direct};

const BODIES: [&str; 8] = [
    "",
    "<html>Blocked</html>",
    "OK",
    "null",
    "[]",
    r#"{"ok":true}"#,
    r#"{"error":{"type":"api_error","message":"No."}}"#,
    r#"{"object":"list","data":[],"has_more":false,"url":"/v1/payouts"}"#,
];

/// A reply with this body, with or without a `Request-Id`.
fn reply(status: u16, id: Option<&str>, body: &str) -> Act {
    let id = id.map(|id| format!("Request-Id: {id}\r\n")).unwrap_or_default();
    // These two statuses have no body.
    let body = if matches!(status, 204 | 205) { "" } else { body };
    Act::Reply(format!("HTTP/1.1 {status} Status\r\n{id}Content-Length: {}\r\n\r\n{body}", body.len()))
}

#[tokio::test]
async fn only_success_from_stripe_is_applied() {
    // Loading the root certificates is slow, so it is done once.
    let transport: Arc<dyn Transport> = direct();
    for status in [200, 201, 204, 205, 299] {
        for body in BODIES {
            for (id, expected) in [
                (None, Outcome::Unknown),
                (Some("4711"), Outcome::Unknown),
                (Some("req_1"), Outcome::Applied),
            ] {
                let server = Server::answering(move |_| reply(status, id, body)).await;
                let client =
                    server.builder().transport(Arc::clone(&transport)).max_retries(0).build().unwrap();
                let request = payout::Create::new(100, Currency::USD);
                let error = request.send(&client).await.unwrap_err();
                assert_eq!(error.outcome(), expected, "{status} {id:?} {body}: {error}");
                let is_foreign = error.to_string().starts_with("the reply does not come from Stripe");
                assert_eq!(is_foreign, expected == Outcome::Unknown, "{status} {id:?} {body}: {error}");
                server.stop().await;
            }
        }
    }
}

#[tokio::test]
async fn foreign_success_is_retried_with_the_same_key() {
    let server = Server::answering(|_| reply(200, None, "<html>")).await;
    let client = server.builder().build().unwrap();
    let error = client.raw(Method::Post, "/v1/payouts").send().await.unwrap_err();
    assert_eq!(error.call().unwrap().attempts, 3);
    let keys: Vec<_> = server.seen().into_iter().map(|request| request.key).collect();
    assert!(keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

/// The proxy's reply is not a payment, so nothing is settled.
#[tokio::test]
async fn outbox_does_not_settle_on_foreign_success() {
    for (number, body) in BODIES.into_iter().enumerate().step_by(2) {
        let server = Server::answering(move |_| reply(200, None, body)).await;
        let client = server.builder().max_retries(0).build().unwrap();
        let name = format!("stripe-platform-foreign-{}-{number}.jsonl", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&path);
        let mut outbox = example::Outbox::open(&path).unwrap();
        let owed = example::sample(5, &["acct_1"]);
        // It would retry for a long time.
        let paid = example::pay_all(&client, &mut outbox, &owed);
        assert!(tokio::time::timeout(Duration::from_secs(2), paid).await.is_err(), "{body}");
        assert!(server.seen().len() >= 5, "{body}");
        assert_eq!(example::Outbox::open(&path).unwrap().settled(), 0, "{body}");
        std::fs::remove_file(&path).unwrap();
        server.stop().await;
    }
}

/// An unexpected body from a known sender is an undecodable reply, not a foreign one.
#[tokio::test]
async fn undecodable_success_from_stripe_is_not_retried() {
    let server = Server::answering(|_| reply(200, Some("req_1"), r#"{"ok":true}"#)).await;
    let client = server.builder().build().unwrap();
    let error = payout::Create::new(100, Currency::USD).send(&client).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}
