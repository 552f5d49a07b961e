use super::socket::Cut;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// The body of a reply: complete, truncated, or streamed.
#[derive(Debug)]
pub(crate) struct Reply {
    bytes: Bytes,
    announced: u64,
    cut: Option<Arc<Cut>>,
    more: Option<mpsc::Receiver<Bytes>>,
}

impl Reply {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        let announced = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { bytes, announced, cut: None, more: None }
    }

    /// Sends at most `length` bytes and then closes the connection. A body that is not longer than that loses its
    /// last byte, so that it never arrives completely.
    pub(crate) fn truncated(bytes: Bytes, length: usize, cut: Arc<Cut>) -> Self {
        let length = length.min(bytes.len().saturating_sub(1));
        let whole = Self::whole(bytes);
        Self { bytes: whole.bytes.slice(..length), cut: Some(cut), ..whole }
    }

    /// Streams the chunks of a channel until it is closed.
    pub(crate) fn streamed(more: mpsc::Receiver<Bytes>) -> Self {
        Self { more: Some(more), ..Self::whole(Bytes::new()) }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.bytes.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))));
        }
        if let Some(more) = &mut self.more {
            return more.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))));
        }
        match &self.cut {
            // No wake-up is needed: the connection closes as soon as the data written so far is sent.
            Some(cut) => {
                cut.close_when_sent();
                Poll::Pending
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.cut.is_none() && self.more.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.more, &self.cut) {
            (Some(_), _) => SizeHint::default(),
            (None, Some(_)) => SizeHint::with_exact(self.announced),
            (None, None) => SizeHint::with_exact(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)),
        }
    }
}
