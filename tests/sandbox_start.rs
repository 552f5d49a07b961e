//! What a sandbox costs: to start, and per request. In a process of its own, so that nothing was read before.

use std::time::{Duration, Instant};
use stripe_platform::sandbox::{Options, Sandbox};

mod support;

/// The first request of a process finds the document unread. A release build takes less than 10 ms; the limit here is for
/// debug builds on machines with other things to do.
#[test]
fn the_first_answer_of_a_process_comes_at_once() {
    let begun = Instant::now();
    let sandbox = Sandbox::start();
    let started = begun.elapsed();
    let reply = support::get(&sandbox, "", "/v1/balance");
    let first = begun.elapsed();
    let form = "amount=700&currency=usd&source=btok_us_verified";
    let written = support::post(&sandbox, "", "/v1/topups", form);
    let second = begun.elapsed();
    assert_eq!((reply.status, written.status), (200, 200));
    println!("started after {started:?}, read after {first:?}, written after {second:?}");
    assert!(second < Duration::from_millis(500), "{second:?}");
}

/// The memory of this process in bytes, as the system counts it.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[cfg(target_os = "linux")]
#[test]
fn a_request_without_effect_leaves_less_than_a_kilobyte() {
    const REQUESTS: u64 = 5_000;
    let options = Options { journal: false, ..Options::default() };
    let sandbox = Sandbox::with(1, options);
    let ask = || assert_eq!(support::get(&sandbox, "", "/v1/balance").status, 200);
    (0..500).for_each(|_| ask());
    let before = memory();
    (0..REQUESTS).for_each(|_| ask());
    let left = memory().saturating_sub(before) / REQUESTS;
    println!("{left} bytes per request");
    assert!(left < 1024, "{left} bytes per request");
}

/// The effect itself stays: an object, and the money that moved. What is remembered around it is bounded.
#[cfg(target_os = "linux")]
#[test]
fn a_refused_request_with_a_key_leaves_less_than_a_kilobyte_if_replies_are_bounded() {
    const REQUESTS: u64 = 5_000;
    let options =
        Options { journal: false, kept_replies: Some(100), kept_events: Some(100), ..Options::default() };
    let sandbox = Sandbox::with(1, options);
    let form = "amount=0&currency=usd";
    let ask = |number: u64| {
        let reply = support::post_once(&sandbox, "", "/v1/topups", form, &format!("key-{number}"));
        assert_eq!(reply.status, 400);
    };
    (0..500).for_each(ask);
    let before = memory();
    (500..500 + REQUESTS).for_each(ask);
    let left = memory().saturating_sub(before) / REQUESTS;
    println!("{left} bytes per request");
    assert!(left < 1024, "{left} bytes per request");
}
