//! How workers react to Stripe's replies.

use crate::support::{Platform, impatient, payout};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_platform::outbox::{Entry, MemoryOutbox, Outbox, Reason, State, StepEvent, Worker};
use stripe_platform::{Client, Currency, payout};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

fn without_retries(platform: &Platform) -> Client {
    platform.sandbox.client_builder().max_retries(0).build().unwrap()
}

#[tokio::test]
async fn replies_determine_the_state_of_a_request() {
    type Plan = fn(&Platform);
    let cases: [(&str, Plan, State, u32); 8] = [
        ("nothing goes wrong", |_| (), State::Succeeded, 1),
        ("reset before", |p| p.sandbox.faults().on("PostPayouts").times(2).reset(), State::Succeeded, 3),
        (
            "reset after",
            |p| p.sandbox.faults().on("PostPayouts").times(2).reset_after_commit(),
            State::Succeeded,
            3,
        ),
        ("cut reply", |p| p.sandbox.faults().on("PostPayouts").times(2).truncate(20), State::Succeeded, 3),
        ("500 after", |p| p.sandbox.faults().on("PostPayouts").status_after_commit(500), State::Succeeded, 2),
        (
            "lock timeout",
            |p| p.sandbox.faults().on("PostPayouts").times(3).lock_timeout(),
            State::Succeeded,
            4,
        ),
        ("key in use", |p| p.sandbox.faults().on("PostPayouts").key_in_use(), State::Succeeded, 2),
        ("no such account", |_| (), State::Refused, 1),
    ];
    for (name, plan, state, attempts) in cases {
        let platform = Platform::new(1).await;
        let outbox = MemoryOutbox::new();
        let client = without_retries(&platform);
        let amount = if name == "no such account" { 999_999_999 } else { 100 };
        let request = payout::Create::new(amount, Currency::USD)
            .metadata([("reference", "1")])
            .idempotency_key("payout/1")
            .for_account(&platform.accounts[0]);
        outbox.enqueue_now(&Entry::new(&client.prepare(&request).unwrap())).await.unwrap();
        plan(&platform);
        Worker::new(outbox.clone(), client)
            .policy(impatient())
            .poll_every(Duration::from_millis(5))
            .drain()
            .await;
        let row = outbox.find("payout/1").await.unwrap().unwrap();
        assert_eq!((row.state, row.attempts), (state, attempts), "{name}: {row:?}");
        let paid = usize::from(state == State::Succeeded);
        assert_eq!(platform.paid().len(), paid, "{name}");
    }
}

