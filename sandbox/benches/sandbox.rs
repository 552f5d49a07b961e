//! Requests per second of the sandbox: over sockets compared to wiremock with a canned reply, and in process.
//!
//! `cargo bench --bench sandbox --features sandbox,testing` measures all on one runtime, with 64 concurrent requests
//! on 8 persistent connections. The first start is measured once, before everything else, and printed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::header::{AUTHORIZATION, HeaderValue};
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Instant;
use stripe_platform::Currency;
use stripe_sandbox::server::Server;
use stripe_sandbox::{BalanceKind, Options, Request, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const CONNECTIONS: usize = 8;
/// Concurrent requests on each connection.
const DEEP: usize = 8;
/// Requests of one connection per measured round.
const ROUND: usize = 64;

const TOPUP: &str = "amount=500&currency=usd&source=btok_us_verified";

fn key() -> String {
    ["sk", "test", "bench"].join("_")
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(1, Options { journal: false, ..Options::default() });
    sandbox.fund(sandbox.platform(), BalanceKind::Available, Currency::USD, 50_000).expect("it is legal");
    sandbox
}

/// A request as bytes.
fn wire(head: &str, body: &str) -> Vec<u8> {
    let kind = "application/x-www-form-urlencoded";
    let (key, length) = (key(), body.len());
    format!(
        "{head} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\ncontent-type: {kind}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A connection that counts replies without parsing more than necessary.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Line {
    async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("TCP_NODELAY is supported");
        Self { stream, buffer: vec![0; 256 * 1024], filled: 0 }
    }

    /// Sends a request a number of times, with the maximum concurrency.
    async fn round(&mut self, request: &[u8]) {
        let (mut sent, mut answered) = (0, 0);
        while answered < ROUND {
            let more = (ROUND - sent).min(DEEP - (sent - answered));
            if more > 0 {
                self.stream.write_all(&request.repeat(more)).await.expect("it listens");
                sent += more;
            }
            let length = self.stream.read(&mut self.buffer[self.filled..]).await.expect("it answers");
            assert_ne!(length, 0, "the connection was closed");
            self.filled += length;
            answered += self.take();
        }
    }

    /// Removes the complete replies from the buffer. Returns their number.
    fn take(&mut self) -> usize {
        let (mut replies, mut from) = (0, 0);
        while let Some(length) = reply(&self.buffer[from..self.filled]) {
            from += length;
            replies += 1;
        }
        self.buffer.copy_within(from..self.filled, 0);
        self.filled -= from;
        replies
    }
}

/// The length of the reply at the start, if it is complete.
fn reply(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&bytes[..head]).expect("a head is text");
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().expect("a number"))
    });
    let whole = head + 4 + length.expect("replies have a Content-Length");
    (bytes.len() >= whole).then_some(whole)
}

/// Measures rounds of one request to one address.
fn measure(criterion: &mut Criterion, runtime: &Runtime, name: &str, address: SocketAddr, request: &[u8]) {
    let mut lines: Vec<Line> = runtime.block_on(async { futures(CONNECTIONS, |_| Line::to(address)).await });
    let mut group = criterion.benchmark_group("sandbox");
    group.throughput(Throughput::Elements((CONNECTIONS * ROUND) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let request: std::sync::Arc<[u8]> = request.into();
            lines = runtime.block_on(async {
                let mut tasks = tokio::task::JoinSet::new();
                for mut line in lines.drain(..) {
                    let request = request.clone();
                    tasks.spawn(async move {
                        line.round(&request).await;
                        line
                    });
                }
                tasks.join_all().await
            });
        });
    });
    group.finish();
}

async fn futures<F: Future>(count: usize, make: impl Fn(usize) -> F) -> Vec<F::Output> {
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        all.push(make(number).await);
    }
    all
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
            line.stream.write_all(&request).await.expect("it listens");
            while line.take() == 0 {
                let length = line.stream.read(&mut line.buffer[line.filled..]).await.expect("it answers");
                line.filled += length;
            }
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
