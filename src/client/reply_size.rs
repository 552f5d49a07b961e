//! Bounds the memory used by replies while they are read.

use crate::client::transport::{ReplyBody, TransportError};
use bytes::{Bytes, BytesMut};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Replies above this size count as large.
const LARGE: usize = 1 << 20;
/// Maximum number of large replies that are read at the same time.
const LARGE_AT_ONCE: usize = 4;

/// Limits the size of each reply, and the number of large replies.
pub(crate) struct ReplySize {
    limit: usize,
    large: Arc<Semaphore>,
}

/// Held by a large reply until it has been decoded.
pub(crate) type Permit = Option<OwnedSemaphorePermit>;

impl ReplySize {
    /// Far above any reply of the API; contents of files can be larger.
    pub(crate) const DEFAULT: usize = 32 << 20;

    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, large: Arc::new(Semaphore::new(LARGE_AT_ONCE)) }
    }

    /// Reads a body to the end. A body with a single chunk is not copied.
    pub(crate) async fn collect(&self, mut body: ReplyBody) -> Result<(Bytes, Permit), TransportError> {
        let mut permit = None;
        let Some(first) = body.next().await else { return Ok((Bytes::new(), permit)) };
        let first = first?;
        self.check(first.len())?;
        let Some(second) = body.next().await else { return Ok((first, permit)) };
        let mut all = BytesMut::from(first);
        let mut piece = second?;
        loop {
            self.check(all.len() + piece.len())?;
            if permit.is_none() && all.len() + piece.len() > LARGE {
                // Acquired once for the rest of the body: a waiting reader holds no permit that another one needs.
                permit = Arc::clone(&self.large).acquire_owned().await.ok();
            }
            all.extend_from_slice(&piece);
            match body.next().await {
                Some(next) => piece = next?,
                None => return Ok((all.freeze(), permit)),
            }
        }
    }

    fn check(&self, length: usize) -> Result<(), TransportError> {
        if length > self.limit { Err(TransportError::too_large(self.limit)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_core::Stream;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll};

    /// Chunks of 256 KiB; counts the bytes requested.
    struct Pieces(usize, Arc<AtomicUsize>);

    impl Stream for Pieces {
        type Item = Result<Bytes, TransportError>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
            self.0 = left;
            self.1.fetch_add(256 << 10, Ordering::Relaxed);
            Poll::Ready(Some(Ok(Bytes::from_static(&[0; 256 << 10]))))
        }
    }

    #[tokio::test]
    async fn large_replies_are_read_a_few_at_a_time() {
        let sizes = Arc::new(ReplySize::new(4 << 20));
        let taken = Arc::new(AtomicUsize::new(0));
        let body = |count| ReplyBody::Stream(Box::pin(Pieces(count, Arc::clone(&taken))));
        let mut held = Vec::new();
        for _ in 0..LARGE_AT_ONCE {
            held.push(sizes.collect(body(16)).await.unwrap());
        }
        assert!(held.iter().all(|(bytes, permit)| bytes.len() == 4 << 20 && permit.is_some()));
        taken.store(0, Ordering::Relaxed);
        let late: Vec<_> = (0..8)
            .map(|_| {
                let (sizes, body) = (Arc::clone(&sizes), body(16));
                tokio::spawn(async move { sizes.collect(body).await.map(|(bytes, _)| bytes.len()) })
            })
            .collect();
        // Small replies are not delayed, and waiting large ones do not read past the threshold.
        assert!(sizes.collect(body(2)).await.unwrap().1.is_none());
        tokio::task::yield_now().await;
        assert!(taken.load(Ordering::Relaxed) <= 9 * ((1 << 20) + (256 << 10)));
        drop(held);
        for read in late {
            assert_eq!(read.await.unwrap().unwrap(), 4 << 20);
        }
    }

    #[tokio::test]
    async fn reply_over_the_limit_is_an_error() {
        let sizes = ReplySize::new(1 << 20);
        for count in [5, 1000] {
            let body = ReplyBody::Stream(Box::pin(Pieces(count, Arc::default())));
            assert!(sizes.collect(body).await.is_err());
        }
        assert!(sizes.collect(Bytes::from(vec![0; (1 << 20) + 1]).into()).await.is_err());
        assert!(sizes.collect(Bytes::from(vec![0; 1 << 20]).into()).await.is_ok());
    }
}
