//! Connections are kept and used again.

use crate::server::{Act, Server, ok, reply};
use stripe_platform::Method;

#[tokio::test]
async fn a_thousand_calls_use_one_connection() {
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
async fn an_error_reply_does_not_cost_the_connection() {
    let server = Server::answering(|_| Act::Reply(reply(402, r#"{"error":{"type":"card_error"}}"#))).await;
    let client = server.builder().build().unwrap();
    for _ in 0..20 {
        client.raw(Method::Post, "/v1/topups").send().await.unwrap_err();
    }
    assert_eq!((server.seen().len(), server.connections()), (20, 1));
}
