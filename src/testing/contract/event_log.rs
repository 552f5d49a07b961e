use super::{all, unique};
use crate::Timestamp;
use crate::webhook::{Claim, EventLog, LogError, Once, handle_once};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Tests that an event log satisfies the contract of [`EventLog`], including the optional
/// [`abandon`](crate::webhook::EventLog::abandon). Run it in your tests on an empty or used table, with a lease of at
/// least a minute. It takes a second or two.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use stripe_platform::{testing::event_log_contract, webhook::MemoryLog};
///
/// event_log_contract(&MemoryLog::new(1_000)).await;
/// # }
/// ```
///
/// # Panics
/// Panics if a rule is violated; the message describes it.
pub async fn event_log_contract<L: EventLog + ?Sized>(log: &L) {
    event_is_handled_once(log).await;
    failed_event_is_handled_again(log).await;
    one_of_many_claims_wins(log).await;
    lost_lease_has_no_effect(log).await;
    cancelled_handler_releases_its_claim(log).await;
    panicking_handler_releases_its_claim(log).await;
    claim_cancelled_while_written_is_released(log).await;
    newest_event_of_a_subject_is_tracked(log).await;
}

async fn handled<L: EventLog + ?Sized>(log: &L, event: &str) -> Once<()> {
    done(handle_once(log, event, async { Ok::<_, LogError>(()) }).await)
}

fn done<T>(result: Result<T, LogError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("contract of EventLog: the log failed: {error}"),
    }
}

async fn event_is_handled_once<L: EventLog + ?Sized>(log: &L) {
    let (one, other) = (unique("evt"), unique("evt"));
    assert_eq!(handled(log, &one).await, Once::Handled(()), "the first delivery is handled");
    assert_eq!(handled(log, &one).await, Once::Duplicate, "the second delivery is a duplicate");
    assert_eq!(handled(log, &other).await, Once::Handled(()), "another event is handled");
    let case = one.to_uppercase();
    assert_eq!(handled(log, &case).await, Once::Handled(()), "ids that differ in case are different");
}

async fn failed_event_is_handled_again<L: EventLog + ?Sized>(log: &L) {
    let event = unique("evt");
    let failing = async { Err::<(), _>(LogError::new("the handler failed")) };
    assert!(handle_once(log, &event, failing).await.is_err(), "the error of the handler is returned");
    assert_eq!(handled(log, &event).await, Once::Handled(()), "after a failure the event is handled");
}

async fn one_of_many_claims_wins<L: EventLog + ?Sized>(log: &L) {
    let event = unique("evt");
    let count = AtomicU32::new(0);
    let deliver = || async {
        let handler = async {
            count.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(20)).await;
            Ok::<_, LogError>(())
        };
        done(handle_once(log, &event, handler).await)
    };
    let results = all((0..50).map(|_| deliver())).await;
    assert_eq!(count.load(Ordering::Relaxed), 1, "of 50 deliveries at once, one is handled: {results:?}");
    let handled = results.iter().filter(|result| matches!(result, Once::Handled(()))).count();
    assert_eq!(handled, 1, "of 50 deliveries at once, one is reported as handled: {results:?}");
}

async fn lost_lease_has_no_effect<L: EventLog + ?Sized>(log: &L) {
    let event = unique("evt");
    let Claim::New(first) = done(log.claim(&event).await) else { panic!("a new event can be claimed") };
    assert_eq!(done(log.claim(&event).await), Claim::InWork, "a claimed event is in work");
    done(log.release(&event, first).await);
    let Claim::New(second) = done(log.claim(&event).await) else { panic!("a released event is free") };
    assert_ne!(first, second, "every claim has another lease");
    done(log.done(&event, first).await);
    done(log.release(&event, first).await);
    assert_eq!(done(log.claim(&event).await), Claim::InWork, "a lost lease neither ends nor frees the event");
    done(log.done(&event, second).await);
    done(log.release(&event, second).await);
    assert_eq!(done(log.claim(&event).await), Claim::Done, "an event that is done stays done");
}

async fn cancelled_handler_releases_its_claim<L: EventLog + ?Sized>(log: &L) {
    let event = unique("evt");
    let began = AtomicU32::new(0);
    let handler = async {
        began.fetch_add(1, Ordering::Relaxed);
        pending::<Result<(), LogError>>().await
    };
    {
        let mut waiting = pin!(handle_once(log, &event, handler));
        let end = Instant::now() + Duration::from_secs(10);
        while began.load(Ordering::Relaxed) == 0 {
            assert!(Instant::now() < end, "the handler begins");
            assert!(timeout(Duration::from_millis(20), &mut waiting).await.is_err());
        }
        assert_eq!(handled(log, &event).await, Once::InWork, "while it is handled, the event is in work");
    }
    is_released_soon(log, &event, "after a handler was cancelled").await;
}

async fn panicking_handler_releases_its_claim<L: EventLog + ?Sized>(log: &L) {
    let event = unique("evt");
    {
        let handler =
            async { if true { panic!("in a handler, on purpose") } else { Ok::<(), LogError>(()) } };
        let mut handling = Box::pin(handle_once(log, &event, handler));
        let caught =
            poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(context))) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(_)) => Poll::Ready(false),
                Err(_) => Poll::Ready(true),
            });
        assert!(caught.await, "the panic of a handler is passed on");
    }
    is_released_soon(log, &event, "after a handler panicked").await;
}

async fn claim_cancelled_while_written_is_released<L: EventLog + ?Sized>(log: &L) {
    let mut cancelled = 0;
    for micros in [0, 1, 20, 50, 100, 200, 400, 800, 1_500, 3_000] {
        let event = unique("evt");
        let handler = pending::<Result<(), LogError>>();
        let claiming = handle_once(log, &event, handler);
        // The runtime's timer is too coarse here.
        let end = std::time::Instant::now() + Duration::from_micros(micros);
        let until = poll_fn(|context| {
            if std::time::Instant::now() >= end {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        tokio::select! {
            biased;
            _ = claiming => panic!("the handler never ends"),
            () = until => cancelled += 1,
        }
        is_released_soon(log, &event, "after a delivery was cancelled while its claim was written").await;
    }
    assert_eq!(cancelled, 10);
}

async fn is_released_soon<L: EventLog + ?Sized>(log: &L, event: &str, when: &str) {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        match handled(log, event).await {
            Once::Handled(()) => return,
            Once::Duplicate => panic!("contract of EventLog: {when}, the event counts as handled"),
            Once::InWork if Instant::now() < end => sleep(Duration::from_millis(10)).await,
            Once::InWork => panic!("contract of EventLog: {when}, the event is still in work"),
        }
    }
}

async fn newest_event_of_a_subject_is_tracked<L: EventLog + ?Sized>(log: &L) {
    let (one, other) = (unique("acct_1 topup tu"), unique("acct_2 topup tu"));
    let times = [(100, true), (101, true), (101, true), (99, false), (102, true), (100, false)];
    for (seconds, newest) in times {
        let found = done(log.is_newest(&one, Timestamp::new(seconds)).await);
        assert_eq!(found, newest, "an event of second {seconds} is the newest of its subject");
    }
    assert!(done(log.is_newest(&other, Timestamp::new(1)).await), "subjects are independent");
}
