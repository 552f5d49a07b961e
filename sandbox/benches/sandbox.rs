//! Requests per second of the sandbox: over sockets compared to wiremock with a canned reply, and in process.
//!
//! `cargo bench -p stripe-sandbox --bench sandbox` measures all on one runtime, with 64 requests under way on 8
//! connections that stay open. The time of the first start is measured once, before everything else, and printed.

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::header::{AUTHORIZATION, HeaderValue};
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use stripe_platform::Currency;
use stripe_sandbox::server::Server;
use stripe_sandbox::{BalanceKind, Options, Request, Sandbox};
use support::{CONNECTIONS, Line, ROUND, TOPUP, key, send_on_all, wire};
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(1, Options { journal: false, ..Options::default() });
    sandbox.fund(sandbox.platform(), BalanceKind::Available, Currency::USD, 50_000).expect("it is legal");
    sandbox
}

/// Measures rounds of one request to one address.
fn measure(criterion: &mut Criterion, runtime: &Runtime, name: &str, address: SocketAddr, request: &[u8]) {
    let mut lines = runtime.block_on(Line::all_to(address));
    let request: Arc<[u8]> = request.into();
    let mut group = criterion.benchmark_group("sandbox");
    group.throughput(Throughput::Elements((CONNECTIONS * ROUND) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            lines = runtime.block_on(send_on_all(std::mem::take(&mut lines), &request, ROUND));
        });
    });
    group.finish();
}

fn in_process(criterion: &mut Criterion, name: &str, request: &Request) {
    let sandbox = sandbox();
    let mut group = criterion.benchmark_group("sandbox");
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let response = sandbox.handle(black_box(request));
            assert_eq!(response.status, 200);
            response
        });
    });
    group.finish();
}

/// Prints the time until the first sandbox of a program has answered, and that of a later one.
fn start(runtime: &Runtime) {
    let request = wire("GET /v1/balance", "");
    for name in ["first", "second"] {
        let begun = Instant::now();
        runtime.block_on(async {
            let sandbox = Sandbox::start();
            let server = Server::start(&sandbox).expect("there is a port");
            let listens = begun.elapsed();
            let mut line = Line::to(server.address()).await;
            line.send(&request, 1).await;
            println!(
                "the {name} sandbox listens after {listens:?} and has answered after {:?}",
                begun.elapsed()
            );
        });
    }
}

fn requests(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    start(&runtime);

    let balance = wire("GET /v1/balance", "");
    let mut request = Request { path: "/v1/balance".to_owned(), ..Request::default() };
    let authorization = HeaderValue::try_from(format!("Bearer {}", key())).expect("it is text");
    request.headers.insert(AUTHORIZATION, authorization);
    let canned = sandbox().handle(&request).body;

    let mock = runtime.block_on(MockServer::builder().disable_request_recording().start());
    let template = ResponseTemplate::new(200).set_body_raw(canned, "application/json");
    let balance_mock = Mock::given(method("GET")).and(path("/v1/balance")).respond_with(template);
    runtime.block_on(balance_mock.mount(&mock));
    measure(criterion, &runtime, "wiremock, canned balance", *mock.address(), &balance);

    let server = {
        let _inside = runtime.enter();
        Server::start(&sandbox()).expect("there is a port")
    };
    measure(criterion, &runtime, "over TCP, read a balance", server.address(), &balance);
    measure(
        criterion,
        &runtime,
        "over TCP, make a top-up",
        server.address(),
        &wire("POST /v1/topups", TOPUP),
    );

    in_process(criterion, "in process, read a balance", &request);
    let topup = Request {
        method: http::Method::POST,
        path: "/v1/topups".to_owned(),
        body: TOPUP.into(),
        ..request.clone()
    };
    in_process(criterion, "in process, make a top-up", &topup);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(3))
        .warm_up_time(std::time::Duration::from_millis(500));
    targets = requests
}
criterion_main!(benches);
