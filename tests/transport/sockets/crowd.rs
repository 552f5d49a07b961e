//! Many concurrent calls to a server that fails occasionally.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use stripe_platform::{Method, RateLimits};
use test_support::sockets::{Act, Server, reply};
use tokio::task::JoinSet;

const CALLS: usize = 10_000;

#[derive(Default)]
struct Ledger {
    /// How often the effect of each key took place.
    effects: BTreeMap<String, u32>,
    arrivals: u64,
    faults: usize,
}

impl Ledger {
    /// Applies an effect once per key, like Stripe, and breaks every twentieth exchange before or after it.
    fn arrive(&mut self, key: &str) -> Act {
        self.arrivals += 1;
        // A fixed, mixed sequence: deterministic, but without a pattern.
        let dice = self.arrivals.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let fault = dice.is_multiple_of(20).then_some(dice / 20 % 6);
        self.faults += usize::from(fault.is_some());
        match fault {
            Some(0) => return Act::ResetAfterRead,
            Some(1) => return Act::Reply(reply(500, r#"{"error":{"type":"api_error"}}"#)),
            Some(2) => return Act::Reply(reply(409, r#"{"error":{"code":"lock_timeout"}}"#)),
            _ => {}
        }
        *self.effects.entry(key.to_owned()).or_insert(0) |= 1;
        match fault {
            Some(3) => Act::ResetAfterRead,
            Some(4) => Act::CloseInBody,
            Some(_) => Act::CloseAfterRead,
            None => Act::Reply(reply(200, &format!(r#"{{"key":"{key}"}}"#))),
        }
    }
}

/// Resident memory of this process in bytes.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_have_ten_thousand_effects() {
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let server = Server::answering({
        let ledger = Arc::clone(&ledger);
        move |request| ledger.lock().unwrap().arrive(request.key.as_deref().unwrap())
    })
    .await;
    let client = server.builder().max_retries(9).limits(RateLimits::new().in_flight(200)).build().unwrap();
    let before = memory();
    let metrics = tokio::runtime::Handle::current().metrics();
    let mut calls = JoinSet::new();
    for number in 0..CALLS {
        let client = client.clone();
        calls.spawn(async move {
            let call = client.raw(Method::Post, "/v1/payouts").param("number", number).send();
            let reply = call.with_meta().await.unwrap();
            assert_eq!(reply.data()["key"].as_str(), reply.idempotency_key());
            reply.idempotency_key().unwrap().to_owned()
        });
    }
    let mut keys = std::collections::BTreeSet::new();
    while let Some(key) = calls.join_next().await {
        assert!(keys.insert(key.unwrap()), "a key was generated twice");
    }
    let grown = memory().saturating_sub(before);
    assert_eq!(keys.len(), CALLS);
    {
        let ledger = ledger.lock().unwrap();
        assert_eq!(ledger.effects.len(), CALLS, "every call took effect once");
        assert!(ledger.effects.keys().all(|key| keys.contains(key)));
        assert!((300..900).contains(&ledger.faults), "{} faults", ledger.faults);
    }
    assert!(grown < 256 << 20, "{} MB more", grown >> 20);
    drop(client);
    drop(calls);
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        // The rest is used by the server.
        if metrics.num_alive_tasks() <= 1 {
            return;
        }
    }
    panic!("{} tasks are left", metrics.num_alive_tasks());
}
