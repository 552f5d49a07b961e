//! Requests of other sites and misbehaving clients to a server.

use crate::Sandbox;
use crate::server::{Server, ServerOptions};
use crate::tests::http::call;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Sends a head and reads the status of the reply.
async fn status(server: &Server, head: &str) -> u16 {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = String::new();
    let mut bytes = vec![0; 65_536];
    let length = timeout(Duration::from_secs(5), stream.read(&mut bytes)).await.unwrap().unwrap();
    reply.push_str(&String::from_utf8_lossy(&bytes[..length]));
    reply.split(' ').nth(1).unwrap_or_else(|| panic!("{reply}")).parse().unwrap()
}

#[tokio::test]
async fn foreign_hosts_and_origins_cannot_access_controls_or_pages() {
    let sandbox = Sandbox::new(1);
    let server = Server::start(&sandbox).unwrap();
    let own = server.address().to_string();
    let before = sandbox.platform();
    for path in ["/_sandbox/reset", "/_sandbox/connect", "/_sandbox/advance"] {
        for (host, more) in [
            ("evil.example", ""),
            ("127.0.0.1.evil.example", ""),
            ("192.168.1.7", ""),
            (own.as_str(), "origin: https://evil.example\r\n"),
            (own.as_str(), "origin: null\r\n"),
            (own.as_str(), "origin: http://127.0.0.1:1\r\n"),
            (own.as_str(), "sec-fetch-site: cross-site\r\n"),
            ("", ""),
        ] {
            let head = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n{more}content-length: 0\r\n\r\n");
            assert_eq!(status(&server, &head).await, 403, "{head}");
        }
    }
    for path in [
        "/",
        "/timeline",
        "/controls",
        "/setup/x",
        "/links/x",
        "/_sandbox/report",
        "/_sandbox/webhooks",
        "/_sandbox/changes",
    ] {
        let head = format!("GET {path} HTTP/1.1\r\nhost: evil.example\r\n\r\n");
        assert_eq!(status(&server, &head).await, 403, "{path}");
        let head = format!("GET {path} HTTP/1.1\r\nhost: {own}\r\norigin: https://evil.example\r\n\r\n");
        assert_eq!(status(&server, &head).await, 403, "{path}");
    }
    assert_eq!(sandbox.platform(), before);
    assert!(sandbox.state().connected().next().is_none());
    let head = format!(
        "POST /_sandbox/connect HTTP/1.1\r\nhost: {own}\r\norigin: http://{own}\r\ncontent-length: 0\r\n\r\n"
    );
    assert_eq!(status(&server, &head).await, 200);
    // The API requires a key, which other sites do not have; containers use it under any name.
    let head = format!(
        "GET /v1/balance HTTP/1.1\r\nhost: stripe.internal\r\nauthorization: Bearer {}\r\n\r\n",
        crate::tests::support::key()
    );
    assert_eq!(status(&server, &head).await, 200);
    assert_eq!(status(&server, "GET /health HTTP/1.1\r\nhost: anything.example\r\n\r\n").await, 200);
}

#[tokio::test]
async fn allowed_origin_can_call_and_read() {
    let options = ServerOptions::new().allow_origin("http://localhost:3000").allow_host("stripe.test");
    let server = options.start(&Sandbox::new(1)).unwrap();
    let client = reqwest::Client::new();
    let url = format!("{}/_sandbox/connect", server.url());
    let asked = client.request(reqwest::Method::OPTIONS, &url).header("origin", "http://localhost:3000");
    let reply = asked.header("access-control-request-method", "POST").send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 204);
    assert!(reply.headers()["access-control-allow-headers"].to_str().unwrap().contains("stripe-account"));
    let reply = client.post(&url).header("origin", "http://localhost:3000").send().await.unwrap();
    assert_eq!(reply.headers()["access-control-allow-origin"], "http://localhost:3000");
    assert_eq!(reply.status().as_u16(), 200);
    let reply = client.post(&url).header("origin", "http://localhost:3001").send().await.unwrap();
    assert!(reply.status().as_u16() == 403 && !reply.headers().contains_key("access-control-allow-origin"));
    let head = "GET /_sandbox/state HTTP/1.1\r\nhost: stripe.test:80\r\n\r\n";
    assert_eq!(status(&server, head).await, 200);
}

#[tokio::test]
async fn idle_connections_do_not_block_others() {
    // Nothing, an incomplete head, an incomplete body.
    for sent in [
        "",
        "GET /v1/balance HTTP/1.1\r\nho",
        "POST /v1/topups HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\na",
    ] {
        let server = ServerOptions::new().connections(40).start(&Sandbox::new(1)).unwrap();
        let mut idle = Vec::new();
        for _ in 0..200 {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            idle.push(stream);
        }
        for _ in 0..20 {
            let begun = Instant::now();
            assert_eq!(call(&server, "GET", "/v1/balance", "").await.0, 200, "{sent}");
            assert!(begun.elapsed() < Duration::from_secs(1), "{sent}");
        }
        let mut end = [0];
        let closed = timeout(Duration::from_secs(5), idle[0].read(&mut end)).await.unwrap();
        assert!(matches!(closed, Ok(0) | Err(_)), "the first one is closed: {sent}");
    }
}

#[tokio::test]
async fn many_large_bodies_are_answered() {
    let server = Server::start(&Sandbox::new(1)).unwrap();
    let body = "x".repeat(4 << 20);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (url, body) = (format!("{}/v1/files", server.url()), body.clone());
        tasks.spawn(async move {
            reqwest::Client::new().post(url).body(body).send().await.unwrap().status().as_u16()
        });
    }
    while let Some(status) = tasks.join_next().await {
        assert_eq!(status.unwrap(), 401);
    }
}

#[tokio::test]
async fn slow_body_does_not_delay_others() {
    let server = Server::start(&Sandbox::new(1)).unwrap();
    let mut slow = TcpStream::connect(server.address()).await.unwrap();
    slow.write_all(b"POST /v1/topups HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\na")
        .await
        .unwrap();
    assert_eq!(call(&server, "GET", "/v1/balance", "").await.0, 200);
}

#[tokio::test]
async fn journal_keeps_the_latest_entries_and_truncates_paths() {
    let sandbox = Sandbox::new(1);
    sandbox.state().options.journal_limit = 100;
    for _ in 0..1_000 {
        crate::tests::support::get(&sandbox, "", &format!("/v1/{}", "é".repeat(5_000)));
    }
    let state = sandbox.state();
    assert!(state.journal.len() < 200 && state.journal.dropped() > 1_800, "{}", state.journal.len());
    let longest = state.journal.iter().map(|entry| format!("{entry:?}").len()).max().unwrap();
    assert!(longest < 1_000, "{longest}");
    drop(state);
    assert!(sandbox.report().html().contains("earlier entries were dropped"));
}
