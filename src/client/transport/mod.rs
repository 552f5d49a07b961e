//! The transport interface below the attempt loop: one HTTP exchange.

pub(crate) mod reqwest;
pub(crate) mod roots;

pub use crate::client::transport::reqwest::ReqwestTransport;
pub use crate::error::transport::{TransportError, TransportErrorKind};

use crate::types::method::Method;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use url::Url;

/// A boxed future.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A body as a stream of chunks.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// Sends one attempt to a server and returns its reply. It makes no decisions: no retries, no redirects, no errors
/// for statuses.
///
/// The default is based on reqwest. Implement this trait to answer calls in process, or to use another HTTP client.
/// Dropping the future must abort the exchange.
pub trait Transport: Send + Sync + 'static {
    /// Makes one exchange.
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>>;
}

/// An outgoing request.
#[non_exhaustive]
pub struct TransportRequest {
    /// The HTTP method.
    pub method: Method,
    /// The whole URL.
    pub url: Url,
    /// All headers except those of the message framing.
    pub headers: HeaderMap,
    /// The body.
    pub body: TransportBody,
}

/// The body of a request.
#[non_exhaustive]
pub enum TransportBody {
    /// The whole body.
    Bytes(Bytes),
    /// A stream, with its length if known.
    Stream {
        /// The number of bytes.
        length: Option<u64>,
        /// The chunks.
        stream: ByteStream,
    },
}

impl TransportRequest {
    /// Creates a request.
    pub fn new(method: Method, url: Url, headers: HeaderMap, body: TransportBody) -> Self {
        Self { method, url, headers, body }
    }
}

impl fmt::Debug for TransportRequest {
    /// Omits headers, query and body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportRequest")
            .field("method", &self.method.as_str())
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

/// A reply: the head, and a body that may still be arriving.
#[non_exhaustive]
pub struct TransportReply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: ReplyBody,
}

/// The body of a reply.
#[non_exhaustive]
pub enum ReplyBody {
    /// The whole body.
    Bytes(Bytes),
    /// A stream.
    Stream(ByteStream),
}

impl TransportReply {
    /// Creates a reply with a complete body.
    pub fn new(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self { status, headers, body: ReplyBody::Bytes(body.into()) }
    }

    /// Creates a reply with a streamed body.
    pub fn streamed(status: u16, headers: HeaderMap, body: ByteStream) -> Self {
        Self { status, headers, body: ReplyBody::Stream(body) }
    }

    /// Adds a header. Invalid values are ignored.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl fmt::Debug for TransportReply {
    /// Omits headers and body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportReply").field("status", &self.status).finish_non_exhaustive()
    }
}

impl ReplyBody {
    /// Returns the next chunk; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        poll_fn(|context| self.poll_piece(context)).await
    }

    pub(crate) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, TransportError>>> {
        match self {
            ReplyBody::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            ReplyBody::Bytes(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            ReplyBody::Stream(stream) => stream.as_mut().poll_next(context),
        }
    }

    /// Reads the beginning of the body, up to a limit, without waiting for the rest.
    pub(crate) async fn beginning(mut self, limit: usize) -> Result<Bytes, TransportError> {
        let mut all = BytesMut::new();
        while all.len() < limit {
            let Some(piece) = self.next().await else { break };
            all.extend_from_slice(&piece?);
        }
        all.truncate(limit);
        Ok(all.freeze())
    }
}

impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}
