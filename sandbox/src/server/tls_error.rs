/// Why a [`super::Tls`] cannot be created. Never contains key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate file contains no certificate.
    #[error("there is no certificate in PEM")]
    Certificate,
    /// The key file contains no private key.
    #[error("there is no private key in PEM")]
    Key,
    /// The key does not belong to the certificate.
    #[error("the private key is not that of the certificate")]
    Mismatch,
    /// Certificate and key are valid PEM but cannot be used.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(String),
    /// The crate was built without the feature `sandbox-tls`.
    #[error("TLS needs the feature `sandbox-tls`")]
    Missing,
}
