//! A small HTTP/1.1 server that can break a connection at any point.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_platform::{Client, ClientBuilder, ReqwestTransport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The server's reaction to one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Sends these bytes and keeps the connection.
    Reply(String),
    ResetAfterRead,
    ResetInHead,
    CloseAfterRead,
    CloseInHead,
    ResetInBody,
    CloseInBody,
    CloseInChunks,
    Garbage,
    StallBeforeHead,
    StallInBody,
    /// Sends these bytes and closes the connection.
    SendAndClose(String),
    /// Sends these bytes, and nothing more.
    SendAndStall(String),
    /// A valid reply, one byte at a time.
    Dribble,
}

/// A received request.
#[derive(Clone, Debug)]
pub struct Request {
    pub key: Option<String>,
    /// The value of `Content-Length`.
    pub length: Option<String>,
    pub body: String,
}

/// A JSON reply.
pub fn reply(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nRequest-Id: req_socket\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub fn ok() -> Act {
    Act::Reply(reply(200, r#"{"id":"x_1"}"#))
}

type Answer = dyn Fn(&Request) -> Act + Send + Sync;

struct Shared {
    answer: Box<Answer>,
    seen: Mutex<Vec<Request>>,
    connections: AtomicUsize,
}

pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

impl Server {
    /// Starts a server. `at_accept` returns whether to reset a connection before reading from it.
    pub async fn start(
        answer: impl Fn(&Request) -> Act + Send + Sync + 'static,
        at_accept: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
        });
        let mut tasks = JoinSet::new();
        let inner = Arc::clone(&shared);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                inner.connections.fetch_add(1, Ordering::SeqCst);
                if at_accept() {
                    reset(stream);
                    continue;
                }
                let shared = Arc::clone(&inner);
                connections.spawn(async move {
                    let _ = serve(stream, &shared).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, shared, tasks }
    }

    pub async fn answering(answer: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        Self::start(answer, || false).await
    }

    pub fn seen(&self) -> Vec<Request> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    pub fn builder(&self) -> ClientBuilder {
        Client::builder("sk_test_sockets").base_url(format!("http://{}", self.address))
    }

    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// A transport that ignores the environment's proxies.
pub fn direct() -> Arc<ReqwestTransport> {
    Arc::new(ReqwestTransport::new(reqwest::Client::builder().no_proxy()).unwrap())
}

fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    loop {
        let Some(request) = read(&mut stream, &mut buffer).await? else { return Ok(()) };
        let act = (shared.answer)(&request);
        shared.seen.lock().unwrap().push(request);
        let whole = reply(200, &format!(r#"{{"id":"{}"}}"#, "x".repeat(1000)));
        let (half_head, most) = (&whole.as_bytes()[..60], &whole.as_bytes()[..whole.len() - 500]);
        match act {
            Act::Reply(text) => {
                stream.write_all(text.as_bytes()).await?;
                continue;
            }
            Act::Dribble => {
                for byte in reply(200, r#"{"id":"x_1"}"#).as_bytes() {
                    stream.write_all(&[*byte]).await?;
                    stream.flush().await?;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                continue;
            }
            Act::ResetAfterRead => reset(stream),
            Act::CloseAfterRead => drop(stream),
            Act::ResetInHead => send_and(stream, half_head, reset).await?,
            Act::CloseInHead => send_and(stream, half_head, drop).await?,
            Act::ResetInBody => send_and(stream, most, reset).await?,
            Act::CloseInBody => send_and(stream, most, drop).await?,
            Act::CloseInChunks => {
                let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n";
                send_and(stream, head, drop).await?;
            }
            Act::SendAndClose(text) => send_and(stream, text.as_bytes(), drop).await?,
            Act::SendAndStall(text) => {
                stream.write_all(text.as_bytes()).await?;
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            Act::Garbage => send_and(stream, b"SSH-2.0-OpenSSH_9.6\r\n\r\n", drop).await?,
            Act::StallBeforeHead => tokio::time::sleep(Duration::from_secs(60)).await,
            Act::StallInBody => {
                stream.write_all(most).await?;
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        }
        return Ok(());
    }
}

/// Lets the bytes arrive before the end: a reset discards data in transit.
async fn send_and(mut stream: TcpStream, bytes: &[u8], end: impl FnOnce(TcpStream)) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await?;
    tokio::time::sleep(Duration::from_millis(30)).await;
    end(stream);
    Ok(())
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Request>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let field = |name: &str| {
                head.lines().skip(1).find_map(|line| {
                    let (key, value) = line.split_once(':')?;
                    key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
                })
            };
            let length: usize = field("content-length").map_or(0, |length| length.parse().unwrap());
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&buffer[end + 4..end + 4 + length]).into_owned();
                buffer.drain(..end + 4 + length);
                let (key, length) = (field("idempotency-key"), field("content-length"));
                return Ok(Some(Request { key, length, body }));
            }
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await? {
            0 => return Ok(None),
            count => buffer.extend_from_slice(&piece[..count]),
        }
    }
}
