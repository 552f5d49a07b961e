//! Verifying and reading a webhook with this crate and with async-stripe: `cargo bench --bench authorization`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use stripe_platform::webhook::{Signer, Verifier};

const SECRET: &str = "whsec_of_the_benchmark";
const BODY: &str = include_str!("../../../examples/webhook_server/events/authorization_request.json");

fn authorization(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("authorization request");
    group.throughput(Throughput::Bytes(BODY.len() as u64));
    // Signed now: async-stripe compares with the clock.
    let header = Signer::new(SECRET).expect("a secret").sign(BODY.as_bytes());
    let verifier = Verifier::new(SECRET).expect("a secret");
    group.bench_function("signature alone", |bencher| {
        bencher.iter(|| verifier.verify(black_box(BODY).as_bytes(), &header).expect("it is signed"));
    });
    group.bench_function("stripe-platform", |bencher| {
        bencher.iter(|| {
            let event = verifier.event(black_box(BODY).as_bytes(), &header).expect("an event");
            assert!(event.object.as_issuing_authorization().is_some());
            event
        });
    });
    group.bench_function("async-stripe", |bencher| {
        bencher.iter(|| {
            let event = stripe_webhook::Webhook::construct_event(black_box(BODY), &header, SECRET);
            let event = event.expect("an event");
            assert!(matches!(event.data.object, stripe_webhook::EventObject::IssuingAuthorizationRequest(_)));
            event
        });
    });
    group.finish();
}

criterion_group!(benches, authorization);
criterion_main!(benches);
