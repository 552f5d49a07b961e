//! Every way in which an HTTP/2 stream or connection fails, as a table.

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use http::Response;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_platform::{Client, Error, Method, Outcome, TransportErrorKind};
use test_support::tls::{tls, trusting};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// The server's reaction to one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    Answer,
    /// `RST_STREAM` before the head.
    Reset(Reason),
    /// `GOAWAY` instead of an answer.
    GoAway(Reason),
    /// `GOAWAY` with the answer: it is the last on this connection.
    AnswerAndGoAway,
    StallBeforeHead,
    /// `RST_STREAM` within the body.
    ResetInBody,
    /// The connection ends within the body.
    CloseInBody,
    StallInBody,
}

#[derive(Default)]
struct Seen {
    keys: Mutex<Vec<Option<String>>>,
    connections: AtomicUsize,
}

pub struct Server {
    pub base: String,
    pub certificate: CertificateDer<'static>,
    seen: Arc<Seen>,
    _task: JoinSet<()>,
}

impl Server {
    /// A server that performs the action a number of times, and then answers.
    pub async fn start(act: Act, times: usize) -> Self {
        let (acceptor, certificate) = tls();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        let left = Arc::new(AtomicUsize::new(times));
        let next = move || {
            let take = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if take.is_ok() { act } else { Act::Answer }
        };
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, shared, next) = (acceptor.clone(), Arc::clone(&shared), next.clone());
                connections.spawn(async move {
                    // Errors here are part of the test.
                    let _ = serve(stream, acceptor, &shared, next).await;
                });
            }
        });
        Self { base, certificate, seen, _task: task }
    }

    pub fn keys(&self) -> Vec<Option<String>> {
        self.seen.keys.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    fn client(&self) -> Client {
        let builder = Client::builder("sk_test_tls").base_url(&self.base);
        let builder = builder.transport(trusting(Some(&self.certificate)));
        builder.attempt_timeout(Duration::from_secs(1)).build().unwrap()
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    seen: &Seen,
    next: impl Fn() -> Act,
) -> Result<(), Failure> {
    const BODY: &[u8] = br#"{"id":"x_1"}"#;
    let mut connection = h2::server::handshake(acceptor.accept(stream).await?).await?;
    seen.connections.fetch_add(1, Ordering::SeqCst);
    // Dropped streams are reset, so streams that must hang are kept.
    let (mut heads, mut bodies) = (Vec::new(), Vec::new());
    let mut resets = JoinSet::new();
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request?;
        let key = request.headers().get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
        seen.keys.lock().unwrap().push(key);
        match next() {
            act @ (Act::Answer | Act::AnswerAndGoAway) => {
                head(&mut respond)?.send_data(Bytes::from_static(BODY), true)?;
                if act == Act::AnswerAndGoAway {
                    connection.graceful_shutdown();
                }
            }
            Act::Reset(reason) => respond.send_reset(reason),
            Act::GoAway(reason) => connection.abrupt_shutdown(reason),
            Act::StallBeforeHead => heads.push(respond),
            act => {
                let mut body = head(&mut respond)?;
                body.send_data(Bytes::from_static(&BODY[..5]), false)?;
                match act {
                    Act::ResetInBody => {
                        resets.spawn(async move {
                            tokio::time::sleep(Duration::from_millis(30)).await;
                            body.send_reset(Reason::INTERNAL_ERROR);
                        });
                    }
                    Act::CloseInBody => {
                        let _ = tokio::time::timeout(Duration::from_millis(30), connection.accept()).await;
                        return Ok(());
                    }
                    _ => bodies.push(body),
                }
            }
        }
    }
    Ok(())
}

fn head(respond: &mut SendResponse<Bytes>) -> Result<h2::SendStream<Bytes>, h2::Error> {
    respond.send_response(Response::builder().header("request-id", "req_h2").body(()).unwrap(), false)
}

/// One row: the server's action, the expected error (a timeout, if none), and the expected outcome.
type Row = (Act, &'static [TransportErrorKind], Outcome);

const ROWS: [Row; 8] = [
    (Act::Reset(Reason::INTERNAL_ERROR), &[TransportErrorKind::Reset], Outcome::Unknown),
    (Act::Reset(Reason::REFUSED_STREAM), &[TransportErrorKind::Reset], Outcome::Unknown),
    (
        Act::GoAway(Reason::NO_ERROR),
        &[TransportErrorKind::Reset, TransportErrorKind::Closed],
        Outcome::Unknown,
    ),
    (
        Act::GoAway(Reason::ENHANCE_YOUR_CALM),
        &[TransportErrorKind::Reset, TransportErrorKind::Closed],
        Outcome::Unknown,
    ),
    (Act::StallBeforeHead, &[], Outcome::Unknown),
    (Act::ResetInBody, &[TransportErrorKind::Body], Outcome::Applied),
    (Act::CloseInBody, &[TransportErrorKind::Body], Outcome::Applied),
    (Act::StallInBody, &[], Outcome::Applied),
];

#[tokio::test]
async fn every_http_2_fault_is_retried_with_the_same_key() {
    let mut rows = JoinSet::new();
    for row in ROWS {
        rows.spawn(check(row));
    }
    while let Some(row) = rows.join_next().await {
        row.unwrap();
    }
}

async fn check((act, shows, outcome): Row) {
    // Twice, then it succeeds.
    let server = Server::start(act, 2).await;
    let call = server.client().raw(Method::Post, "/v1/topups").param("amount", 5).send();
    let reply = call.with_meta().await.unwrap_or_else(|e| panic!("{act:?}: {e:?}"));
    assert_eq!(reply.attempts(), 3, "{act:?}");
    let key = reply.idempotency_key().map(str::to_owned);
    assert_eq!(server.keys(), [key.clone(), key.clone(), key], "{act:?}");

    // Permanently.
    let server = Server::start(act, usize::MAX).await;
    let error = server.client().raw(Method::Post, "/v1/topups").send().await.unwrap_err();
    match &error {
        Error::Timeout(_) => assert!(shows.is_empty(), "{act:?}: {error:?}"),
        Error::Connection(e) => assert!(shows.contains(&e.fault), "{act:?}: {error:?}"),
        other => panic!("{act:?}: {other:?}"),
    }
    assert_eq!((error.outcome(), error.call().unwrap().attempts), (outcome, 3), "{act:?}: {error:?}");
    assert!(error.is_retryable() && error.idempotency_key().is_some(), "{act:?}");
    let came = (outcome == Outcome::Applied).then_some((200, "req_h2"));
    assert_eq!(error.http_status().zip(error.request_id()), came, "{act:?}");

    // Without a key, a request that may have taken effect is not repeated.
    let server = Server::start(act, usize::MAX).await;
    let error = server.client().raw(Method::Delete, "/v1/topups/x").send().await.unwrap_err();
    assert_eq!((error.outcome(), error.call().unwrap().attempts), (outcome, 1), "{act:?}: {error:?}");
    assert_eq!(server.keys(), [None], "{act:?}");
}
