//! Files to upload.

use crate::client::files::body::{Foreign, Piece, Source};
use crate::wire::{DecodeField, EncodeField, FieldRef, File, WireType};
use bytes::Bytes;
use futures_core::Stream;
use std::any::Any;
use std::fmt;

/// A file to upload, with name, media type and contents.
///
/// ```
/// use stripe_platform::FileUpload;
///
/// let front = FileUpload::new("front.png", &b"\x89PNG"[..]).content_type("image/png");
/// assert_eq!(front.len(), 4);
/// ```
#[derive(Clone, PartialEq)]
pub struct FileUpload {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content: Piece,
}

impl FileUpload {
    /// Creates an upload from memory. The name is shown by Stripe; leading directories are removed.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            name: name.into(),
            content_type: "application/octet-stream".to_owned(),
            content: Piece::Bytes(bytes.into()),
        }
    }

    /// Creates an upload with a known length that is streamed, never held in memory as a whole. `open` must start at
    /// the first byte on each call, because retries call it again.
    ///
    /// A request with a streamed file can be prepared and replayed, but not stored.
    pub fn stream<S, B, E>(
        name: impl Into<String>,
        length: u64,
        open: impl Fn() -> S + Send + Sync + 'static,
    ) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let source = Source::each(length, move || Box::pin(Foreign(Box::pin(open()))));
        Self { content: Piece::File(source), ..Self::new(name, Bytes::new()) }
    }

    /// Like [`stream`](Self::stream), for contents that can be read only once: a failed upload is retried only if it
    /// failed before the first chunk was read.
    pub fn stream_once<S, B, E>(name: impl Into<String>, length: u64, pieces: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let source = Source::once(length, Box::pin(Foreign(Box::pin(pieces))));
        Self { content: Piece::File(source), ..Self::new(name, Bytes::new()) }
    }

    /// Sets the media type. Defaults to `application/octet-stream`.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// The size in bytes.
    pub fn len(&self) -> u64 {
        self.content.length()
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for FileUpload {
    /// Omits the content, which may be an identity document.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileUpload({:?}, {} bytes)", self.name, self.len())
    }
}

impl File for FileUpload {
    fn is_same(&self, other: &dyn File) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<Self>() == Some(self)
    }
}

impl EncodeField for FileUpload {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::File(self)
    }
}

impl DecodeField for FileUpload {
    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl WireType for FileUpload {
    const EXPECTED: &'static str = "a file";
    const TAKES_SCALARS: bool = false;
    const OPENS: bool = false;

    fn empty() -> Self {
        Self::new("", Bytes::new())
    }
}
