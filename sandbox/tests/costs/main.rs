//! The costs of a sandbox: its start, and the memory per request. A separate binary, because its allocator counts and
//! the first start of the process is measured before the document is parsed.

mod memory;
#[path = "../../src/tests/support.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod support;

use std::sync::Once;
use std::time::{Duration, Instant};
use stripe_sandbox::{Options, Sandbox};

/// Measures the start before everything else in this process.
fn begin() {
    static STARTED: Once = Once::new();
    STARTED.call_once(starts_at_once);
}

#[test]
fn start_is_fast_and_requests_leave_little_memory() {
    begin();
    let sandbox = Sandbox::with(1, Options { journal: false, ..Options::default() });
    leaves_little("reading", |_| {
        assert_eq!(support::get(&sandbox, "", "/v1/balance").status, 200);
    });
    let options =
        Options { journal: false, kept_replies: Some(100), kept_events: Some(100), ..Options::default() };
    let sandbox = Sandbox::with(1, options);
    leaves_little("failed write with a key", |number| {
        let key = format!("key-{number}");
        let reply = support::post_once(&sandbox, "", "/v1/topups", "amount=0&currency=usd", &key);
        assert_eq!(reply.status, 400);
    });
}

/// With a limit of stored replies, requests leave no memory behind in the long run.
fn leaves_little(what: &str, ask: impl Fn(u64)) {
    let requests = support::size(what, 2_000, 5_000);
    (0..500).for_each(&ask);
    let counted = allocation_counter::measure(|| (500..500 + requests).for_each(&ask));
    let left = counted.bytes_current / requests.cast_signed();
    println!("{what}: {left} bytes per request");
    assert!(left < 10, "{what}: {left} bytes per request");
}

/// The first requests of a process parse the document. A release build takes less than 10 ms in total; the limit is
/// for debug builds on busy machines.
fn starts_at_once() {
    let begun = Instant::now();
    let sandbox = Sandbox::start();
    let started = begun.elapsed();
    let read = support::get(&sandbox, "", "/v1/balance");
    let first = begun.elapsed();
    let form = "amount=700&currency=usd&source=btok_us_verified";
    let written = support::post(&sandbox, "", "/v1/topups", form);
    let second = begun.elapsed();
    assert_eq!((read.status, written.status), (200, 200));
    println!("started after {started:?}, read after {first:?}, written after {second:?}");
    assert!(second < Duration::from_millis(500), "{second:?}");
}
