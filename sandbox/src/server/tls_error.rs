/// Why a [`super::Tls`] cannot be created. Never contains key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate file contains no certificate.
    #[error("the certificate file has no certificate in PEM")]
    Certificate,
    /// The key file contains no private key.
    #[error("the key file has no private key in PEM")]
    Key,
    /// The key does not belong to the certificate.
    #[error("the private key does not belong to the certificate")]
    Mismatch,
    /// Certificate and key are valid PEM but cannot be used.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(String),
}
