//! Files to upload.

use crate::wire::{Typed, Value, View};
use bytes::Bytes;
use std::fmt;

/// A file to upload: its name, its type and its bytes.
///
/// ```
/// use stripe_platform::FileUpload;
///
/// let front = FileUpload::new("front.png", &b"\x89PNG"[..]).content_type("image/png");
/// assert_eq!(front.len(), 4);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FileUpload {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

impl FileUpload {
    /// A file in memory. The name is what Stripe shows; a path in front of it is dropped before sending.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { name: name.into(), content_type: "application/octet-stream".to_owned(), bytes: bytes.into() }
    }

    /// Sets the media type, `application/octet-stream` otherwise.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// The size in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the file has no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl fmt::Debug for FileUpload {
    /// Without the content: it is an identity document as often as not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileUpload({:?}, {} bytes)", self.name, self.bytes.len())
    }
}

impl Value for FileUpload {
    fn view(&self) -> View<'_> {
        View::File(self)
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl Typed for FileUpload {
    const EXPECTED: &'static str = "a file";
    const TAKES_SCALARS: bool = false;
    const OPENS: bool = false;

    fn empty() -> Self {
        Self::new("", Bytes::new())
    }
}
