//! Clocks that are fast or slow, and expired idempotency keys.

use crate::support::{Platform, impatient, on_both, payout};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};
use stripe_platform::Method;
use stripe_platform::outbox::{
    ByMetadata, Entry, MemoryOutbox, Outbox as _, Reason, Resolution, State, Step, Worker,
};

const HOUR: i64 = 3600 * 1000;

on_both! {
    wrong_clock_or_expired_key_needs_review(store) {
        let platform = Platform::new(1).await;
        let (outbox, table) = (store.outbox(), store.tables.outbox());
        // The offset of the row's times in hours; whether it was sent before; the expected result.
        let cases = [
            ("never-sent-clock-ahead", 30, false, Ok(State::Succeeded)),
            ("never-sent-clock-behind", -30, false, Ok(State::Succeeded)),
            ("sent-clock-ahead", 30, true, Err(Reason::ClockUnreliable)),
            ("sent-clock-behind-or-long-ago", -30, true, Err(Reason::KeyExpired)),
            ("sent-an-hour-ago", -1, true, Ok(State::Succeeded)),
            ("sent-22-hours-ago", -22, true, Ok(State::Succeeded)),
        ];
        for (reference, hours, sent, _) in cases {
            let request = payout(&platform.client(), &platform.accounts[0], reference);
            outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
            if sent {
                // Stripe executed it, and the worker died before recording it.
                platform.client().replay::<stripe_platform::Json>(&request).await.unwrap();
            }
            let first = if sent { "enqueued_at + $1" } else { "NULL" };
            let shift = format!(
                "UPDATE {table} SET enqueued_at = enqueued_at + $1, latest_at = latest_at + $1, due_at = due_at + $1, \
                 first_attempt_at = {first} WHERE key = $2"
            );
            sqlx::query(sqlx::AssertSqlSafe(shift))
                .bind(hours * HOUR).bind(format!("payout/{reference}"))
                .execute(&store.pool).await.unwrap();
        }
        Worker::new(outbox.clone(), platform.client()).policy(impatient()).drain().await;
        for (reference, _, _, expected) in cases {
            let row = outbox.find(&format!("payout/{reference}")).await.unwrap().unwrap();
            match expected {
                Ok(state) => assert_eq!(row.state, state, "{row:?}"),
                Err(reason) => {
                    assert_eq!((row.state, row.reason.as_deref()), (State::NeedsReview, Some(reason.label())));
                }
            }
        }
        let mut once = cases.map(|(reference, ..)| reference);
        once.sort();
        assert_eq!(platform.paid(), once, "each is paid once, including rows in review");

        // Reconciliation finds both at Stripe.
        for row in outbox.in_review(10).await.unwrap() {
            assert!(outbox.resolve(&row.key, Resolution::SendAgain).await.unwrap());
            let sql = format!(
                "UPDATE {table} SET first_attempt_at = latest_at - $1, latest_at = latest_at - $1 WHERE key = $2"
            );
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(30 * HOUR).bind(row.key).execute(&store.pool).await.unwrap();
        }
        let worker = Worker::new(outbox.clone(), platform.client()).policy(impatient());
        worker.reconcile(ByMetadata::new("reference")).drain().await;
        assert_eq!(outbox.counts().await.unwrap().needs_review, 0);
        let found = outbox.find("payout/sent-clock-ahead").await.unwrap().unwrap();
        assert!(found.result.unwrap()["id"].as_str().unwrap().starts_with("po_"));
        assert_eq!(platform.paid(), once);
    }

    // As after a small correction of the clock, or where two statements ran at the same time.
    times_that_are_slightly_ahead_shorten_no_wait_and_need_no_review(store) {
        let platform = Platform::new(1).await;
        let (outbox, table) = (store.outbox(), store.tables.outbox());
        let request = payout(&platform.client(), &platform.accounts[0], "1");
        outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
        let claim = outbox.claim(1, Duration::from_secs(60)).await.unwrap().remove(0);
        let error = platform.client().raw(Method::Get, "/v1/payouts/po_missing").send().await.unwrap_err();
        let again = Step::again(Duration::from_secs(60), true, error);
        let shift = |sql: String| sqlx::query(sqlx::AssertSqlSafe(sql)).bind(5_000_i64).execute(&store.pool);
        for recorded in [false, true] {
            if recorded {
                assert!(outbox.record(&claim, &again).await.unwrap());
            }
            shift(format!("UPDATE {table} SET latest_at = latest_at + $1")).await.unwrap();
            assert_eq!(outbox.claim(1, Duration::ZERO).await.unwrap().len(), 0, "recorded: {recorded}");
        }
        let due = format!("UPDATE {table} SET due_at = 0, first_attempt_at = first_attempt_at + $1");
        shift(due).await.unwrap();
        Worker::new(outbox.clone(), platform.client()).policy(impatient()).drain().await;
        let row = outbox.find("payout/1").await.unwrap().unwrap();
        assert_eq!(row.state, State::Succeeded, "{row:?}");
        assert_eq!(platform.paid(), ["1"]);
    }
}

