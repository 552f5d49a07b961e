//! A responder behind a real server: callers that disconnect, and a thousand at once.

use crate::authorizations::{SECRET, Told, request_with, signed};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stripe_platform::webhook::{AuthorizationRequest, Decision, DecisionSource, Responder, Verifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

async fn serve(responder: Responder) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let responder = responder.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| async {
                    Ok::<_, Infallible>(responder.handle(request).await.map(Full::new))
                });
                let server = hyper::server::conn::http1::Builder::new();
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

fn raw_request(body: &[u8]) -> Vec<u8> {
    let signature = signed(body)["stripe-signature"].to_str().unwrap().to_owned();
    let length = body.len();
    let mut raw = format!(
        "POST /authorizations HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         stripe-signature: {signature}\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes();
    raw.extend_from_slice(body);
    raw
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnect_is_reported_and_cancels_the_decision() {
    let told = Told::default();
    let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
    let (dropped, mut drops) = tokio::sync::mpsc::unbounded_channel();
    let responder = Responder::new(Verifier::new(SECRET).unwrap(), move |_| {
        struct OnDrop(tokio::sync::mpsc::UnboundedSender<()>);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        let (started, guard) = (started.clone(), OnDrop(dropped.clone()));
        async move {
            let _guard = guard;
            let _ = started.send(());
            std::future::pending::<()>().await;
            Ok::<_, Infallible>(Decision::approve())
        }
    });
    let address = serve(told.watch(responder.budget(Duration::from_secs(600)))).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&raw_request(&request_with(&[]))).await.unwrap();
    starts.recv().await.unwrap();
    drop(stream);
    tokio::time::timeout(Duration::from_secs(30), drops.recv()).await.expect("the decision continues");
    for _ in 0..300 {
        if !told.all().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answered = told.only();
    assert_eq!((answered.cause, answered.decision), (DecisionSource::Disconnected, None));
    assert!(answered.authorization.is_some());
}

const CROWD: usize = 1000;
/// How long Stripe waits.
const PATIENCE: Duration = Duration::from_secs(2);
const BUDGET: Duration = Duration::from_millis(1500);

/// All connect, then all send at once. Returns how long each waited for its answer, and whether the answer was right.
async fn crowd(address: SocketAddr) -> Vec<(Duration, bool)> {
    let gate = Arc::new(Barrier::new(CROWD));
    let mut callers = JoinSet::new();
    for number in 0..CROWD {
        let raw = raw_request(&request_with(&[("/data/object/pending_request/amount", json!(number))]));
        let gate = gate.clone();
        callers.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            gate.wait().await;
            let start = Instant::now();
            stream.write_all(&raw).await.unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"}") {
                assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "no answer");
            }
            let waited = start.elapsed();
            assert!(answer.starts_with(b"HTTP/1.1 200"));
            let right = json!({ "approved": number % 2 == 0 }).to_string();
            (waited, answer.ends_with(right.as_bytes()))
        });
    }
    callers.join_all().await
}

/// With the default budget, measured by the server and by the callers, which share two threads.
///
/// A busy machine may be late. So at least one of several crowds must be answered completely in time; in the others,
/// each answer must be a decision or a report of lateness.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_concurrent_requests_are_answered_in_time() {
    let mut slowest = Vec::new();
    for _ in 0..8 {
        let told = Told::default();
        let responder =
            Responder::new(Verifier::new(SECRET).unwrap(), |request: AuthorizationRequest| async move {
                let even = request.amount().amount % 2 == 0;
                Ok::<_, Infallible>(if even { Decision::approve() } else { Decision::decline() })
            });
        let waited = crowd(serve(told.watch(responder)).await).await;
        let told = told.all();
        assert_eq!(told.len(), CROWD);
        assert!(
            told.iter()
                .all(|answered| matches!(answered.cause, DecisionSource::Decided | DecisionSource::Late))
        );
        let longest = waited.iter().map(|(waited, _)| *waited).max().unwrap();
        let in_time = told.iter().all(|a| a.cause == DecisionSource::Decided && a.elapsed <= BUDGET);
        if in_time && longest < PATIENCE {
            assert!(waited.iter().all(|(_, right)| *right), "a wrong answer");
            return;
        }
        slowest.push((longest, told.iter().map(|answered| answered.elapsed).max()));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("callers and server were late in each crowd: {slowest:?}");
}
