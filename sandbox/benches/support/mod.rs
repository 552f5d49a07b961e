//! Requests over connections that stay open, with as little work on this side as may be.

use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::task::JoinSet;

pub const CONNECTIONS: usize = 8;
/// Requests under way on each connection.
pub const DEEP: usize = 8;
/// Requests of one connection in one round of measuring.
pub const ROUND: usize = 64;

pub const TOPUP: &str = "amount=500&currency=usd&source=btok_us_verified";

pub fn key() -> String {
    ["sk", "test", "bench"].join("_")
}

/// A request as bytes.
pub fn wire(head: &str, body: &str) -> Vec<u8> {
    let kind = "application/x-www-form-urlencoded";
    let (key, length) = (key(), body.len());
    format!(
        "{head} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\ncontent-type: {kind}\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A connection that counts replies and reads no more of them than their length.
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Line {
    pub async fn to(address: impl ToSocketAddrs) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("the switch is known");
        Self { stream, buffer: vec![0; 256 * 1024], filled: 0 }
    }

    /// Connections to one address, as many as are measured.
    pub async fn all_to(address: impl ToSocketAddrs + Copy) -> Vec<Self> {
        let mut all = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            all.push(Self::to(address).await);
        }
        all
    }

    /// Sends a request this many times, with at most `DEEP` in flight.
    pub async fn send(&mut self, request: &[u8], times: usize) {
        let (mut sent, mut answered) = (0, 0);
        while answered < times {
            let more = (times - sent).min(DEEP - (sent - answered));
            if more > 0 {
                self.stream.write_all(&request.repeat(more)).await.expect("it listens");
                sent += more;
            }
            let length = self.stream.read(&mut self.buffer[self.filled..]).await.expect("it answers");
            assert_ne!(length, 0, "the connection was closed");
            self.filled += length;
            answered += self.take();
        }
    }

    /// Removes the complete replies from the buffer and returns their number.
    fn take(&mut self) -> usize {
        let (mut replies, mut from) = (0, 0);
        while let Some(length) = reply(&self.buffer[from..self.filled]) {
            from += length;
            replies += 1;
        }
        self.buffer.copy_within(from..self.filled, 0);
        self.filled -= from;
        replies
    }
}

/// The length of the reply at the start, if all of it is there.
fn reply(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&bytes[..head]).expect("a head is text");
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().expect("a number"))
    });
    let whole = head + 4 + length.expect("a reply has its length");
    (bytes.len() >= whole).then_some(whole)
}

/// Sends a request this many times on each connection, all at once.
pub async fn send_on_all(lines: Vec<Line>, request: &Arc<[u8]>, times: usize) -> Vec<Line> {
    let mut tasks = JoinSet::new();
    for mut line in lines {
        let request = Arc::clone(request);
        tasks.spawn(async move {
            line.send(&request, times).await;
            line
        });
    }
    tasks.join_all().await
}
