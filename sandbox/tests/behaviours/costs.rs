//! What a sandbox costs: to start, and per request. One test, in a process of its own, because nothing must have been read
//! before, and nothing else must take memory meanwhile.


use std::time::{Duration, Instant};
use stripe_sandbox::{Options, Sandbox};

#[test]
fn a_sandbox_starts_at_once_and_requests_leave_little_behind() {
    starts_at_once();
    if cfg!(target_os = "linux") {
        let options = Options { journal: false, ..Options::default() };
        let sandbox = Sandbox::with(1, options);
        leaves_little("reading", |_| {
            assert_eq!(crate::support::get(&sandbox, "", "/v1/balance").status, 200);
        });
        let options =
            Options { journal: false, kept_replies: Some(100), kept_events: Some(100), ..Options::default() };
        let sandbox = Sandbox::with(1, options);
        leaves_little("refused writing with a key", |number| {
            let key = format!("key-{number}");
            let reply = crate::support::post_once(&sandbox, "", "/v1/topups", "amount=0&currency=usd", &key);
            assert_eq!(reply.status, 400);
        });
    }
}

/// The first requests of a process find the document unread. A release build takes less than 10 ms for all of it; the limit
/// is for debug builds on machines with other things to do.
fn starts_at_once() {
    let begun = Instant::now();
    let sandbox = Sandbox::start();
    let started = begun.elapsed();
    let read = crate::support::get(&sandbox, "", "/v1/balance");
    let first = begun.elapsed();
    let form = "amount=700&currency=usd&source=btok_us_verified";
    let written = crate::support::post(&sandbox, "", "/v1/topups", form);
    let second = begun.elapsed();
    assert_eq!((read.status, written.status), (200, 200));
    println!("started after {started:?}, read after {first:?}, written after {second:?}");
    assert!(second < Duration::from_millis(500), "{second:?}");
}

fn leaves_little(what: &str, ask: impl Fn(u64)) {
    const REQUESTS: u64 = 5_000;
    (0..500).for_each(&ask);
    let before = memory();
    (500..500 + REQUESTS).for_each(&ask);
    let left = memory().saturating_sub(before) / REQUESTS;
    println!("{what}: {left} bytes per request");
    assert!(left < 1024, "{what}: {left} bytes per request");
}

/// The memory of this process in bytes, as Linux counts it.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
