//! A card authorization from received bytes to reply bytes, compared with async-stripe (which verifies and decodes)
//! and the unavoidable HMAC, in one run: `cargo bench --bench authorization`.

use aws_lc_rs::hmac;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use stripe_platform::webhook::{Decision, Signer, Verifier};

const SECRET: &str = "whsec_of_the_benchmark";
const BODY: &str = include_str!("../../../examples/webhook_server/events/authorization_request.json");

fn authorization(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("authorization request");
    group.throughput(Throughput::Bytes(BODY.len() as u64));
    // Signed now, because async-stripe checks the time.
    let header = Signer::new(SECRET).expect("a secret").sign(BODY.as_bytes());
    let verifier = Verifier::new(SECRET).expect("a secret");
    group.bench_function("HMAC", |bencher| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        bencher.iter(|| {
            let mut context = hmac::Context::with_key(&key);
            context.update(b"1769990041.");
            context.update(black_box(BODY).as_bytes());
            context.sign()
        });
    });
    group.bench_function("stripe-platform: verify", |bencher| {
        bencher.iter(|| verifier.verify(black_box(BODY).as_bytes(), &header).expect("it is signed"));
    });
    group.bench_function("stripe-platform: verify, parse", |bencher| {
        bencher.iter(|| {
            let event = verifier.event(black_box(BODY).as_bytes(), &header).expect("an event");
            assert!(event.object.as_issuing_authorization().is_some());
            event
        });
    });
    group.bench_function("stripe-platform: verify, parse, decide and answer", |bencher| {
        bencher.iter(|| {
            let event = verifier.event(black_box(BODY).as_bytes(), &header).expect("an event");
            let request = event.into_authorization_request().expect("an authorization request");
            let decision = match request.amount().amount {
                ..=10_000 => Decision::approve(),
                _ => Decision::decline(),
            };
            decision.answer(&request).expect("an answer")
        });
    });
    group.bench_function("async-stripe: verify, parse", |bencher| {
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
