//! A transport that follows a script and records the requests.

use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use stripe_platform::{
    BoxFuture, Client, ClientBuilder, Transport, TransportBody, TransportError, TransportErrorKind,
    TransportReply, TransportRequest,
};
use tokio::time::Instant;

/// The result of one attempt.
#[derive(Clone, Debug)]
pub enum Step {
    /// A reply: status, headers, body.
    Reply(u16, Vec<(&'static str, String)>, String),
    /// The exchange fails.
    Fails(TransportErrorKind),
    /// A head with this status, the beginning of a body, and a broken connection.
    Breaks(u16),
    /// The same without a request id.
    BreaksUnsigned(u16),
    /// A head with this status, the beginning of a body, and no more data.
    Stalls(u16),
    /// The same without a request id.
    StallsUnsigned(u16),
    /// A head with this status, and an endless body.
    Endless(u16),
    /// No reply at all.
    Hangs,
    /// The step, after a delay.
    After(Duration, Box<Step>),
}

/// A JSON reply.
pub fn json(status: u16, body: impl Into<String>) -> Step {
    Step::Reply(status, vec![("request-id", "req_script".to_owned())], body.into())
}

/// A reply without a request id, so its sender is unknown.
pub fn unsigned(status: u16, body: impl Into<String>) -> Step {
    Step::Reply(status, Vec::new(), body.into())
}

/// A success reply to a raw call.
pub fn ok() -> Step {
    json(200, r#"{"id":"x_1"}"#)
}

/// An error reply with this code.
pub fn refused(status: u16, code: &str) -> Step {
    json(status, format!(r#"{{"error":{{"type":"invalid_request_error","code":"{code}","message":"No."}}}}"#))
}

impl Step {
    pub fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Step::Reply(status, mut headers, body) => {
                headers.push((name, value.to_owned()));
                Step::Reply(status, headers, body)
            }
            other => other,
        }
    }

    pub fn after(self, seconds: u64) -> Self {
        Step::After(Duration::from_secs(seconds), Box::new(self))
    }
}

/// One received attempt.
#[derive(Clone, Debug)]
pub struct Seen {
    pub url: url::Url,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub at: Instant,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

type Answer = Box<dyn FnMut(&Seen) -> Step + Send>;

pub struct Script {
    answer: Mutex<Answer>,
    seen: Mutex<Vec<Seen>>,
    running: Arc<AtomicUsize>,
    most: AtomicUsize,
}

impl Script {
    /// Plays the steps in order; further attempts get status 599.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        let mut steps: VecDeque<_> = steps.into_iter().collect();
        Self::answering(move |_| steps.pop_front().unwrap_or_else(|| json(599, "{}")))
    }

    pub fn answering(answer: impl FnMut(&Seen) -> Step + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(Box::new(answer)),
            seen: Mutex::default(),
            running: Arc::default(),
            most: AtomicUsize::new(0),
        })
    }

    pub fn builder(self: &Arc<Self>) -> ClientBuilder {
        let transport: Arc<dyn Transport> = Arc::clone(self) as _;
        Client::builder("sk_test_script").transport(transport)
    }

    pub fn client(self: &Arc<Self>) -> Client {
        self.builder().build().unwrap()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn attempts(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// The times between attempts.
    pub fn waits(&self) -> Vec<Duration> {
        self.seen().windows(2).map(|pair| pair[1].at - pair[0].at).collect()
    }

    /// The number of running exchanges.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// The maximum number of concurrent exchanges.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

/// Counts an exchange until its future completes or is dropped.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Transport for Script {
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        Box::pin(async move {
            let body = match request.body {
                TransportBody::Bytes(bytes) => bytes,
                TransportBody::Stream { length, mut stream } => {
                    let mut body = Vec::new();
                    while let Some(piece) =
                        std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await
                    {
                        body.extend(piece?);
                    }
                    assert_eq!(length, Some(body.len() as u64));
                    body.into()
                }
                _ => Bytes::new(),
            };
            let seen = Seen { url: request.url, headers: request.headers, body, at: Instant::now() };
            let step = (self.answer.lock().unwrap())(&seen);
            self.seen.lock().unwrap().push(seen);
            let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            let _running = Running(Arc::clone(&self.running));
            play(step).await
        })
    }
}

async fn play(step: Step) -> Result<TransportReply, TransportError> {
    match step {
        Step::Reply(status, headers, body) => {
            let reply = TransportReply::new(status, HeaderMap::new(), body);
            Ok(headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value)))
        }
        Step::Fails(fault) => Err(TransportError::new(fault).with_source("scripted")),
        Step::Breaks(status) => Ok(streamed(status, Partial(1, true))),
        Step::BreaksUnsigned(status) => Ok(unsigned_stream(status, Partial(1, true))),
        Step::StallsUnsigned(status) => Ok(unsigned_stream(status, Partial(1, false))),
        Step::Stalls(status) => Ok(streamed(status, Partial(1, false))),
        Step::Endless(status) => Ok(streamed(status, Endless)),
        Step::Hangs => std::future::pending().await,
        Step::After(wait, step) => {
            tokio::time::sleep(wait).await;
            Box::pin(play(*step)).await
        }
    }
}

fn streamed(
    status: u16,
    body: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
) -> TransportReply {
    unsigned_stream(status, body).header("request-id", "req_script")
}

fn unsigned_stream(
    status: u16,
    body: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
) -> TransportReply {
    TransportReply::streamed(status, HeaderMap::new(), Box::pin(body))
}

/// Some chunks, followed by an error or no more data.
struct Partial(u32, bool);

impl Stream for Partial {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.0 > 0 {
            self.0 -= 1;
            return Poll::Ready(Some(Ok(Bytes::from_static(br#"{"id":"#))));
        }
        if self.1 {
            Poll::Ready(Some(Err(TransportError::new(TransportErrorKind::Body))))
        } else {
            Poll::Pending
        }
    }
}

/// An endless stream of the same chunk.
struct Endless;

impl Stream for Endless {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(Bytes::from_static(&[b' '; 1 << 14]))))
    }
}
