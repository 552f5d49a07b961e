//! File downloads: replies that are not JSON and may be large.

use crate::client::call::attempts;
use crate::client::call::origin::Wanted;
use crate::client::call::reply::Reply;
use crate::client::request::operation::Host;
use crate::client::request::prepared::Prepared;
use crate::client::shared::{Client, Inner};
use crate::client::transport::{BoxFuture, ReplyBody, TransportError};
use crate::error::headers as reply_headers;
use crate::error::{ConnectionError, TimeoutError, TimeoutKind};
use crate::types::method::Method;
use crate::{Error, Id};
use bytes::Bytes;
use futures_core::Stream;
use std::fmt;
use std::future::{IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// A pending download. Await it for [`Contents`], which streams the file, or use [`Download::bytes`].
#[must_use = "a download does nothing until it is awaited"]
pub struct Download {
    client: Arc<Inner>,
    request: Result<Prepared, Error>,
}

impl Client {
    /// Downloads the contents of a file: an upload, or a report created by Stripe.
    ///
    /// ```no_run
    /// # async fn example(stripe: stripe_platform::Client) -> Result<(), stripe_platform::Error> {
    /// let bytes = stripe.file_contents("file_123").bytes().await?;
    /// # let _ = bytes;
    /// # Ok(())
    /// # }
    /// ```
    pub fn file_contents(&self, file: impl Into<Id<crate::file::File>>) -> Download {
        let file = file.into();
        let request =
            self.raw(Method::Get, "/v1/files").segment(file.as_str()).segment("contents").host(Host::Files);
        request.download()
    }
}

impl Download {
    pub(crate) fn new(client: Arc<Inner>, request: Result<Prepared, Error>) -> Self {
        Self { client, request }
    }

    /// Reads the whole file into memory. A connection that breaks midway is retried.
    ///
    /// # Errors
    /// The errors of any call.
    pub async fn bytes(self) -> Result<Bytes, Error> {
        let reply = attempts::run(self.client, self.request?, Wanted::File).await?;
        reply.ended(None);
        Ok(reply.body)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Download").field(&self.request).finish()
    }
}

impl IntoFuture for Download {
    type Output = Result<Contents, Error>;
    type IntoFuture = BoxFuture<'static, Result<Contents, Error>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = self.request?;
            let limit = request.0.attempt_timeout.unwrap_or(self.client.attempt_timeout);
            let reply = attempts::run_streaming(self.client, request).await?;
            Ok(Contents { reply, limit, patience: None, done: false })
        })
    }
}

/// A streamed download. Each chunk must arrive within the attempt timeout; the total time is unlimited.
///
/// Implements [`Stream`], and also has [`chunk`](Contents::chunk). After an error the stream ends.
pub struct Contents {
    reply: Reply<ReplyBody>,
    /// The timeout of each chunk.
    limit: Duration,
    /// Fires when no chunk arrives in time.
    patience: Option<Pin<Box<Sleep>>>,
    done: bool,
}

impl Contents {
    /// The media type of the file.
    pub fn content_type(&self) -> Option<&str> {
        self.reply.meta.headers.get("content-type")?.to_str().ok()
    }

    /// The size of the file in bytes, if the server states it.
    pub fn content_length(&self) -> Option<u64> {
        self.reply.meta.headers.get("content-length")?.to_str().ok()?.parse().ok()
    }

    /// Stripe's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.reply.meta.headers.get(reply_headers::REQUEST_ID)?.to_str().ok()
    }

    /// Returns the next chunk; `None` at the end.
    ///
    /// # Errors
    /// Fails if the connection breaks, or if no chunk arrives in time.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|context| self.poll_chunk(context)).await.transpose()
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        if self.done {
            return Poll::Ready(None);
        }
        let error = match self.reply.body.poll_piece(context) {
            Poll::Ready(Some(Ok(piece))) => {
                self.patience = None;
                return Poll::Ready(Some(Ok(piece)));
            }
            Poll::Ready(None) => None,
            Poll::Ready(Some(Err(error))) => Some(self.broken(error)),
            Poll::Pending => {
                let end = || Box::pin(sleep_until(attempts::after(Instant::now(), self.limit)));
                ready!(self.patience.get_or_insert_with(end).as_mut().poll(context));
                Some(self.late())
            }
        };
        self.done = true;
        self.reply.ended(error.as_ref());
        Poll::Ready(error.map(Err))
    }

    fn broken(&self, error: TransportError) -> Error {
        Error::Connection(Box::new(ConnectionError {
            fault: error.fault,
            status: Some(self.reply.meta.status),
            request_id: self.reply.request_id(),
            call: self.call(),
            source: error.source,
        }))
    }

    fn late(&self) -> Error {
        Error::Timeout(Box::new(TimeoutError {
            kind: TimeoutKind::Attempt,
            limit: self.limit,
            status: Some(self.reply.meta.status),
            request_id: self.reply.request_id(),
            call: self.call(),
        }))
    }

    fn call(&self) -> crate::CallInfo {
        let outcome =
            reply_headers::outcome_of_success(self.reply.meta.headers.get(reply_headers::REQUEST_ID));
        crate::CallInfo { outcome, ..self.reply.meta.call.clone() }
    }
}

impl Stream for Contents {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(context)
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents").field("content_type", &self.content_type()).finish_non_exhaustive()
    }
}
