//! All decoders in one run: `cargo bench`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn decode(criterion: &mut Criterion) {
    for subject in compare::subjects() {
        let mut group = criterion.benchmark_group(subject.group);
        group.throughput(Throughput::Bytes(subject.text.len() as u64));
        group.bench_function(subject.name, |bencher| {
            bencher.iter(|| (subject.decode)(black_box(subject.text.as_bytes())));
        });
        group.finish();
    }
}

criterion_group!(benches, decode);
criterion_main!(benches);
