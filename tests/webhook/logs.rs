//! Events that come twice, at the same time, after a crash or in the wrong order.

use crate::events::thin_event;
use crate::events::topup_event;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use stripe_platform::Timestamp;
use stripe_platform::webhook::{
    Claim, Delivery, Event, EventLog, Lease, LogError, MemoryLog, Notification, Once, once,
};

fn event(id: &str) -> Event {
    let mut event = topup_event();
    event["id"] = id.into();
    Event::parse(event.to_string().as_bytes()).unwrap()
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What every log must do.
async fn check(log: Arc<dyn EventLog>) {
    // Twice.
    let handled = AtomicU32::new(0);
    let handle = || async {
        handled.fetch_add(1, Ordering::Relaxed);
        Ok::<_, Failure>("done")
    };
    assert_eq!(once(&*log, &event("evt_1"), handle()).await.unwrap(), Once::Handled("done"));
    assert_eq!(once(&*log, &event("evt_1"), handle()).await.unwrap(), Once::Duplicate);
    assert_eq!(once(&*log, &event("evt_2"), handle()).await.unwrap(), Once::Handled("done"));
    assert_eq!(handled.load(Ordering::Relaxed), 2);

    // After a failure.
    let failed = once(&*log, &event("evt_3"), async { Err::<(), Failure>("away".into()) }).await;
    assert_eq!(failed.unwrap_err().to_string(), "away");
    assert_eq!(once(&*log, &event("evt_3"), handle()).await.unwrap(), Once::Handled("done"));

    // At the same time.
    let fourth = event("evt_4");
    let inner = once(&*log, &fourth, async {
        let while_in_work = once(&*log, &fourth, handle()).await?;
        Ok::<_, Failure>(while_in_work)
    });
    assert_eq!(inner.await.unwrap(), Once::Handled(Once::InWork));
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let log = log.clone();
        claims.spawn(async move { log.claim("evt_5").await.unwrap() });
    }
    let mut new = 0;
    while let Some(claim) = claims.join_next().await {
        new += u32::from(matches!(claim.unwrap(), Claim::New(_)));
    }
    assert_eq!(new, 1);

    // After a handler that was cancelled, and one that panicked.
    let sixth = event("evt_6");
    let mut cancelled = Box::pin(once(&*log, &sixth, async {
        std::future::pending::<()>().await;
        Ok::<_, Failure>(())
    }));
    let waiting = std::time::Duration::from_millis(200);
    assert!(tokio::time::timeout(waiting, &mut cancelled).await.is_err());
    assert_eq!(once(&*log, &sixth, handle()).await.unwrap(), Once::InWork);
    drop(cancelled);
    assert_eq!(free_again(&*log, "evt_6").await, Once::Handled("done"));
    let panicking = log.clone();
    let panicked = tokio::spawn(async move {
        let handler = async { if true { panic!("in the handler") } else { Ok::<(), Failure>(()) } };
        once(&*panicking, "evt_7", handler).await
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!(free_again(&*log, "evt_7").await, Once::Handled("done"));

    // Thin ones, those of either kind, and their ids.
    let thin = thin_event().to_string();
    let notification = Notification::parse(thin.as_bytes()).unwrap();
    assert_eq!(once(&*log, &notification, handle()).await.unwrap(), Once::Handled("done"));
    let delivery = Delivery::parse(thin.as_bytes()).unwrap();
    assert_eq!(once(&*log, &delivery, handle()).await.unwrap(), Once::Duplicate);
    assert_eq!(once(&*log, &notification.id, handle()).await.unwrap(), Once::Duplicate);
    assert_eq!(once(&*log, "evt_1", handle()).await.unwrap(), Once::Duplicate);

    // In the wrong order.
    let times = [(100, true), (101, true), (101, true), (99, false), (102, true)];
    for (seconds, newest) in times {
        assert_eq!(log.is_newest("tu_1", Timestamp::new(seconds)).await.unwrap(), newest, "{seconds}");
    }
    assert!(log.is_newest("tu_2", Timestamp::new(1)).await.unwrap());
}

/// Handles an event that is given back in the background.
async fn free_again(log: &dyn EventLog, id: &str) -> Once<&'static str> {
    for _ in 0..500 {
        match once(log, id, async { Ok::<_, Failure>("done") }).await.unwrap() {
            Once::InWork => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            other => return other,
        }
    }
    panic!("{id} is still in work")
}

/// What one account says does not make the news of another old.
#[tokio::test]
async fn objects_of_one_id_are_told_apart_by_their_accounts() {
    let log = MemoryLog::new(1000);
    let capability = |account: &str| {
        let mut event = topup_event();
        event["account"] = account.into();
        event["data"]["object"] = serde_json::json!({ "id": "transfers", "object": "capability" });
        Event::parse(event.to_string().as_bytes()).unwrap()
    };
    let (one, other) = (capability("acct_1").subject(), capability("acct_2").subject());
    assert!(log.is_newest(&one, Timestamp::new(100)).await.unwrap());
    assert!(log.is_newest(&other, Timestamp::new(50)).await.unwrap());
    assert!(!log.is_newest(&one, Timestamp::new(50)).await.unwrap());
}

#[tokio::test]
async fn in_memory() {
    check(Arc::new(MemoryLog::new(1000))).await;
}

#[tokio::test]
async fn a_log_that_fails_is_an_error() {
    struct Broken;
    impl EventLog for Broken {
        fn claim<'a>(&'a self, _: &'a str) -> stripe_platform::BoxFuture<'a, Result<Claim, LogError>> {
            Box::pin(async { Err(LogError::new("disk full")) })
        }
        fn done<'a>(&'a self, _: &'a str, _: Lease) -> stripe_platform::BoxFuture<'a, Result<(), LogError>> {
            Box::pin(async { Ok(()) })
        }
        fn release<'a>(
            &'a self,
            _: &'a str,
            _: Lease,
        ) -> stripe_platform::BoxFuture<'a, Result<(), LogError>> {
            Box::pin(async { Ok(()) })
        }
        fn is_newest<'a>(
            &'a self,
            _: &'a str,
            _: Timestamp,
        ) -> stripe_platform::BoxFuture<'a, Result<bool, LogError>> {
            Box::pin(async { Ok(true) })
        }
    }
    let error = once(&Broken, &event("evt_1"), async { Ok::<_, Failure>(()) }).await.unwrap_err();
    assert_eq!(error.to_string(), "the log of events failed: disk full");
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use stripe_platform::webhook::SqliteLog;

    /// A file that goes away with the test.
    struct File(std::path::PathBuf);

    impl File {
        fn new(name: &str) -> Self {
            let file =
                Self(std::env::temp_dir().join(format!("stripe-log-{name}-{}.db", std::process::id())));
            file.remove();
            file
        }

        fn remove(&self) {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
            }
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            self.remove();
        }
    }

    #[tokio::test]
    async fn in_a_file() {
        let file = File::new("check");
        check(Arc::new(SqliteLog::open(&file.0).unwrap())).await;
    }

    #[tokio::test]
    async fn two_processes_share_it_and_it_outlives_them() {
        let file = File::new("shared");
        let (one, other) = (SqliteLog::open(&file.0).unwrap(), SqliteLog::open(&file.0).unwrap());
        let handle = || async { Ok::<_, Failure>(()) };
        assert_eq!(once(&one, &event("evt_1"), handle()).await.unwrap(), Once::Handled(()));
        assert_eq!(once(&other, &event("evt_1"), handle()).await.unwrap(), Once::Duplicate);
        assert!(matches!(one.claim("evt_2").await.unwrap(), Claim::New(_)));
        assert_eq!(other.claim("evt_2").await.unwrap(), Claim::InWork);
        drop((one, other));
        let again = SqliteLog::open(&file.0).unwrap();
        assert_eq!(once(&again, &event("evt_1"), handle()).await.unwrap(), Once::Duplicate);
        assert!(again.is_newest("tu_1", Timestamp::new(5)).await.unwrap());
    }

    #[test]
    fn what_is_no_database_is_refused() {
        let file = File::new("broken");
        std::fs::write(&file.0, vec![b'x'; 5000]).unwrap();
        assert!(SqliteLog::open(&file.0).is_err());
    }
}
