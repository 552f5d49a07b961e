//! Handwritten HTTP requests to a sandbox on a socket.

use super::support;
use stripe_sandbox::Json;
use stripe_sandbox::server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends a request on a new connection and reads the reply to its end.
pub(crate) async fn exchange(
    server: &Server,
    method: &str,
    path: &str,
    form: &str,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(server.address()).await?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        support::key(),
        form.len()
    );
    stream.write_all(head.as_bytes()).await?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await?;
    Ok(String::from_utf8_lossy(&reply).into_owned())
}

/// Status and body of a complete reply.
pub(crate) fn parts(reply: &str) -> (u16, &str) {
    let (head, body) = reply.split_once("\r\n\r\n").unwrap_or_else(|| panic!("incomplete head: {reply}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
}

pub(crate) async fn call(server: &Server, method: &str, path: &str, form: &str) -> (u16, Json) {
    let reply = exchange(server, method, path, form).await.unwrap();
    let (status, body) = parts(&reply);
    (status, serde_json::from_str(body).unwrap_or_else(|_| panic!("{reply}")))
}
