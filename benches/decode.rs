//! How long it takes to turn a reply into an object.
//!
//! `cargo bench --bench decode` measures this crate next to plain serde. `benches/compare` adds async-stripe to the
//! same run and counts allocations.

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::de::{DeserializeOwned, IgnoredAny};
use std::hint::black_box;
use stripe_platform::{Json, List, account, issuing};

fn measure<T: DeserializeOwned>(criterion: &mut Criterion, group: &str, name: &str, text: &str) {
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| serde_json::from_slice::<T>(black_box(text.as_bytes())).expect("the data fits"));
    });
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let transactions = support::transactions();
    for (group, text) in [
        ("account", support::ACCOUNT),
        ("authorization", support::AUTHORIZATION),
        ("list of 100 transactions", &transactions),
    ] {
        measure::<IgnoredAny>(criterion, group, "skipped", text);
        measure::<Json>(criterion, group, "serde_json::Value", text);
    }
    let name = "stripe-platform";
    measure::<account::Account>(criterion, "account", name, support::ACCOUNT);
    measure::<issuing::authorization::Authorization>(
        criterion,
        "authorization",
        name,
        support::AUTHORIZATION,
    );
    let group = "list of 100 transactions";
    measure::<support::full::List<support::full::Transaction>>(
        criterion,
        group,
        "serde derive",
        &transactions,
    );
    measure::<List<issuing::transaction::Transaction>>(criterion, group, name, &transactions);
}

criterion_group!(benches, decode);
criterion_main!(benches);
