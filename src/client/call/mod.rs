//! A pending call, as returned by `send`.

pub(crate) mod attempts;
pub(crate) mod decode;
pub(crate) mod origin;
pub(crate) mod reply;
pub(crate) mod report;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use crate::client::call::reply::Reply;

use crate::Error;
use crate::client::call::origin::Wanted;
use crate::client::request::prepared::Prepared;
use crate::client::response::Response;
use crate::client::shared::Inner;
use crate::client::transport::BoxFuture;
use bytes::Bytes;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

pub(crate) type Decode<T> = fn(Reply<Bytes>) -> Result<Response<T>, Error>;

/// A pending call. Await it for the reply, or use `call.with_meta().await` for the reply with its metadata.
///
/// It owns all its data, so it can be moved to another task. Dropping the future cancels the call; it may or may not
/// have taken effect by then.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    client: Arc<Inner>,
    request: Result<Prepared, Error>,
    wanted: Wanted,
    decode: Decode<T>,
}

impl<T> Call<T> {
    pub(crate) fn new(
        client: Arc<Inner>,
        request: Result<Prepared, Error>,
        wanted: Wanted,
        decode: Decode<T>,
    ) -> Self {
        Self { client, request, wanted, decode }
    }

    /// Returns the reply together with its status, headers and idempotency key.
    pub fn with_meta(self) -> WithMeta<T> {
        WithMeta { exchange: exchange(self.client, self.request, self.wanted), decode: self.decode }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.request).finish()
    }
}

impl<T> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    // Never inlined, like `poll` below: otherwise the compiler copies them into every codegen unit that awaits a call.
    #[inline(never)]
    fn into_future(self) -> CallFuture<T> {
        CallFuture(self.with_meta())
    }
}

/// The future of a [`Call`].
#[must_use = "futures do nothing until they are awaited"]
pub struct CallFuture<T>(WithMeta<T>);

/// The future of [`Call::with_meta`].
#[must_use = "futures do nothing until they are awaited"]
pub struct WithMeta<T> {
    exchange: BoxFuture<'static, Result<Reply<Bytes>, Error>>,
    decode: Decode<T>,
}

impl<T> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(Pin::new(&mut self.0).poll(context)).map(Response::into_inner))
    }
}

impl<T> Future for WithMeta<T> {
    type Output = Result<Response<T>, Error>;

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(self.exchange.as_mut().poll(context)) {
            Ok(reply) => (self.decode)(reply),
            Err(error) => Err(error),
        })
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallFuture")
    }
}

impl<T> fmt::Debug for WithMeta<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithMeta")
    }
}

/// Runs a call to completion. Not generic, so it is compiled once.
pub(crate) fn exchange(
    client: Arc<Inner>,
    request: Result<Prepared, Error>,
    wanted: Wanted,
) -> BoxFuture<'static, Result<Reply<Bytes>, Error>> {
    Box::pin(async move { attempts::run(client, request?, wanted).await })
}
