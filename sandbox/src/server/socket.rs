use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;

const CLOSE_WHEN_SENT: u8 = 1;
const RESET: u8 = 2;

/// Requests an early end of a connection: set by the request handler, obeyed by the connection.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    /// 0 while the connection stays open.
    how: AtomicU8,
    now: Notify,
}

impl Cut {
    /// Ends the connection with a reset; unsent data is lost.
    pub(crate) fn reset(&self) {
        self.how.store(RESET, Ordering::Release);
        self.now.notify_one();
    }

    /// Closes the connection as soon as all written data is sent.
    pub(crate) fn close_when_sent(&self) {
        self.how.store(CLOSE_WHEN_SENT, Ordering::Release);
    }

    /// Waits until the connection must end.
    pub(crate) async fn wait(&self) {
        self.now.notified().await;
    }

    fn is(&self, how: u8) -> bool {
        self.how.load(Ordering::Acquire) == how
    }
}

/// The stream of a connection: TCP, with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// The underlying socket.
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

/// A stream with a planned end. Dropping it closes its socket, with a reset if one was requested.
#[derive(Debug)]
pub(crate) struct Line<S: Stream> {
    stream: TokioIo<S>,
    cut: Arc<Cut>,
}

impl<S: Stream> Line<S> {
    pub(crate) fn new(stream: S, cut: Arc<Cut>) -> Self {
        Self { stream: TokioIo::new(stream), cut }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TokioIo<S>> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl<S: Stream> Drop for Line<S> {
    fn drop(&mut self) {
        if self.cut.is(RESET) {
            // Without lingering the system sends RST instead of FIN. If this fails, the peer sees a normal close.
            let _ = self.stream.inner().tcp().set_zero_linger();
        }
    }
}

impl<S: Stream> Read for Line<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, buffer)
    }
}

impl<S: Stream> Write for Line<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let cut = self.cut.clone();
        let flushed = self.stream().poll_flush(context);
        if flushed.is_ready() && cut.is(CLOSE_WHEN_SENT) {
            cut.now.notify_one();
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(context, slices)
    }
}
