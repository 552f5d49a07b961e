//! Idempotency keys, and stored requests that are sent again.

use std::collections::BTreeSet;
use stripe_platform::{
    Currency, Error, Json, Method, Outcome, Prepared, TransportErrorKind, payout, token, topup,
};
use test_support::script::{Script, Step, json, ok, refused};

fn is_uuid_v4(key: &str) -> bool {
    let bytes = key.as_bytes();
    key.len() == 36
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
        })
}

#[tokio::test(start_paused = true)]
async fn generated_keys_by_method() {
    let script = Script::answering(|_| ok());
    let client = script.client();
    let mut keys = BTreeSet::new();
    for (method, path, keyed) in [
        (Method::Get, "/v1/topups", false),
        (Method::Post, "/v1/topups", true),
        (Method::Delete, "/v1/accounts/acct_1", false),
        (Method::Get, "/v2/core/accounts", false),
        (Method::Post, "/v2/core/accounts", true),
        (Method::Delete, "/v2/core/event_destinations/ed_1", true),
    ] {
        let request = client.raw(method, path);
        // Sending one request value twice makes two calls with two keys.
        request.send().await.unwrap();
        request.send().await.unwrap();
        for seen in script.seen().iter().rev().take(2) {
            assert_eq!(seen.header("idempotency-key").is_some(), keyed, "{} {path}", method.as_str());
            if let Some(key) = seen.header("idempotency-key") {
                assert!(is_uuid_v4(key), "{key}");
                keys.insert(key.to_owned());
            }
        }
    }
    assert_eq!(keys.len(), 6);
    client.raw(Method::Post, "/v1/topups").idempotency_key("mine/1").send().await.unwrap();
    assert_eq!(script.seen().last().unwrap().header("idempotency-key"), Some("mine/1"));
}

#[tokio::test(start_paused = true)]
async fn reply_reports_replays() {
    let reply = json(200, "{}")
        .with("idempotent-replayed", "true")
        .with("original-request", "req_first")
        .with("stripe-version", "2026-10-28.endive")
        .with("stripe-account", "acct_1")
        .with("stripe-notice", "hello");
    let script = Script::new([reply]);
    let call = script.client().raw(Method::Post, "/v1/topups").idempotency_key("k").send();
    let reply = call.with_meta().await.unwrap();
    assert!(reply.idempotent_replayed());
    assert_eq!(reply.original_request(), Some("req_first"));
    assert_eq!(reply.request_id(), Some("req_script"));
    assert_eq!(reply.idempotency_key(), Some("k"));
    assert_eq!(reply.stripe_version(), Some("2026-10-28.endive"));
    assert_eq!(reply.account(), Some("acct_1"));
    assert_eq!(reply.notice().as_deref(), Some("hello"));
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.into_inner(), serde_json::json!({}));
}

#[tokio::test(start_paused = true)]
async fn stored_request_is_the_same_request() {
    let script = Script::answering(|_| ok());
    let client = script.client().for_account("acct_1");
    let request = payout::Create::new(1000, Currency::USD).description("a&b=ü");
    let prepared = client.prepare(&request).unwrap();
    assert!(is_uuid_v4(prepared.idempotency_key().unwrap()));
    assert_eq!(
        (prepared.method(), prepared.path(), prepared.account()),
        (Method::Post, "/v1/payouts", Some("acct_1"))
    );
    let stored = serde_json::to_string(&prepared).unwrap();
    let restored: Prepared = serde_json::from_str(&stored).unwrap();
    assert_eq!(restored, prepared);
    // Any client sends it to the account that it was prepared for, with the same key.
    let later = script.client();
    let _: Json = client.replay(&prepared).await.unwrap();
    let _: Json = later.replay(&restored).await.unwrap();
    let seen = script.seen();
    assert_eq!(seen[0].headers, seen[1].headers);
    assert_eq!((&seen[0].url, &seen[0].body), (&seen[1].url, &seen[1].body));
    assert_eq!(seen[1].header("stripe-account"), Some("acct_1"));
    assert_eq!(seen[1].text(), "amount=1000&currency=usd&description=a%26b%3D%C3%BC");
}

