//! What the sandbox keeps of many requests. It is the only test of its program, so the memory is its own.

mod support;

use stripe_platform::sandbox::Sandbox;
use stripe_platform::sandbox::core::{CurrencyCode, Kind, Peek};
use stripe_platform::sandbox::world::Options;

const REQUESTS: usize = 200_000;

/// The memory that this process has in use, in bytes; `None` where the system does not tell.
fn in_use() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<usize>().ok()? * 4096)
}

#[test]
fn two_hundred_thousand_requests_keep_less_than_a_kilobyte_each() {
    let options = Options { journal: false, ..Options::default() };
    let sandbox = Sandbox::with(1, options);
    sandbox.fund(sandbox.platform(), Kind::Available, CurrencyCode::USD, 1_000_000).unwrap();
    let made = support::post_once(&sandbox, "", "/v1/topups", "amount=5&currency=usd", "first").json();
    let path = format!("/v1/topups/{}", made.text("id"));
    let begun = std::time::Instant::now();
    let mut ask = |number: usize| {
        // Of a hundred requests five make something; most read, some change, are refused or are repeated.
        let (status, reply) = match number % 20 {
            0 => (
                200,
                support::post_once(&sandbox, "", "/v1/topups", "amount=5&currency=usd", &number.to_string()),
            ),
            1 | 2 => (200, support::post_once(&sandbox, "", "/v1/topups", "amount=5&currency=usd", "first")),
            3 | 4 => (400, support::post(&sandbox, "", "/v1/topups", "amount=-5&currency=usd")),
            5 | 6 => (200, support::post(&sandbox, "", &path, &format!("description={number}"))),
            7..=12 => (200, support::get(&sandbox, "", &path)),
            _ => (200, support::get(&sandbox, "", "/v1/balance")),
        };
        assert_eq!(reply.status, status, "{}", reply.json());
    };
    (0..REQUESTS / 100).for_each(&mut ask);
    let before = in_use();
    (0..REQUESTS).for_each(&mut ask);
    let after = in_use();
    let Some((before, after)) = before.zip(after) else { return println!("this system does not tell") };
    let each = after.saturating_sub(before) / REQUESTS;
    println!("{each} bytes a request, {:?}", begun.elapsed());
    assert!(each < 1000, "{each} bytes are kept of a request");
}
