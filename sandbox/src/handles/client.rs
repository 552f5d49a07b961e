use super::Sandbox;
use crate::router::{Ending, Request, Response};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use stripe_platform::{
    BoxFuture, Client, ClientBuilder, Transport, TransportError, TransportErrorKind, TransportReply,
    TransportRequest,
};
use stripe_platform::{ByteStream, TransportBody};

impl Sandbox {
    /// A client of the platform, in test mode, connected to this sandbox without a socket. For a connected account
    /// use [`Client::for_account`].
    pub fn client(&self) -> Client {
        self.client_builder().build().expect("a client with a test key and a custom transport can be built")
    }

    /// A builder for a client with other settings, connected to this sandbox without a socket.
    pub fn client_builder(&self) -> ClientBuilder {
        let key = ["sk", "test", "sandbox"].join("_");
        Client::builder(key).transport(Arc::new(self.clone()))
    }
}

/// Lets a [`Client`] use the sandbox in this process, whatever its base URL. Planned faults become the transport
/// errors that a socket would cause, so the client retries them.
impl Transport for Sandbox {
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        Box::pin(async move {
            let request = read(request).await?;
            finish(self.exchange(&request).await).await
        })
    }
}

async fn read(request: TransportRequest) -> Result<Request, TransportError> {
    let body = match request.body {
        TransportBody::Bytes(bytes) => bytes,
        TransportBody::Stream { stream, .. } => gather(stream).await?,
        _ => {
            return Err(TransportError::new(TransportErrorKind::Request)
                .with_source("the sandbox does not support this kind of body"));
        }
    };
    Ok(Request {
        method: match request.method {
            stripe_platform::Method::Get => http::Method::GET,
            stripe_platform::Method::Post => http::Method::POST,
            stripe_platform::Method::Delete => http::Method::DELETE,
        },
        path: request.url.path().to_owned(),
        query: request.url.query().unwrap_or_default().to_owned(),
        headers: request.headers,
        body,
    })
}

async fn gather(mut stream: ByteStream) -> Result<Bytes, TransportError> {
    let mut all = BytesMut::new();
    while let Some(piece) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        all.extend_from_slice(&piece?);
    }
    Ok(all.freeze())
}

/// Ends an exchange as the reply's instructions define.
async fn finish(response: Response) -> Result<TransportReply, TransportError> {
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers {
        // A value that is invalid in a header is omitted, as by the server.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    match response.wire.ending {
        Ending::Whole => Ok(TransportReply::new(response.status, headers, response.body)),
        Ending::Truncated(length) => {
            let length = length.min(response.body.len().saturating_sub(1));
            let body = Broken(Some(response.body.slice(..length)));
            Ok(TransportReply::streamed(response.status, headers, Box::pin(body)))
        }
        Ending::Reset => Err(TransportError::new(TransportErrorKind::Reset)),
        // Ended by the client's timeout.
        Ending::Stalled => std::future::pending().await,
    }
}

/// A body that breaks after its first chunk.
struct Broken(Option<Bytes>);

impl Stream for Broken {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(self.0.take().ok_or_else(|| TransportError::new(TransportErrorKind::Body))))
    }
}
