//! Encryption of stored requests.

use crate::BoxError;

/// Encrypts stored requests, with a key and a library of your choice. Required to store requests with secret
/// parameters.
///
/// Include a key number in the sealed bytes, so that keys can be rotated while rows of both are open.
pub trait Cipher: Send + Sync + 'static {
    /// Encrypts and authenticates.
    ///
    /// # Errors
    /// If encryption fails; the request is then not stored.
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, BoxError>;

    /// Decrypts the result of [`Cipher::seal`].
    ///
    /// # Errors
    /// If decryption fails; the row then needs review.
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, BoxError>;
}
