//! Contents of files: replies that are not JSON, and may be large.

use crate::call::attempts::{self, Reply};
use crate::client::{Client, Inner};
use crate::error::{ConnectionError, TimeoutError, TimeoutKind};
use crate::prepared::{Host, Prepared};
use crate::request::Method;
use crate::response::Meta;
use crate::transport::{BoxFuture, ReplyBody};
use crate::{Error, Id, Outcome};
use bytes::Bytes;
use futures_core::Stream;
use std::fmt;
use std::future::{IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::time::{Instant, Sleep, sleep_until};

/// A download that has not begun. Await it for [`Contents`] that come in pieces, or use [`Download::bytes`].
#[must_use = "a download does nothing until it is awaited"]
pub struct Download {
    client: Arc<Inner>,
    request: Result<Prepared, Error>,
}

impl Client {
    /// The contents of a file: what was uploaded, or a report that Stripe has written.
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

    /// All of it, in memory. A connection that breaks on the way is retried.
    ///
    /// # Errors
    /// As for every call.
    pub async fn bytes(self) -> Result<Bytes, Error> {
        Ok(attempts::run(&self.client, self.request?).await?.body)
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
            let Reply { meta, body, .. } = attempts::run_streaming(&self.client, &self.request?).await?;
            Ok(Contents { client: self.client, meta, body, patience: None, done: false })
        })
    }
}

/// A file on its way, piece by piece. Each piece must come within the attempt timeout; there is no limit for
/// the whole.
///
/// It is a [`Stream`], and has [`chunk`](Contents::chunk) for those who do not use one. An error comes out
/// once, and is the end.
pub struct Contents {
    client: Arc<Inner>,
    meta: Meta,
    body: ReplyBody,
    /// Runs out when no piece comes.
    patience: Option<Pin<Box<Sleep>>>,
    done: bool,
}

impl Contents {
    /// The media type of the file.
    pub fn content_type(&self) -> Option<&str> {
        self.meta.headers.get("content-type")?.to_str().ok()
    }

    /// The size of the file in bytes, if the server says so.
    pub fn content_length(&self) -> Option<u64> {
        self.meta.headers.get("content-length")?.to_str().ok()?.parse().ok()
    }

    /// Stripe's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.meta.headers.get("request-id")?.to_str().ok()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// If the connection breaks, or no piece comes in time.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|context| self.poll_chunk(context)).await.transpose()
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        if self.done {
            return Poll::Ready(None);
        }
        if let Poll::Ready(piece) = self.body.poll_piece(context) {
            self.patience = None;
            self.done = !matches!(piece, Some(Ok(_)));
            return Poll::Ready(piece.map(|piece| {
                piece.map_err(|error| {
                    Error::Connection(Box::new(ConnectionError {
                        fault: error.fault,
                        call: self.call(),
                        source: error.source,
                    }))
                })
            }));
        }
        let limit = self.client.attempt_timeout;
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(sleep_until(attempts::after(Instant::now(), limit))));
        ready!(patience.as_mut().poll(context));
        self.done = true;
        Poll::Ready(Some(Err(Error::Timeout(Box::new(TimeoutError {
            kind: TimeoutKind::Attempt,
            limit,
            call: self.call(),
        })))))
    }

    fn call(&self) -> crate::CallInfo {
        crate::CallInfo { outcome: Outcome::Applied, ..self.meta.call.clone() }
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
