//! Measures a card authorization from received bytes to reply bytes.
//!
//! `cargo bench --bench authorization` measures it next to the unavoidable HMAC of the same bytes.
//! `benches/compare` adds async-stripe to the same run.

use aws_lc_rs::hmac;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use stripe_platform::Timestamp;
use stripe_platform::webhook::{Decision, Event, Signer, Verifier};

const SECRET: &str = "whsec_of_the_benchmark";
const BODY: &str = include_str!("../examples/webhook_server/events/authorization_request.json");

fn authorization(criterion: &mut Criterion) {
    let body = BODY.as_bytes();
    let time = Timestamp::new(1_769_990_041);
    let header = Signer::new(SECRET).expect("a secret").sign_at(body, time);
    let verifier = Verifier::new(SECRET).expect("a secret");
    let mut group = criterion.benchmark_group("authorization request");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("HMAC", |bencher| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        bencher.iter(|| {
            let mut context = hmac::Context::with_key(&key);
            context.update(b"1769990041.");
            context.update(black_box(body));
            context.sign()
        });
    });
    group.bench_function("verify", |bencher| {
        bencher.iter(|| verifier.verify_at(black_box(body), &header, time).expect("it is signed"));
    });
    group.bench_function("parse", |bencher| {
        bencher.iter(|| Event::parse(black_box(body)).expect("an event"));
    });
    group.bench_function("verify, parse, decide and answer", |bencher| {
        bencher.iter(|| {
            verifier.verify_at(black_box(body), &header, time).expect("it is signed");
            let event = Event::parse(body).expect("an event");
            let request = event.into_authorization_request().expect("an authorization request");
            let decision = match request.amount().amount {
                ..=10_000 => Decision::approve(),
                _ => Decision::decline(),
            };
            decision.answer(&request).expect("an answer")
        });
    });
    group.finish();
}

criterion_group!(benches, authorization);
criterion_main!(benches);
