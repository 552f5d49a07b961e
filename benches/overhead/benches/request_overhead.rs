//! What a client costs beyond the HTTP under it: the same read of a balance over loopback, alone and 64 at a time.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use stripe_platform::balance;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const AT_ONCE: u64 = 64;

/// Makes `count` calls, so many at a time, and measures all of them.
async fn crowd<F, W>(count: u64, call: F) -> Duration
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
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                call().await;
            }
        });
    }
    while workers.join_next().await.is_some() {}
    started.elapsed()
}

fn measure<F, W>(criterion: &mut Criterion, runtime: &Runtime, name: &str, call: F)
where
    F: Fn() -> W + Clone + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let mut group = criterion.benchmark_group("alone");
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |bencher| bencher.to_async(runtime).iter(&call));
    group.finish();
    let mut group = criterion.benchmark_group("64 in flight");
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |bencher| bencher.to_async(runtime).iter_custom(|count| crowd(count, call.clone())));
    group.finish();
}

fn request_overhead(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let base = format!("http://{}", overhead::serve());

    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{base}/v1/balance");
    measure(criterion, &runtime, "reqwest", move || {
        let request = http
            .get(url.as_str())
            .bearer_auth("sk_test_bench")
            .header("stripe-version", stripe_platform::API_VERSION)
            .header("user-agent", "bench");
        async move {
            let body = request.send().await.unwrap().bytes().await.unwrap();
            std::hint::black_box(serde_json::from_slice::<serde_json::Value>(&body).unwrap());
        }
    });

    let ours = stripe_platform::Client::builder("sk_test_bench").base_url(&base).build().unwrap();
    measure(criterion, &runtime, "stripe-platform", move || {
        let call = balance::Retrieve::new().send(&ours);
        async move {
            std::hint::black_box(call.await.unwrap());
        }
    });

    #[cfg(feature = "peer")]
    {
        let peer = stripe::ClientBuilder::new("sk_test_bench").url(base.as_str()).build().unwrap();
        measure(criterion, &runtime, "async-stripe", move || {
            let peer = peer.clone();
            async move {
                let balance = stripe_core::balance::RetrieveForMyAccountBalance::new().send(&peer).await;
                std::hint::black_box(balance.unwrap());
            }
        });
    }
}

criterion_group!(benches, request_overhead);
criterion_main!(benches);
