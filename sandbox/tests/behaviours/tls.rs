//! The sandbox with TLS: negotiation, certificates, and faults of the socket.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use stripe_platform::{Client, Error, Method, Outcome, ReqwestTransport, TransportErrorKind};
use stripe_sandbox::server::{Server, Tls, TlsError};
use stripe_sandbox::{Effect, Peek, Phase, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

fn served() -> (Sandbox, Server, Tls) {
    let (sandbox, tls) = (Sandbox::new(1), Tls::self_signed().unwrap());
    let server = Server::start_tls(&sandbox, &tls).unwrap();
    (sandbox, server, tls)
}

fn trusting(url: &str, root: &str) -> Client {
    let builder = Client::builder(crate::support::key()).base_url(url).root_certificate(root);
    builder.attempt_timeout(Duration::from_secs(1)).build().unwrap()
}

/// A client with HTTP/1.1 only, or with negotiation.
fn wire(root: &str, only_1: bool) -> reqwest::ClientBuilder {
    let root = reqwest::Certificate::from_pem(root.as_bytes()).unwrap();
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([root]);
    if only_1 { builder.http1_only() } else { builder }
}

async fn top_up(client: &Client) -> Result<u32, Error> {
    let call = client.raw(Method::Post, "/v1/topups").param("amount", 700).param("currency", "usd");
    let call = call.param("source", "btok_us_verified");
    call.send().with_meta().await.map(|reply| reply.attempts())
}

fn top_ups(sandbox: &Sandbox) -> usize {
    crate::support::get(sandbox, "", "/v1/topups").json().items("data").len()
}

#[tokio::test]
async fn tls_negotiates_http_2_and_supports_http_1() {
    let (sandbox, server, tls) = served();
    for (only_1, version) in [(true, http::Version::HTTP_11), (false, http::Version::HTTP_2)] {
        let reply = wire(tls.root_pem(), only_1).build().unwrap().get(server.url()).send().await.unwrap();
        assert_eq!(reply.version(), version);
        let transport = Arc::new(ReqwestTransport::new(wire(tls.root_pem(), only_1)).unwrap());
        let client = Client::builder(crate::support::key()).base_url(server.url()).transport(transport);
        assert_eq!(top_up(&client.build().unwrap()).await.unwrap(), 1);
    }
    assert_eq!(top_ups(&sandbox), 2);
}

#[tokio::test]
async fn certificate_is_valid_for_localhost() {
    let (_sandbox, server, tls) = served();
    let url = format!("https://localhost:{}", server.address().port());
    assert_eq!(top_up(&trusting(&url, tls.root_pem())).await.unwrap(), 1);
}

#[tokio::test]
async fn every_socket_fault_is_retried_with_one_effect() {
    for (phase, effect) in [
        (Phase::Before, Effect::Reset),
        (Phase::After, Effect::Reset),
        (Phase::After, Effect::Truncate(20)),
        (Phase::Before, Effect::Stall),
        (Phase::After, Effect::Stall),
    ] {
        let (sandbox, server, tls) = served();
        let what = format!("{phase:?} {effect:?}");
        sandbox.faults().plan(phase, effect);
        assert_eq!(top_up(&trusting(&server.url(), tls.root_pem())).await.unwrap(), 2, "{what}");
        assert_eq!(top_ups(&sandbox), 1, "{what}");
    }
}

#[tokio::test]
async fn reset_with_tls_resets_the_socket() {
    let (sandbox, server, tls) = served();
    sandbox.faults().reset();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(tls.root_pem().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let key = crate::support::key();
    let request = format!("GET /v1/balance HTTP/1.1\r\nhost: s\r\nauthorization: Bearer {key}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn untrusted_root_is_not_retried() {
    let (sandbox, server, _) = served();
    let other = Tls::self_signed().unwrap();
    let error = top_up(&trusting(&server.url(), other.root_pem())).await.unwrap_err();
    let Error::Connection(failure) = &error else { panic!("{error:?}") };
    assert_eq!((failure.fault, failure.call.attempts), (TransportErrorKind::Certificate, 1), "{error:?}");
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotSent, false));
    assert_eq!(top_ups(&sandbox), 0);
}

/// A certificate for this machine and its key, in PEM.
fn given() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[tokio::test]
async fn custom_certificate_is_used() {
    let (certificate, key) = given();
    let tls = Tls::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    let server = Server::start_tls(&Sandbox::new(1), &tls).unwrap();
    assert_eq!(top_up(&trusting(&server.url(), &certificate)).await.unwrap(), 1);
}

#[test]
fn tls_errors_do_not_contain_the_key() {
    let ((certificate, key), (_, foreign)) = (given(), given());
    let made = |certificate: &str, key: &str| Tls::from_pem(certificate.as_bytes(), key.as_bytes());
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(made("none", &key).unwrap_err(), TlsError::Certificate);
    assert_eq!(made(&key, &key).unwrap_err(), TlsError::Certificate);
    assert_eq!(made(&certificate, "none").unwrap_err(), TlsError::Key);
    assert_eq!(made(&certificate, &certificate).unwrap_err(), TlsError::Key);
    assert_eq!(made(&certificate, &foreign).unwrap_err(), TlsError::Mismatch);
    assert!(matches!(made(broken, &key).unwrap_err(), TlsError::Unusable(_)));
    let shown = format!("{:?}", made(&certificate, &key).unwrap());
    assert_eq!(shown, "Tls { .. }");
}

/// The server process with its output, ended on drop.
struct Binary {
    child: Child,
    printed: String,
    /// Keeps the pipe open: printing to a closed pipe fails.
    _listening: BufReader<ChildStdout>,
}

impl Binary {
    fn start(words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stripe-sandbox"));
        let mut child = command.args(["--port", "0"]).args(words).stdout(Stdio::piped()).spawn().unwrap();
        let mut listening = BufReader::new(child.stdout.take().unwrap());
        let lines = listening.by_ref().lines().map(Result::unwrap);
        let lines: Vec<_> = lines.take_while(|line| !line.starts_with("Controls")).collect();
        Self { child, printed: lines.join("\n"), _listening: listening }
    }

    fn after(&self, words: &str) -> &str {
        let found = self.printed.lines().find_map(|line| line.strip_prefix(words));
        found.unwrap_or_else(|| panic!("{}", self.printed))
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn binary_serves_tls_and_prints_the_root() {
    let binary = Binary::start(&["--tls"]);
    let (url, file) = (binary.after("The sandbox listens on "), binary.after("Its root certificate: "));
    let root = std::fs::read_to_string(file).unwrap();
    std::fs::remove_file(file).unwrap();
    assert!(url.starts_with("https://") && !root.contains("PRIVATE"), "{url}");
    assert_eq!(top_up(&trusting(url, &root)).await.unwrap(), 1);
}

#[tokio::test]
async fn binary_uses_a_custom_certificate() {
    let (certificate, key) = given();
    let folder = std::env::temp_dir().join(format!("sandbox_tls_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (cert_file, key_file) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert_file, &certificate).unwrap();
    std::fs::write(&key_file, &key).unwrap();
    let (cert_name, key_name) = (cert_file.to_str().unwrap(), key_file.to_str().unwrap());
    let binary = Binary::start(&["--tls-cert", cert_name, "--tls-key", key_name]);
    assert_eq!(binary.after("Its root certificate: "), cert_name);
    assert_eq!(top_up(&trusting(binary.after("The sandbox listens on "), &certificate)).await.unwrap(), 1);

    let mut command = Command::new(env!("CARGO_BIN_EXE_stripe-sandbox"));
    let refused =
        command.args(["--port", "0", "--tls-cert", key_name, "--tls-key", key_name]).output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("no certificate in PEM"), "{told}");
    assert!(!told.contains("PRIVATE") && !told.contains(key.lines().nth(1).unwrap()), "{told}");
    std::fs::remove_dir_all(folder).unwrap();
}
