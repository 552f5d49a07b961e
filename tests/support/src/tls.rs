//! A small HTTPS server.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use stripe_platform::{Client, ReqwestTransport, Transport};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

#[derive(Default)]
pub struct Seen {
    pub connections: AtomicUsize,
    pub requests: AtomicUsize,
    pub versions: Mutex<Vec<http::Version>>,
}

/// The server's answer to every request.
#[derive(Clone, Copy)]
pub struct Answer {
    pub status: u16,
    pub body: &'static str,
}

/// TLS for `localhost` with a self-signed certificate, which clients must trust explicitly.
pub fn tls() -> (TlsAcceptor, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (TlsAcceptor::from(Arc::new(config)), certificate)
}

/// An HTTPS server.
pub async fn serve(answer: Answer) -> (SocketAddr, CertificateDer<'static>, Arc<Seen>) {
    let (acceptor, certificate) = tls();
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
                let service = service_fn(move |request: Request<Incoming>| {
                    shared.requests.fetch_add(1, Ordering::SeqCst);
                    shared.versions.lock().unwrap().push(request.version());
                    async move {
                        let body = Full::new(Bytes::from_static(answer.body.as_bytes()));
                        let mut reply = Response::new(body);
                        reply.headers_mut().insert("request-id", HeaderValue::from_static("req_tls"));
                        *reply.status_mut() = StatusCode::from_u16(answer.status).unwrap();
                        Ok::<_, Infallible>(reply)
                    }
                });
                let _ = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (address, certificate, seen)
}

pub fn client(address: SocketAddr, trusted: Option<&CertificateDer<'_>>) -> Client {
    let base = format!("https://localhost:{}", address.port());
    Client::builder("sk_test_tls").base_url(base).transport(trusting(trusted)).build().unwrap()
}

/// A transport that trusts only this certificate, or those of the system.
pub fn trusting(trusted: Option<&CertificateDer<'_>>) -> Arc<dyn Transport> {
    let mut builder = reqwest::Client::builder().no_proxy();
    if let Some(certificate) = trusted {
        builder = builder.tls_certs_only([reqwest::Certificate::from_der(certificate).unwrap()]);
    }
    Arc::new(ReqwestTransport::new(builder).unwrap())
}
