//! Sends HTTP requests to endpoints.

use super::targets::{Route, Targets};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The maximum size of an endpoint's reply, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// Sends a request to its URI, if that host is allowed.
pub(crate) async fn send(targets: &Targets, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let route = targets.route(&request.uri().to_string()).map_err(io::Error::other)?;
    let stream = connect(&route).await?;
    if !route.tls {
        return exchange(&route, stream, request).await;
    }
    let host = route.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let stream = connector()?.connect(name, stream).await?;
    exchange(&route, stream, request).await
}

async fn connect(route: &Route) -> io::Result<TcpStream> {
    if route.ips.is_empty() {
        return TcpStream::connect((route.url.host_str().unwrap_or_default(), route.port)).await;
    }
    let addresses: Vec<_> = route.ips.iter().map(|ip| SocketAddr::new(*ip, route.port)).collect();
    TcpStream::connect(addresses.as_slice()).await
}

async fn exchange(
    route: &Route,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    mut request: Request<Bytes>,
) -> io::Result<Response<Bytes>> {
    let url = &route.url;
    let authority = url.host_str().map(|host| format!("{host}:{}", route.port)).unwrap_or_default();
    let host = HeaderValue::try_from(authority).map_err(io::Error::other)?;
    request.headers_mut().insert(header::HOST, host);
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    *request.uri_mut() = path.parse().map_err(io::Error::other)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let exchange = async move {
        let sent = sender.send_request(request.map(Full::new)).await;
        let (head, body) = sent.map_err(io::Error::other)?.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(io::Error::other)?;
        Ok(Response::from_parts(head, body.to_bytes()))
    };
    // The connection drives the exchange and ends when its sender is dropped.
    let (answer, _) = tokio::join!(exchange, connection);
    answer
}

/// TLS with the system's root certificates; `SSL_CERT_FILE` names others.
fn connector() -> io::Result<TlsConnector> {
    static CONNECTOR: OnceLock<Option<TlsConnector>> = OnceLock::new();
    let made = CONNECTOR.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .ok()?;
        Some(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
    });
    made.clone().ok_or_else(|| {
        io::Error::other("TLS is not available: the system's root certificates cannot be loaded")
    })
}
