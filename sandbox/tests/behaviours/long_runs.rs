//! Reports of long runs, with concurrent requests.

use std::time::{Duration, Instant};
use stripe_sandbox::Sandbox;
use stripe_sandbox::server::Server;

/// The number of requests; `SANDBOX_LONG_RUN` sets a larger one.
fn requests() -> usize {
    std::env::var("SANDBOX_LONG_RUN").ok().and_then(|number| number.parse().ok()).unwrap_or(4_000)
}

#[tokio::test]
async fn report_of_a_long_run_does_not_block_reads() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    for number in 0..requests() {
        let form = format!("amount={}&currency=usd&source=btok_us_verified", 1 + number % 900);
        crate::support::post(&sandbox, "", "/v1/topups", &form);
    }
    let client = reqwest::Client::new();
    let url = format!("{}/_sandbox/report?entries=all", server.url());
    let report = tokio::spawn(async move { reqwest::get(url).await.unwrap().text().await.unwrap() });
    let mut times = Vec::new();
    while !report.is_finished() || times.len() < 20 {
        let begun = Instant::now();
        let read = client.get(format!("{}/v1/balance", server.url())).bearer_auth(crate::support::key());
        assert_eq!(read.send().await.unwrap().status().as_u16(), 200);
        times.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let page = report.await.unwrap();
    assert!(page.ends_with("</html>\n"), "{}", page.len());
    assert_eq!(page.matches("POST /v1/topups").count(), requests());
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100 - usize::from(times.len() >= 100)];
    println!("{} reads while a report of {} calls was made: p99 {p99:?}", times.len(), requests());
    // Machines that run tests are busy; a report made under the lock would take seconds.
    assert!(p99 < Duration::from_millis(500), "{p99:?}");
    let short =
        reqwest::get(format!("{}/_sandbox/report", server.url())).await.unwrap().text().await.unwrap();
    assert!(short.len() < page.len() && short.contains("earlier entries are not shown"), "{}", short.len());
}