/// A clock that the test sets, in hours relative to the real one.
fn clock() -> (Arc<AtomicI64>, MemoryOutbox) {
    let hours = Arc::new(AtomicI64::new(0));
    let set = Arc::clone(&hours);
    let outbox = MemoryOutbox::with_clock(move || {
        let hours = set.load(Ordering::Relaxed);
        let distance = Duration::from_secs(hours.unsigned_abs() * 3600);
        if hours < 0 { SystemTime::now() - distance } else { SystemTime::now() + distance }
    });
    (hours, outbox)
}

/// The store's clock jumps between two attempts. A request must never be sent with a key that Stripe may have
/// dropped; the sandbox drops it in the meantime.
#[tokio::test]
async fn jumping_clock_never_pays_twice() {
    for (before, after, expected) in [
        (30, 0, Some(Reason::ClockUnreliable)),
        (0, 30, Some(Reason::KeyExpired)),
        (-30, 0, Some(Reason::KeyExpired)),
        (0, -30, Some(Reason::ClockUnreliable)),
        (30, 30, None),
        (-30, -30, None),
    ] {
        let platform = Platform::new(1).await;
        let (hours, outbox) = clock();
        let request = payout(&platform.client(), &platform.accounts[0], "1");
        hours.store(before, Ordering::Relaxed);
        outbox.enqueue_now(&Entry::new(&request)).await.unwrap();
        let claim = outbox.claim(1, Duration::from_millis(1)).await.unwrap().remove(0);
        platform.client().replay::<stripe_platform::Json>(&claim.stored.unwrap().request).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        if expected.is_some() {
            platform.sandbox.advance(crate::support::hours(30));
        }
        hours.store(after, Ordering::Relaxed);
        Worker::new(outbox.clone(), platform.client()).policy(impatient()).drain().await;
        let row = outbox.find("payout/1").await.unwrap().unwrap();
        assert_eq!(row.reason.as_deref(), expected.map(Reason::label), "from {before} to {after}: {row:?}");
        assert_eq!(platform.paid(), ["1"], "from {before} to {after}");
    }
}

/// A request that had no effect is found missing and sent again, for each supported object type.
#[tokio::test]
async fn missing_request_is_sent_again_after_review() {
    use stripe_platform::{Currency, topup, transfer};
    let platform = Platform::new(1).await;
    platform
        .sandbox
        .fund(platform.sandbox.platform(), crate::support::BalanceKind::Available, Currency::USD, 100_000)
        .unwrap();
    let client = platform.client();
    let metadata = |reference: &'static str| [("reference", reference)];
    let requests = [
        payout(&client, &platform.accounts[0], "payout"),
        client
            .prepare(
                &transfer::Create::new(Currency::USD, platform.accounts[0].as_str())
                    .amount(500)
                    .metadata(metadata("transfer"))
                    .idempotency_key("transfer/1"),
            )
            .unwrap(),
        client
            .prepare(
                &topup::Create::new(500, Currency::USD)
                    .source("btok_us_verified")
                    .metadata(metadata("topup"))
                    .idempotency_key("topup/1")
                    .for_account(&platform.accounts[0]),
            )
            .unwrap(),
    ];
    for done_before in [false, true] {
        let (hours, outbox) = clock();
        for request in &requests {
            outbox.enqueue_now(&Entry::new(request)).await.unwrap();
        }
        // A worker claimed them and died: before sending the first time, after sending the second time.
        assert_eq!(outbox.claim(10, Duration::from_millis(1)).await.unwrap().len(), 3);
        platform.sandbox.advance(crate::support::hours(25));
        hours.store(25, Ordering::Relaxed);
        let worker = Worker::new(outbox.clone(), client.clone()).policy(impatient());
        worker.reconcile(ByMetadata::new("reference")).drain().await;
        for request in &requests {
            let row = outbox.find(request.idempotency_key().unwrap()).await.unwrap().unwrap();
            assert_eq!(row.state, State::Succeeded, "{done_before}: {row:?}");
        }
        let created =
            |kind: &str| platform.sandbox.event_types().iter().filter(|known| *known == kind).count();
        assert_eq!(
            (created("payout.created"), created("transfer.created"), created("topup.created")),
            (1, 1, 1),
            "{done_before}"
        );
    }
}
