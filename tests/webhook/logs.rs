//! Events that come twice, at the same time, after a crash or in the wrong order.

use crate::events::topup_event;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use stripe_platform::Timestamp;
use stripe_platform::webhook::{Claim, Event, EventLog, LogError, MemoryLog, Once, once};

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
        new += u32::from(claim.unwrap() == Claim::New);
    }
    assert_eq!(new, 1);

    // In the wrong order.
    let times = [(100, true), (101, true), (101, true), (99, false), (102, true)];
    for (seconds, newest) in times {
        assert_eq!(log.is_newest("tu_1", Timestamp::new(seconds)).await.unwrap(), newest, "{seconds}");
    }
    assert!(log.is_newest("tu_2", Timestamp::new(1)).await.unwrap());
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
        fn done<'a>(&'a self, _: &'a str) -> stripe_platform::BoxFuture<'a, Result<(), LogError>> {
            Box::pin(async { Ok(()) })
        }
        fn release<'a>(&'a self, _: &'a str) -> stripe_platform::BoxFuture<'a, Result<(), LogError>> {
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
        assert_eq!(one.claim("evt_2").await.unwrap(), Claim::New);
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
