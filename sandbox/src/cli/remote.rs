//! The client of a running sandbox.

use bytes::Bytes;
use clap::Args;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

/// The server to connect to.
#[derive(Debug, Clone, Args)]
pub(super) struct Server {
    /// The address of the sandbox
    #[arg(long, env = "STRIPE_SANDBOX_URL", default_value = "http://127.0.0.1:12111")]
    pub(super) url: Url,
    /// The certificate to trust (PEM), for a server with TLS
    #[arg(long, env = "STRIPE_SANDBOX_CACERT")]
    pub(super) cacert: Option<PathBuf>,
    /// The key that selects the platform, for a server with --platform-per-key
    #[arg(long, env = "STRIPE_SANDBOX_KEY", hide_env_values = true)]
    pub(super) key: Option<String>,
}

impl Server {
    /// Makes a GET request and returns the reply as text.
    pub(super) async fn get(&self, path: &str) -> Result<String, String> {
        let body = self.call(Method::GET, path, &[]).await?;
        String::from_utf8(body.into()).map_err(|_| "the reply is not text".to_owned())
    }

    /// Makes a GET request and returns the reply as JSON.
    pub(super) async fn read(&self, path: &str) -> Result<Value, String> {
        json(&self.call(Method::GET, path, &[]).await?)
    }

    /// Makes a POST request with a form and returns the reply as JSON.
    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Value, String> {
        json(&self.call(Method::POST, path, form).await?)
    }

    async fn call(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Result<Bytes, String> {
        let host = self.url.host_str().ok_or("the URL has no host")?;
        let port = self.url.port_or_known_default().ok_or("the URL has no port")?;
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, format!("{host}:{port}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(key) = &self.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|problem| problem.to_string())?;
        let name = host.trim_matches(['[', ']']).to_owned();
        let stream = TcpStream::connect((name.as_str(), port)).await.map_err(|problem| {
            format!(
                "cannot connect to a sandbox at {}: {problem}; start one with `stripe-sandbox`, or set its address with --url",
                self.url
            )
        })?;
        if self.url.scheme() != "https" {
            return exchange(stream, request).await;
        }
        let server = ServerName::try_from(name).map_err(|problem| problem.to_string())?;
        let stream = self.tls()?.connect(server, stream).await.map_err(|problem| {
            format!("the TLS handshake failed: {problem}; set the certificate to trust with --cacert")
        })?;
        exchange(stream, request).await
    }

    fn tls(&self) -> Result<TlsConnector, String> {
        let mut roots = RootCertStore::empty();
        match &self.cacert {
            Some(file) => {
                let unread = |problem: &dyn std::fmt::Display| format!("{}: {problem}", file.display());
                let pem = std::fs::read(file).map_err(|problem| unread(&problem))?;
                let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
                roots.add_parsable_certificates(certificates.map_err(|problem| unread(&problem))?);
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|problem| problem.to_string())?;
        Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Bytes, String> {
    let told = |problem: hyper::Error| problem.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(told)?;
    let exchange = async move {
        let (head, body) = sender.send_request(request).await.map_err(told)?.into_parts();
        let body = body.collect().await.map_err(told)?.to_bytes();
        if head.status.is_success() {
            return Ok(body);
        }
        let message = json(&body).ok().and_then(|body| Some(body["error"]["message"].as_str()?.to_owned()));
        Err(message.unwrap_or_else(|| {
            format!(
                "the server replied with status {}; check that --url is the address of a sandbox",
                head.status
            )
        }))
    };
    let (done, _) = tokio::join!(exchange, connection);
    done
}

fn json(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body)
        .map_err(|_| "the reply is not JSON; check that --url is the address of a sandbox".to_owned())
}
