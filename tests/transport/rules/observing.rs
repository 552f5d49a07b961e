//! Hooks and rate limits, as seen from outside.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_platform::{AttemptEvent, CallEvent, Hook, Method, RateLimits, TransportErrorKind, topup};
use test_support::script::{Script, Step, json, ok, refused};

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Hook for Log {
    fn on_attempt(&self, attempt: &AttemptEvent<'_>) {
        let AttemptEvent {
            method, path, account, attempt: number, status, request_id, error, retry_in, ..
        } = attempt;
        let again = retry_in.is_some();
        let method = method.as_str();
        let line = format!(
            "attempt {number} {method} {path} {account:?} {status:?} {request_id:?} {error:?} again={again}"
        );
        self.0.lock().unwrap().push(line);
    }

    fn on_call(&self, call: &CallEvent<'_>) {
        let CallEvent { path, attempts, status, error, duration, .. } = call;
        self.0
            .lock()
            .unwrap()
            .push(format!("call {path} {attempts} {status:?} {error:?} {}s", duration.as_secs()));
    }
}

#[tokio::test(start_paused = true)]
async fn hooks_receive_attempts_and_calls() {
    let log = Arc::new(Log::default());
    let script = Script::new([
        Step::Fails(TransportErrorKind::Reset).after(2),
        json(503, "{}").with("retry-after", "3"),
        ok(),
        refused(402, "card_declined"),
    ]);
    let hook: Arc<dyn Hook> = Arc::clone(&log) as _;
    let client = script.builder().hook(hook).build().unwrap().for_account("acct_1");
    client.raw(Method::Post, "/v1/topups/tu_123/cancel").param("x", "secret").send().await.unwrap();
    client.raw(Method::Post, "/v1/payouts").send().await.unwrap_err();
    let lines = log.0.lock().unwrap().clone();
    let path = "POST /v1/topups/{id}/cancel Some(\"acct_1\")";
    assert_eq!(lines[0], format!("attempt 1 {path} None None Some(\"connection_reset\") again=true"));
    assert_eq!(lines[1], format!("attempt 2 {path} Some(503) Some(\"req_script\") Some(\"api\") again=true"));
    assert_eq!(lines[2], format!("attempt 3 {path} Some(200) Some(\"req_script\") None again=false"));
    assert_eq!(lines[3], "call /v1/topups/{id}/cancel 3 Some(200) None 5s");
    assert!(lines[4].ends_with("Some(402) Some(\"req_script\") Some(\"card\") again=false"), "{}", lines[4]);
    assert_eq!(lines[5], "call /v1/payouts 1 Some(402) Some(\"card\") 0s");
    assert_eq!(lines.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn hooks_receive_undecodable_replies() {
    let log = Arc::new(Log::default());
    let script = Script::new([
        json(200, "<html>"),
        json(200, r#"{"data":7}"#),
        json(200, "[]"),
        ok(),
        Step::Breaks(200),
    ]);
    let hook: Arc<dyn Hook> = Arc::clone(&log) as _;
    let client = script.builder().hook(hook).build().unwrap();
    topup::Retrieve::new("tu_1").send(&client).await.unwrap_err();
    client.items(&topup::List::new()).next().await.unwrap().unwrap_err();
    client.pages(&topup::List::new()).next().await.unwrap().unwrap_err();
    client.file_contents("file_1").bytes().await.unwrap();
    let mut contents = client.file_contents("file_1").await.unwrap();
    while contents.chunk().await.is_ok_and(|piece| piece.is_some()) {}
    let lines = log.0.lock().unwrap().clone();
    let calls: Vec<_> = lines.iter().filter(|line| line.starts_with("call")).collect();
    assert_eq!(
        calls,
        [
            r#"call /v1/topups/{topup} 1 Some(200) Some("decode") 0s"#,
            r#"call /v1/topups 1 Some(200) Some("decode") 0s"#,
            r#"call /v1/topups 1 Some(200) Some("decode") 0s"#,
            "call /v1/files/{id}/contents 1 Some(200) None 0s",
            r#"call /v1/files/{id}/contents 1 Some(200) Some("body") 0s"#,
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn rate_limits_are_enforced() {
    let script = Script::answering(|_| ok().after(1));
    let client = script.builder().limits(RateLimits::new().in_flight(7).per_second(50.0)).build().unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..70 {
        calls.spawn(client.clone().raw(Method::Get, "/v1/balance").send().into_future());
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
    assert_eq!(script.most(), 7);
    assert!(script.waits().iter().all(|wait| *wait >= Duration::from_millis(19)));
}

#[tokio::test(start_paused = true)]
async fn rate_limits_are_halved_after_429() {
    let script = Script::answering({
        let mut calls = 0;
        move |_| {
            calls += 1;
            if calls == 1 {
                refused(429, "rate_limit").with("stripe-rate-limited-reason", "global-rate")
            } else {
                ok()
            }
        }
    });
    let client = script.builder().limits(RateLimits::new().per_second(10.0)).build().unwrap();
    let error = client.raw(Method::Get, "/v1/balance").send().await.unwrap_err();
    assert_eq!(error.api().unwrap().rate_limit_reason.as_deref(), Some("global-rate"));
    for _ in 0..60 {
        client.raw(Method::Get, "/v1/balance").send().await.unwrap();
    }
    let waits = script.waits();
    assert!(waits[0] >= Duration::from_millis(199), "{:?}", waits[0]);
    assert!(waits[59] <= Duration::from_millis(102), "{:?}", waits[59]);
}
