//! Throughput with 64 concurrent calls. The clients alternate in short rounds, so that other load on the machine
//! affects them equally.
//!
//! ```sh
//! cargo bench --bench by_turns --features peer
//! ```
//!
//! An argument (`-- 3`) sets the number of rounds, for a smoke test.

use overhead::{Made, crowd};
use std::sync::Arc;
use std::time::Duration;

const ROUNDS: usize = 60;
const CALLS: u64 = 1000;

type Client = (&'static str, Arc<dyn Fn() -> Made + Send + Sync>);

fn main() {
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let base = format!("http://{}", overhead::serve());
    #[allow(unused_mut)]
    let mut clients: Vec<Client> = vec![
        ("reqwest", Arc::new(overhead::reqwest(&base, None))),
        ("stripe-platform", Arc::new(overhead::ours(&base, None))),
    ];
    #[cfg(feature = "peer")]
    clients.push(("async-stripe", Arc::new(overhead::peer(&base))));
    compare("HTTP/1.1", &clients, rounds);

    let (base, root) = overhead::serve_tls();
    let clients: Vec<Client> = vec![
        ("reqwest", Arc::new(overhead::reqwest(&base, Some(&root)))),
        ("stripe-platform", Arc::new(overhead::ours(&base, Some(&root)))),
    ];
    compare("HTTP/2 over TLS", &clients, rounds);
}

fn compare(over: &str, clients: &[Client], rounds: usize) {
    let runtime = overhead::runtime();
    let mut times = vec![Vec::new(); clients.len()];
    for round in 0..rounds + 5 {
        for turn in 0..clients.len() {
            let at = (round + turn) % clients.len();
            let call = Arc::clone(&clients[at].1);
            let time = runtime.block_on(crowd(CALLS, move || call()));
            // The first rounds open connections and fill caches.
            if round >= 5 {
                times[at].push(time);
            }
        }
    }
    println!("{over}");
    let first = rate(&mut times[0]);
    for ((name, _), times) in clients.iter().zip(&mut times) {
        let rate = rate(times);
        println!("  {name:<16} {rate:>8.0} calls/s  {:>5.1} %", rate / first * 100.0);
    }
}

/// Calls per second in the median round.
fn rate(times: &mut [Duration]) -> f64 {
    times.sort();
    CALLS as f64 / times[times.len() / 2].as_secs_f64()
}
