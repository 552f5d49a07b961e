//! Streamed request bodies, for files that are never held in memory as a whole.

use crate::client::transport::{ByteStream, TransportError, TransportErrorKind};
use bytes::Bytes;
use futures_core::Stream;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

/// The source of a file's contents.
#[derive(Clone)]
pub(crate) struct Source {
    length: u64,
    opener: Opener,
}

#[derive(Clone)]
enum Opener {
    /// Can be read from the beginning each time.
    Each(Arc<dyn Fn() -> ByteStream + Send + Sync>),
    /// Can be read once.
    Once(Arc<Mutex<Option<ByteStream>>>),
}

impl Source {
    pub(crate) fn each(length: u64, open: impl Fn() -> ByteStream + Send + Sync + 'static) -> Self {
        Self { length, opener: Opener::Each(Arc::new(open)) }
    }

    pub(crate) fn once(length: u64, stream: ByteStream) -> Self {
        Self { length, opener: Opener::Once(Arc::new(Mutex::new(Some(stream)))) }
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Whether the contents are available for another attempt; those that can be read once are until an attempt takes
    /// them.
    pub(crate) fn is_replayable(&self) -> bool {
        match &self.opener {
            Opener::Each(_) => true,
            Opener::Once(stream) => stream.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
        }
    }

    /// Opens the contents, unless they can be read only once and already were.
    fn open(&self) -> Option<ByteStream> {
        match &self.opener {
            Opener::Each(open) => Some(open()),
            Opener::Once(stream) => stream.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }
}

impl PartialEq for Source {
    /// Compares the sources, not their bytes, which are not available.
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length
            && match (&self.opener, &other.opener) {
                (Opener::Each(a), Opener::Each(b)) => Arc::ptr_eq(a, b),
                (Opener::Once(a), Opener::Once(b)) => Arc::ptr_eq(a, b),
                _ => false,
            }
    }
}

impl Eq for Source {}

/// Wraps a caller's stream, converting its errors.
pub(crate) struct Foreign<S>(pub(crate) Pin<Box<S>>);

impl<S, B, E> Stream for Foreign<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context).map(|piece| {
            piece.map(|piece| {
                piece
                    .map(Into::into)
                    .map_err(|error| TransportError::new(TransportErrorKind::Request).with_source(error))
            })
        })
    }
}

/// A part of a body.
#[derive(Clone, PartialEq)]
pub(crate) enum Piece {
    Bytes(Bytes),
    File(Source),
}

impl Piece {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::File(source) => source.length(),
        }
    }
}

/// Streams the parts of a body in order.
pub(crate) struct Chain {
    left: VecDeque<Piece>,
    /// The current file, and the number of its remaining bytes.
    open: Option<(ByteStream, u64)>,
}

impl Chain {
    pub(crate) fn new(pieces: &[Piece]) -> Self {
        Self { left: pieces.iter().cloned().collect(), open: None }
    }
}

impl Stream for Chain {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some((stream, left)) = &mut self.open {
                match ready!(stream.as_mut().poll_next(context)) {
                    Some(Ok(bytes)) => {
                        // The head announced the length, so the body must match it.
                        let Some(rest) = left.checked_sub(bytes.len() as u64) else {
                            return Poll::Ready(Some(Err(wrong_length("more"))));
                        };
                        *left = rest;
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    None if *left > 0 => return Poll::Ready(Some(Err(wrong_length("less")))),
                    None => self.open = None,
                }
            }
            match self.left.pop_front() {
                None => return Poll::Ready(None),
                Some(Piece::Bytes(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Piece::File(source)) => {
                    let Some(stream) = source.open() else {
                        let error = TransportError::new(TransportErrorKind::Request)
                            .with_source("the file can be read only once and was already sent");
                        return Poll::Ready(Some(Err(error)));
                    };
                    self.open = Some((stream, source.length()));
                }
            }
        }
    }
}

fn wrong_length(problem: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Request)
        .with_source(format!("the file has {problem} bytes than its declared length"))
}