#[tokio::test(start_paused = true)]
async fn request_with_a_key_may_be_resubmitted() {
    let script = Script::answering(|_| Step::Fails(TransportErrorKind::Reset));
    let client = script.client();
    let request = topup::Create::new(1000, Currency::USD);
    let error = request.send(&client).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(error.is_retryable() && !error.is_safe_to_resubmit(), "the request does not hold its key");
    let key = error.idempotency_key().unwrap().to_owned();
    let error = request.clone().idempotency_key(key).send(&client).await.unwrap_err();
    assert!(error.is_safe_to_resubmit());
    let prepared = client.prepare(&request).unwrap();
    let error = client.replay::<topup::Topup>(&prepared).await.unwrap_err();
    assert!(error.is_safe_to_resubmit());
    assert_eq!(error.idempotency_key(), prepared.idempotency_key());
}

/// A reply that proves nothing about an earlier attempt must not be taken as its result.
#[tokio::test(start_paused = true)]
async fn outcome_of_earlier_attempts_is_kept() {
    for (step, expected) in [
        (Step::Fails(TransportErrorKind::Refused), Outcome::Unknown),
        (Step::Fails(TransportErrorKind::Certificate), Outcome::Unknown),
        (refused(401, "api_key_expired"), Outcome::Unknown),
        (refused(403, "account_invalid"), Outcome::Unknown),
        (refused(429, "rate_limit"), Outcome::Unknown),
        (refused(400, "balance_insufficient"), Outcome::Rejected),
        (json(200, "<html>"), Outcome::Applied),
    ] {
        let script = Script::answering(move |_| step.clone());
        let client = script.client();
        let prepared = client.prepare(&payout::Create::new(1000, Currency::USD)).unwrap();
        let restored: Prepared = serde_json::from_str(&serde_json::to_string(&prepared).unwrap()).unwrap();
        for request in [&prepared, &restored] {
            let error = client.replay::<payout::Payout>(request).await.unwrap_err();
            assert_eq!(error.outcome(), expected, "{error:?}");
            assert!(error.is_safe_to_resubmit());
        }
    }
    // Reads have no effect.
    let script = Script::answering(|_| Step::Fails(TransportErrorKind::Refused));
    let read = script.client().prepare(&payout::Retrieve::new("po_1")).unwrap();
    let error = script.client().replay::<payout::Payout>(&read).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[tokio::test(start_paused = true)]
async fn storing_secrets_requires_exposed() {
    let script = Script::answering(|_| ok());
    let client = script.client();
    let request = token::Create::new().pii(token::PiiParams::new().id_number("123456789"));
    let prepared = client.prepare(&request).unwrap();
    assert!(prepared.has_secrets());
    assert!(serde_json::to_string(&prepared).is_err());
    assert!(!format!("{prepared:?}").contains("123456789"));
    let stored = serde_json::to_string(&prepared.exposed()).unwrap();
    let restored: Prepared = serde_json::from_str(&stored).unwrap();
    assert_eq!(restored, prepared);
    assert!(serde_json::to_string(&restored).is_err(), "a restored secret is still one");
}

#[tokio::test(start_paused = true)]
async fn tampered_stored_request_is_not_sent() {
    let script = Script::answering(|_| ok());
    let client = script.client();
    let prepared = client.prepare(&topup::Create::new(1, Currency::USD)).unwrap();
    let stored = serde_json::to_value(&prepared).unwrap();
    for (name, value) in [
        ("path", "//evil.example/v1/topups"),
        ("path", "@evil.example/v1"),
        ("path", "/v1/../../admin"),
        ("query", "a b"),
        ("idempotency_key", "a\r\nb"),
        ("version", "x\r\ny: z"),
        ("version", ""),
        ("account", "acct_1\n"),
    ] {
        let mut changed = stored.clone();
        changed[name] = value.into();
        let request: Prepared = serde_json::from_value(changed).unwrap();
        let error = client.replay::<Json>(&request).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{name} = {value:?}: {error:?}");
    }
    assert_eq!(script.attempts(), 0);
}
