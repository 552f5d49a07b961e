//! What a client costs beyond the HTTP under it: the same read of a balance over loopback, alone and 64 at a time.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use overhead::{Made, crowd};
use tokio::runtime::Runtime;

fn measure<F>(criterion: &mut Criterion, runtime: &Runtime, name: &str, call: F)
where
    F: Fn() -> Made + Clone + Send + 'static,
{
    let mut group = criterion.benchmark_group("alone");
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |bencher| bencher.to_async(runtime).iter(&call));
    group.finish();
    let mut group = criterion.benchmark_group("64 in flight");
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |bencher| {
        bencher.to_async(runtime).iter_custom(|count| crowd(count, call.clone()))
    });
    group.finish();
}

fn request_overhead(criterion: &mut Criterion) {
    let runtime = overhead::runtime();
    let base = format!("http://{}", overhead::serve());
    measure(criterion, &runtime, "reqwest", overhead::reqwest(&base));
    measure(criterion, &runtime, "stripe-platform", overhead::ours(&base));
    #[cfg(feature = "peer")]
    measure(criterion, &runtime, "async-stripe", overhead::peer(&base));
}

criterion_group!(benches, request_overhead);
criterion_main!(benches);
