//! Compares binaries of the sandbox, by turns in one run: how long one takes to start, how many top-ups per second it makes, and
//! how long reads take while a report of a long run is made.
//!
//! `cargo bench -p stripe-sandbox --bench binaries -- OTHER…` measures the binary of this version beside others, such as that of
//! the version before. Without others it measures this one alone. `SANDBOX_REQUESTS` is the length of the long run (240,000).
//! Others should be release builds too: `cargo build --release -p stripe-sandbox --bin stripe-sandbox`.

#[allow(dead_code, reason = "the other bench needs more of it")]
mod support;

use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{CONNECTIONS, Line, TOPUP, key, send_on_all, wire};

/// How often each binary has its turn.
const TURNS: usize = 7;
/// Top-ups per connection in one turn.
const TOPUPS: usize = 1_000;
/// Reads per second while a report is made.
const READS: u32 = 200;

/// A sandbox that is served. It is killed when it is dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(binary: &str) -> Self {
        let mut command = Command::new(binary);
        command.args(["--port", "0", "--seed", "1"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|problem| panic!("{binary}: {problem}"));
        let mut out = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let url = out.find_map(|line| {
            line.expect("it prints text").strip_prefix("The sandbox listens on ").map(str::to_owned)
        });
        let url = url.unwrap_or_else(|| panic!("{binary} did not print its address"));
        // Keeps the pipe empty, so that later output does not block it.
        std::thread::spawn(move || out.for_each(drop));
        Self { child, url }
    }

    fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The measurements of a binary, one value for each turn.
#[derive(Default)]
struct Measured {
    start: Vec<f64>,
    topups: Vec<f64>,
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// From the start of the process to its first reply, in milliseconds; then top-ups per second.
async fn turn(binary: &str, measured: &mut Measured) {
    let begun = Instant::now();
    let served = Served::start(binary);
    Line::to(served.address()).await.send(&wire("GET /v1/balance", ""), 1).await;
    measured.start.push(begun.elapsed().as_secs_f64() * 1_000.0);
    let lines = Line::all_to(served.address()).await;
    let request = wire("POST /v1/topups", TOPUP).into();
    let begun = Instant::now();
    send_on_all(lines, &request, TOPUPS).await;
    measured.topups.push((TOPUPS * CONNECTIONS) as f64 / begun.elapsed().as_secs_f64());
}

/// Reads while a report of a long run is made.
async fn long_run(binary: &str, requests: usize) {
    let served = Served::start(binary);
    let lines = Line::all_to(served.address()).await;
    let request: Arc<[u8]> = wire("POST /v1/topups", TOPUP).into();
    send_on_all(lines, &request, requests / CONNECTIONS).await;
    let (client, url) = (reqwest::Client::new(), format!("{}/_sandbox/report?entries=all", served.url));
    let report = tokio::spawn(async move {
        let begun = Instant::now();
        let reply = client.get(url).send().await.expect("it answers");
        let status = reply.status();
        (status, reply.bytes().await.expect("the report is complete").len(), begun.elapsed())
    });
    let client = reqwest::Client::new();
    let balance = format!("{}/v1/balance", served.url);
    let mut times = Vec::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / READS);
    while !report.is_finished() || times.len() < 100 {
        tick.tick().await;
        let begun = Instant::now();
        let reply = client.get(&balance).bearer_auth(key()).send().await.expect("it answers");
        reply.bytes().await.expect("the reply is complete");
        times.push(begun.elapsed());
    }
    let (status, bytes, took) = report.await.expect("it does not panic");
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!(
        "{binary}: {requests} requests; report {status}, {} MB in {took:.1?}; {} reads meanwhile: median {:.1?}, p99 {:.1?}, \
         longest {:.1?}",
        bytes / 1_000_000,
        times.len(),
        at(50),
        at(99),
        at(100),
    );
}

#[tokio::main]
async fn main() {
    let own = env!("CARGO_BIN_EXE_stripe-sandbox").to_owned();
    let binaries: Vec<String> =
        std::iter::once(own).chain(env::args().skip(1).filter(|word| !word.starts_with("--"))).collect();
    let requests = env::var("SANDBOX_REQUESTS").map_or(240_000, |text| text.parse().expect("a number"));

    let mut measured: Vec<Measured> = binaries.iter().map(|_| Measured::default()).collect();
    for _ in 0..TURNS {
        for (binary, measured) in binaries.iter().zip(&mut measured) {
            turn(binary, measured).await;
        }
    }
    let mut first = None;
    for (binary, Measured { start, topups }) in binaries.iter().zip(&mut measured) {
        let (start, topups) = (median(start), median(topups));
        let (first_start, first_topups) = *first.get_or_insert((start, topups));
        println!(
            "{binary}: first reply after {start:.1} ms ({:.2} times the first), {topups:.0} top-ups per second ({:.2} times)",
            start / first_start,
            topups / first_topups,
        );
    }
    for binary in &binaries {
        long_run(binary, requests).await;
    }
}
