//! Over TLS: certificates are verified, HTTP/2 is spoken, connections are kept.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use stripe_platform::{Client, Error, Fault, Method, Outcome, ReqwestTransport, Transport};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: AtomicUsize,
    versions: Mutex<Vec<http::Version>>,
}

/// An HTTPS server for `localhost` with a certificate that it made itself, which nobody trusts unless told to.
async fn serve() -> (SocketAddr, CertificateDer<'static>, Arc<Seen>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            shared.connections.fetch_add(1, Ordering::SeqCst);
            let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let answer = service_fn(move |request: Request<Incoming>| {
                    shared.requests.fetch_add(1, Ordering::SeqCst);
                    shared.versions.lock().unwrap().push(request.version());
                    async {
                        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"{\"id\":\"x_1\"}"))))
                    }
                });
                let _ = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            });
        }
    });
    (address, certificate, seen)
}

fn client(address: SocketAddr, trusted: Option<&CertificateDer<'_>>) -> Client {
    let mut builder = reqwest::Client::builder().no_proxy();
    if let Some(certificate) = trusted {
        builder = builder.tls_certs_only([reqwest::Certificate::from_der(certificate).unwrap()]);
    }
    let transport: Arc<dyn Transport> = Arc::new(ReqwestTransport::new(builder).unwrap());
    let base = format!("https://localhost:{}", address.port());
    Client::builder("sk_test_tls").base_url(base).transport(transport).build().unwrap()
}

#[tokio::test]
async fn a_thousand_calls_use_one_connection_of_http_2() {
    let (address, certificate, seen) = serve().await;
    let client = client(address, Some(&certificate));
    for _ in 0..1000 {
        client.raw(Method::Post, "/v1/topups").send().await.unwrap();
    }
    assert_eq!(seen.requests.load(Ordering::SeqCst), 1000);
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1);
    assert!(seen.versions.lock().unwrap().iter().all(|version| *version == http::Version::HTTP_2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_at_once_share_it() {
    let (address, certificate, seen) = serve().await;
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
async fn a_certificate_that_nobody_vouches_for_ends_the_call_at_once() {
    let (address, _, seen) = serve().await;
    let (_, other, _) = serve().await;
    for trusted in [None, Some(&other)] {
        let error = client(address, trusted).raw(Method::Post, "/v1/topups").send().await.unwrap_err();
        let Error::Connection(failure) = &error else { panic!("{error:?}") };
        assert_eq!((failure.fault, failure.call.attempts), (Fault::Certificate, 1), "{error:?}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(!error.is_retryable());
    }
    assert_eq!(seen.requests.load(Ordering::SeqCst), 0);
}
