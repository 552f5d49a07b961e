//! Every way in which a connection fails, as a table.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_platform::{
    AttemptEvent, Client, Error, Hook, Method, Outcome, ReqwestTransport, Transport, TransportErrorKind,
};
use test_support::sockets::{Act, Server, direct, ok};

#[derive(Default)]
struct Waits(Mutex<Vec<Option<Duration>>>);

impl Hook for Waits {
    fn on_attempt(&self, attempt: &AttemptEvent<'_>) {
        self.0.lock().unwrap().push(attempt.retry_in);
    }
}

/// One row: the server's action, the expected error, and the expected outcome.
struct Row {
    name: &'static str,
    /// `None` resets the connection before reading.
    act: Option<Act>,
    shows: &'static [TransportErrorKind],
    outcome: Outcome,
}

fn rows() -> Vec<Row> {
    let row = |name, act, shows, outcome| Row { name, act, shows, outcome };
    use Outcome::{Applied, Unknown};
    vec![
        row(
            "reset before the read",
            None,
            &[TransportErrorKind::Reset, TransportErrorKind::Closed, TransportErrorKind::Connect][..],
            Unknown,
        ),
        row("reset after the read", Some(Act::ResetAfterRead), &[TransportErrorKind::Reset], Unknown),
        row("reset in the head", Some(Act::ResetInHead), &[TransportErrorKind::Reset], Unknown),
        row("close after the read", Some(Act::CloseAfterRead), &[TransportErrorKind::Closed], Unknown),
        row("close in the head", Some(Act::CloseInHead), &[TransportErrorKind::Closed], Unknown),
        row("reset in the body", Some(Act::ResetInBody), &[TransportErrorKind::Body], Applied),
        row("close in the body", Some(Act::CloseInBody), &[TransportErrorKind::Body], Applied),
        // Without a request id any server may have sent the head.
        row("close between chunks", Some(Act::CloseInChunks), &[TransportErrorKind::Body], Unknown),
        row(
            "close in an unmeasured body",
            Some(unmeasured("Request-Id: req_1\r\n")),
            &[TransportErrorKind::Body],
            Applied,
        ),
        row(
            "close in an unsigned, unmeasured body",
            Some(unmeasured("")),
            &[TransportErrorKind::Body],
            Unknown,
        ),
        row(
            "close after a head without length",
            Some(Act::SendAndClose(signed_head())),
            &[TransportErrorKind::Body],
            Applied,
        ),
        row("no HTTP", Some(Act::Garbage), &[TransportErrorKind::Protocol], Unknown),
        row("more than 100 headers", Some(many_headers()), &[TransportErrorKind::HeadTooLarge], Unknown),
        row("stall before the head", Some(Act::StallBeforeHead), &[], Unknown),
        row("stall in the body", Some(Act::StallInBody), &[], Applied),
        row("stall in an unsigned body", Some(Act::SendAndStall(unsigned_part())), &[], Unknown),
    ]
}

