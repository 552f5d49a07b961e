//! Events that arrive at several instances, and a locked database.

use crate::support::{Failure, Sqlite, on_both, sqlite_options};
use sqlx::sqlite::SqlitePoolOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use stripe_platform::webhook::{Claim, EventLog as _, Once, handle_once};
use stripe_platform_sqlx::SqliteEventLog;
use tokio::task::JoinSet;

on_both! {
    thousand_deliveries_over_two_instances_are_handled_once(store) {
        let second = Log::with_tables(store.another_instance().await, &store.tables);
        let instances = [store.log(), second];
        let handled = Arc::new(AtomicU32::new(0));
        let mut deliveries = JoinSet::new();
        for number in 0..1_000_usize {
            let (log, handled) = (instances[number % 2].clone(), handled.clone());
            deliveries.spawn(async move {
                let handler = async {
                    tokio::task::yield_now().await;
                    handled.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, Failure>(())
                };
                handle_once(&log, "evt_1", handler).await.unwrap()
            });
        }
        let results = deliveries.join_all().await;
        assert_eq!(handled.load(Ordering::Relaxed), 1);
        assert_eq!(results.iter().filter(|result| **result == Once::Handled(())).count(), 1);
    }

    deliveries_in_transactions_of_two_instances_are_handled_once(store) {
        let second = Log::with_tables(store.another_instance().await, &store.tables);
        let instances = [store.log(), second];
        let handled = Arc::new(AtomicU32::new(0));
        let mut deliveries = JoinSet::new();
        for number in 0..100_usize {
            let (log, handled, tx) = (instances[number % 2].clone(), handled.clone(), store.pool.clone());
            deliveries.spawn(async move {
                let mut tx = tx.begin().await.unwrap();
                let handler = async |connection: &mut Connection| {
                    sqlx::query("SELECT 1").execute(connection).await?;
                    handled.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, Failure>(())
                };
                let result = log.handle_once_in(&mut tx, "evt_1", handler).await;
                tx.commit().await.unwrap();
                result.unwrap()
            });
        }
        let results = deliveries.join_all().await;
        assert_eq!(handled.load(Ordering::Relaxed), 1);
        assert!(results.iter().all(|result| *result != Once::InWork), "{results:?}");
    }

    forgotten_events_are_handled_again(store) {
        let log = store.log();
        let handle = || async { Ok::<_, Failure>(()) };
        assert_eq!(handle_once(&log, "evt_1", handle()).await.unwrap(), Once::Handled(()));
        assert!(log.is_newest("acct_1 topup tu_1", stripe_platform::Timestamp::new(9)).await.unwrap());
        assert_eq!(log.forget(Duration::from_secs(60)).await.unwrap(), 0);
        assert_eq!(handle_once(&log, "evt_1", handle()).await.unwrap(), Once::Duplicate);
        assert_eq!(log.forget(Duration::ZERO).await.unwrap(), 2);
        assert_eq!(handle_once(&log, "evt_1", handle()).await.unwrap(), Once::Handled(()));
    }

    clock_set_back_keeps_claims(store) {
        let log = store.log();
        let Claim::New(lease) = log.claim("evt_1").await.unwrap() else { panic!("it is new") };
        let ahead = format!("UPDATE {} SET at = at + 108000", store.tables.events());
        sqlx::query(sqlx::AssertSqlSafe(ahead)).execute(&store.pool).await.unwrap();
        assert_eq!(log.claim("evt_1").await.unwrap(), Claim::InWork);
        log.done("evt_1", lease).await.unwrap();
        assert_eq!(log.claim("evt_1").await.unwrap(), Claim::Done);
    }

    claim_of_a_dead_process_expires(store) {
        let log = store.log().lease(Duration::from_secs(1));
        let Claim::New(first) = log.claim("evt_1").await.unwrap() else { panic!("it is new") };
        assert_eq!(log.claim("evt_1").await.unwrap(), Claim::InWork);
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        let Claim::New(second) = log.claim("evt_1").await.unwrap() else { panic!("its lease has expired") };
        log.done("evt_1", first).await.unwrap();
        assert_eq!(log.claim("evt_1").await.unwrap(), Claim::InWork);
        log.done("evt_1", second).await.unwrap();
        assert_eq!(log.claim("evt_1").await.unwrap(), Claim::Done);
    }
}

/// Each event that needs the database fails after its timeout, and nothing else in the process is blocked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locked_database_fails_its_own_events_only() {
    let store = Sqlite::new().await.unwrap();
    let options = sqlite_options(store.file.path()).busy_timeout(Duration::from_millis(300));
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(1))
        .connect_with(options)
        .await
        .unwrap();
    let log = SqliteEventLog::new(pool);
    let lock = store.begin().await;
    let began = Instant::now();
    let mut events = JoinSet::new();
    for number in 0..50 {
        let log = log.clone();
        events.spawn(async move {
            handle_once(&log, &format!("evt_{number}"), async { Ok::<_, Failure>(()) }).await
        });
    }
    // Timers and blocking work, such as DNS lookups, continue.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let blocking = Instant::now();
    tokio::task::spawn_blocking(|| ()).await.unwrap();
    assert!(blocking.elapsed() < Duration::from_millis(200), "{:?}", blocking.elapsed());

    let results = events.join_all().await;
    assert!(results.iter().all(Result::is_err), "the lock is held");
    assert!(began.elapsed() < Duration::from_secs(5), "not one after the other: {:?}", began.elapsed());
    drop(lock);
    let after = handle_once(&log, "evt_1", async { Ok::<_, Failure>(()) }).await.unwrap();
    assert_eq!(after, Once::Handled(()));
}
