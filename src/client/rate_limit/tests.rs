use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn load(limiter: &Arc<Limiter>, calls: usize, takes: Duration) -> (Duration, usize) {
    let started = Instant::now();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..calls {
        let (limiter, now, most) = (Arc::clone(limiter), Arc::clone(&now), Arc::clone(&most));
        tasks.spawn(async move {
            let _slot = limiter.enter().await;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(takes).await;
            now.fetch_sub(1, Ordering::SeqCst);
        });
    }
    while tasks.join_next().await.is_some() {}
    (started.elapsed(), most.load(Ordering::SeqCst))
}

fn limiter(limits: RateLimits) -> Arc<Limiter> {
    Arc::new(limits.limiter().unwrap())
}

#[tokio::test(start_paused = true)]
async fn in_flight_holds() {
    let (took, most) = load(&limiter(RateLimits::new().in_flight(4)), 20, Duration::from_millis(100)).await;
    assert_eq!(most, 4);
    assert_eq!(took.as_millis(), 500);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_holds() {
    let (took, _) = load(&limiter(RateLimits::new().per_second(20.0)), 101, Duration::ZERO).await;
    assert!((4.9..5.3).contains(&took.as_secs_f64()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn slows_down_on_429_and_recovers() {
    let limiter = limiter(RateLimits::new().in_flight(16).per_second(64.0));
    limiter.learn(Signal::SlowDown(Some("global-rate")));
    let rate = |limiter: &Limiter| lock(&limiter.pace.as_ref().unwrap().state).rate;
    let slots = |limiter: &Limiter| lock(&limiter.slots.as_ref().unwrap().state).now;
    assert_eq!((rate(&limiter), slots(&limiter)), (32.0, 16), "a rate limit does not affect the slots");
    limiter.learn(Signal::SlowDown(Some("endpoint-concurrency")));
    assert_eq!((rate(&limiter), slots(&limiter)), (32.0, 8));
    limiter.learn(Signal::SlowDown(None));
    assert_eq!((rate(&limiter), slots(&limiter)), (32.0, 8), "simultaneous replies count once");
    tokio::time::advance(CALM).await;
    limiter.learn(Signal::SlowDown(Some("resource-specific")));
    assert_eq!(
        (rate(&limiter), slots(&limiter)),
        (32.0, 8),
        "the limit of one object does not affect the client"
    );
    limiter.learn(Signal::SlowDown(None));
    assert_eq!((rate(&limiter), slots(&limiter)), (16.0, 4));
    assert_eq!(load(&limiter, 8, Duration::from_secs(1)).await.1, 4);
    for _ in 0..200 {
        limiter.learn(Signal::Fine);
    }
    assert_eq!((rate(&limiter), slots(&limiter)), (64.0, 16));
    assert_eq!(load(&limiter, 64, Duration::from_secs(9)).await.1, 16);
    for _ in 0..20 {
        tokio::time::advance(CALM).await;
        limiter.learn(Signal::SlowDown(None));
    }
    assert_eq!((rate(&limiter), slots(&limiter)), (2.0, 1), "the limiter never stops completely");
}

#[tokio::test(start_paused = true)]
async fn slots_in_use_are_removed_when_released() {
    let limiter = limiter(RateLimits::new().in_flight(4));
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(limiter.enter().await);
    }
    limiter.learn(Signal::SlowDown(None));
    drop(held);
    assert_eq!(load(&limiter, 10, Duration::from_secs(1)).await.1, 2);
}

#[tokio::test(start_paused = true)]
async fn cancelled_waiter_does_not_block_others() {
    let limiter = limiter(RateLimits::new().in_flight(1).per_second(10.0));
    let slot = limiter.enter().await;
    assert!(tokio::time::timeout(Duration::from_secs(1), limiter.enter()).await.is_err());
    drop(slot);
    for _ in 0..5 {
        // Cancels while waiting for the clock.
        let _ = tokio::time::timeout(Duration::from_millis(1), limiter.enter()).await;
    }
    tokio::time::timeout(Duration::from_secs(1), limiter.enter()).await.expect("a free slot");
}

#[test]
fn invalid_limits_are_rejected() {
    assert!(RateLimits::new().in_flight(0).limiter().is_err());
    assert!(RateLimits::new().in_flight(usize::MAX).limiter().is_ok());
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9] {
        assert!(RateLimits::new().per_second(rate).limiter().is_err(), "{rate}");
    }
}
