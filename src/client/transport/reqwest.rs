//! The default transport, based on reqwest.

use super::{
    BoxFuture, ByteStream, ReplyBody, Transport, TransportBody, TransportReply, TransportRequest, roots,
};
use crate::Error;
use crate::error::transport::{TransportError, TransportErrorKind, from_chain, mentions};
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use http_body::{Body as _, Frame, SizeHint};
use std::error::Error as _;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// Sends requests with reqwest: pooled connections, HTTP/2 if the server supports it, verified TLS, no redirects.
pub struct ReqwestTransport {
    client: reqwest::Client,
}

impl ReqwestTransport {
    /// Creates a transport with custom settings: a proxy, root certificates, a DNS resolver. Redirects, reqwest's
    /// retries and its connection log are always disabled: the key must not follow a redirect or appear in a log, and
    /// such retries would not be counted.
    ///
    /// Timeouts belong to the [`ClientBuilder`](crate::ClientBuilder), except the connect timeout, which only
    /// reqwest's builder can set.
    ///
    /// # Errors
    /// Fails if reqwest cannot build a client.
    pub fn new(builder: reqwest::ClientBuilder) -> Result<Self, Error> {
        let client = builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // It would log whole requests, including the key.
            .connection_verbose(false)
            .build()
            .map_err(|error| {
                // The error itself only says "builder error".
                let error = error.without_url();
                let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                Error::invalid_input(format!("the HTTP client cannot be built: {cause}"))
            })?;
        Ok(Self { client })
    }

    /// The transport of a client without a custom one.
    pub(crate) fn standard(
        connect_timeout: Duration,
        loopback: bool,
        roots: &[Vec<u8>],
    ) -> Result<Self, Error> {
        let mut builder = roots::backend(reqwest::Client::builder())
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(Duration::from_secs(60))
            .tcp_keepalive(Duration::from_secs(30))
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_keep_alive_timeout(Duration::from_secs(10));
        if loopback {
            // A server on the local machine (a mock, a sandbox) must not go through the environment's proxy.
            builder = builder.no_proxy();
        }
        Self::new(roots::trust(builder, roots)?)
    }
}

impl Transport for ReqwestTransport {
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        let mut outgoing = reqwest::Request::new(method(request.method), request.url);
        *outgoing.headers_mut() = request.headers;
        match request.body {
            TransportBody::Bytes(bytes) => {
                if !bytes.is_empty() {
                    *outgoing.body_mut() = Some(bytes.into());
                } else if request.method == crate::Method::Post {
                    // Some servers refuse a POST without a length, and reqwest sends none for an empty body.
                    outgoing.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
            }
            TransportBody::Stream { length, stream } => {
                *outgoing.body_mut() =
                    Some(reqwest::Body::wrap(Upload { length, stream: Mutex::new(stream) }));
            }
        }
        let exchange = self.client.execute(outgoing);
        Box::pin(async move {
            let reply = exchange.await.map_err(classify)?;
            let status = reply.status().as_u16();
            let (head, body) = http::Response::<reqwest::Body>::from(reply).into_parts();
            let body = ReplyBody::Stream(Box::pin(Download(body)));
            Ok(TransportReply { status, headers: head.headers, body })
        })
    }
}

fn method(method: crate::Method) -> reqwest::Method {
    match method {
        crate::Method::Get => reqwest::Method::GET,
        crate::Method::Post => reqwest::Method::POST,
        crate::Method::Delete => reqwest::Method::DELETE,
    }
}

fn classify(error: reqwest::Error) -> TransportError {
    // URLs contain queries, which contain names and addresses.
    let error = error.without_url();
    let seen = from_chain(&error);
    let fault = if let Some(fault @ (TransportErrorKind::Certificate | TransportErrorKind::Request)) = seen {
        fault
    } else if error.is_builder() {
        TransportErrorKind::Request
    } else if error.is_connect() {
        match seen {
            Some(fault @ (TransportErrorKind::Refused | TransportErrorKind::Dns)) => fault,
            _ if error.is_timeout() => TransportErrorKind::ConnectTimeout,
            Some(_) if !mentions(&error, "tcp connect error") => TransportErrorKind::Tls,
            _ => TransportErrorKind::Connect,
        }
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_body() || error.is_decode() {
        TransportErrorKind::Body
    } else {
        seen.unwrap_or(TransportErrorKind::Other)
    };
    TransportError::new(fault).with_source(error)
}

/// The body of a reply as a stream of its data.
struct Download(reqwest::Body);

impl Stream for Download {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = match Pin::new(&mut self.0).poll_frame(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(frame)) => frame,
            };
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) => return Poll::Ready(Some(Ok(data))),
                // Trailers.
                Ok(Err(_)) => {}
                Err(error) => {
                    let mut error = classify(error);
                    if !matches!(error.fault, TransportErrorKind::Timeout) {
                        error.fault = TransportErrorKind::Body;
                    }
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

/// A streamed request body.
struct Upload {
    length: Option<u64>,
    /// Never contended: reqwest requires a `Sync` body, and streams are not `Sync`.
    stream: Mutex<ByteStream>,
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let stream = self.stream.get_mut().unwrap_or_else(PoisonError::into_inner);
        stream.as_mut().poll_next(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
