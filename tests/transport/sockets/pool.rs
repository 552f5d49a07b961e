//! Connections are kept alive and reused.

use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};
use stripe_platform::{Error, FileUpload, Method, Outcome, TransportErrorKind, file};
use test_support::sockets::{Act, Server, ok, reply};

#[tokio::test]
async fn thousand_calls_use_one_connection() {
    let server = Server::answering(|_| ok()).await;
    let client = server.builder().build().unwrap();
    for _ in 0..500 {
        client.raw(Method::Get, "/v1/balance").send().await.unwrap();
        client.clone().for_account("acct_1").raw(Method::Post, "/v1/topups").send().await.unwrap();
    }
    assert_eq!(server.seen().len(), 1000);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn error_reply_keeps_the_connection() {
    let server = Server::answering(|_| Act::Reply(reply(402, r#"{"error":{"type":"card_error"}}"#))).await;
    let client = server.builder().build().unwrap();
    for _ in 0..20 {
        client.raw(Method::Post, "/v1/topups").send().await.unwrap_err();
    }
    assert_eq!((server.seen().len(), server.connections()), (20, 1));
}

/// A number of chunks of a kilobyte.
struct Kilobytes(u64);

impl Stream for Kilobytes {
    type Item = Result<Vec<u8>, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.0 == 0 {
            return Poll::Ready(None);
        }
        self.0 -= 1;
        Poll::Ready(Some(Ok(vec![b'x'; 1024])))
    }
}

#[tokio::test]
async fn large_file_is_streamed() {
    let server = Server::answering(|request| {
        let size = request.body.len();
        Act::Reply(reply(
            400,
            &format!(r#"{{"error":{{"type":"invalid_request_error","code":"{}"}}}}"#, size >> 20),
        ))
    })
    .await;
    let client = server.builder().build().unwrap();
    let upload = FileUpload::stream("big.pdf", 5 << 20, || Kilobytes(5 << 10));
    let error = file::Create::new(upload, "dispute_evidence").send(&client).await.unwrap_err();
    assert_eq!(error.code(), Some("5"));

    let upload = FileUpload::stream("big.pdf", 5 << 20, || Kilobytes(5));
    let error = file::Create::new(upload, "dispute_evidence").send(&client).await.unwrap_err();
    assert!(matches!(&error, Error::Connection(e) if e.fault == TransportErrorKind::Request), "{error:?}");
    assert_eq!((error.outcome(), error.call().unwrap().attempts), (Outcome::NotSent, 1));
    assert_eq!(server.seen().len(), 1);
}