/// If Stripe was unreachable for days, no review is needed.
#[tokio::test]
async fn unsent_request_does_not_age() {
    let platform = Platform::new(1).await;
    let outbox = MemoryOutbox::new();
    outbox.enqueue_now(&Entry::new(&payout(&platform.client(), &platform.accounts[0], "1"))).await.unwrap();
    let nobody = Client::builder("sk_test_1").base_url("http://127.0.0.1:1").max_retries(0).build().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = Worker::new(outbox.clone(), nobody).policy(impatient()).poll_every(Duration::from_millis(5));
    let running = tokio::spawn(worker.run(async { drop(stopped.await) }));
    while outbox.find("payout/1").await.unwrap().unwrap().attempts < 3 {
        sleep(Duration::from_millis(5)).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap();
    let row = outbox.find("payout/1").await.unwrap().unwrap();
    assert_eq!((row.state, row.first_attempt), (State::Open, None), "{row:?}");
    assert!(row.error.unwrap().contains("refused the connection"));
}

#[tokio::test]
async fn wrong_api_key_keeps_rows_open() {
    let platform = Platform::new(1).await;
    let outbox = MemoryOutbox::new();
    outbox.enqueue_now(&Entry::new(&payout(&platform.client(), &platform.accounts[0], "1"))).await.unwrap();
    platform.sandbox.faults().on("PostPayouts").times(2).status(401);
    Worker::new(outbox.clone(), platform.client())
        .policy(impatient())
        .poll_every(Duration::from_millis(5))
        .drain()
        .await;
    assert_eq!(outbox.find("payout/1").await.unwrap().unwrap().state, State::Succeeded);
    assert_eq!(platform.paid(), ["1"]);
}

#[tokio::test]
async fn reused_idempotency_key_needs_review() {
    let platform = Platform::new(1).await;
    let other =
        payout::Create::new(7, Currency::USD).idempotency_key("payout/1").for_account(&platform.accounts[0]);
    other.send(&platform.client()).await.unwrap();
    let outbox = MemoryOutbox::new();
    outbox.enqueue_now(&Entry::new(&payout(&platform.client(), &platform.accounts[0], "1"))).await.unwrap();
    Worker::new(outbox.clone(), platform.client()).policy(impatient()).drain().await;
    let row = outbox.find("payout/1").await.unwrap().unwrap();
    assert_eq!(row.reason.as_deref(), Some(Reason::KeyReused.label()), "{row:?}");
}

#[tokio::test]
async fn payouts_of_an_account_are_sent_in_order() {
    let platform = Platform::new(3).await;
    let outbox = MemoryOutbox::new();
    for number in 0..30 {
        let account = &platform.accounts[number % 3];
        let request = payout(&platform.client(), account, &format!("{number:02}"));
        outbox.enqueue_now(&Entry::new(&request).ordered_by(account)).await.unwrap();
    }
    platform.sandbox.faults().on("PostPayouts").percent(30).times(20).reset();
    let client = without_retries(&platform);
    Worker::new(outbox, client).policy(impatient()).poll_every(Duration::from_millis(5)).drain().await;
    let created = platform.sandbox.events().into_iter().filter(|event| event["type"] == "payout.created");
    let mut sent: std::collections::HashMap<String, Vec<String>> = Default::default();
    for event in created {
        let reference = event["data"]["object"]["metadata"]["reference"].to_string();
        sent.entry(event["account"].to_string()).or_default().push(reference);
    }
    assert_eq!(sent.len(), 3);
    for references in sent.values() {
        assert_eq!(references.len(), 10);
        assert!(references.is_sorted(), "{references:?}");
    }
}

#[tokio::test]
async fn shutdown_finishes_running_attempts_and_starts_none() {
    let platform = Platform::new(1).await;
    let outbox = MemoryOutbox::new();
    for number in 0..10 {
        let request = payout(&platform.client(), &platform.accounts[0], &number.to_string());
        outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
    }
    platform.sandbox.faults().on("PostPayouts").times(2).delay(Duration::from_millis(300));
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = Worker::new(outbox.clone(), platform.client()).concurrency(2);
    let running = tokio::spawn(worker.run(async { drop(stopped.await) }));
    sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    running.await.unwrap();
    assert_eq!(platform.paid().len(), 2);
    assert_eq!(outbox.counts().await.unwrap().open, 8, "sent requests are recorded");

    // With a limit, slow attempts are dropped, and sent again by the next worker.
    platform.sandbox.faults().on("PostPayouts").stall_after_commit();
    let worker = Worker::new(outbox.clone(), platform.client()).lease(Duration::from_millis(300));
    let began = Instant::now();
    let grace = Duration::from_millis(200);
    worker.grace(grace).run(sleep(Duration::from_millis(100))).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    Worker::new(outbox.clone(), platform.client()).poll_every(Duration::from_millis(20)).drain().await;
    let paid = platform.paid();
    assert_eq!(paid, (0..10).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn hooks_receive_each_step_and_a_panic_loses_no_row() {
    let platform = Platform::new(1).await;
    let outbox = MemoryOutbox::new();
    for number in 0..5 {
        let request = payout(&platform.client(), &platform.accounts[0], &number.to_string());
        outbox.enqueue_now(&Entry::new(&request).reference(number.to_string())).await.unwrap();
    }
    platform.sandbox.faults().on("PostPayouts").reset();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (calls, note) = (AtomicU32::new(0), Arc::clone(&seen));
    let hook = move |event: &StepEvent<'_>| {
        assert!(calls.fetch_add(1, Ordering::Relaxed) > 0, "the first call panics, on purpose");
        note.lock().unwrap().push((event.claim.reference.clone(), event.step.label(), event.recorded));
    };
    let worker =
        Worker::new(outbox.clone(), without_retries(&platform)).policy(impatient()).concurrency(1).hook(hook);
    worker.poll_every(Duration::from_millis(5)).drain().await;
    assert_eq!(platform.paid().len(), 5);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 5, "{seen:?}");
    assert!(
        seen.iter().all(|(reference, label, recorded)| {
            reference.is_some() && *label == "succeeded" && *recorded
        })
    );
}

/// A slow attempt keeps its row by extending the lease: no second attempt is made.
#[tokio::test]
async fn lease_of_a_running_attempt_is_extended() {
    let platform = Platform::new(1).await;
    let outbox = MemoryOutbox::new();
    outbox.enqueue_now(&Entry::new(&payout(&platform.client(), &platform.accounts[0], "1"))).await.unwrap();
    platform.sandbox.faults().on("PostPayouts").delay(Duration::from_millis(600));
    let worker = || {
        let worker = Worker::new(outbox.clone(), platform.client()).lease(Duration::from_millis(150));
        worker.poll_every(Duration::from_millis(10)).drain()
    };
    tokio::join!(worker(), worker());
    let row = outbox.find("payout/1").await.unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (State::Succeeded, 1));
}
