//! Encryption of stored requests.

use crate::BoxError;

/// Encrypts stored requests, with a key and a library of your choice. With it, requests with secret parameters can be stored.
///
/// Put the number of the key into the sealed bytes: so keys can be rotated while rows of both are open.
pub trait Cipher: Send + Sync + 'static {
    /// Encrypts and authenticates.
    ///
    /// # Errors
    /// If it cannot; the request is not stored then.
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, BoxError>;

    /// Decrypts what [`Cipher::seal`] returned.
    ///
    /// # Errors
    /// If it cannot; the row needs review then.
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, BoxError>;
}
