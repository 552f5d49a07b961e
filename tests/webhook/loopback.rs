//! A responder behind a real server: callers that leave, and a thousand at once.

use crate::authorizations::{SECRET, Told, request_with, signed};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use stripe_platform::webhook::{AuthorizationRequest, Cause, Decision, Responder, Verifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

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
async fn a_caller_that_leaves_is_told_and_its_decision_cancelled() {
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
    tokio::time::timeout(Duration::from_secs(30), drops.recv()).await.expect("the decision goes on");
    for _ in 0..300 {
        if !told.all().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answered = told.only();
    assert_eq!((answered.cause, answered.decision), (Cause::Disconnected, None));
    assert!(answered.authorization.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_once_are_answered_inside_their_budget() {
    const CROWD: usize = 1000;
    let told = Told::default();
    let gate = std::sync::Arc::new(tokio::sync::Barrier::new(CROWD));
    let arrived = gate.clone();
    // Nobody is answered before all have asked, so they really are there at once.
    let responder = Responder::new(Verifier::new(SECRET).unwrap(), move |request: AuthorizationRequest| {
        let arrived = arrived.clone();
        async move {
            arrived.wait().await;
            let even = request.amount().amount % 2 == 0;
            Ok::<_, Infallible>(if even { Decision::approve() } else { Decision::decline() })
        }
    });
    // The gate is part of the test, so its time is too.
    let budget = Duration::from_secs(60);
    let address = serve(told.watch(responder.budget(budget))).await;
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..CROWD {
        let body = request_with(&[("/data/object/pending_request/amount", json!(number))]);
        callers.spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            let mut request = http::Request::new(Full::new(Bytes::from(body.clone())));
            *request.method_mut() = http::Method::POST;
            *request.headers_mut() = signed(&body);
            request.headers_mut().insert("host", http::HeaderValue::from_static("localhost"));
            let answer = sender.send_request(request).await.unwrap();
            assert_eq!(answer.status(), 200);
            let answer = answer.into_body().collect().await.unwrap().to_bytes();
            let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
            assert_eq!(answer, json!({ "approved": number % 2 == 0 }));
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    let told = told.all();
    assert_eq!(told.len(), CROWD);
    for answered in told {
        assert_eq!(answered.cause, Cause::Decided);
        assert!(answered.elapsed < budget);
    }
}

/// With the default budget, and decisions that take a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_come_inside_the_default_budget_under_load() {
    let told = Told::default();
    let responder = Responder::new(Verifier::new(SECRET).unwrap(), |_| async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok::<_, Infallible>(Decision::approve())
    });
    let address = serve(told.watch(responder)).await;
    let raw = std::sync::Arc::new(raw_request(&request_with(&[])));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let raw = raw.clone();
        callers.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let mut buffer = [0; 512];
            for _ in 0..5 {
                stream.write_all(&raw).await.unwrap();
                let length = stream.read(&mut buffer).await.unwrap();
                assert!(buffer[..length].starts_with(b"HTTP/1.1 200"));
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    let told = told.all();
    assert_eq!(told.len(), 1000);
    assert!(told.iter().all(|a| a.elapsed < Duration::from_millis(1600)), "an answer was late");
    assert!(told.iter().all(|a| a.cause == Cause::Decided), "a decision was given up");
}
