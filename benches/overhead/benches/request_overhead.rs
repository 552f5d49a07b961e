//! Measures the overhead of a client over plain HTTP: the same balance request over loopback, alone and 64 at a time.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use overhead::{Made, crowd};
use tokio::runtime::Runtime;

fn measure<F>(criterion: &mut Criterion, runtime: &Runtime, over: &str, name: &str, call: F)
where
    F: Fn() -> Made + Clone + Send + 'static,
{
    let mut group = criterion.benchmark_group(format!("alone{over}"));
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |bencher| bencher.to_async(runtime).iter(&call));
    group.finish();
    let mut group = criterion.benchmark_group(format!("64 in flight{over}"));
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |bencher| {
        bencher.to_async(runtime).iter_custom(|count| crowd(count, call.clone()))
    });
    group.finish();
}

fn request_overhead(criterion: &mut Criterion) {
    let runtime = overhead::runtime();
    let base = format!("http://{}", overhead::serve());
    measure(criterion, &runtime, "", "reqwest", overhead::reqwest(&base, None));
    measure(criterion, &runtime, "", "stripe-platform", overhead::ours(&base, None));
    #[cfg(feature = "peer")]
    measure(criterion, &runtime, "", "async-stripe", overhead::peer(&base));
    let (base, root) = overhead::serve_tls();
    let over = ", HTTP/2 over TLS";
    measure(criterion, &runtime, over, "reqwest", overhead::reqwest(&base, Some(&root)));
    measure(criterion, &runtime, over, "stripe-platform", overhead::ours(&base, Some(&root)));
}

criterion_group!(benches, request_overhead);
criterion_main!(benches);
