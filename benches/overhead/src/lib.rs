//! The same balance request through several clients, to a local server.

mod server;
mod tls;

pub use server::serve;
pub use tls::serve_tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use stripe_platform::balance;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// The number of concurrent calls of a crowd.
pub const AT_ONCE: u64 = 64;

/// The clients' runtime; the server has a separate one.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Makes `count` calls with limited concurrency, and measures the total time.
pub async fn crowd<F, W>(count: u64, call: F) -> Duration
where
    F: Fn() -> W + Clone + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let left = Arc::new(AtomicU64::new(count));
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE.min(count) {
        let (left, call) = (Arc::clone(&left), call.clone());
        workers.spawn(async move {
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
            {
                call().await;
            }
        });
    }
    while workers.join_next().await.is_some() {}
    started.elapsed()
}

/// What this crate says of itself, so that both clients send the same headers.
const CLIENT: &str = r#"{"bindings_version":"0.1.0","httplib":"reqwest","lang":"rust","publisher":"stripe-platform"}"#;

/// Only the HTTP client. Trusts this certificate in addition.
pub fn reqwest(base: &str, root: Option<&str>) -> impl Fn() -> Made + Clone + Send + Sync + 'static + use<> {
    let mut http = ::reqwest::Client::builder().no_proxy();
    if let Some(root) = root {
        http = http.tls_certs_merge([::reqwest::Certificate::from_pem(root.as_bytes()).unwrap()]);
    }
    let http = http.build().unwrap();
    let url = format!("{base}/v1/balance");
    move || {
        let request = http
            .get(url.as_str())
            .bearer_auth("sk_test_bench")
            .header("stripe-version", stripe_platform::API_VERSION)
            .header("accept", "application/json")
            .header("user-agent", "Stripe/v1 RustPlatform/0.1.0")
            .header("x-stripe-client-user-agent", CLIENT);
        Box::pin(async move {
            let body = request.send().await.unwrap().bytes().await.unwrap();
            std::hint::black_box(serde_json::from_slice::<serde_json::Value>(&body).unwrap());
        })
    }
}

/// A pending call.
pub type Made = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// This crate. Trusts this certificate in addition.
pub fn ours(base: &str, root: Option<&str>) -> impl Fn() -> Made + Clone + Send + Sync + 'static + use<> {
    let mut stripe = stripe_platform::Client::builder("sk_test_bench").base_url(base);
    if let Some(root) = root {
        stripe = stripe.root_certificate(root);
    }
    let stripe = stripe.build().unwrap();
    move || {
        let call = balance::Retrieve::new().send(&stripe);
        Box::pin(async move {
            std::hint::black_box(call.await.unwrap());
        })
    }
}

/// The other crate.
#[cfg(feature = "peer")]
pub fn peer(base: &str) -> impl Fn() -> Made + Clone + Send + Sync + 'static + use<> {
    let stripe = stripe::ClientBuilder::new("sk_test_bench").url(base).build().unwrap();
    move || {
        let stripe = stripe.clone();
        Box::pin(async move {
            let balance = stripe_core::balance::RetrieveForMyAccountBalance::new().send(&stripe).await;
            std::hint::black_box(balance.unwrap());
        })
    }
}
