//! Events that arrive twice, concurrently, after a crash or out of order.

use crate::events::thin_event;
use crate::events::topup_event;
use stripe_platform::Timestamp;
use stripe_platform::webhook::{
    Claim, Delivery, Event, EventLog, EventNotification, Lease, LogError, MemoryLog, Once, handle_once,
};

fn event(id: &str) -> Event {
    let mut event = topup_event();
    event["id"] = id.into();
    Event::parse(event.to_string().as_bytes()).unwrap()
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The rules are in `stripe_platform::testing::event_log_contract`.
#[cfg(feature = "testing")]
#[tokio::test]
async fn memory_log_satisfies_the_contract() {
    stripe_platform::testing::event_log_contract(&MemoryLog::new(1_000)).await;
}

#[tokio::test]
async fn events_are_distinguished_by_id() {
    let log = MemoryLog::new(1_000);
    let handle = || async { Ok::<_, Failure>("done") };
    let thin = thin_event().to_string();
    let notification = EventNotification::parse(thin.as_bytes()).unwrap();
    assert_eq!(handle_once(&log, &notification, handle()).await.unwrap(), Once::Handled("done"));
    let delivery = Delivery::parse(thin.as_bytes()).unwrap();
    assert_eq!(handle_once(&log, &delivery, handle()).await.unwrap(), Once::Duplicate);
    assert_eq!(handle_once(&log, &notification.id, handle()).await.unwrap(), Once::Duplicate);
    assert_eq!(handle_once(&log, &event("evt_1"), handle()).await.unwrap(), Once::Handled("done"));
    assert_eq!(handle_once(&log, "evt_1", handle()).await.unwrap(), Once::Duplicate);
}

/// An event of one account does not outdate events of another.
#[tokio::test]
async fn objects_with_equal_ids_are_distinguished_by_account() {
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
async fn failing_log_is_an_error() {
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
    let error = handle_once(&Broken, &event("evt_1"), async { Ok::<_, Failure>(()) }).await.unwrap_err();
    assert_eq!(error.to_string(), "the event log failed: disk full");
}