/// The beginning of a body without a declared length.
fn unmeasured(headers: &str) -> Act {
    Act::SendAndClose(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{{\"id\":\"x_1\",\"amount\":"))
}

fn many_headers() -> Act {
    let headers: String = (0..101).map(|number| format!("X-Header-{number}: x\r\n")).collect();
    Act::Reply(format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 2\r\n\r\n{{}}"))
}

fn signed_head() -> String {
    "HTTP/1.1 200 OK\r\nRequest-Id: req_1\r\n\r\n".to_owned()
}

fn unsigned_part() -> String {
    "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":".to_owned()
}

fn check(error: &Error, row: &Row) {
    match error {
        Error::Timeout(_) => assert!(row.shows.is_empty(), "{}: {error:?}", row.name),
        Error::Connection(e) => assert!(row.shows.contains(&e.fault), "{}: {error:?}", row.name),
        other => panic!("{}: {other:?}", row.name),
    }
    // A connection that is reset at once may never have been established for the client.
    let unmade = row.act.is_none() && error.outcome() == Outcome::NotSent;
    assert!(unmade || error.outcome() == row.outcome, "{}: {error:?}", row.name);
    assert_eq!(error.call().unwrap().attempts, 3, "{}", row.name);
    assert!(error.is_retryable() && error.idempotency_key().is_some(), "{}", row.name);
}

/// A server that performs the action a number of times, and then answers.
async fn server(act: Option<Act>, times: usize) -> Server {
    let left = Arc::new(AtomicUsize::new(times));
    let take = move |left: &AtomicUsize| {
        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
    };
    match act {
        Some(act) => Server::answering(move |_| if take(&left) { act.clone() } else { ok() }).await,
        None => Server::start(|_| ok(), move || take(&left)).await,
    }
}

fn client(server: &Server, transport: &Arc<ReqwestTransport>, waits: &Arc<Waits>) -> Client {
    let hook: Arc<dyn Hook> = Arc::clone(waits) as _;
    let transport: Arc<dyn Transport> = Arc::clone(transport) as _;
    server.builder().transport(transport).attempt_timeout(Duration::from_secs(1)).hook(hook).build().unwrap()
}

#[tokio::test]
async fn every_fault_is_retried_with_the_same_key() {
    let mut rows_at_once = tokio::task::JoinSet::new();
    // Loading the root certificates is slow, so it is done once.
    let transport = direct();
    for row in rows() {
        let transport = Arc::clone(&transport);
        rows_at_once.spawn(async move {
            // Twice, then it succeeds.
            let waits = Arc::new(Waits::default());
            let server = server(row.act.clone(), 2).await;
            let call =
                client(&server, &transport, &waits).raw(Method::Post, "/v1/topups").param("amount", 5).send();
            let reply = call.with_meta().await.unwrap_or_else(|e| panic!("{}: {e:?}", row.name));
            assert_eq!(reply.attempts(), 3, "{}", row.name);
            let seen = server.seen();
            assert_eq!(seen.len(), if row.act.is_some() { 3 } else { 1 }, "{}", row.name);
            for request in &seen {
                assert_eq!(request.key.as_deref(), reply.idempotency_key(), "{}", row.name);
                assert_eq!(request.body, "amount=5", "{}", row.name);
            }
            let waited = waits.0.lock().unwrap().clone();
            assert!(
                matches!(waited[..], [Some(first), Some(second), None]
                if (500..=1000).contains(&first.as_millis()) && (1000..=2000).contains(&second.as_millis())),
                "{}: {waited:?}",
                row.name
            );

            // Permanently.
            let server = self::server(row.act.clone(), usize::MAX).await;
            let error =
                client(&server, &transport, &waits).raw(Method::Post, "/v1/topups").send().await.unwrap_err();
            check(&error, &row);
            let error =
                client(&server, &transport, &waits).raw(Method::Get, "/v1/topups").send().await.unwrap_err();
            assert_eq!(error.call().unwrap().attempts, 3, "{}", row.name);
            let error = client(&server, &transport, &waits)
                .raw(Method::Delete, "/v1/topups/x")
                .send()
                .await
                .unwrap_err();
            let repeated = error.call().unwrap().attempts > 1;
            assert!(
                !repeated || error.outcome() == Outcome::NotSent,
                "without a key: {}: {error:?}",
                row.name
            );
            server.stop().await;
        });
    }
    while let Some(row) = rows_at_once.join_next().await {
        row.unwrap();
    }
}

#[tokio::test]
async fn post_without_parameters_has_a_length() {
    let server = Server::answering(|_| ok()).await;
    let client = server.builder().build().unwrap();
    client.raw(Method::Post, "/v1/topups/tu_1/cancel").send().await.unwrap();
    client.raw(Method::Get, "/v1/topups").send().await.unwrap();
    let lengths: Vec<_> = server.seen().into_iter().map(|request| request.length).collect();
    assert_eq!(lengths, [Some("0".to_owned()), None]);
}

#[tokio::test]
async fn slow_body_is_accepted() {
    let server = Server::answering(|_| Act::Dribble).await;
    let client = server.builder().build().unwrap();
    assert_eq!(client.raw(Method::Get, "/v1/x").send().await.unwrap()["id"], "x_1");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn unsent_request_has_outcome_not_sent() {
    // A port that was free a moment ago.
    let server = Server::answering(|_| ok()).await;
    let closed = server.builder();
    server.stop().await;
    let error = closed.build().unwrap().raw(Method::Delete, "/v1/x").send().await.unwrap_err();
    let Error::Connection(refused) = &error else { panic!("{error:?}") };
    assert_eq!((refused.fault, error.outcome()), (TransportErrorKind::Refused, Outcome::NotSent));
    assert_eq!(refused.call.attempts, 3);

    let nowhere = Client::builder("sk_test_1").base_url("http://no-such-host.invalid").transport(direct());
    let error = nowhere.max_retries(0).build().unwrap().raw(Method::Post, "/v1/x").send().await.unwrap_err();
    let Error::Connection(unknown) = &error else { panic!("{error:?}") };
    assert_eq!((unknown.fault, error.outcome()), (TransportErrorKind::Dns, Outcome::NotSent));
}

/// A listener with a full queue: connections are neither accepted nor refused.
#[tokio::test]
async fn connect_timeout_is_reported() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(1).unwrap();
    let address = full.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) =
        tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(address)).await
    {
        waiting.push(stream.unwrap());
        assert!(waiting.len() < 100, "the queue has no end");
    }
    let builder = Client::builder("sk_test_1").base_url(format!("http://{address}"));
    let client = builder.connect_timeout(Duration::from_millis(200)).build().unwrap();
    let error = client.raw(Method::Delete, "/v1/x").send().await.unwrap_err();
    let Error::Connection(late) = &error else { panic!("{error:?}") };
    assert_eq!((late.fault, late.call.attempts), (TransportErrorKind::ConnectTimeout, 3), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[tokio::test]
async fn plain_server_fails_tls_handshake() {
    let server = Server::answering(|_| ok()).await;
    let client = Client::builder("sk_test_1").base_url(format!("https://{}", server.address)).max_retries(1);
    let error =
        client.attempt_timeout(Duration::from_secs(2)).build().unwrap().raw(Method::Post, "/v1/x").send();
    let error = error.await.unwrap_err();
    assert!(server.seen().is_empty());
    assert!(matches!(error, Error::Connection(_) | Error::Timeout(_)), "{error:?}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::answering(|_| ok()).await;
    let to = format!("http://{}/v1/steal", elsewhere.address);
    for status in [301, 302, 303, 307, 308] {
        let head = format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        let server = Server::answering(move |_| Act::Reply(head.clone())).await;
        for method in [Method::Get, Method::Post] {
            let error = server.builder().build().unwrap().raw(method, "/v1/x").send().await.unwrap_err();
            assert_eq!(error.http_status(), Some(status));
            assert!(error.to_string().contains("never followed"), "{error}");
        }
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn errors_contain_no_url() {
    let server = Server::answering(|_| Act::CloseAfterRead).await;
    let client = server.builder().max_retries(0).build().unwrap();
    let call = client.raw(Method::Get, "/v1/accounts").param("email", "somebody@example.com").send();
    let error = call.await.unwrap_err();
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(&error.to_string());
        cause = error.source();
    }
    assert!(!text.contains("somebody") && !text.contains("sk_test"), "{text}");
}
