//! TLS: certificates are verified, HTTP/2 is used, connections are reused.

mod faults;
mod standard;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use stripe_platform::{Client, Error, Method, Outcome, ReqwestTransport, Transport, TransportErrorKind};
use test_support::tls::{Answer, client, serve};
use tokio::net::TcpListener;

const OK: Answer = Answer { status: 200, body: r#"{"id":"x_1"}"# };

#[tokio::test]
async fn thousand_calls_use_one_http_2_connection() {
    let (address, certificate, seen) = serve(OK).await;
    let client = client(address, Some(&certificate));
    for _ in 0..1000 {
        client.raw(Method::Post, "/v1/topups").send().await.unwrap();
    }
    assert_eq!(seen.requests.load(Ordering::SeqCst), 1000);
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1);
    assert!(seen.versions.lock().unwrap().iter().all(|version| *version == http::Version::HTTP_2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_calls_share_one_connection() {
    let (address, certificate, seen) = serve(OK).await;
    let client = client(address, Some(&certificate));
    client.raw(Method::Get, "/v1/balance").send().await.unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..200 {
        calls.spawn(client.raw(Method::Get, "/v1/balance").send().into_future());
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn untrusted_certificate_fails_the_call_at_once() {
    let (address, _, seen) = serve(OK).await;
    let (_, other, _) = serve(OK).await;
    for trusted in [None, Some(&other)] {
        let error = client(address, trusted).raw(Method::Post, "/v1/topups").send().await.unwrap_err();
        let Error::Connection(failure) = &error else { panic!("{error:?}") };
        assert_eq!((failure.fault, failure.call.attempts), (TransportErrorKind::Certificate, 1), "{error:?}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(!error.is_retryable());
    }
    assert_eq!(seen.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn failed_handshake_is_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let accepted = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            accepted.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    let transport: Arc<dyn Transport> =
        Arc::new(ReqwestTransport::new(reqwest::Client::builder().no_proxy()).unwrap());
    let client = Client::builder("sk_test_tls").base_url(format!("https://localhost:{port}"));
    // Without an idempotency key: a failed handshake has sent nothing.
    let call = client.transport(transport).build().unwrap().raw(Method::Delete, "/v1/accounts/acct_1").send();
    let error = call.await.unwrap_err();
    let Error::Connection(failure) = &error else { panic!("{error:?}") };
    assert_eq!((failure.fault, failure.call.attempts), (TransportErrorKind::Tls, 3), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}
