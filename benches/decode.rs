//! Measures decoding a reply into an object.
//!
//! `cargo bench --bench decode` measures this crate next to plain serde. `benches/compare` adds async-stripe to the
//! same run and counts allocations.

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value as Json;
use std::hint::black_box;
use stripe_platform::{List, account, issuing};
use support::full;

const ACCOUNT: &str = "account";
const AUTHORIZATION: &str = "authorization";
const LIST: &str = "list of 100 transactions";

fn measure<T>(criterion: &mut Criterion, group: &str, name: &str, text: &str, decode: fn(&[u8]) -> T) {
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function(name, |bencher| bencher.iter(|| decode(black_box(text.as_bytes()))));
    group.finish();
}

fn with_serde<T: DeserializeOwned>(json: &[u8]) -> T {
    serde_json::from_slice(json).expect("the data fits")
}

/// Decodes like the client.
fn as_the_client<T: stripe_platform::Reply>(json: &[u8]) -> T {
    stripe_platform::decode(json).expect("the data fits")
}

fn decode(criterion: &mut Criterion) {
    let transactions = support::transactions();
    let texts =
        [(ACCOUNT, support::ACCOUNT), (AUTHORIZATION, support::AUTHORIZATION), (LIST, &*transactions)];
    for (group, text) in texts {
        measure(criterion, group, "skipped", text, with_serde::<IgnoredAny>);
        measure(criterion, group, "serde_json::Value", text, with_serde::<Json>);
        let (derived, own) = ("serde derive", "stripe-platform");
        match group {
            ACCOUNT => {
                measure(criterion, group, derived, text, with_serde::<full::Account>);
                measure(criterion, group, own, text, as_the_client::<account::Account>);
            }
            AUTHORIZATION => {
                measure(criterion, group, derived, text, with_serde::<full::Authorization>);
                measure(criterion, group, own, text, as_the_client::<issuing::authorization::Authorization>);
            }
            _ => {
                measure(criterion, group, derived, text, with_serde::<full::List<full::Transaction>>);
                measure(
                    criterion,
                    group,
                    own,
                    text,
                    as_the_client::<List<issuing::transaction::Transaction>>,
                );
            }
        }
    }
}

criterion_group!(benches, decode);
criterion_main!(benches);
