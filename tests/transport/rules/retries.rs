//! When and how an attempt is retried.

use std::time::Duration;
use stripe_platform::{Error, Method, Options, TransportErrorKind};
use test_support::script::{Script, Step, json, ok, refused, unsigned};

const POST: &str = "/v1/topups";

async fn post(
    script: &std::sync::Arc<Script>,
) -> Result<stripe_platform::Response<stripe_platform::Json>, Error> {
    script.client().raw(Method::Post, POST).send().with_meta().await
}

#[tokio::test(start_paused = true)]
async fn conflicts_and_failures_are_retried_with_one_key() {
    let script = Script::new([refused(409, "lock"), json(500, ""), ok()]);
    let reply = post(&script).await.unwrap();
    assert_eq!(reply.attempts(), 3);
    let seen = script.seen();
    let key = seen[0].header("idempotency-key").unwrap();
    assert_eq!(reply.idempotency_key(), Some(key));
    assert!(seen.iter().all(|attempt| attempt.header("idempotency-key") == Some(key)));
    assert!(seen.windows(2).all(|pair| pair[0].body == pair[1].body && pair[0].headers == pair[1].headers));
}

#[tokio::test(start_paused = true)]
async fn retried_replies() {
    let cases = [
        (refused(400, "x"), 1),
        (refused(400, "x").with("stripe-should-retry", "true"), 3),
        (json(401, "{}"), 1),
        (refused(402, "card_declined"), 1),
        (refused(403, "x"), 1),
        (refused(404, "resource_missing"), 1),
        (refused(409, "x"), 3),
        (refused(409, "x").with("stripe-should-retry", "false"), 1),
        (refused(429, "rate_limit"), 1),
        (refused(429, "rate_limit").with("stripe-should-retry", "true"), 3),
        (refused(429, "lock_timeout"), 3),
        (refused(429, "lock_timeout").with("stripe-should-retry", "false"), 1),
        (json(500, "{}"), 3),
        (json(500, "{}").with("stripe-should-retry", "false"), 1),
        (json(502, "<html>"), 3),
        (json(503, ""), 3),
        (json(302, ""), 1),
        (json(200, "<html>"), 1),
        (unsigned(200, "<html>"), 3),
    ];
    for (step, attempts) in cases {
        let script = Script::new(vec![step.clone(); 9]);
        let error = script
            .client()
            .raw(Method::Post, POST)
            .send_as::<stripe_platform::topup::Topup>()
            .await
            .unwrap_err();
        assert_eq!(script.attempts(), attempts, "{step:?}");
        assert_eq!(error.call().unwrap().attempts as usize, attempts);
        assert!(error.idempotency_key().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn retried_faults() {
    let cases = [
        (TransportErrorKind::Refused, 3),
        (TransportErrorKind::Dns, 3),
        (TransportErrorKind::Connect, 3),
        (TransportErrorKind::ConnectTimeout, 3),
        (TransportErrorKind::Tls, 3),
        (TransportErrorKind::Certificate, 1),
        (TransportErrorKind::Reset, 3),
        (TransportErrorKind::Closed, 3),
        (TransportErrorKind::Body, 3),
        (TransportErrorKind::Protocol, 3),
        (TransportErrorKind::Timeout, 3),
        (TransportErrorKind::Other, 3),
        (TransportErrorKind::Request, 1),
        (TransportErrorKind::TooLarge, 1),
        (TransportErrorKind::HeadTooLarge, 3),
    ];
    for (fault, attempts) in cases {
        let script = Script::new(vec![Step::Fails(fault); 9]);
        let error = post(&script).await.unwrap_err();
        assert!(matches!(&error, Error::Connection(e) if e.fault == fault), "{error:?}");
        assert_eq!(script.attempts(), attempts, "{fault:?}");
    }
    for step in [Step::Breaks(200), Step::Breaks(500), Step::Stalls(200), Step::Hangs] {
        let script = Script::new([step.clone(), step.clone(), ok()]);
        assert_eq!(post(&script).await.unwrap().attempts(), 3, "{step:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_key_only_unsent_requests_are_retried() {
    for (step, attempts) in [
        (Step::Fails(TransportErrorKind::Refused), 3),
        (Step::Fails(TransportErrorKind::Dns), 3),
        (Step::Fails(TransportErrorKind::Reset), 1),
        (Step::Breaks(200), 1),
        (Step::Hangs, 1),
        (json(500, "{}"), 1),
        (json(409, "{}"), 1),
        (unsigned(200, "<html>"), 1),
        // Stripe states that it did nothing, or requests a retry.
        (refused(409, "x"), 3),
        (refused(429, "lock_timeout"), 3),
        (refused(429, "rate_limit"), 1),
        (refused(409, "x").with("stripe-should-retry", "false"), 1),
        (refused(400, "x").with("stripe-should-retry", "true"), 3),
        (refused(500, "x").with("stripe-should-retry", "true"), 3),
        (json(500, "<html>").with("stripe-should-retry", "true"), 1),
    ] {
        let script = Script::new(vec![step.clone(); 9]);
        let call = script.client().raw(Method::Delete, "/v1/accounts/acct_1").send();
        assert!(call.await.is_err());
        assert_eq!(script.attempts(), attempts, "{step:?}");
        assert_eq!(script.seen()[0].header("idempotency-key"), None);
    }
    for (method, path) in [(Method::Get, "/v1/topups"), (Method::Delete, "/v2/core/event_destinations/ed_1")]
    {
        let script = Script::new([Step::Fails(TransportErrorKind::Reset), json(500, "{}"), ok()]);
        script.client().raw(method, path).send().await.unwrap();
        assert_eq!(script.attempts(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_count_is_set_by_client_and_request() {
    let script = Script::new(vec![json(500, "{}"); 99]);
    let client = script.builder().max_retries(5).deadline(Duration::from_secs(3600)).build().unwrap();
    assert!(client.raw(Method::Post, POST).send().await.is_err());
    assert_eq!(script.attempts(), 6);
    assert!(client.raw(Method::Post, POST).with_options(Options::new().max_retries(0)).send().await.is_err());
    assert_eq!(script.attempts(), 7);
    let none = script.builder().max_retries(0).build().unwrap();
    assert!(none.raw(Method::Post, POST).with_options(Options::new().max_retries(1)).send().await.is_err());
    assert_eq!(script.attempts(), 9);
}

#[tokio::test(start_paused = true)]
async fn waits_grow_randomly_within_their_interval() {
    let mut first = Vec::new();
    for _ in 0..50 {
        let script = Script::new(vec![json(500, "{}"); 9]);
        let client = script.builder().max_retries(6).build().unwrap();
        assert!(client.raw(Method::Get, POST).send().await.is_err());
        let waits = script.waits();
        for (wait, most) in waits.iter().zip([1000, 2000, 4000, 8000, 8000, 8000]) {
            // Timers have millisecond resolution and round up.
            assert!(*wait <= Duration::from_millis(most + 2), "{wait:?} over {most}");
            assert!(*wait >= Duration::from_millis(most / 2), "{wait:?} under half of {most}");
        }
        first.push(waits[0]);
    }
    first.sort();
    first.dedup();
    assert!(first.len() > 30, "the waits are not random: {first:?}");
}

#[tokio::test(start_paused = true)]
async fn retry_after_overrides_the_computed_wait() {
    let script = Script::new([
        json(503, "{}").with("retry-after", "7"),
        refused(429, "lock_timeout").with("retry-after", "9"),
        ok(),
    ]);
    post(&script).await.unwrap();
    assert_eq!(script.waits().iter().map(Duration::as_secs).collect::<Vec<_>>(), [7, 9]);

    // A requested wait below the minimum is ignored.
    let script = Script::new([json(503, "{}").with("retry-after", "0"), ok()]);
    post(&script).await.unwrap();
    assert!(script.waits()[0] >= Duration::from_millis(500), "{:?}", script.waits());

    // An hour is capped to a minute.
    let script = Script::new([json(503, "{}").with("retry-after", "3600"), ok()]);
    post(&script).await.unwrap();
    assert_eq!(script.waits()[0].as_secs(), 60);

    // If it exceeds the deadline, waiting is useless.
    let script = Script::new([json(503, "{}").with("retry-after", "20"), ok()]);
    let client = script.builder().deadline(Duration::from_secs(15)).build().unwrap();
    let started = tokio::time::Instant::now();
    let error = client.raw(Method::Post, POST).send().await.unwrap_err();
    assert_eq!(error.http_status(), Some(503));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
    assert_eq!(started.elapsed(), Duration::ZERO);

    // It does not make a refusal retryable.
    let script = Script::new([refused(429, "rate_limit").with("retry-after", "1"), ok()]);
    assert!(post(&script).await.unwrap_err().is_retryable());
    assert_eq!(script.attempts(), 1);
}
