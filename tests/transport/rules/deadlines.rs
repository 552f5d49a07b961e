//! Time limits and cancellation.

use std::time::Duration;
use stripe_platform::{Error, Method, Options, Outcome, RateLimits, TimeoutKind};
use test_support::script::{Script, Step, json, ok};
use tokio::time::{Instant, timeout};

fn kind(error: &Error) -> TimeoutKind {
    match error {
        Error::Timeout(error) => error.kind,
        other => panic!("not a timeout: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn silent_server_does_not_block_the_caller() {
    for step in [Step::Hangs, Step::Stalls(200), Step::Stalls(500)] {
        let script = Script::new(vec![step; 9]);
        let client = script.builder().build().unwrap();
        let started = Instant::now();
        let error = client.raw(Method::Post, "/v1/topups").send().await.unwrap_err();
        assert_eq!(kind(&error), TimeoutKind::Deadline);
        assert_eq!(started.elapsed().as_secs(), 150);
        assert_eq!(script.attempts(), 3);
        assert_eq!(script.running(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_calls_have_time_limits() {
    let script = Script::new(vec![Step::Hangs; 9]);
    let client = script.builder().attempt_timeout(Duration::from_secs(5)).max_retries(1).build().unwrap();
    let started = Instant::now();
    let error = client.raw(Method::Post, "/v1/topups").send().await.unwrap_err();
    assert_eq!(kind(&error), TimeoutKind::Attempt);
    assert!(error.to_string().contains("within 5s"), "{error}");
    assert!((10..=11).contains(&started.elapsed().as_secs()));

    let started = Instant::now();
    let request =
        client.raw(Method::Post, "/v1/topups").with_options(Options::new().timeout(Duration::from_secs(3)));
    let error = request.send().await.unwrap_err();
    assert_eq!((kind(&error), started.elapsed().as_secs()), (TimeoutKind::Deadline, 3));
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(script.running(), 0);

    // A request can set another timeout per attempt, also when stored.
    let own = Options::new().attempt_timeout(Duration::from_secs(2)).max_retries(0);
    let request = client.raw(Method::Post, "/v1/topups").with_options(own);
    let stored = serde_json::to_string(&request.prepare().unwrap()).unwrap();
    for call in [request.send(), client.replay(&serde_json::from_str(&stored).unwrap())] {
        let started = Instant::now();
        let error = call.await.unwrap_err();
        assert_eq!((kind(&error), started.elapsed().as_secs()), (TimeoutKind::Attempt, 2));
        assert!(error.to_string().contains("within 2s"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_chunk_of_a_download_has_a_time_limit() {
    for (options, limit) in [
        (Options::new(), 60),
        (Options::new().attempt_timeout(Duration::from_secs(3)), 3),
        // The deadline applies to the head: a large file may take longer.
        (Options::new().timeout(Duration::from_secs(1)), 60),
    ] {
        let script = Script::new([Step::Stalls(200)]);
        let request = script.client().raw(Method::Get, "/v1/files/file_1/contents").with_options(options);
        let mut contents = request.download().await.unwrap();
        assert!(contents.chunk().await.unwrap().is_some());
        let started = Instant::now();
        let error = contents.chunk().await.unwrap_err();
        assert_eq!((kind(&error), started.elapsed().as_secs()), (TimeoutKind::Attempt, limit));
        assert_eq!((error.http_status(), error.request_id()), (Some(200), Some("req_script")));
        assert_eq!(contents.chunk().await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn any_duration_is_accepted() {
    for span in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        let script = Script::answering(|_| ok().after(1));
        let client =
            script.builder().attempt_timeout(span).deadline(span).connect_timeout(span).build().unwrap();
        let result = client.raw(Method::Get, "/v1/balance").send().await;
        assert_eq!(result.is_ok(), span == Duration::MAX);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_limiter_counts_towards_the_deadline() {
    let script = Script::answering(|_| Step::Hangs);
    let client = script.builder().limits(RateLimits::new().in_flight(1)).build().unwrap();
    let held = tokio::spawn(client.raw(Method::Post, "/v1/topups").send().into_future());
    tokio::task::yield_now().await;
    let request =
        client.raw(Method::Post, "/v1/payouts").with_options(Options::new().timeout(Duration::from_secs(2)));
    let error = request.send().await.unwrap_err();
    assert_eq!(kind(&error), TimeoutKind::Deadline);
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(error.is_safe_to_resubmit());
    assert_eq!(script.attempts(), 1);
    held.abort();
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_cancels_the_call() {
    // While an exchange is running.
    let script = Script::new(vec![Step::Hangs; 9]);
    let client = script.client();
    assert!(
        timeout(Duration::from_secs(1), client.raw(Method::Post, "/v1/topups").send().into_future())
            .await
            .is_err()
    );
    assert_eq!(script.running(), 0);

    // While it waits to retry.
    let script = Script::new(vec![json(503, "{}").with("retry-after", "30"); 9]);
    let client = script.client();
    assert!(
        timeout(Duration::from_secs(1), client.raw(Method::Post, "/v1/topups").send().into_future())
            .await
            .is_err()
    );
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(script.attempts(), 1);
    let metrics = tokio::runtime::Handle::current().metrics();
    assert_eq!(metrics.num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_until_the_call_is_awaited() {
    let script = Script::new([ok()]);
    let call = script.client().raw(Method::Post, "/v1/topups").send();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(script.attempts(), 0);
    // A call owns its data, so it can move to another task.
    tokio::spawn(async move { call.await.unwrap() }).await.unwrap();
    assert_eq!(script.attempts(), 1);
}
