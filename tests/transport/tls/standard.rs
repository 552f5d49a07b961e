//! The default transport, with the production pool settings.

use super::faults::{Act, Server};
use h2::Reason;
use stripe_platform::{Client, Error, Method, Outcome, TransportErrorKind};

fn client(server: &Server) -> Client {
    let builder = Client::builder("sk_test_tls").base_url(&server.base);
    builder.root_certificate(pem(&server.certificate)).build().unwrap()
}

fn pem(der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in der.chunks(3) {
        let number =
            (0..3).fold(0, |number, at| number << 8 | three.get(at).map_or(0, |byte| u32::from(*byte)));
        for at in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
        if text.len() % 65 == 64 {
            text.push('\n');
        }
    }
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn default_transport_keeps_one_http_2_connection() {
    let server = Server::start(Act::Answer, 0).await;
    let client = client(&server);
    for _ in 0..200 {
        client.raw(Method::Post, "/v1/topups").send().await.unwrap();
    }
    assert_eq!((server.keys().len(), server.connections()), (200, 1));
}

/// Servers close connections now and then, for example on restart.
#[tokio::test]
async fn default_transport_reconnects_after_goaway() {
    let server = Server::start(Act::AnswerAndGoAway, 3).await;
    let client = client(&server);
    for _ in 0..10 {
        let reply = client.raw(Method::Post, "/v1/topups").send().with_meta().await.unwrap();
        assert_eq!(reply.request_id(), Some("req_h2"));
        // A request sent before the message arrived is refused, but the call succeeds.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!((server.keys().len(), server.connections()), (10, 4));
}

#[tokio::test]
async fn default_transport_retries_broken_exchanges() {
    for act in [Act::Reset(Reason::INTERNAL_ERROR), Act::GoAway(Reason::NO_ERROR), Act::CloseInBody] {
        let server = Server::start(act, 2).await;
        let reply = client(&server).raw(Method::Post, "/v1/topups").send().with_meta().await.unwrap();
        assert_eq!((reply.attempts(), server.keys().len()), (3, 3), "{act:?}");
    }
}

#[tokio::test]
async fn default_transport_rejects_untrusted_certificates() {
    let (server, other) = (Server::start(Act::Answer, 0).await, Server::start(Act::Answer, 0).await);
    let builder = Client::builder("sk_test_tls").base_url(&server.base);
    let stranger = builder.root_certificate(pem(&other.certificate)).build().unwrap();
    let error = stranger.raw(Method::Post, "/v1/topups").send().await.unwrap_err();
    assert!(
        matches!(&error, Error::Connection(e) if e.fault == TransportErrorKind::Certificate),
        "{error:?}"
    );
    assert_eq!((error.outcome(), server.keys().len()), (Outcome::NotSent, 0));
    let builder = Client::builder("sk_test_tls").root_certificate("no certificate");
    assert!(matches!(builder.build(), Err(Error::InvalidInput(_))));
}
